// A question to the region's advisers: asked without an account, taken, answered with leads, and closed by its asker.
import type { Person } from '../support/people.ts';

export interface Question {
  name: string;
  email: string;
  text: string;
}

/** Somebody asks, from the start page on. */
export async function ask(asker: Person, { name, email, text }: Question): Promise<void> {
  await asker.go('/');
  await asker.link('Ställ en fråga').click();
  await asker.reads('Vad behöver du hjälp med?');
  await asker.looks('the box of a question');
  await asker.field('Din fråga').fill(text);
  await asker.button('Fortsätt').click();
  await asker.field('Finansiering').check();
  await asker.field('Scen och ton').check();
  await asker.page.getByText('Välj kommuner').click();
  await asker.field('Karlstad').check();
  await asker.field('Ditt namn').fill(name);
  await asker.field('Din e-postadress').fill(email);
  await asker.looks('a question with everything about it');
  await asker.button('Skicka frågan').click();
  await asker.reads('Frågan är skickad');
  await asker.sees(email);
  await asker.looks('a question that was sent');
}

/** Opens the link of the first mail. */
export async function follow(asker: Person, { email, text }: Question): Promise<void> {
  await asker.follow(await asker.mail(email, 'Vi har fått din fråga'));
  await asker.reads('Din fråga');
  await asker.sees('Väntar på en kulturlots');
  await asker.sees(text);
  await asker.looks('a question that waits');
}

/** From the menu to the questions. */
export async function toCases(adviser: Person, tab?: string): Promise<void> {
  await adviser.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Vägleda' }).click();
  await adviser.reads('Frågor');
  if (tab) await adviser.page.getByRole('navigation', { name: 'Vilka frågor' }).getByRole('link', { name: tab }).click();
  await adviser.settled();
}

/** An adviser, signed in, takes the question from the queue; only then is the address seen. */
export async function take(adviser: Person, { name, email, text }: Question): Promise<void> {
  await toCases(adviser);
  await adviser.looks('the questions that are new');
  await adviser.link(name).click();
  await adviser.reads(`Fråga från ${name}`);
  await adviser.sees(text);
  await adviser.sees('Visas när du har tagit frågan');
  await adviser.looks('a question to take');
  await adviser.button('Ta frågan').click();
  await adviser.link(email).waitFor();
}

/** Answers the question on the screen with a lead of the directory and one of one's own. Tells the lead's name. */
export async function answer(adviser: Person, words: string, own: string): Promise<string> {
  await adviser.field('Ditt svar').fill(words);
  const first = adviser.button(/^Lägg till .+ i svaret$/).first();
  const lead = /^Lägg till (.+) i svaret$/.exec((await first.getAttribute('aria-label')) ?? '')?.[1] ?? '';
  await first.click();
  await adviser.field(`Varför ${lead} kan hjälpa`).fill('De gillar båtar.');
  await adviser.button('Skriv ett eget tips').click();
  await adviser.field('Eget tips').fill(own);
  await adviser.looks('an answer with leads');
  await adviser.button('Skicka svaret').click();
  await adviser.sees('Svaret är skickat. Den som frågade får ett mejl.');
  await adviser.looks('an answered question on the desk');
  return lead;
}

/** The asker opens the mail of the answer and reads it with its leads. */
export async function read(asker: Person, { email }: Question, words: string, leads: string[]): Promise<void> {
  await asker.follow(await asker.mail(email, words));
  await asker.reads('Din fråga');
  await asker.sees('Besvarad');
  await asker.sees(words);
  for (const lead of leads) await asker.sees(lead);
  await asker.looks('an answered question');
}

/** The asker writes back. */
export async function askMore(asker: Person, words: string): Promise<void> {
  await asker.field('Vad vill du veta mer?').fill(words);
  await asker.button('Skicka').click();
  await asker.sees('Det du skrev är skickat. Du får ett mejl när svaret finns.');
  await asker.page.getByRole('listitem').filter({ hasText: words }).waitFor();
}

/** The asker says that it helped, which closes the question. */
export async function close(asker: Person): Promise<void> {
  await asker.button('Ja, det hjälpte').click();
  await asker.sees('Du har sagt att svaret hjälpte. Tack för att du berättade.');
  await asker.looks('a question that was closed');
}

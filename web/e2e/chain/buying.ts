// A buyer without an account finds a producer and asks; the producer answers; they agree. Each step begins on the
// screen where the one before it ended.
import { expect } from 'vitest';
import type { Person } from '../support/people.ts';

export interface Buyer {
  name: string;
  email: string;
  /** What the first enquiry says. */
  text: string;
}

/** What the filters and the line above the results say about the same thing. */
async function counts(buyer: Person, filter: string): Promise<{ beside: number; found: number }> {
  const option = buyer.page.getByRole('group', { name: 'Filter' }).getByLabel(new RegExp(`^${filter} [\\d\\s]+$`));
  const id = await option.getAttribute('id');
  const label = await buyer.page.locator(`label[for="${id}"]`).innerText();
  const line = await buyer.page.getByRole('status').filter({ hasText: 'träff' }).innerText();
  const number = (text: string) => Number(/\d[\d\s]*/.exec(text)?.[0].replace(/\s/g, ''));
  return { beside: number(label.replace(filter, '')), found: number(line) };
}

/** From the start page to a producer's page, by words typed bit by bit and a filter with its count. */
export async function findProducer(buyer: Person, producer: string, words = producer): Promise<void> {
  await buyer.go('/');
  await buyer.looks('the start page');
  const start = buyer.page.getByRole('searchbox', { name: 'Vad letar du efter?' });
  await start.pressSequentially(words.slice(0, 3));
  await start.press('Enter');
  await buyer.reads('Utbud');

  const box = buyer.page.getByRole('searchbox', { name: 'Sök i utbudet' });
  const wanted = buyer.page.getByRole('main').getByRole('link', { name: producer, exact: true });
  await box.press('End');
  await box.pressSequentially(words.slice(3));
  await buyer.sees(`för ”${words}”`);
  // What was published a moment ago is found as soon as the index has it.
  await expect
    .poll(
      async () => {
        await box.press('Enter');
        await buyer.settled();
        return wanted.count();
      },
      { timeout: 20_000, message: `${producer} among the results` },
    )
    .toBeGreaterThan(0);

  await buyer.page.getByLabel(/^Producenter \d/).check();
  await buyer.button('Ta bort Producenter').waitFor();
  await expect
    .poll(async () => {
      const { beside, found } = await counts(buyer, 'Producenter');
      return beside === found;
    })
    .toBe(true);
  await buyer.looks('the catalogue, searched and filtered');
  await wanted.click();
  await buyer.reads(producer);
}

/** Reads one of the producer's offers. Tells its title. */
export async function readOffer(buyer: Person, offer?: string): Promise<string> {
  await buyer.looks('a producer');
  const offers = buyer.page.getByRole('region', { name: 'Det här kan du boka' });
  const link = offer ? offers.getByRole('link', { name: offer }) : offers.getByRole('link').first();
  const title = (await link.innerText()).trim();
  await link.click();
  await buyer.reads(title);
  await buyer.sees('Kort om erbjudandet');
  await buyer.looks('an offer');
  return title;
}

/** Asks about the offer on the screen. Nothing goes to the producer yet. */
export async function ask(buyer: Person, { name, email, text }: Buyer, producer: string): Promise<void> {
  await buyer.link('Fråga om det här').click();
  await buyer.reads(`Förfrågan till ${producer}`);
  await buyer.looks('the form of an enquiry');
  await buyer.field('Skola').check();
  await buyer.field(/^När\?/).fill('vecka 12');
  await buyer.field(/^Var\?/).fill('Gymnastiksalen i Älvsbacka');
  await buyer.field('Meddelande').fill(text);
  await buyer.field('Ditt namn').fill(name);
  await buyer.field('E-postadress').fill(email);
  await buyer.button('Skicka förfrågan').click();
  await buyer.reads('Ett steg kvar: öppna mejlet');
  await buyer.sees(email);
  await buyer.looks('an enquiry to confirm');
}

/** Opens the link of the mail and sends the enquiry on. */
export async function confirm(buyer: Person, { email, text }: Buyer, producer: string): Promise<void> {
  await buyer.follow(await buyer.mail(email, `Bekräfta din förfrågan till ${producer}`));
  await buyer.reads('Bekräfta din förfrågan');
  await buyer.sees(text);
  await buyer.looks('the confirmation of an enquiry');
  await buyer.button('Bekräfta och skicka').click();
  await buyer.reads(`Din förfrågan till ${producer}`);
  await buyer.sees('Förfrågan är skickad.');
  await buyer.looks('an enquiry that waits for its answer');
}

/** The producer, signed in, finds the enquiry on the desk and answers it. Only then is an address seen. */
export async function answer(producer: Person, { name, email, text }: Buyer, profile: string, words: string): Promise<void> {
  await producer.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Producent' }).click();
  await producer.page.getByRole('region', { name: profile }).getByRole('link', { name: 'Läs och svara' }).click();
  await producer.reads('Förfrågningar');
  await producer.link(name).click();
  await producer.reads(`Förfrågan från ${name}`);
  await producer.sees(text);
  await producer.sees('När: vecka 12');
  expect(await producer.page.getByText(email).count(), 'the address is not seen before the answer').toBe(0);
  await producer.looks('an enquiry to answer');
  await producer.field('Ditt svar').fill(words);
  await producer.button('Skicka svaret och visa adresserna').click();
  await producer.sees('Svaret är skickat. Nu ser ni varandras adresser.');
  await producer.link(email).waitFor();
  await producer.looks('an answered enquiry');
}

/** The buyer reads the answer and how to reach the producer, and agrees. */
export async function agree(buyer: Person, { email }: Buyer, producer: string, answered: string, words: string): Promise<void> {
  const mail = await buyer.mail(email, `${producer} har svarat`);
  expect(mail).toContain(answered);
  await buyer.follow(mail);
  await buyer.reads(`Din förfrågan till ${producer}`);
  await buyer.sees(answered);
  const contact = buyer.page.getByRole('region', { name: `Så når du ${producer}` });
  await contact.getByRole('link', { name: /@/ }).waitFor();
  await buyer.looks('the answer to an enquiry');
  await buyer.field('Meddelande').fill(words);
  await buyer.button('Skicka meddelandet').click();
  await buyer.sees('Meddelandet är skickat.');
  await buyer.page.getByRole('listitem').filter({ hasText: words }).waitFor();
}

/** The producer reads that it is agreed, by the mail's link. */
export async function hear(producer: Person, { name }: Buyer, address: string, words: string): Promise<void> {
  await producer.follow(await producer.mail(address, words));
  await producer.reads(`Förfrågan från ${name}`);
  await producer.page.getByRole('listitem').filter({ hasText: words }).waitFor();
}

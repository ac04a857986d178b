// A gathering with few places: an adviser plans it, visitors register and queue, one leaves, the next one moves up.
import { expect } from 'vitest';
import type { Locator } from 'playwright-core';
import type { Person } from '../support/people.ts';

export interface Plan {
  title: string;
  places: number;
  /** A day in the future, `2027-03-03`. */
  day: string;
}

export interface Guest {
  name: string;
  email: string;
  /** Wants to be seen by the others who come. */
  listed: boolean;
}

export const ITEM = 'Så söker du stöd';

/** From the menu to the adviser's list of gatherings. */
export async function toGatheringsDesk(adviser: Person): Promise<void> {
  await adviser.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Vägleda' }).click();
  await adviser.page.getByRole('navigation', { name: 'Kulturlotsens sidor' }).getByRole('link', { name: 'Träffar' }).click();
  await adviser.reads('Planera träffar');
  await adviser.settled();
}

async function moment(of: Locator, day: string, clock: string): Promise<void> {
  await of.getByLabel('Datum').fill(day);
  await of.getByLabel('Klockslag').fill(clock);
}

/** Fills the form of a new gathering: a breakfast in Forshaga with two items, the list for those who come. */
export async function write(adviser: Person, { title, places, day }: Plan): Promise<void> {
  const group = (name: string | RegExp) => adviser.page.getByRole('group', { name });
  await group('Rubrik').first().getByLabel('Svenska').fill(title);
  await adviser.field('Typ av träff').selectOption({ label: 'Kulturfrukost' });
  await group('Beskrivning').first().getByLabel('Svenska').fill('Smörgås och samtal.\nHörslinga finns.');
  await moment(group('Börjar'), day, '8.00');
  await moment(group('Slutar'), day, '9.30');
  await adviser.field('Plats och adress').fill('Bryggeriet');
  await adviser.field('Kommun').selectOption({ label: 'Forshaga' });
  await adviser.field('Antal platser').fill(String(places));
  await adviser.field('De som har en plats').check();
  await adviser.button('Lägg till en punkt').click();
  const first = group('Punkt 1');
  await first.getByLabel('Längd i minuter').fill('30');
  await first.getByLabel('Svenska').first().fill('Smörgås och namnlapp');
  await adviser.button('Lägg till en punkt').click();
  const second = group('Punkt 2');
  // It begins where the first one ends.
  expect(await second.getByLabel('Börjar klockan').inputValue()).toBe('08:30');
  await second.getByLabel('Längd i minuter').fill('45');
  await second.getByLabel('Svenska').first().fill(ITEM);
  await second.getByLabel('Vem som talar eller leder').fill('Bengt-Åke Talman');
}

/** An adviser, signed in, plans a gathering and publishes it. */
export async function plan(adviser: Person, what: Plan): Promise<void> {
  await toGatheringsDesk(adviser);
  await adviser.link('Ny träff').click();
  await adviser.reads('Ny träff');
  await write(adviser, what);
  await adviser.looks('a gathering being written');
  await adviser.button('Spara som utkast').click();
  await adviser.reads(what.title);
  await adviser.sees('Bara regionens personal ser träffen. Publicera när den är klar.');
  await adviser.looks('a draft of a gathering');
  await adviser.button('Publicera').click();
  await adviser.sees('Träffen är publicerad. Nu kan alla se den och anmäla sig.');
}

/** A visitor without account comes from the menu to the gathering's page. */
export async function find(visitor: Person, title: string): Promise<void> {
  await visitor.go('/');
  await visitor.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Träffar' }).click();
  await visitor.reads('Träffar');
  await visitor.field('Kommun').selectOption({ label: 'Forshaga' });
  await visitor.page.waitForURL(/municipality=/);
  await visitor.looks('the list of gatherings, filtered');
  await visitor.link(title).click();
  await visitor.reads(title);
  await visitor.sees(ITEM);
  await visitor.page.getByRole('heading', { name: 'Vilka du träffar' }).waitFor();
  await visitor.sees('De som har en plats ser vilka mer som kommer.');
}

/** Registers on the gathering's page. Tells the place in the queue; 0 is a place at the gathering. */
export async function register(visitor: Person, { name, email, listed }: Guest): Promise<number> {
  await visitor.button(/^(Anmäl mig|Ställ mig på väntelistan)$/).waitFor();
  const waits = await visitor.button('Ställ mig på väntelistan').isVisible();
  await visitor.field('Namn').fill(name);
  await visitor.field('E-postadress').fill(email);
  await visitor.field('Organisation').fill('Föreningen Glada Gäss');
  await visitor.field('Vad du gör').fill('ordförande i vardande');
  await visitor.field('Visa mig för dem som också kommer').setChecked(listed);
  if (listed) await visitor.page.getByRole('region', { name: 'Så här syns du för andra' }).getByText(name).waitFor();
  await visitor.looks(waits ? 'the form of a waiting list' : 'the form of a registration');
  await visitor.button(waits ? 'Ställ mig på väntelistan' : 'Anmäl mig').click();
  await visitor.page.getByRole('heading', { name: waits ? 'Du står på väntelistan' : 'Du är anmäld' }).waitFor();
  await visitor.looks(waits ? 'a place in the queue' : 'a registration just made');
  if (!waits) return 0;
  return Number(/plats (\d+) i kön/.exec(await visitor.page.getByText(/plats \d+ i kön/).innerText())?.[1]);
}

/** Opens one's registration by the mail that tells of it. */
export async function openRegistration(visitor: Person, { name, email }: Guest, subject: string): Promise<void> {
  await visitor.follow(await visitor.mail(email, subject));
  await visitor.reads('Din anmälan');
  await visitor.sees(name);
}

/** Opens the mail of a place and reads whom one will meet. */
export async function meets(visitor: Person, guest: Guest, title: string, others: Guest[]): Promise<void> {
  await openRegistration(visitor, guest, `Du har en plats: ${title}`);
  await visitor.sees('Du har en plats');
  for (const other of others) await visitor.page.getByRole('listitem').filter({ hasText: other.name }).waitFor();
  await visitor.looks('a registration with a place');
}

/** Opens the mail of the queue. */
export async function waits(visitor: Person, guest: Guest, title: string, position: number): Promise<void> {
  await openRegistration(visitor, guest, `Du står på väntelistan: ${title}`);
  await visitor.sees(`Du väntar på en plats och är nummer ${position} i kön`);
  await visitor.sees('När du får en plats ser du vilka mer som kommer.');
  await visitor.looks('a registration that waits');
}

/** Gives one's place up, on the page of one's registration. */
export async function leave(visitor: Person): Promise<void> {
  await visitor.button(/^Avboka/).click();
  await visitor.sees('Anmälan är avbokad');
  await visitor.looks('a registration that was cancelled');
}

/** Who waited is told by mail of the place that became free. */
export async function movesUp(visitor: Person, guest: Guest, title: string): Promise<void> {
  await openRegistration(visitor, guest, `Du har fått en plats: ${title}`);
  await visitor.sees('Du har en plats');
}

/** The adviser reads the list: each guest's state, in words. */
export async function readsList(adviser: Person, title: string, states: [Guest, string][]): Promise<void> {
  await toGatheringsDesk(adviser);
  await adviser.looks("the adviser's list of gatherings");
  await adviser.link(title).click();
  await adviser.reads(title);
  for (const [{ name, email }, state] of states) {
    const row = adviser.page.getByRole('row', { name });
    await row.getByRole('link', { name: email }).waitFor();
    await row.getByText(state).waitFor();
  }
  await adviser.looks('the registrations of a gathering');
}

// A door lets visitors in: by the number or code that is typed or scanned, and by its camera.
import type { Person } from '../support/people.ts';

/** Opens a performance from the list of those at whose doors this person works. */
export async function openDoor(door: Person, title: string): Promise<void> {
  await door.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Dörren' }).click();
  await door.reads('Dörren');
  await door.settled();
  const link = door.link(title);
  if (!(await link.isVisible())) await door.page.getByText(/^Andra dagar/).click();
  await link.click();
  await door.page.getByRole('dialog', { name: title }).waitFor();
  await door.sees('Visa en biljett');
}

/** Types what is read out or read by a hand scanner. */
export async function shows(door: Person, ticket: string): Promise<void> {
  await door.field('Biljettens nummer').fill(ticket);
  await door.button('Kontrollera').click();
}

/** The large answer has this word and says this. */
export async function answers(door: Person, word: string | RegExp, says: string | RegExp): Promise<void> {
  const answer = door.page.getByRole('alert').filter({ has: door.page.getByText(word) });
  await answer.getByText(says).first().waitFor();
}

export const next = (door: Person) => door.button('Nästa biljett').click();

/** Announces that the service will refuse a ticket. */
export const expectRefusal = (door: Person) => door.problems.expect(/TicketingService\/CheckIn grpc-status 9/);

export async function letsIn(door: Person, ticket: string, seat: string): Promise<void> {
  await shows(door, ticket);
  await answers(door, 'Släpp in', seat);
  await next(door);
}

export async function knowsAsIn(door: Person, ticket: string): Promise<void> {
  expectRefusal(door);
  await shows(door, ticket);
  await answers(door, /^Redan inne \d\d:\d\d$/, /^Biljetten släpptes in \d\d:\d\d\.$/);
  await next(door);
}

/** A code that somebody altered. */
export const altered = (code: string) => `${code.slice(0, -20)}${code.at(-20) === 'A' ? 'B' : 'A'}${code.slice(-19)}`;

export async function refusesForgery(door: Person, code: string): Promise<void> {
  expectRefusal(door);
  await shows(door, altered(code));
  await answers(door, 'Inte giltig', /^Biljetten släpper inte in här\./);
  await next(door);
}

export async function refusesOther(door: Person, code: string): Promise<void> {
  expectRefusal(door);
  await shows(door, code);
  await answers(door, 'Inte giltig', /^Biljetten gäller en annan föreställning\./);
  await next(door);
}

/** Starts the camera, whose film shows a ticket that nobody has used. */
export async function letInByCamera(door: Person, seat: string): Promise<void> {
  await door.button('Starta kameran').click();
  await answers(door, 'Släpp in', seat);
}

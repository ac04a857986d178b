// How the address of a screen is found in the demo region: by a link on a screen before it, by what the region
// publishes, by a mail, or by something made for the visit.
import { randomUUID } from 'node:crypto';
import { PASSWORD, call, tokenOf } from '../support/calls.ts';
import { linkIn, type Person } from '../support/people.ts';

/** An address, or how this person finds it. */
export type Address = string | ((person: Person) => Promise<string>);

const known = new WeakMap<Person, Map<Address, Promise<string>>>();

/** What is found once serves this person for every screen below it. */
export async function find(address: Address, person: Person): Promise<string> {
  if (typeof address === 'string') return address;
  const here = known.get(person) ?? new Map<Address, Promise<string>>();
  known.set(person, here);
  const path = here.get(address) ?? address(person);
  here.set(address, path);
  return path;
}

/** The first link on another screen that looks so, with an id for every `*`. */
export const link = (on: Address, like: string): Address => async (person) => {
  const pattern = new RegExp(`^${like.replaceAll('*', '[0-9a-f-]{36}')}$`);
  await person.go(await find(on, person));
  const all = await person.page.locator('main a[href]').evaluateAll((links) => links.map((a) => a.getAttribute('href') ?? ''));
  const match = all.find((href) => pattern.test(href));
  if (!match) throw new Error(`${person.page.url()} has no link like ${like}, but:\n  ${all.join('\n  ')}`);
  return match;
};

/** The same address with something behind it. */
export const below = (of: Address, rest: string): Address => async (person) => `${await find(of, person)}${rest}`;

/** The link in a mail that the demo region has sent to somebody. */
export const mailed = (address: string, has: string): Address => async (person) => linkIn(await person.mail(address, has));

/** The performance furthest ahead with numbered seats, or with free seating: hardly anybody else is after its seats. */
async function performance(numbered: boolean): Promise<string> {
  const { performances } = await call<{ performances: { id: string; numbered?: boolean }[] }>('ticketing/ListPerformances', { pageSize: 200 });
  const last = performances.filter((p) => (p.numbered ?? false) === numbered).at(-1);
  if (!last) throw new Error(`no performance with ${numbered ? 'numbered seats' : 'free seating'} is on sale`);
  return last.id;
}

export const numbered: Address = async () => `/performances/${await performance(true)}`;
export const free: Address = async () => `/performances/${await performance(false)}`;

async function hold(): Promise<{ id: string; orderToken: string }> {
  const performanceId = await performance(true);
  const { seats } = await call<{ seats: { seatId: number; state: string }[] }>('ticketing/GetSeats', { performanceId });
  const two = seats.filter((s) => s.state === 'STATE_FREE').slice(-2);
  return call('ticketing/HoldSeats', { performanceId, seats: two.map(({ seatId }) => ({ seatId })), requestId: randomUUID() });
}

/** A basket with two seats. */
export const basket: Address = async () => {
  const { id, orderToken } = await hold();
  return `/basket/${id}#${orderToken}`;
};

/** Two tickets that are paid. */
export const tickets: Address = async () => {
  const { id, orderToken } = await hold();
  await call('ticketing/PayOrder', {
    orderId: id,
    orderToken,
    buyerName: 'Signe Skärmgren',
    buyerEmail: 'signe.skarmgren@example.org',
    provider: 'PROVIDER_SANDBOX',
    paymentToken: 'sandbox-ok',
    requestId: randomUUID(),
  });
  return `/tickets/${id}#${orderToken}`;
};

/** The link that confirms the address of somebody who has just made an account. */
export const confirmation: Address = async (person) => {
  const email = `ny.${randomUUID().slice(0, 8)}@example.org`;
  await call('identity/Register', { email, password: PASSWORD, name: 'Ny Nyberg', language: 'sv', requestId: randomUUID() });
  return linkIn(await person.mail(email, '/confirm'));
};

/** The link with which a forgotten password is changed. */
export const reset: Address = async (person) => {
  const email = 'daniel.okoro@example.org';
  await call('identity/RequestPasswordReset', { email });
  return linkIn(await person.mail(email, '/reset-password'));
};

/** A question that the buyer Camilla sent with her account. */
export const sentEnquiry: Address = async () => {
  const { results } = await call<{ results: { id: string }[] }>('search/Search', { kinds: ['KIND_PRODUCER'], pageSize: 100 });
  const request = {
    profileId: results.at(-1)?.id,
    buyerKind: 'school',
    buyerName: 'Camilla Stenback',
    buyerEmail: 'camilla.stenback@example.org',
    language: 'sv',
    text: 'Finns det en dag i maj då ni kan komma till oss?',
    requestId: randomUUID(),
  };
  const { enquiryId } = await call<{ enquiryId: string }>('profiles/SendEnquiry', request, await tokenOf(request.buyerEmail));
  return `/enquiries/${enquiryId}`;
};

/** What the buyer Camilla has registered for with her account. */
export const ownRegistration: Address = async () => {
  const email = 'camilla.stenback@example.org';
  const token = await tokenOf(email);
  const { registrations = [] } = await call<{ registrations?: { id: string }[] }>('events/ListMyRegistrations', {}, token);
  if (registrations[0]) return `/my/registrations/${registrations[0].id}`;
  const { gatherings } = await call<{ gatherings: { id: string; registrationOpen?: boolean }[] }>('events/ListGatherings', {});
  const gatheringId = gatherings.filter((g) => g.registrationOpen).at(-1)?.id;
  const request = { gatheringId, name: 'Camilla Stenback', email, organisation: 'Sundsta skola', listed: true, requestId: randomUUID() };
  const { registration } = await call<{ registration: { id: string } }>('events/Register', request, token);
  return `/my/registrations/${registration.id}`;
};

// A house makes a hall, a production and a performance and sells it; a visitor without an account buys.
import { expect } from 'vitest';
import type { Person } from '../support/people.ts';
import { readCode } from '../support/qr.ts';

/** A performance as people speak of it. */
export interface Show {
  title: string;
  hall: string;
  start: Date;
}

export interface Bought {
  /** The number that stands under the code. */
  number: string;
  /** What the printed QR code says. */
  code: string;
}

/** The hall that `makeHall` makes: seats of each price category. */
export const SEATS = { a: 12, b: 12 };

export const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);

/** Date and clock time where the walks are, as somebody types them. */
export function typed(moment: Date): { date: string; time: string } {
  const [date = '', time = ''] = moment.toLocaleString('sv-SE', { timeZone: 'Europe/Stockholm' }).split(' ');
  return { date, time: time.slice(0, 5) };
}

const house = (staff: Person) => staff.page.getByRole('navigation', { name: 'Husets sidor' });

/** The desk of the house that this person works for. */
export async function toHouse(staff: Person): Promise<void> {
  await staff.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Huset' }).click();
  await staff.reads('Föreställningar');
  await staff.settled();
}

/** Two rows of six in category A with a place for a wheelchair each, two more in B. */
export async function makeHall(staff: Person, name: string): Promise<void> {
  await house(staff).getByRole('link', { name: 'Salonger' }).click();
  await staff.link('Lägg till en salong').click();
  await staff.reads('Ny salong');
  await staff.field('Salongens namn').fill(name);
  await staff.field('Sektionens namn').fill('Parkett');
  const front = staff.page.getByRole('group', { name: 'Rader 1', exact: true });
  await front.getByLabel('Från rad').fill('1');
  await front.getByLabel('Till rad').fill('2');
  await front.getByLabel('Platser per rad').fill('6');
  await front.getByLabel('Rullstolsplatser').fill('1');
  await staff.button('Lägg till rader').click();
  const back = staff.page.getByRole('group', { name: 'Rader 2', exact: true });
  await expect.poll(() => back.getByLabel('Från rad').inputValue()).toBe('3');
  await back.getByLabel('Till rad').fill('4');
  await back.getByLabel('Priskategori').fill('B');
  await staff.sees('24 platser på 4 rader.');
  await staff.button('Spara salongen').click();
  await staff.reads(name);
}

export async function makeProduction(staff: Person, title: string): Promise<void> {
  await house(staff).getByRole('link', { name: 'Produktioner' }).click();
  await staff.link('Lägg till en produktion').click();
  await staff.reads('Ny produktion');
  const titles = staff.page.getByRole('group', { name: 'Titel' });
  await titles.getByLabel('Svenska').fill(title);
  await titles.getByLabel('Engelska').fill(`${title}, in English`);
  await staff.page.getByRole('group', { name: 'Beskrivning' }).getByLabel('Svenska').fill('En pjäs om att vänta på rätt buss.');
  await staff.field('Genre').selectOption({ label: 'Teater' });
  await staff.field('Längd i minuter').fill('90');
  await staff.button('Spara produktionen').click();
  await staff.reads('Produktioner');
  await staff.sees(title);
}

/** Fills in the start; also where a form asks again. */
export async function typeStart(staff: Person, start: Date): Promise<void> {
  const { date, time } = typed(start);
  const group = staff.page.getByRole('group', { name: 'Börjar', exact: true });
  await group.getByLabel('Datum').fill(date);
  await group.getByLabel('Klockslag').fill(time);
}

/** Fills in the form of a performance: 240 kronor in front with 120 for students, 180 behind. */
export async function fillPlan(staff: Person, show: Show): Promise<void> {
  await staff.field('Salong').selectOption({ label: `${show.hall} (24 platser)` });
  await typeStart(staff, show.start);
  const front = staff.page.getByRole('group', { name: `Kategori A, ${SEATS.a} platser` });
  await front.getByLabel('Svenska').fill('Parkett fram');
  await front.getByLabel('Fullt pris').fill('240');
  await front.getByRole('button', { name: 'Lägg till en biljettyp' }).click();
  const student = front.getByRole('group', { name: 'Biljettyp 1' });
  await student.getByLabel('Svenska').fill('Student');
  await student.getByLabel('Pris').fill('120');
  const back = staff.page.getByRole('group', { name: `Kategori B, ${SEATS.b} platser` });
  await back.getByLabel('Svenska').fill('Parkett bak');
  await back.getByLabel('Fullt pris').fill('180');
}

/** Opens the form of a performance from the production that is to be shown. */
export async function startPlan(staff: Person, title: string): Promise<void> {
  await house(staff).getByRole('link', { name: 'Produktioner' }).click();
  await staff.link(`Planera föreställning av ${title}`).click();
  await staff.reads('Planera en föreställning');
  await staff.settled();
}

/** Plans the performance; it stays a draft. */
export async function planPerformance(staff: Person, show: Show): Promise<void> {
  await startPlan(staff, show.title);
  await fillPlan(staff, show);
  await staff.button('Spara utkastet').click();
  await staff.reads(show.title);
  await staff.sees('Siffrorna visas när försäljningen har öppnat.');
}

export async function openSale(staff: Person): Promise<void> {
  await staff.button('Öppna försäljningen').click();
  await staff.sees('Försäljningen är öppen.');
}

/** Everything that a house does until visitors can buy. */
export async function putOnSale(staff: Person, show: Show): Promise<void> {
  await toHouse(staff);
  await makeHall(staff, show.hall);
  await makeProduction(staff, show.title);
  await planPerformance(staff, show);
  await openSale(staff);
}

/** The house reads from its desk how many tickets of a performance are sold, and for how much. */
export async function readsSales(staff: Person, title: string, sold: number, gross: RegExp): Promise<void> {
  await house(staff).getByRole('link', { name: 'Föreställningar' }).click();
  await staff.link(title).first().click();
  await staff.reads(title);
  await staff.settled();
  const row = staff.page.getByRole('row', { name: /^Summa/ });
  await expect.poll(() => row.getByRole('cell').nth(1).innerText()).toBe(String(sold));
  expect((await row.innerText()).replaceAll('\u00a0', ' ')).toMatch(gross);
}

/** From the start page by the list of performances. */
export async function findPerformance(visitor: Person, title: string): Promise<void> {
  await visitor.go('/');
  await visitor.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Föreställningar' }).click();
  await visitor.reads('Föreställningar');
  await visitor.link(title).click();
  await visitor.reads(title);
  await visitor.settled();
}

export const seat = (row: number, number: number) => new RegExp(`Rad ${row}, plats ${number},`);

/** From the page of a performance to its seats. */
export async function toSeats(visitor: Person): Promise<void> {
  await visitor.link('Välj platser').click();
  await visitor.reads(/^Välj platser/);
  await visitor.settled();
}

export async function takeOnPlan(visitor: Person, row: number, number: number): Promise<void> {
  await visitor.page.getByRole('navigation', { name: 'Visa salongen som' }).getByRole('link', { name: 'Plan' }).click();
  const place = visitor.page.getByRole('group', { name: 'Plan över salongen' }).getByRole('checkbox', { name: seat(row, number) });
  await place.click();
  await expect.poll(() => place.getAttribute('aria-checked')).toBe('true');
}

export async function takeInList(visitor: Person, row: number, number: number): Promise<void> {
  await visitor.page.getByRole('navigation', { name: 'Visa salongen som' }).getByRole('link', { name: 'Lista' }).click();
  const seats = visitor.page.getByRole('group', { name: new RegExp(`^Rad ${row},`) });
  await seats.getByText(String(number), { exact: true }).click();
  await expect.poll(() => seats.getByRole('checkbox', { name: seat(row, number) }).isChecked()).toBe(true);
}

/** Reserves what is chosen. */
export async function hold(visitor: Person): Promise<void> {
  await visitor.button('Reservera i 10 minuter').click();
  await visitor.reads('Betala dina biljetter');
  await visitor.settled();
}

/** Reads how long the seats are held. Four minutes later there is more time to have, and the visitor takes it. */
export async function extendHold(visitor: Person): Promise<void> {
  await visitor.sees(/^Platserna är reserverade till \d\d:\d\d$/);
  await visitor.sees(/^(10:00|9:\d\d) kvar$/);
  await visitor.page.clock.install();
  await visitor.page.clock.fastForward('04:00');
  await visitor.sees(/^(6:00|5:\d\d) kvar$/);
  await visitor.button('Behåll platserna 4 minuter till').click();
  await visitor.page.getByRole('status').filter({ hasText: /Platserna är nu reserverade till \d\d:\d\d/ }).waitFor({ state: 'attached' });
  await visitor.sees(/^(10:00|9:\d\d) kvar$/);
}

/** Pays with the demo's money. */
export async function pay(visitor: Person, name: string, email: string): Promise<void> {
  await visitor.field('Namn').fill(name);
  await visitor.field('E-postadress').fill(email);
  await visitor.button(/^Betala \d/).click();
  await visitor.reads(/^Dina biljetter/);
  await visitor.sees('Köpet är klart');
  await visitor.settled();
}

/** Reads every ticket's code from the screen, as a camera would. */
export async function readTickets(visitor: Person): Promise<Bought[]> {
  const bought: Bought[] = [];
  for (const picture of await visitor.page.getByRole('img', { name: /^QR-kod för biljett/ }).all()) {
    const number = (await picture.getAttribute('alt'))?.replace('QR-kod för biljett ', '') ?? '';
    bought.push({ number, code: await readCode(await picture.screenshot()) });
  }
  return bought;
}

// At the door: tickets by code, by number and by camera, and what happens when the camera or the network is away.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import * as at from './chain/door.ts';
import * as sell from './chain/tickets.ts';
import { named } from './support/names.ts';
import { walk, type Person } from './support/people.ts';
import { camera, film } from './support/qr.ts';
import { Theatre, type Sold, type Stage } from './support/theatre.ts';

const DOOR = 'fatou.cederlof@example.org';

/** A performance with two sold tickets, and its door. */
async function atDoor(door: Person, title: string): Promise<{ theatre: Theatre; stage: Stage; sold: Sold }> {
  const theatre = await Theatre.open();
  const stage = await theatre.stage(named(title));
  const sold = await theatre.sell(stage, [1, 2]);
  await door.signIn(DOOR);
  await at.openDoor(door, stage.title);
  return { theatre, stage, sold };
}

walk('a ticket is let in once, by its code or its number, and other tickets are not', async ({ people }) => {
  const door = await people.arrives('door');
  const { theatre, sold } = await atDoor(door, 'Insläpp');
  const other = await theatre.sell(await theatre.stage(named('En annan kväll')), [1]);
  await door.sees(/^Föreställningen är inte i dag, utan /);
  await door.looks('an open door, on another day');

  await door.button('Kontrollera').click();
  await door.sees('Skriv biljettens nummer');
  await door.looks('nothing typed');
  const [code = '', number = ''] = [sold.codes[0], sold.numbers[1]];
  await at.shows(door, code);
  await at.answers(door, 'Släpp in', 'Parkett, rad 1, plats 1');
  await door.looks('let in');
  await at.next(door);
  await at.knowsAsIn(door, code);
  await at.letsIn(door, number.toLowerCase(), 'Parkett, rad 1, plats 2');
  await door.sees(/^2 av \d+ inne$/);

  await at.refusesForgery(door, code);
  await at.refusesOther(door, other.codes[0] ?? '');
  await at.shows(door, 'A12');
  await at.answers(door, 'Inte giltig', /^Det här är inget biljettnummer/);
  await door.looks('not a ticket');
  await at.next(door);
  await door.page.getByText('Senaste svaren').click();
  await expect.poll(() => door.page.getByRole('listitem').filter({ hasText: /Inte giltig|Släpp in|Redan inne/ }).count()).toBe(6);
  await door.looks('the latest answers');

  await door.link('Stäng dörren').click();
  await door.reads('Dörren');
  await door.looks('performances to choose from');
});

walk('a hand scanner types wherever the focus is', async ({ people }) => {
  const door = await people.arrives('door');
  const { sold } = await atDoor(door, 'Handskanner');
  await door.page.keyboard.type(`${sold.codes[0]}\n`);
  await at.answers(door, 'Släpp in', 'Parkett, rad 1, plats 1');
  // The next ticket takes the place of the answer that nobody put away.
  await door.page.keyboard.type(`${sold.codes[1]}\n`);
  await at.answers(door, 'Släpp in', 'Parkett, rad 1, plats 2');
});

walk('a camera reads the code from a visitor’s screen', async ({ people }) => {
  const reel = path.join(tmpdir(), `${named('film')}.y4m`);
  const door = await people.arrives('door', {}, camera(reel));
  const visitor = await people.arrives('visitor');
  const { sold } = await atDoor(door, 'På film');
  await visitor.go(sold.address);
  const [first, second] = await sell.readTickets(visitor);
  expect([first?.code, second?.code]).toEqual(sold.codes);
  const picture = (number = '') => visitor.page.getByRole('img', { name: number });
  try {
    await film(picture(first?.number), reel);
    await at.letInByCamera(door, 'Parkett, rad 1, plats 1');
    await door.looks('let in by the camera');
    await at.next(door);
    // The same ticket still before the camera is one showing, and says nothing new.
    await door.sees('Kameran läser koder');
    await door.looks('the camera reads');
    expect(await door.page.getByRole('alert').count()).toBe(0);
    await door.button('Stäng av kameran').click();
    await door.sees('Visa en biljett');

    await film(picture(second?.number), reel);
    await at.letInByCamera(door, 'Parkett, rad 1, plats 2');
    await door.sees(/^2 av \d+ inne$/);
  } finally {
    rmSync(reel, { force: true });
  }
});

walk('a door without a camera goes on by number', async ({ people }) => {
  // The device is there, and nobody allows it.
  const door = await people.arrives('door', {}, ['--use-fake-device-for-media-stream', '--deny-permission-prompts']);
  const { sold } = await atDoor(door, 'Utan kamera');
  await door.button('Starta kameran').click();
  await door.sees('Kameran är inte tillåten');
  await door.looks('the camera is not allowed');
  expect(await door.field('Biljettens nummer').evaluate((field) => field === document.activeElement)).toBe(true);
  await door.page.keyboard.type(sold.numbers[0] ?? '');
  await door.page.keyboard.press('Enter');
  await at.answers(door, 'Släpp in', 'Parkett, rad 1, plats 1');
});

walk('a door without a network says what it knows and sends its questions when it is back', async ({ people }) => {
  const door = await people.arrives('door');
  const { theatre, stage, sold } = await atDoor(door, 'Utan nät');
  const [first = '', second = ''] = sold.codes;
  for (let times = 0; times < 2; times += 1) door.problems.expect(/ERR_INTERNET_DISCONNECTED/);
  await door.context.setOffline(true);
  await at.shows(door, first);
  await at.answers(door, 'Inte kontrollerad än', 'Koden är äkta och gäller den här föreställningen. Vi vet inte om någon redan har gått in på den.');
  await door.looks('not checked yet');
  await at.next(door);
  await door.sees('1 biljett är inte kontrollerad än');
  await at.shows(door, at.altered(first));
  await at.answers(door, 'Inte kontrollerad än', 'Koden är inte äkta eller gäller något annat.');
  await at.next(door);
  await door.sees('2 biljetter är inte kontrollerade än');
  await door.looks('two tickets wait for the network');
  await door.button(/^Ta bort biljetten/).nth(1).click();
  await door.sees('1 biljett är inte kontrollerad än');

  await door.context.setOffline(false);
  await door.sees(/^1 av \d+ inne$/);
  expect(await door.page.getByText(/är inte kontrollerad/).count()).toBe(0);
  await door.page.getByText('Senaste svaren').click();
  await door.sees(/Släpp in \(sent svar\) Parkett, rad 1, plats 1/);

  // The page is loaded anew while a ticket has no answer: the door asks on, as before.
  await door.page.route(/TicketingService\/CheckIn$/, (route) => route.abort('connectionreset'));
  for (let times = 0; times < 2; times += 1) door.problems.expect(/ERR_CONNECTION_RESET/);
  await at.shows(door, second);
  await at.answers(door, 'Inte kontrollerad än', /^Koden är äkta/);
  await at.next(door);
  door.page.once('dialog', (leaving) => void leaving.accept());
  await door.page.reload();
  await door.sees('1 biljett är inte kontrollerad än');
  expect(await kept(door)).toBe(1);
  door.page.once('dialog', (leaving) => void leaving.accept());
  await door.link('Stäng dörren').click();
  await door.reads('Dörren');
  await door.page.getByText(/^Andra dagar/).click();
  await door.page.getByRole('listitem').filter({ hasText: stage.title }).getByText('1 biljett är inte kontrollerad än').waitFor();
  await door.looks('a performance with a ticket that waits');
  await door.page.unroute(/TicketingService\/CheckIn$/);
  await door.link(stage.title).click();
  await door.sees(/^2 av \d+ inne$/);
  expect(await kept(door)).toBe(0);
  await expect(theatre.checkIn(stage, second)).rejects.toThrow('ALREADY_CHECKED_IN');
});

/** How many tickets this device keeps. */
const kept = (door: Person) => door.page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('kt_door')).length);

// Between choosing and paying: time that runs out, seats that are given back, addresses that are passed on, payments
// that fail, and all of it without a mouse.
import { expect } from 'vitest';
import type { Locator } from 'playwright-core';
import * as sell from './chain/tickets.ts';
import { named } from './support/names.ts';
import { walk, type Person } from './support/people.ts';
import { Theatre, type Stage } from './support/theatre.ts';

/** A performance on sale and a visitor who holds seat 2 of row 1. */
async function holding(visitor: Person, title: string): Promise<Stage> {
  const stage = await (await Theatre.open()).stage(named(title));
  await sell.findPerformance(visitor, stage.title);
  await sell.toSeats(visitor);
  await sell.takeInList(visitor, 1, 2);
  await sell.hold(visitor);
  return stage;
}

walk('a hold that runs out while its owner types keeps what is typed and is had again', async ({ people }) => {
  const visitor = await people.arrives('visitor');
  await visitor.page.clock.install();
  await holding(visitor, 'Långsam');
  await visitor.field('Namn').fill('Teodor Biljettköpare');
  await visitor.page.clock.fastForward('09:05');
  const dialog = visitor.page.getByRole('dialog', { name: 'Vill du behålla platserna?' });
  await dialog.waitFor();
  await visitor.looks('asked whether to keep the seats');
  await dialog.getByRole('button', { name: 'Fortsätt utan att förlänga' }).click();
  const email = visitor.field('E-postadress');
  await email.fill('teodor@');
  await visitor.page.clock.fastForward('01:00');
  await visitor.sees('Platserna är inte längre reserverade');
  await email.pressSequentially('prov.example');
  expect(await email.inputValue()).toBe('teodor@prov.example');
  await visitor.looks('the hold has run out');

  await visitor.button('Försök reservera igen').first().click();
  await visitor.sees(/^(10:00|9:\d\d) kvar$/);
  expect(await visitor.field('Namn').inputValue()).toBe('Teodor Biljettköpare');
  await visitor.button('Betala 200 kr').click();
  await visitor.sees('Köpet är klart');
});

walk('a hold that cannot grow says until when it lasts', async ({ people }) => {
  const visitor = await people.arrives('visitor');
  await visitor.page.clock.install();
  await holding(visitor, 'Till sist');
  // Only after an hour does the service refuse more; a walk does not wait that long.
  await visitor.page.route(/TicketingService\/ExtendHold$/, (route) =>
    route.fulfill({ headers: { 'content-type': 'application/grpc-web+proto', 'grpc-status': '9', 'grpc-message': 'no more', 'grpc-status-details-bin': refusal('HOLD_CANNOT_GROW') } }),
  );
  visitor.problems.expect(/ExtendHold grpc-status 9/);
  await visitor.page.clock.fastForward('03:00');
  await visitor.button('Behåll platserna 3 minuter till').click();
  await visitor.sees(/^Reservationen kan inte förlängas mer\. Platserna är dina till \d\d:\d\d\.$/);
  await visitor.looks('the hold cannot grow');
});

/** A `google.rpc.Status` whose one detail is an `ErrorInfo` with this reason, as base64. */
function refusal(reason: string): string {
  const field = (number: number, bytes: Buffer) => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const info = Buffer.concat([field(1, Buffer.from(reason)), field(2, Buffer.from('kulturtorg'))]);
  const any = Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.ErrorInfo')), field(2, info)]);
  return Buffer.concat([Buffer.from([8, 9]), field(3, any)]).toString('base64');
}

walk('seats are given back, and had again by undoing it; changed, they keep the choice', async ({ people }) => {
  const visitor = await people.arrives('visitor');
  const stage = await holding(visitor, 'Ångerköp');
  await visitor.button('Släpp platserna').click();
  await visitor.sees('Du har släppt platserna');
  await visitor.looks('given back');
  const other = await people.arrives('other visitor');
  await other.go(`/performances/${stage.performanceId}`);
  await other.sees('8 platser kvar');

  await visitor.button('Ångra och reservera dem igen').first().click();
  await visitor.sees(/^Platserna är reserverade till/);
  await other.page.reload();
  await other.sees('7 platser kvar');

  await visitor.button('Ändra platser').click();
  await visitor.reads(/^Välj platser/);
  await visitor.sees('1 plats, 200\u00a0kr');
  await visitor.button('Ta bort Parkett, rad 1, plats 2').click();
  await visitor.sees('Du har inte valt någon plats än.');
});

walk('a reservation is found again from other pages and in another browser', async ({ people }) => {
  const [visitor, friend] = await Promise.all([people.arrives('visitor'), people.arrives('friend')]);
  const stage = await holding(visitor, 'Två skärmar');
  const address = visitor.page.url();
  await visitor.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Föreställningar' }).click();
  await visitor.sees(new RegExp(`^Du har platser reserverade till \\d\\d:\\d\\d: ${stage.title}`));
  await visitor.looks('seats wait for payment');
  await visitor.link('Gå till betalningen').click();
  await visitor.reads('Betala dina biljetter');

  await friend.go(address);
  await friend.sees('Parkett, rad 1, plats 2');
  await sell.pay(friend, 'Vivi Vän', 'vivi@prov.example');
  // The first one pays for what is paid already, and finds the tickets instead.
  visitor.problems.expect(/PayOrder grpc-status 9/);
  await visitor.field('Namn').fill('Teodor Biljettköpare');
  await visitor.field('E-postadress').fill('teodor@prov.example');
  await visitor.button(/^Betala \d/).click();
  await visitor.reads(/^Dina biljetter/);
  await visitor.sees(stage.title);

  await friend.go(address.replace(/#.*/, ''));
  await friend.sees('Länken är inte hel');
  await friend.looks('an address without its last part');
  friend.problems.expect(/GetOrder grpc-status/);
  await friend.go('/');
  await friend.go(address.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
  await friend.sees('Vi hittar inte biljetterna');
  await friend.looks('an address that is wrong');
});

walk('a payment that fails keeps the seats, and one whose answer is lost counts once', async ({ people }) => {
  const visitor = await people.arrives('visitor');
  await holding(visitor, 'Kortet');
  await visitor.button(/^Betala \d/).click();
  await visitor.page.getByRole('alert').getByRole('link', { name: 'Fyll i ditt namn' }).waitFor();
  await visitor.looks('nothing filled in');
  await visitor.link('Fyll i ditt namn').click();
  await visitor.page.keyboard.type('Teodor Biljettköpare');
  await visitor.field('E-postadress').fill('teodor@prov.example');
  await visitor.page.getByRole('radio', { name: 'Banken säger nej' }).check();
  visitor.problems.expect(/PayOrder grpc-status 9/);
  await visitor.button(/^Betala \d/).click();
  await visitor.sees('Banken sa nej till köpet');
  await visitor.sees(/^Inga pengar är dragna\. Platserna är dina till \d\d:\d\d\./);
  await visitor.looks('the bank says no');
  await visitor.page.getByRole('radio', { name: /svaret kommer bort/ }).check();
  visitor.problems.expect(/PayOrder grpc-status 14/);
  await visitor.button(/^Betala \d/).click();
  await visitor.sees('Köpet är klart');
  expect(await visitor.page.getByRole('img', { name: /^QR-kod/ }).count()).toBe(1);
});

/** Presses Tab until this has the focus, as somebody without a mouse does. */
async function tabTo(person: Person, to: Locator): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await to.evaluateAll((found) => found.includes(document.activeElement as HTMLElement))) return;
    await person.page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${to}`);
}

walk('a ticket is bought without a mouse', async ({ people }) => {
  const stage = await (await Theatre.open()).stage(named('Tangenter'));
  const visitor = await people.arrives('visitor');
  const { keyboard } = visitor.page;
  const chosen = (text: string) => visitor.page.getByRole('status').getByText(text).waitFor();
  const press = async (to: Locator, key = 'Enter') => {
    await tabTo(visitor, to);
    await keyboard.press(key);
  };
  await visitor.go(`/performances/${stage.performanceId}`);
  await press(visitor.link('Välj platser'));
  await visitor.reads(/^Välj platser/);
  await visitor.settled();
  // In the list every free seat is a checkbox.
  await press(visitor.page.getByRole('checkbox', { name: sell.seat(1, 2) }), 'Space');
  await chosen('1 plats, 200\u00a0kr');
  await visitor.page.reload();
  await visitor.settled();
  await press(visitor.link('Plan'));
  // On the plan one Tab leads to the first free seat; arrows lead on from there.
  const plan = visitor.page.getByRole('group', { name: 'Plan över salongen' });
  await tabTo(visitor, plan.getByRole('checkbox', { name: sell.seat(1, 1) }));
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'Space']) await keyboard.press(key);
  await chosen('1 plats, 200\u00a0kr');
  for (const key of ['Home', 'Space', 'Space', 'End', 'Enter']) await keyboard.press(key);
  await chosen('2 platser, 400\u00a0kr');
  await visitor.looks('chosen on the plan by keys');

  await press(visitor.button('Ta bort Parkett, rad 2, plats 3'));
  await visitor.page.locator(':focus').filter({ hasText: 'Dina platser' }).waitFor();
  await press(visitor.button(/^Reservera i/));
  await visitor.reads('Betala dina biljetter');
  await visitor.settled();
  await visitor.sees('Parkett, rad 2, plats 4');
  await tabTo(visitor, visitor.field('Namn'));
  await keyboard.type('Teodor Biljettköpare');
  await tabTo(visitor, visitor.field('E-postadress'));
  await keyboard.type('teodor@prov.example');
  await keyboard.press('Enter');
  await visitor.reads(/^Dina biljetter/);
  const larger = visitor.button(/^Visa större/);
  await press(larger);
  await visitor.page.getByRole('dialog', { name: 'Biljett 1 av 1' }).waitFor();
  await keyboard.press('Escape');
  await expect.poll(() => larger.evaluate((button) => button === document.activeElement)).toBe(true);
});

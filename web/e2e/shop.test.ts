// What visitors meet when a performance cannot be bought, when somebody else is faster and when their tickets change.
import { expect } from 'vitest';
import * as sell from './chain/tickets.ts';
import { named } from './support/names.ts';
import { walk, type Person } from './support/people.ts';
import { Theatre } from './support/theatre.ts';

const buy = (visitor: Person) => visitor.link('Välj platser');

walk('a performance that cannot be bought says why', async ({ people }) => {
  const theatre = await Theatre.open();
  const early = await theatre.stage(named('Tidig vår'), { saleFrom: 24 });
  const full = await theatre.stage(named('Fullt hus'), { seats: 1 });
  const gone = await theatre.stage(named('Inställt'));
  await theatre.sell(full, [1, 2]);
  const visitor = await people.arrives('visitor');

  await sell.findPerformance(visitor, early.title);
  await visitor.sees(/^Biljetterna släpps .+ \d\d:\d\d$/);
  expect(await buy(visitor).count()).toBe(0);
  await visitor.looks('not on sale yet');
  await visitor.go(`/performances/${early.performanceId}/seats`);
  await visitor.sees(/^Biljetterna släpps .+ \d\d:\d\d$/);
  await visitor.looks('seats of what is not on sale yet');

  await visitor.go(`/performances/${full.performanceId}/seats`);
  await visitor.sees('Slutsålt');
  expect(await visitor.button('Föreslå platser').count()).toBe(0);
  await visitor.looks('seats of a full house');
  await visitor.link(full.title).click();
  await visitor.sees('Slutsålt');
  expect(await buy(visitor).count()).toBe(0);
  await visitor.looks('sold out');

  // Who has the seats on the screen while the house cancels is told when reserving them.
  await sell.findPerformance(visitor, gone.title);
  await sell.toSeats(visitor);
  await sell.takeInList(visitor, 1, 2);
  await theatre.cancel(gone);
  visitor.problems.expect(/HoldSeats grpc-status 9/);
  await visitor.button(/^Reservera i/).click();
  await visitor.sees('Föreställningen är inställd');
  await visitor.looks('cancelled while choosing');
  await visitor.link('Om föreställningen').click();
  await visitor.sees('Föreställningen är inställd');
  await visitor.looks('cancelled');
  await visitor.go('/performances');
  expect(await visitor.link(gone.title).count()).toBe(0);
});

walk('tickets say that they are used, and that their performance is cancelled', async ({ people }) => {
  const theatre = await Theatre.open();
  const stage = await theatre.stage(named('Efteråt'));
  const sold = await theatre.sell(stage, [1, 2]);
  await theatre.checkIn(stage, sold.codes[0]!);
  const visitor = await people.arrives('visitor');
  const mail = await visitor.mail('teodor@prov.example', stage.title);
  expect(mail).toContain(sold.address);

  await visitor.go(sold.address);
  const used = visitor.page.getByRole('article').filter({ hasText: sold.numbers[0] });
  const unused = visitor.page.getByRole('article').filter({ hasText: sold.numbers[1] });
  await used.getByText(/^Insläppt .+ \d\d:\d\d$/).waitFor();
  expect(await unused.getByText(/^Insläppt/).count()).toBe(0);
  await visitor.looks('one of two tickets is used');

  await unused.getByRole('button', { name: /^Visa större/ }).click();
  await visitor.page.getByRole('dialog', { name: 'Biljett 2 av 2' }).waitFor();
  await visitor.looks('a large code');
  await visitor.page.keyboard.press('Escape');

  await theatre.cancel(stage);
  await visitor.page.reload();
  await expect.poll(() => visitor.page.getByText('Föreställningen är inställd. Biljetten gäller inte.').count()).toBe(2);
  expect(await visitor.page.getByRole('img', { name: /^QR-kod/ }).count()).toBe(0);
  expect(await visitor.page.getByText('Köpet är klart').or(visitor.button('Skriv ut biljetterna')).count()).toBe(0);
  await visitor.looks('tickets of a cancelled performance');
});

walk('two visitors want the same seat; the slower one keeps the rest of the choice', async ({ people }) => {
  const theatre = await Theatre.open();
  const stage = await theatre.stage(named('Samma stol'));
  const [fast, slow] = await Promise.all([people.arrives('fast visitor'), people.arrives('slow visitor')]);
  for (const visitor of [fast, slow]) {
    await sell.findPerformance(visitor, stage.title);
    await sell.toSeats(visitor);
    await sell.takeInList(visitor, 1, 2);
  }
  await sell.takeOnPlan(slow, 2, 4);
  await slow.field('Biljettyp för Parkett, rad 2, plats 4').selectOption({ label: 'Barn, 100\u00a0kr' });
  await sell.hold(fast);

  slow.problems.expect(/HoldSeats grpc-status/);
  await slow.button(/^Reservera i/).click();
  await slow.sees('Någon annan hann före');
  await slow.sees('Platsen Parkett, rad 1, plats 2 är inte längre ledig. Dina andra val är kvar.');
  await slow.sees('1 plats, 100\u00a0kr');
  await slow.looks('a seat was taken by somebody else');
  await slow.button('Ta den platsen').click();
  await slow.sees('2 platser, 300\u00a0kr');
  await sell.hold(slow);
  await slow.sees(/^Parkett, rad 2, plats 4/);

  // Both still hold what they have.
  await fast.page.reload();
  await fast.sees('Parkett, rad 1, plats 2');
});

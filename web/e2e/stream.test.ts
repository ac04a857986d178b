// The analyst's stream while a house sells, a visitor buys and a door lets in.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import * as at from './chain/door.ts';
import * as follow from './chain/following.ts';
import * as sell from './chain/tickets.ts';
import { walk } from './support/people.ts';
import { camera, film } from './support/qr.ts';
import { named } from './support/theatre.ts';

walk('an analyst sees a sale happen from the hall to the door, and nobody in it', async ({ people }) => {
  const show: sell.Show = { title: named('Sista bussen'), hall: named('Lilla salongen'), start: sell.inHours(3) };
  const reel = path.join(tmpdir(), `${named('film')}.y4m`);
  const [analyst, staff, visitor] = await Promise.all([people.arrives('analyst'), people.arrives('house staff'), people.arrives('visitor')]);
  const door = await people.arrives('door', {}, camera(reel));
  await analyst.signIn('petra.sifferlund@example.org');
  await follow.openStream(analyst);

  await staff.signIn('urban.malmros@example.org');
  await sell.putOnSale(staff, show);
  const performance = staff.page.url().split('/').at(-1) ?? '';
  await follow.seesFact(analyst, 'ticketing: PerformanceOpened', performance);
  await staff.looks('on sale');

  await sell.findPerformance(visitor, show.title);
  await visitor.looks('a performance on sale');
  await sell.toSeats(visitor);
  await visitor.looks('nothing chosen');
  await sell.takeOnPlan(visitor, 1, 3);
  await sell.takeInList(visitor, 2, 4);
  await visitor.looks('chosen in the list');
  await sell.hold(visitor);
  await sell.extendHold(visitor);
  await visitor.looks('held');
  await sell.pay(visitor, 'Teodor Biljettköpare', 'teodor@prov.example');
  await visitor.looks('tickets');
  const order = new URL(visitor.page.url()).pathname.split('/').at(-1) ?? '';
  await follow.seesFact(analyst, 'ticketing: OrderPaid', order);
  const [first, second] = await sell.readTickets(visitor);
  if (!first || !second) throw new Error('two seats are two tickets');
  await sell.readsSales(staff, show.title, 2, /480 kr/);
  await staff.looks('two are sold');

  await door.signIn('fatou.cederlof@example.org');
  await at.openDoor(door, show.title);
  await at.letsIn(door, first.code, 'Parkett, rad 1, plats 3');
  await at.knowsAsIn(door, first.code);
  await at.refusesForgery(door, first.code);
  await film(visitor.page.getByRole('img', { name: second.number }), reel);
  await at.letInByCamera(door, 'Parkett, rad 2, plats 4');
  rmSync(reel);
  await follow.seesFact(analyst, 'ticketing: TicketCheckedIn');
  expect(await follow.readsFact(analyst, 'ticketing: TicketCheckedIn')).toContain(performance);
  await analyst.looks('facts that came by themselves');
  await follow.findsNobody(analyst, ['Teodor', 'Biljettköpare', 'Malmros', 'Cederlöf']);
});

walk('an analyst chooses a kind, waits, shows what came and begins from the beginning', async ({ people }) => {
  const analyst = await people.arrives('analyst');
  await analyst.signIn('petra.sifferlund@example.org');
  await follow.openStream(analyst);
  await analyst.button('Pausa').click();
  await analyst.sees(/^Pausad\. Nya händelser väntar/);
  await follow.chooseKind(analyst, 'ticketing: HouseOpened');
  await analyst.sees('Inga händelser ännu');
  await analyst.looks('no facts yet');

  await analyst.field('Börja').selectOption({ label: 'Från början' });
  await follow.seesFact(analyst, 'ticketing: HouseOpened');
  const kinds = await analyst.page.getByRole('rowheader').allInnerTexts();
  expect(new Set(kinds)).toEqual(new Set(['ticketing: HouseOpened']));
  await analyst.looks('facts of one kind');
  await analyst.button(/^Visa som JSON: ticketing: HouseOpened/).first().click();
  await analyst.page.getByRole('dialog').waitFor();
  await analyst.looks('one fact');
  await analyst.page.keyboard.press('Escape');
  // The address has the choice, so that it can be passed on.
  await analyst.page.reload();
  await follow.seesFact(analyst, 'ticketing: HouseOpened');
  await follow.chooseKind(analyst, '');
  await follow.seesFact(analyst, 'ticketing: PerformanceOpened');
  await follow.findsNobody(analyst, []);
});

walk('a stream that breaks says so and goes on by itself', async ({ people }) => {
  const analyst = await people.arrives('analyst');
  await analyst.signIn('petra.sifferlund@example.org');
  for (const what of [/StreamService\/Follow .*ERR_/, /console: .*ERR_.*Follow/]) analyst.problems.expect(what);
  await analyst.page.route(/StreamService\/Follow$/, (route) => route.abort('connectionreset'));
  await analyst.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Händelser' }).click();
  const broken = analyst.page.getByText(/Uppkopplingen bröts\. Vi försöker igen om \d+ sekund/);
  await broken.waitFor();
  await analyst.looks('the stream is broken');
  await analyst.page.unroute(/StreamService\/Follow$/);
  await broken.waitFor({ state: 'detached', timeout: 30_000 });
});

// The analyst's stream: choosing, waiting, and a connection that breaks.
import { expect } from 'vitest';
import * as follow from './chain/following.ts';
import { walk } from './support/people.ts';

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

// A network that is slow, gone, or loses answers: what people see, and that nothing happens twice.
import type { Route } from 'playwright-core';
import { expect } from 'vitest';
import { newAddress } from './support/names.ts';
import { walk, type Person } from './support/people.ts';

const PRODUCER = '/search?kind=KIND_PRODUCER&q=asfaltsligan';
const SEND = '**/kulturtorg.profiles.v1.ProfilesService/SendEnquiry';
const SEARCH = '**/kulturtorg.search.v1.SearchService/Search';
const OFFLINE = /net::ERR_INTERNET_DISCONNECTED/;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

async function writeEnquiry(buyer: Person, email: string): Promise<void> {
  await buyer.go(PRODUCER);
  await buyer.page.locator('main article a').first().click();
  await buyer.link('Skicka förfrågan').first().click();
  await buyer.reads(/^Förfrågan till/);
  await buyer.page.getByRole('radio').first().check();
  await buyer.field('Meddelande').fill('Vi är tjugo barn som vill dansa i vår.');
  await buyer.field('Ditt namn').fill('Köparen Provare');
  await buyer.field('E-postadress').fill(email);
}

walk('an answer that gets lost is asked for again by the same id, and the enquiry is there once', async ({ people }) => {
  const buyer = await people.arrives('the buyer');
  const email = newAddress('tappat');
  await writeEnquiry(buyer, email);
  const sent: string[] = [];
  // The service does it; the answer never comes back.
  const lose = async (route: Route) => {
    sent.push(...(route.request().postData()?.match(UUID) ?? []));
    await route.fetch();
    await route.abort('connectionreset');
  };
  await buyer.page.route(SEND, lose, { times: 2 });
  buyer.problems.expect(/SendEnquiry net::ERR_CONNECTION_RESET/);
  buyer.problems.expect(/console: Failed to load resource: net::ERR_CONNECTION_RESET/);
  const last = buyer.page.waitForRequest((request) => request.url().endsWith('/SendEnquiry') && sent.length >= 4);
  await buyer.button('Skicka förfrågan').click();
  await buyer.sees('Vi får inget svar. Vi försöker igen.');
  await buyer.reads('Ett steg kvar: öppna mejlet');
  sent.push(...((await last).postData()?.match(UUID) ?? []));
  // Each time the profile's id and the request's.
  expect(sent).toHaveLength(6);
  expect(new Set(sent).size).toBe(2);
  await buyer.mail(email, 'Bekräfta din');
  expect(await buyer.mails(email)).toHaveLength(1);
});

walk('without a network the form says so, keeps what is written, and sends it once there is one', async ({ people }) => {
  const buyer = await people.arrives('the buyer');
  await writeEnquiry(buyer, newAddress('utan'));
  buyer.problems.expect(OFFLINE);
  await buyer.context.setOffline(true);
  await buyer.sees('Du saknar uppkoppling. Det du har skrivit finns kvar.');
  await buyer.button('Skicka förfrågan').click();
  await buyer.page.getByRole('alert').first().waitFor({ timeout: 30_000 });
  await buyer.context.setOffline(false);
  await buyer.looks('an enquiry that could not be sent');
  expect(await buyer.field('Meddelande').inputValue()).toContain('tjugo barn');
  await buyer.button('Skicka förfrågan').click();
  await buyer.reads('Ett steg kvar: öppna mejlet');
});

walk('a search over a slow connection says that it waits, and the results before stay', async ({ people }) => {
  const visitor = await people.arrives('the visitor');
  await visitor.go('/search');
  const before = await visitor.page.locator('main article').count();
  expect(before).toBeGreaterThan(5);
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await visitor.page.route(SEARCH, async (route) => {
    await held;
    await route.continue();
  });
  await visitor.page.getByRole('searchbox').fill('keramik');
  await visitor.page.locator('[aria-busy=true]').first().waitFor();
  expect(await visitor.page.locator('main article').count()).toBe(before);
  await visitor.page.getByText('Det tar längre tid än vanligt. Vi väntar på svar.').waitFor({ timeout: 15_000 });
  release();
  await expect.poll(() => visitor.page.locator('main article').count()).toBeLessThan(before);
  await visitor.page.getByText('Det tar längre tid än vanligt. Vi väntar på svar.').waitFor({ state: 'hidden' });
});

walk('a search that fails for want of a network can be tried again on the spot', async ({ people }) => {
  const visitor = await people.arrives('the visitor');
  await visitor.go('/search');
  visitor.problems.expect(OFFLINE);
  await visitor.context.setOffline(true);
  await visitor.page.getByRole('searchbox').fill('glas');
  await visitor.button('Försök igen').waitFor({ timeout: 30_000 });
  await visitor.context.setOffline(false);
  await visitor.looks('a search that failed');
  await visitor.button('Försök igen').click();
  await visitor.sees(/träff/);
  expect(await visitor.page.getByRole('searchbox').inputValue()).toBe('glas');
});

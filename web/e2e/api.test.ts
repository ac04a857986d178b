// A developer who reads about the API and tries it.
import { expect, inject } from 'vitest';
import type { Locator } from 'playwright-core';
import { walk, type Person } from './support/people.ts';

/** What a line of curl asks for, run without a shell. */
function run(line: string): Promise<Response> {
  const [, url = ''] = /^curl -s (\S+)/.exec(line) ?? [];
  const headers = [...line.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name = '', value = '']): [string, string] => [name, value]);
  const [, body = ''] = /-d '(.+)'$/s.exec(line) ?? [];
  return fetch(url, { method: 'POST', headers, body });
}

const method = (person: Person, name: string): Locator => person.page.getByRole('region', { name, exact: true });

walk('a developer finds a method by search, reads who may call it, copies the line and runs it', async ({ people }) => {
  const developer = await people.arrives('developer', { permissions: ['clipboard-read', 'clipboard-write'] });
  await developer.go('/');
  await developer.page.getByRole('contentinfo').getByRole('link', { name: 'Bygg på vårt API' }).click();
  await developer.reads('API för utvecklare');

  await developer.field('Sök bland metoderna').fill('list gatherings');
  const found = developer.page.getByRole('main').getByRole('heading', { level: 2 });
  await expect.poll(() => found.allInnerTexts()).toContain('ListGatherings');
  await developer.link('ListGatherings').click();
  await developer.reads('EventsService');
  const listing = method(developer, 'ListGatherings');
  await listing.getByText('alla, även utan konto').waitFor();
  await expect.poll(() => listing.evaluate((section) => section.getBoundingClientRect().top), { message: 'the method is in sight' }).toBeLessThan(400);

  await listing.getByRole('button', { name: 'Kopiera: ListGatherings' }).click();
  await listing.getByText('Kopierat').waitFor();
  const line = await developer.page.evaluate(() => navigator.clipboard.readText());
  expect(line).toContain(`curl -s ${inject('base')}/kulturtorg.events.v1.EventsService/ListGatherings`);
  const answer = await run(line);
  expect(answer.status).toBe(200);
  const { gatherings } = (await answer.json()) as { gatherings: { titles: unknown[] }[] };
  expect(gatherings.length).toBeGreaterThan(0);
  expect(gatherings[0]).toHaveProperty('id');
});

walk('a developer sees what a role may call', async ({ people }) => {
  const developer = await people.arrives('developer');
  await developer.go('/api');
  await developer.page.getByRole('navigation', { name: 'Sidor om API:et' }).getByRole('link', { name: 'Vem som får anropa vad' }).click();
  await developer.reads('Vem som får anropa vad');
  await developer.field('Visa det som får anropas av').selectOption({ label: 'kulturlots (adviser)' });
  await developer.page.getByRole('rowheader', { name: 'AnswerCase' }).waitFor();
  expect(await developer.page.getByRole('rowheader', { name: 'CastVote' }).count()).toBe(0);
  expect(await developer.page.getByRole('rowheader', { name: 'GetRegion' }).count()).toBe(0);
  await developer.field('Ta med det som är öppet för alla').check();
  await developer.page.getByRole('rowheader', { name: 'GetRegion' }).waitFor();
  // The address has the choice, so that it can be passed on.
  await developer.page.reload();
  await developer.page.getByRole('rowheader', { name: 'GetRegion' }).waitFor();
  await developer.page.getByRole('rowheader', { name: 'AnswerCase' }).getByRole('link').click();
  await developer.reads('GuidanceService');
  await method(developer, 'AnswerCase').getByText('NOT_TAKEN_BY_YOU').waitFor();
});

walk('every line that only reads and needs no account is understood by the region', async ({ people }) => {
  const developer = await people.arrives('developer');
  await developer.go('/api');
  const services = developer.page.getByRole('navigation', { name: 'Sidor om API:et' }).locator('a[href^="/api/"]');
  const pages = await services.evaluateAll((links) => links.map((a) => a.getAttribute('href') ?? ''));
  const answers: string[] = [];
  for (const page of pages) {
    await developer.go(page);
    const lines = await developer.page.locator('section pre').allInnerTexts();
    const reading = lines.filter((line) => /^curl -s \S+Service\/(Get|List|Search)/.test(line) && !line.includes('authorization'));
    for (const line of reading) {
      const answer = await run(line);
      const { code = 'ok', message = '' } = (await answer.json()) as { code?: string; message?: string };
      answers.push(`${/Service\/(\w+)/.exec(line)?.[1]}: ${code}${code === 'ok' ? '' : ` ${message}`}`);
    }
  }
  expect(answers.length).toBeGreaterThan(15);
  // Ids and secrets in the examples belong to nobody.
  expect(answers.filter((answer) => !/: (ok|not_found .*)$/.test(answer))).toEqual([]);
  expect(answers).toContain('GetRegion: ok');
  expect(answers).toContain('Search: ok');
});

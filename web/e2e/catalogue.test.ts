// The catalogue off the usual way: nothing found, many filters, addresses that are shared, going back, a phone, and
// four languages.
import { expect } from 'vitest';
import { walk, type Person } from './support/people.ts';
import { leftOver, switchTo } from './support/words.ts';

const search = (person: Person) => person.page.getByRole('searchbox', { name: 'Sök i utbudet' });
const line = (person: Person) => person.page.getByRole('status').filter({ hasText: /\d+ träff/ }).innerText();

async function toCatalogue(person: Person): Promise<void> {
  await person.go('/');
  await person.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Utbud' }).click();
  await person.reads('Utbud');
  await person.settled();
}

walk('nothing found says why, and what finds something', async ({ people }) => {
  const buyer = await people.arrives('buyer');
  await toCatalogue(buyer);
  await search(buyer).fill('ishockeyrink');
  await buyer.sees('Inget matchar ”ishockeyrink”');
  await buyer.sees('Kontrollera stavningen');
  await buyer.looks('words that nothing has');
  await buyer.page.getByRole('main').getByRole('link', { name: 'Film', exact: true }).click();
  await buyer.button('Ta bort Film').waitFor();
  await buyer.page.goBack();
  await buyer.link('Visa hela utbudet').click();
  await buyer.page.getByRole('listitem').filter({ has: buyer.page.getByRole('heading', { level: 3 }) }).first().waitFor();
  expect(await search(buyer).inputValue()).toBe('');

  // The words find something, but not of this kind.
  await search(buyer).fill('fryxemark');
  await buyer.sees('för ”fryxemark”');
  await buyer.go(`${new URL(buyer.page.url()).pathname}?q=fryxemark&kind=KIND_PERFORMANCE`);
  const way = buyer.button('Ta bort Föreställningar').last();
  await buyer.sees(/Utan filtret Föreställningar finns \d+ träff/);
  await buyer.looks('a filter that leaves nothing');
  await way.click();
  await buyer.link('Ingalill Fryxemark').first().waitFor();
  await expect.poll(() => new URL(buyer.page.url()).search).toBe('?q=fryxemark');
});

walk('filters stand in the address, which others can open', async ({ people }) => {
  const buyer = await people.arrives('buyer');
  await toCatalogue(buyer);
  const filters = buyer.page.getByRole('group', { name: 'Filter' });
  await filters.getByLabel(/^Erbjudanden \d/).check();
  await filters.getByLabel(/^Bild och form \d/).check();
  await filters.getByLabel(/^Gymnasium \d/).check();
  await filters.getByRole('button', { name: 'Visa alla 16 – Kommun' }).click();
  await filters.getByLabel(/^Årjäng \d/).check();
  const chosen = buyer.page.getByRole('list', { name: 'Valda filter' });
  await expect.poll(() => chosen.getByRole('button', { name: /^Ta bort / }).count()).toBe(5);
  await buyer.field('Ordna efter').selectOption({ label: 'Namn' });
  await buyer.page.waitForURL(/sort=name/);
  await buyer.settled();
  await buyer.looks('many filters');
  const found = await line(buyer);
  const titles = await buyer.page.getByRole('heading', { level: 3 }).allInnerTexts();
  expect(titles.length).toBeGreaterThan(1);

  const other = await people.arrives('somebody who was sent the address');
  await other.go(buyer.page.url());
  await expect.poll(() => other.page.getByRole('heading', { level: 3 }).allInnerTexts()).toEqual(titles);
  expect(await line(other)).toBe(found);
  expect(await other.page.getByLabel(/^Årjäng \d/).isChecked()).toBe(true);

  await buyer.button('Ta bort Årjäng').click();
  await buyer.page.waitForURL((url) => !url.search.includes('place='));
  await buyer.button('Ta bort alla filter').click();
  await buyer.page.waitForURL((url) => url.search === '?sort=name');
  await expect.poll(() => chosen.count()).toBe(0);
});

walk('going back comes to the same place of the same results', async ({ people }) => {
  const buyer = await people.arrives('buyer');
  await toCatalogue(buyer);
  // Other walks add performances and gatherings meanwhile, which would move what stands here.
  await buyer.field(/^Erbjudanden/).check();
  await buyer.page.waitForURL(/kind=/);
  await buyer.settled();
  await buyer.link('Sida 2').click();
  await buyer.page.waitForURL(/page=2/);
  await buyer.settled();
  await buyer.sees('Visar 25–48');
  const results = buyer.page.getByRole('main').getByRole('heading', { level: 3 }).getByRole('link');
  const far = results.nth(15);
  const title = await far.innerText();
  // Several performances have one title; each has its own address.
  const address = await far.getAttribute('href');
  await far.scrollIntoViewIfNeeded();
  const before = await buyer.page.evaluate(() => window.scrollY);
  expect(before).toBeGreaterThan(500);
  await far.click();
  await buyer.reads(title);
  await buyer.page.goBack();
  await buyer.reads('Utbud');
  await buyer.page.getByRole('main').locator(`a[href="${address}"]`).waitFor();
  await expect.poll(async () => Math.abs((await buyer.page.evaluate(() => window.scrollY)) - before)).toBeLessThan(80);
});

walk('on a phone the filters have a screen of their own', async ({ people }) => {
  const buyer = await people.arrives('buyer on a phone', { viewport: { width: 390, height: 844 } });
  await buyer.go('/');
  await buyer.button('Meny').click();
  await buyer.looks('the menu on a phone', [320]);
  await buyer.link('Utbud').click();
  await buyer.reads('Utbud');
  await buyer.settled();
  await buyer.button('Filter').click();
  const dialog = buyer.page.getByRole('dialog', { name: 'Filter' });
  await dialog.getByLabel(/^Producenter \d/).check();
  await dialog.getByRole('button', { name: /^Visa \d+ träff/ }).waitFor();
  await buyer.looks('the filters on a phone', [320]);
  await dialog.getByRole('button', { name: /^Visa \d+ träff/ }).click();
  await dialog.waitFor({ state: 'hidden' });
  await buyer.button('Filter (1 valda)').waitFor();
  await buyer.button('Ta bort Producenter').click();
  await buyer.button('Filter').waitFor();
});

walk('the public screens change their language where they stand', { timeout: 300_000 }, async ({ people }) => {
  const buyer = await people.arrives('buyer');
  const text = 'Kommt ihr nach Sunne?';
  const screens: [string, () => Promise<void>][] = [
    ['the start page', () => buyer.go('/')],
    ['the catalogue', () => buyer.go('/search?q=fryxemark')],
    ['nothing found', () => buyer.go('/search?q=ishockeyrink&kind=KIND_OFFER')],
    ['a producer', () => opens(buyer, '/search?q=fryxemark&kind=KIND_PRODUCER')],
    ['an offer', () => opens(buyer, '/search?q=fryxemark&kind=KIND_OFFER')],
    [
      'an enquiry with errors',
      async () => {
        await buyer.link('Fråga om det här').click();
        await buyer.field('Meddelande').fill(text);
        await buyer.button('Skicka förfrågan').click();
        await buyer.sees('Fyll i ditt namn');
      },
    ],
    ['the gatherings', () => buyer.go('/gatherings?elsewhere=1')],
    ['a gathering', () => opens(buyer, '/search?q=Kulturfrukost&kind=KIND_GATHERING')],
    ['a question', () => buyer.go('/guidance')],
  ];
  for (const [what, open] of screens) {
    await open();
    await buyer.settled();
    const title = await buyer.page.title();
    for (const language of ['nl', 'fr', 'en'] as const) {
      await switchTo(buyer, language);
      await buyer.settled();
      if (!/producer|offer|gathering$/.test(what)) expect(await buyer.page.title(), `${what} in ${language}`).not.toBe(title);
      const left = (await leftOver(buyer, language)).filter((text) => text !== ORGANISERS);
      expect(left, `${what} in ${language}: words of other languages`).toEqual([]);
      if (language === 'fr') await buyer.looks(`${what} in French`);
    }
    if (what === 'an enquiry with errors') expect(await buyer.page.locator('#text').inputValue()).toBe(text);
    await switchTo(buyer, 'sv');
    await expect.poll(() => buyer.page.title()).toBe(title);
    // What was typed would be asked about before leaving.
    if (what === 'an enquiry with errors') await buyer.page.locator('#text').fill('');
  }
});

/** The place of an online gathering, as its organisers wrote it. */
const ORGANISERS = 'Online';

/** The first of what a search finds. */
async function opens(person: Person, address: string): Promise<void> {
  await person.go(address);
  const first = person.page.getByRole('main').getByRole('heading', { level: 3 }).getByRole('link').first();
  const title = await first.innerText();
  await first.click();
  await person.reads(title);
}

// With the keyboard alone: Tab, Enter, Space and arrows. On the way the focus is always seen, and it moves as people expect.
import { expect } from 'vitest';
import { PASSWORD } from './support/calls.ts';
import { focused, tabTo } from './support/keyboard.ts';
import { walk } from './support/people.ts';

walk('A buyer finds a producer and sends a question', async ({ people }) => {
  const buyer = await people.arrives('a buyer');
  const { page } = buyer;
  const at = async () => (await focused(page)).what;
  /** Goes on by Tab to what is called so. */
  const reach = (wanted: RegExp) => tabTo(page, wanted);
  const press = (key: string) => page.keyboard.press(key);
  const type = (text: string) => page.keyboard.type(text);

  await buyer.go('/');
  expect(await reach(/^a Hoppa till/), 'the first stop').toHaveLength(1);
  await press('Enter');
  expect(await reach(/^input /), 'the stop behind the skip link').toHaveLength(1);
  await type('dans');
  await press('Enter');
  await buyer.reads('Utbud');
  await buyer.settled();
  expect(await at(), 'on a new screen').toBe('h1 Utbud');

  await reach(/^input Producenter/);
  await press('Space');
  await page.waitForURL(/kind=/);
  await buyer.settled();
  expect(await at(), 'after a filter is set').toMatch(/^input Producenter/);
  const first = await page.locator('main article a').first().innerText();
  await reach(new RegExp(`^a ${first}$`));
  await press('Enter');
  await buyer.reads(first);
  expect(await at(), 'at the producer').toBe(`h1 ${first}`);

  await reach(/^a Skicka (en )?(förfrågan|fråga)/);
  await press('Enter');
  await page.waitForURL(/\/enquiry$/);
  await buyer.settled();
  await reach(/^button Skicka/);
  await press('Enter');
  await page.getByRole('heading', { name: 'Rätta till det här' }).waitFor();
  expect(await at(), 'after errors').toMatch(/Rätta till det här/);
  await reach(/^a /);
  await press('Enter');
  expect(await at(), 'from an error to its field').toMatch(/^input /);
  await press('Space');
  await press('ArrowDown');
  await reach(/^textarea /);
  await type('Kan ni dansa för våra fyror i april?');
  await reach(/^input .*amn/);
  await type('Tora Tangent');
  await reach(/^input .*(post|mejl)/);
  await type('tora.tangent@example.org');
  await reach(/^button Skicka/);
  await press('Enter');
  await buyer.reads(/mejl|Bekräfta/);
  expect(await at(), 'when it is sent').toMatch(/^h1 /);
});

walk('An adviser signs in and opens a question', async ({ people }) => {
  const adviser = await people.arrives('an adviser');
  const { page } = adviser;
  await adviser.go('/');
  await tabTo(page, /^a Logga in$/);
  await page.keyboard.press('Enter');
  await adviser.reads('Logga in');
  await tabTo(page, /^input E-post/);
  await page.keyboard.type('goran.ismailoglu@example.org');
  await tabTo(page, /^input Lösenord/);
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  await adviser.settled();
  expect((await focused(page)).what, 'after signing in').toMatch(/^h1 /);

  await tabTo(page, /^a Vägleda$/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/guidance\/cases$/);
  await adviser.settled();
  expect((await focused(page)).what, 'at the desk').toMatch(/^h1 /);
  await tabTo(page, /^a Besvarade/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/tab=answered/);
  await adviser.settled();
  expect((await focused(page)).what, 'the tab that was chosen').toMatch(/^a Besvarade/);
  const question = page.locator('main a[href^="/guidance/cases/"]').first();
  await tabTo(page, new RegExp(`^a ${(await question.innerText()).slice(0, 12)}`));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/guidance\/cases\/[0-9a-f]/);
  await adviser.settled();
  expect((await focused(page)).what, 'at the question').toMatch(/^h1 /);
});

walk('A dialog keeps the focus and gives it back', async ({ people }) => {
  const reader = await people.arrives('a reader with a phone', { viewport: { width: 390, height: 800 } });
  const { page } = reader;
  await reader.go('/search');
  await tabTo(page, /^button Filt/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let i = 0; i < 8; i += 1) {
    await page.keyboard.press('Tab');
    // Between the last stop and the first lies the browser's own bar.
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null), 'the focus is in the dialog').toBe(true);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect((await focused(page)).what, 'after the dialog').toMatch(/^button Filt/);
});

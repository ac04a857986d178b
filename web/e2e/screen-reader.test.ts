// What a screen reader is told: landmarks, headings in order, a name for every control, and news while somebody works.
import { expect } from 'vitest';
import { below, find, link, numbered } from './screens/address.ts';
import { walk, type Person } from './support/people.ts';

const CONTROL = /^\s*- '?(button|link|checkbox|radio|textbox|searchbox|combobox|tab|switch)\b(?! ")/;

/** The screen as it is told. Throws where something cannot be found or has no name. */
async function told(person: Person): Promise<string> {
  const snapshot = await person.page.locator('body').ariaSnapshot();
  const lines = snapshot.split('\n');
  for (const landmark of ['banner', 'main', 'contentinfo']) {
    expect(lines.filter((line) => line === `- ${landmark}:`), `${landmark} of ${person.page.url()}`).toHaveLength(1);
  }
  expect(snapshot).toContain('navigation "Huvudmeny"');
  expect(lines.filter((line) => CONTROL.test(line)), `controls without a name at ${person.page.url()}`).toEqual([]);
  const levels = [...snapshot.matchAll(/heading .*\[level=(\d)\]/g)].map((match) => Number(match[1]));
  expect(levels[0], 'the first heading').toBe(1);
  levels.forEach((level, i) => expect(level, `level of heading ${i + 1}: ${levels.join(' ')}`).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1));
  return snapshot;
}

walk('The catalogue tells its filters, how many it found and what', async ({ people }) => {
  const reader = await people.arrives('a reader');
  await reader.go('/search');
  const all = await told(reader);
  for (const part of ['searchbox "Sök i utbudet"', 'group "Konstområde"', 'status:', 'heading "Träffar" [level=2]']) expect(all).toContain(part);
  const count = reader.page.getByRole('main').getByRole('status').first();
  const before = await count.innerText();
  await reader.page.getByRole('checkbox', { name: /^Dans/ }).check();
  await expect.poll(() => count.innerText(), { message: 'the number of results' }).not.toBe(before);
  expect(await told(reader)).toContain('button "Ta bort Dans"');
});

walk('The list of seats tells where each one is, what it costs and which are chosen', async ({ people }) => {
  const buyer = await people.arrives('a buyer');
  await buyer.go(await find(below(numbered, '/seats'), buyer));
  const list = await told(buyer);
  expect(list).toMatch(/group "Rad \w+/);
  expect(list).toMatch(/checkbox "(Rad \w+, )?[Pp]lats \d+.*\d+ kr/);
  await buyer.page.getByRole('checkbox', { name: /plats \d+/i }).first().press('Space');
  await buyer.page.getByRole('status').filter({ hasText: /1 plats/ }).first().waitFor();
  await told(buyer);
});

walk('The parts of an application tell what is left', async ({ people }) => {
  const applicant = await people.arrives('an applicant');
  await applicant.signIn('ebrima.korpesand@example.org');
  await applicant.go(await find(link('/applications', '/applications/*'), applicant));
  const parts = await told(applicant);
  expect(parts).toContain('heading "Delar i ansökan" [level=2]');
  expect(parts).toMatch(/link "Beskriv vad du arbetar med":\n.*\n\s*- text: /);
  expect(parts).toMatch(/listitem: Kontrollera och lämna in/);
  expect(parts, 'where saving is told').toMatch(/- status/);
});

walk('The door tells its answer', async ({ people }) => {
  const staff = await people.arrives('door staff');
  await staff.signIn('noel.gustafsberg@example.org');
  await staff.go(await find(link('/door', '/door/*'), staff));
  const door = await told(staff);
  for (const part of ['dialog "', 'textbox "Biljettens nummer"', 'button "Kontrollera"', 'link "Stäng dörren"']) expect(door).toContain(part);
  await staff.field('Biljettens nummer').fill('inget nummer');
  await staff.button('Kontrollera').click();
  await staff.page.getByRole('alert').or(staff.page.getByRole('status')).filter({ hasText: 'inget biljettnummer' }).first().waitFor();
});

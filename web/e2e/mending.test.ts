// A house mends what it wrote, and whoever looks sees it; visitors choose performances by days.
import { expect, inject } from 'vitest';
import { only } from './support/names.ts';
import { walk } from './support/people.ts';

const soon = { timeout: 15_000 };

const stamp = only();

walk('a house renames a hall and mends a production that two people edit', async ({ people }) => {
  const britta = await people.arrives('Britta');
  await britta.signIn('britta.salin@example.org');
  await britta.menu('Huset').click();

  await britta.link('Salonger').first().click();
  await britta.link('Lägg till en salong').click();
  await britta.field('Salongens namn').fill(`Foajén ${stamp}`);
  await britta.page.getByRole('radio', { name: 'Med fri placering' }).check();
  await britta.field('Antal platser').fill('40');
  await britta.press('Spara salongen');
  await britta.reads(`Foajén ${stamp}`);
  await britta.press('Byt namn');
  const name = britta.field('Salongens namn');
  expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
  await name.fill('  ');
  await britta.press('Spara');
  await britta.mustCorrect('Fyll i salongens namn');
  await britta.looks('a hall being renamed, without a name');
  await name.fill(`Källaren ${stamp}`);
  await britta.press('Spara');
  await britta.reads(`Källaren ${stamp}`);
  await britta.sees(`Salongen heter nu Källaren ${stamp}.`);

  await britta.link('Produktioner').first().click();
  await britta.link('Lägg till en produktion').click();
  const title = (of: typeof britta) => of.page.getByRole('group', { name: 'Titel' }).getByLabel('Svenska');
  await title(britta).fill(`Midvinterblott ${stamp}`);
  await britta.field('Genre').selectOption({ label: 'Konsert' });
  await britta.field('Längd i minuter').fill('90');
  await britta.press('Spara produktionen');
  await britta.link(`Ändra Midvinterblott ${stamp}`).click();
  await britta.reads(`Midvinterblott ${stamp}`);
  await britta.looks('a production being edited');

  const colleague = await people.arrives('Brittas kollega');
  await colleague.signIn('britta.salin@example.org');
  await colleague.go(new URL(britta.page.url()).pathname);
  await title(colleague).fill(`Midvinterblot ${stamp}`);
  await colleague.press('Spara ändringarna');
  await colleague.sees(`Midvinterblot ${stamp}`);

  britta.problems.expect(/UpdateProduction/);
  await britta.field('Längd i minuter').fill('75');
  await britta.press('Spara ändringarna');
  await britta.sees('Någon annan hann spara före dig');
  await britta.looks('a production that somebody else saved first');
  await britta.press('Ta det som den andra sparade');
  await expect.poll(() => title(britta).inputValue(), soon).toBe(`Midvinterblot ${stamp}`);
  await britta.field('Längd i minuter').fill('75');
  await britta.press('Spara ändringarna');
  const row = britta.page.getByRole('row', { name: `Midvinterblot ${stamp}` });
  await row.getByText('1 tim 15 min').waitFor();
});

walk('a visitor chooses performances by days', async ({ people }) => {
  const vera = await people.arrives('Vera');
  await vera.go('/performances');
  const cards = vera.page.locator('main').getByRole('listitem').getByRole('link');
  const all = await cards.count();
  expect(all).toBeGreaterThan(1);
  const first = await vera.page.locator('main time').first().getAttribute('datetime');
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Stockholm' }).format(new Date(first!));

  await vera.field('Till och med').fill(day);
  await expect.poll(() => cards.count(), soon).toBeLessThan(all);
  await vera.field('Från och med').fill(day);
  await expect.poll(() => cards.count(), soon).toBeGreaterThan(0);
  await vera.looks('performances of one day');
  expect(new URL(vera.page.url()).search).toBe(`?to=${day}&from=${day}`);

  await vera.field('Till och med').fill('2020-01-01');
  await vera.sees('Välj en dag som inte är före den första');
  await vera.looks('performances of days that are the wrong way round');
  await vera.field('Till och med').fill('2099-12-31');
  await vera.field('Från och med').fill('2099-12-30');
  await vera.sees('Inga föreställningar att visa');
  await vera.looks('days without performances');
  await vera.link('Visa alla föreställningar').click();
  await expect.poll(() => cards.count(), soon).toBe(all);
  expect(new URL(vera.page.url()).origin).toBe(inject('base'));
});

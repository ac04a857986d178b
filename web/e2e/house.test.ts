// The house's forms: what they say of mistakes, of somebody else's changes, and of a session that ends while they are
// filled in.
import { expect } from 'vitest';
import * as sell from './chain/tickets.ts';
import { PASSWORD } from './support/calls.ts';
import { named } from './support/names.ts';
import { walk, type Person } from './support/people.ts';
import { Theatre } from './support/theatre.ts';

const HOUSE = 'urban.malmros@example.org';

/** The form answers with these errors on top, in this order, and the focus is there. */
async function errors(staff: Person, expected: string[]): Promise<void> {
  const summary = staff.page.getByRole('alert').filter({ hasText: 'Rätta till det här' });
  await expect.poll(() => summary.getByRole('link').allInnerTexts()).toEqual(expected);
  await expect.poll(() => summary.evaluate((box) => box === document.activeElement)).toBe(true);
  expect(await staff.page.title()).toMatch(/^Fel: /);
}

const pages = (staff: Person) => staff.page.getByRole('navigation', { name: 'Husets sidor' });

walk('the forms of a house say what to mend, and keep what is typed', async ({ people }) => {
  const name = named('Felstavat');
  const staff = await people.arrives('house staff');
  await staff.signIn(HOUSE);
  await sell.toHouse(staff);
  await staff.looks('performances to come');

  await pages(staff).getByRole('link', { name: 'Salonger' }).click();
  await staff.looks('halls');
  await staff.link('Lägg till en salong').click();
  await staff.reads('Ny salong');
  await staff.button('Spara salongen').click();
  await errors(staff, ['Fyll i salongens namn', 'Fyll i sektionens namn', 'Skriv hur många platser varje rad har, 1 till 500']);
  await staff.looks('a hall with errors');
  await staff.link('Fyll i salongens namn').click();
  await staff.page.keyboard.type(`Salong ${name}`);
  await staff.page.getByRole('radio', { name: 'Med fri placering' }).check();
  await staff.button('Spara salongen').click();
  await errors(staff, ['Skriv antalet platser, 1 till 100 000']);
  await staff.looks('a hall with free seating');
  await staff.link('Skriv antalet platser, 1 till 100 000').click();
  await staff.page.keyboard.type('40');
  await staff.button('Spara salongen').click();
  await staff.reads(`Salong ${name}`);
  await staff.looks('a hall');

  await pages(staff).getByRole('link', { name: 'Produktioner' }).click();
  await staff.link('Lägg till en produktion').click();
  await staff.reads('Ny produktion');
  await staff.button('Spara produktionen').click();
  await errors(staff, ['Fyll i titel', 'Välj genre', 'Skriv längden i minuter, 1 till 1 440']);
  await staff.looks('a production with errors');
  await staff.link('Fyll i titel').click();
  await staff.page.keyboard.type(name);
  await staff.field('Genre').selectOption({ label: 'Teater' });
  await staff.field('Längd i minuter').fill('60');
  await staff.field('Från vilken ålder').fill('tolv');
  await staff.button('Spara produktionen').click();
  await errors(staff, ['Skriv en ålder från 0 till 120']);
  await staff.field('Från vilken ålder').fill('12');
  await staff.button('Spara produktionen').click();
  await staff.reads('Produktioner');
  await staff.looks('productions');

  await sell.startPlan(staff, name);
  await staff.button('Spara utkastet').click();
  await errors(staff, ['Välj salong', 'Fyll i när föreställningen börjar, både datum och klockslag']);
  await staff.looks('a performance with errors');
  await staff.field('Salong').selectOption({ label: `Salong ${name} (40 platser)` });
  const category = staff.page.getByRole('group', { name: 'Priskategori 1' });
  await sell.typeStart(staff, sell.inHours(-24));
  await category.getByLabel('Fullt pris').fill('gratis');
  await category.getByLabel('Antal platser').fill('41');
  await staff.button('Spara utkastet').click();
  await errors(staff, [
    'Välj en tid som inte har varit än',
    'Priskategori 1: Fyll i vad den heter',
    'Priskategori 1: Skriv priset med siffror, till exempel 250 eller 249,50',
    'Kategorierna har fler platser än salongen. Minska antalet.',
  ]);
  await staff.looks('prices with errors');
  await sell.typeStart(staff, sell.inHours(24));
  await category.getByLabel('Svenska').fill('Alla platser');
  await category.getByLabel('Fullt pris').fill('0');
  await category.getByLabel('Antal platser').fill('40');
  await staff.button('Spara utkastet').click();
  await staff.reads(name);
  await staff.looks('a draft');

  // A draft that nobody has seen is dropped.
  await staff.button('Ställ in föreställningen').click();
  const dialog = staff.page.getByRole('dialog', { name: 'Ställ in föreställningen?' });
  await dialog.getByText('Utkastet har inte synts för någon annan än huset.').waitFor();
  await staff.looks('asked whether to cancel');
  await dialog.getByRole('button', { name: 'Behåll föreställningen' }).click();
  await staff.button('Ställ in föreställningen').click();
  await dialog.getByRole('button', { name: 'Ställ in föreställningen' }).click();
  await staff.sees('Föreställningen är inställd');
  await staff.looks('cancelled');
});

walk('two of a house change one performance, and neither loses what they typed', async ({ people }) => {
  const stage = await (await Theatre.open()).stage(named('Samtidigt'));
  const [first, second] = await Promise.all([people.arrives('first of the house'), people.arrives('second of the house')]);
  for (const staff of [first, second]) {
    await staff.signIn(HOUSE);
    await sell.toHouse(staff);
    await staff.link(stage.title).first().click();
    await staff.reads(stage.title);
    await staff.link('Ändra').click();
    await staff.reads('Ändra föreställningen');
    await staff.settled();
  }
  await first.field('Fullt pris').fill('210');
  await first.button('Spara ändringarna').click();
  await first.reads(stage.title);
  await first.sees('210\u00a0kr');

  await second.field('Fullt pris').fill('190');
  second.problems.expect(/UpdatePerformance grpc-status/);
  await second.button('Spara ändringarna').click();
  await second.sees('Någon annan hann spara före dig');
  await second.looks('somebody else was faster');
  await second.button('Behåll det jag skrev').click();
  await second.sees('Nu kan du spara dina ändringar ovanpå den andras.');
  await second.button('Spara ändringarna').click();
  await second.reads(stage.title);
  await second.sees('190\u00a0kr');
});

walk('a session that ends in the middle of a form asks for the password and goes on', async ({ people }) => {
  const show: sell.Show = { title: named('Avbrottet'), hall: named('Salong'), start: sell.inHours(48) };
  const staff = await people.arrives('house staff');
  await staff.signIn(HOUSE);
  await sell.toHouse(staff);
  await sell.makeHall(staff, show.hall);
  await sell.makeProduction(staff, show.title);
  await sell.startPlan(staff, show.title);
  await sell.fillPlan(staff, show);

  await staff.context.clearCookies();
  const calls = /\/kulturtorg\..+\/CreatePerformance$/;
  await staff.page.route(calls, (route) => route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer ended' } }));
  staff.problems.expect(/CreatePerformance grpc-status 16/);
  for (const where of [/POST .+\/session\/refresh/, /console: .+\/session\/refresh/]) staff.problems.expect(where);
  await staff.button('Spara utkastet').click();
  const dialog = staff.page.getByRole('dialog', { name: 'Logga in och fortsätt' });
  await dialog.getByText(HOUSE).waitFor();
  await staff.looks('asked to sign in again');
  await staff.page.unroute(calls);

  // A wrong password first: the dialog stays, and so does the form.
  for (const where of [/POST .+\/session\/sign-in/, /console: .+\/session\/sign-in/]) staff.problems.expect(where);
  await dialog.getByLabel('Lösenord', { exact: true }).fill('fel lösenord');
  await staff.page.keyboard.press('Enter');
  await dialog.getByRole('alert').waitFor();
  await staff.looks('the wrong password');
  await dialog.getByLabel('Lösenord', { exact: true }).fill(PASSWORD);
  await staff.page.keyboard.press('Enter');
  await staff.reads(show.title);
  await staff.sees('Siffrorna visas när försäljningen har öppnat.');
  await staff.sees('Parkett fram');
  await staff.sees('120\u00a0kr');
});

walk('who says no to signing in again keeps the form as it was', async ({ people }) => {
  const show: sell.Show = { title: named('Senare'), hall: named('Salong'), start: sell.inHours(48) };
  const staff = await people.arrives('house staff');
  await staff.signIn(HOUSE);
  await sell.toHouse(staff);
  await sell.makeProduction(staff, show.title);
  await sell.startPlan(staff, show.title);
  await staff.page.getByRole('radio', { name: 'På nätet' }).check();
  await sell.typeStart(staff, show.start);
  const category = staff.page.getByRole('group', { name: 'Priskategori 1' });
  await category.getByLabel('Svenska').fill('Hemma');
  await category.getByLabel('Fullt pris').fill('75');
  await category.getByLabel('Antal platser').fill('500');

  await staff.context.clearCookies();
  const calls = /\/kulturtorg\..+\/CreatePerformance$/;
  await staff.page.route(calls, (route) => route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer ended' } }));
  for (const what of [/CreatePerformance grpc-status 16/, /POST .+\/session\/refresh/, /console: .+\/session\/refresh/]) staff.problems.expect(what);
  await staff.button('Spara utkastet').click();
  await staff.button('Inte nu').click();
  await staff.sees('Du behöver logga in');
  await staff.looks('not signed in any more');
  expect(await category.getByLabel('Fullt pris').inputValue()).toBe('75');
  await staff.page.unroute(calls);

  for (const what of [/POST .+\/session\/refresh/, /console: .+\/session\/refresh/]) staff.problems.expect(what);
  await staff.button('Spara utkastet').click();
  const dialog = staff.page.getByRole('dialog', { name: 'Logga in och fortsätt' });
  await dialog.getByLabel('Lösenord', { exact: true }).fill(PASSWORD);
  await staff.page.keyboard.press('Enter');
  await staff.reads(show.title);
  await staff.sees('75\u00a0kr');
});

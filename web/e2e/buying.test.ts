// Enquiries off the usual way.
import { expect } from 'vitest';
import { only } from './support/names.ts';
import { summary } from './support/forms.ts';
import { linkIn, walk, type Person } from './support/people.ts';

/** To the form of a question to a producer, by the catalogue. */
async function toForm(buyer: Person, producer: string): Promise<void> {
  await buyer.go(`/search?q=${encodeURIComponent(producer)}&kind=KIND_PRODUCER`);
  await buyer.page.getByRole('main').getByRole('link', { name: producer, exact: true }).click();
  await buyer.reads(producer);
  await buyer.link('Skicka förfrågan').click();
  await buyer.reads(`Förfrågan till ${producer}`);
}

walk('an enquiry says what is missing, is kept from being lost, and may be declined', async ({ people }) => {
  const producer = 'Svea Nordbäck-Olin';
  const stamp = only();
  const name = `Hulda Hastig ${stamp}`;
  const email = `hulda-${stamp}@skolan.example`;
  const buyer = await people.arrives('buyer');
  await toForm(buyer, producer);
  await buyer.button('Skicka förfrågan').click();
  await summary(buyer, ['Välj vem du är', 'Skriv ett meddelande', 'Fyll i ditt namn', 'Fyll i e-postadressen dit svaret ska komma']);
  await expect.poll(() => buyer.page.title()).toMatch(/^Fel: /);
  await buyer.looks('an empty enquiry with its errors');
  await buyer.field('Privatperson').check();
  await buyer.field('Meddelande').fill('Är ni lediga på lördag?');
  await buyer.field('Ditt namn').fill(email);
  await buyer.field('E-postadress').fill(email);
  await buyer.button('Skicka förfrågan').click();
  await summary(buyer, ['Skriv ett namn i stället för en adress. Namnet syns innan du har fått svar.']);
  await buyer.field('Ditt namn').fill(name);

  const menu = buyer.page.getByRole('navigation', { name: 'Huvudmeny' });
  await menu.getByRole('link', { name: 'Utbud' }).click();
  const dialog = buyer.page.getByRole('dialog', { name: 'Du har inte skickat' });
  await dialog.waitFor();
  await buyer.looks('the question before what was written is lost');
  await dialog.getByRole('button', { name: 'Stanna kvar' }).click();
  expect(await buyer.field('Meddelande').inputValue()).toBe('Är ni lediga på lördag?');

  await buyer.field('E-postadress').fill(`fel-${email}`);
  await buyer.button('Skicka förfrågan').click();
  await buyer.reads('Ett steg kvar: öppna mejlet');
  await buyer.button('Ändra adressen och skicka igen').click();
  await buyer.reads(`Förfrågan till ${producer}`);
  await buyer.field('E-postadress').fill(email);
  await buyer.button('Skicka förfrågan').click();
  await buyer.sees(`Vi har skickat ett mejl till ${email}.`);
  await buyer.follow(await buyer.mail(email, `Bekräfta din förfrågan till ${producer}`));
  await buyer.button('Bekräfta och skicka').click();
  await buyer.sees('Förfrågan är skickad.');

  const owner = await people.arrives('producer');
  await owner.signIn('svea.nordback.olin@example.org');
  await owner.follow(await owner.mail('svea.nordback.olin@example.org', name));
  await owner.reads(`Förfrågan från ${name}`);
  await owner.page.getByText('Avböj förfrågan').click();
  await owner.field('Några ord till köparen').fill('Då är vi på sjön.');
  await owner.looks('an enquiry to decline');
  await owner.button('Avböj').click();
  await owner.sees('Förfrågan är avböjd. Ingen adress har visats.');
  expect(await owner.page.getByText(email).count()).toBe(0);

  // The buyer's page was left open; it knows more when the buyer comes back to it.
  await buyer.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await buyer.sees(`${producer} kan inte den här gången. Din adress har inte visats.`);
  const mail = await buyer.mail(email, `${producer} kan inte den här gången`);
  expect(mail).toContain('Då är vi på sjön.');
  await buyer.follow(mail);
  await buyer.sees(`${producer} kan inte den här gången. Din adress har inte visats.`);
  await buyer.looks('a declined enquiry');
  await buyer.link('Sök vidare i utbudet').click();
  await buyer.reads('Utbud');
});

walk('who cannot open the link of an enquiry enters its code', async ({ people }) => {
  const stamp = only();
  const email = `kod-${stamp}@skolan.example`;
  const buyer = await people.arrives('buyer');
  await toForm(buyer, 'Torun Hedelius');
  await buyer.field('Privatperson').check();
  await buyer.field('Meddelande').fill('Hej!');
  await buyer.field('Ditt namn').fill('Kajsa Kod');
  await buyer.field('E-postadress').fill(email);
  await buyer.button('Skicka förfrågan').click();
  await buyer.reads('Ett steg kvar: öppna mejlet');
  const link = linkIn(await buyer.mail(email, 'Bekräfta din förfrågan'));

  await buyer.go('/enquiry');
  await buyer.reads('Följ en förfrågan');
  await buyer.button('Öppna').click();
  await summary(buyer, ['Skriv koden som står i mejlet']);
  await buyer.looks('the code of an enquiry, left empty');
  buyer.problems.expect(/GetEnquiryByToken grpc-status \d/);
  await buyer.field('Kod').fill('fel-kod');
  await buyer.button('Öppna').click();
  await buyer.reads('Länken gäller inte');
  await buyer.looks('a code that is not known');
  await buyer.field('Kod').fill(`https://kulturtorg.example${link}`);
  await buyer.button('Öppna').click();
  await buyer.reads('Bekräfta din förfrågan');
});

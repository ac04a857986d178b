// Questions off the usual way, and the directory that answers point to.
import { expect } from 'vitest';
import { askMore, toCases, type Question } from './chain/guidance.ts';
import { only } from './support/names.ts';
import { summary } from './support/forms.ts';
import { linkIn, walk, type Person } from './support/people.ts';

const stamp = only();

/** Asks with what is needed alone. */
async function asks(asker: Person, { name, email, text }: Question): Promise<void> {
  await asker.go('/');
  await asker.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Vägledning' }).click();
  await asker.reads('Vad behöver du hjälp med?');
  await asker.button('Fortsätt').click();
  await summary(asker, ['Skriv din fråga']);
  await asker.field('Din fråga').fill(text);
  await asker.button('Fortsätt').click();
  await asker.page.getByRole('heading', { name: 'Så att rätt person svarar' }).waitFor();
  await asker.button('Skicka frågan').click();
  await summary(asker, ['Välj vad frågan handlar om', 'Skriv ditt namn', 'Skriv din e-postadress']);
  await asker.looks('a question with its errors');
  await asker.field('Lokal och scen').check();
  await asker.field('Ditt namn').fill(name);
  await asker.field('Din e-postadress').fill(email);
  await asker.button('Skicka frågan').click();
  await asker.reads('Frågan är skickad');
}

walk('a question changes hands, does not help, and is taken up again', async ({ people }) => {
  const question: Question = { name: `Tore Tveksam ${stamp}`, email: `tore-${stamp}@prov.example`, text: `Var får man spela bastuba? ${stamp}` };
  const asker = await people.arrives('asker');
  await asks(asker, question);
  const first = await people.arrives('first adviser');
  await first.signIn('lotta.hedenskog@example.org');
  const second = await people.arrives('second adviser');
  await second.signIn('goran.ismailoglu@example.org');
  await toCases(second);
  await second.link(question.name).click();
  await second.reads(`Fråga från ${question.name}`);
  await toCases(first);
  await first.link(question.name).click();
  await first.button('Ta frågan').click();
  await first.link(question.email).waitFor();

  // The second one still reads a question that nobody had taken.
  second.problems.expect(/TakeCase grpc-status \d/);
  await second.button('Ta frågan').click();
  await second.sees('En annan kulturlots arbetar med frågan.');
  await second.looks('a question that another adviser has taken');
  await second.button('Ta över frågan').click();
  await second.link(question.email).waitFor();
  await second.button('Skicka svaret').waitFor();
  await second.button('Skriv ett eget tips').click();
  await second.field('Ditt svar').fill('I källaren.');
  await second.button('Skicka svaret').click();
  await summary(second, ['Skriv det egna tipset eller ta bort det']);
  await second.button('Ta bort det egna tipset').click();
  await second.button('Skicka svaret').click();
  await second.sees('Svaret är skickat.');

  await asker.follow(await asker.mail(question.email, 'I källaren.'));
  await asker.button('Nej, det hjälpte inte').click();
  await asker.sees('Du har sagt att svaret inte hjälpte. Skriv vad som saknas, så tar vi frågan igen.');
  await asker.looks('a question that was not helped');
  await askMore(asker, 'Där är det vatten.');
  await toCases(second, 'Mina');
  await second.link(question.name).click();
  await second.sees('Där är det vatten.');
  await second.field('Ditt svar').waitFor();
});

walk('who cannot open the link of a question enters its code', async ({ people }) => {
  const question: Question = { name: `Kalle Kod ${stamp}`, email: `kalle-${stamp}@prov.example`, text: 'Var står koden?' };
  const asker = await people.arrives('asker');
  await asks(asker, question);
  const link = linkIn(await asker.mail(question.email, 'Vi har fått din fråga'));
  asker.problems.expect(/GetMyCase grpc-status \d/);
  await asker.go(`/guidance#${'x'.repeat(43)}`);
  await asker.sees('Länken gäller inte');
  await asker.looks('a question that is not known');
  await asker.link('Ställ en ny fråga').click();
  await asker.reads('Vad behöver du hjälp med?');
  await asker.page.getByText('Har du redan ställt en fråga?').click();
  await asker.button('Visa frågan').click();
  await summary(asker, ['Skriv koden som står i mejlet']);
  await asker.looks('the code of a question, left empty');
  await asker.field('Kod').fill(link.split('#')[1] ?? '');
  await asker.button('Visa frågan').click();
  await asker.reads('Din fråga');
  await asker.sees(question.text);
});

walk('an entry of the directory is written, changed and retired', async ({ people }) => {
  const name = `Stolsnätverket ${stamp}`;
  const adviser = await people.arrives('adviser');
  await adviser.signIn('lotta.hedenskog@example.org');
  await toCases(adviser);
  await adviser.page.getByRole('navigation', { name: 'Kulturlotsens sidor' }).getByRole('link', { name: 'Katalog' }).click();
  await adviser.reads('Katalog');
  await adviser.looks('the directory');
  await adviser.link('Lägg till').click();
  await adviser.reads('Lägg till i katalogen');
  await adviser.button('Spara').click();
  await summary(adviser, ['Välj slag', 'Fyll i namnet', 'Fyll i beskrivningen']);
  await adviser.looks('an empty entry with its errors');
  await adviser.field('Nätverk').check();
  await adviser.field('Namn').fill(name);
  await adviser.field('Beskrivning').fill('Lånar ut hopfällbara stolar.');
  await adviser.field('Webbplats').fill('stolar.example');
  adviser.problems.expect(/CreateEntry grpc-status 3/);
  await adviser.button('Spara').click();
  await summary(adviser, ['Webbplats: skriv en adress som börjar med https://']);
  await adviser.field('Webbplats').fill('https://stolar.example');
  await adviser.button('Spara').click();
  await adviser.sees(`${name} är sparat.`);

  const box = adviser.page.getByRole('searchbox', { name: 'Sök i katalogen' });
  await box.fill('hopfallbara');
  await adviser.sees('1 i katalogen');
  await adviser.link(name).click();
  await adviser.reads(name);
  await adviser.field('Beskrivning').fill('Lånar ut hopfällbara stolar och bord.');
  await adviser.looks('an entry of the directory');
  await adviser.button('Spara').click();
  await adviser.sees(`${name} är sparat.`);
  await adviser.link(name).click();
  expect(await adviser.field('Beskrivning').inputValue()).toBe('Lånar ut hopfällbara stolar och bord.');
  await adviser.button('Ta ur bruk').click();
  const dialog = adviser.page.getByRole('dialog', { name: `Ta ur bruk: ${name}` });
  await dialog.waitFor();
  await adviser.looks('the question before an entry is retired');
  await dialog.getByRole('button', { name: 'Behåll' }).click();
  await adviser.button('Ta ur bruk').click();
  await dialog.getByRole('button', { name: 'Ta ur bruk' }).click();
  await adviser.sees(`${name} är taget ur bruk.`);

  await box.fill(name);
  await adviser.sees('Inget matchar');
  await adviser.looks('the directory with nothing found');
  await adviser.field('Visa också det som inte används längre').check();
  await adviser.page.getByRole('row', { name }).getByText('Används inte').waitFor();
  await adviser.link(name).click();
  await adviser.sees('Används inte längre. Det kommer inte som förslag.');
  await adviser.looks('a retired entry');
});

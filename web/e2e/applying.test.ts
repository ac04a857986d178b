// What can go wrong for an applicant on the way: a session that ends, a connection that breaks, a change of mind.
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { hasStarted } from './chain/beforehand.ts';
import { act, saved } from './chain/producing.ts';
import { PASSWORD } from './support/calls.ts';
import { picture } from './support/files.ts';
import { walk, type Person } from './support/people.ts';

/** Opens the application from the desk. */
async function opensDraft(who: Person, name: string): Promise<void> {
  await who.go('/');
  await who.menu('Producent').click();
  await who.link('Visa ansökan').click();
  await who.reads(`Ansökan för ${name}`);
}

const hasFocus = (field: Locator) => expect.poll(() => field.evaluate((control) => control === document.activeElement)).toBe(true);

walk('a session that another browser ends takes nothing that was typed', async ({ people }) => {
  const artist = await people.arrives('Otto Filmlund');
  const his = act('Film', 'Filmregi');
  await artist.page.clock.install();
  await hasStarted(artist, his, 'film.direction');
  await opensDraft(artist, his.name);
  await artist.link('Beskriv vad du arbetar med').click();
  await artist.field('Beskrivning').fill('Jag gör film om skogen.');
  await saved(artist);

  const elsewhere = await people.arrives('Otto Filmlund at the library');
  await elsewhere.signIn(his.email);
  await elsewhere.link('Ditt konto').click();
  const others = elsewhere.page.getByRole('row').filter({ hasNotText: 'Den här inloggningen' });
  await elsewhere.looks('the sessions of an account');
  await others.getByRole('button', { name: /^Avsluta/ }).first().click();
  await elsewhere.sees('Inloggningen är avslutad.');

  // What he holds in this browser is good for five minutes; then it is refused.
  artist.problems.expect(/session\/refresh/);
  artist.problems.expect(/UpdateApplication grpc-status 16/);
  await artist.page.clock.fastForward('06:00');
  await artist.sees('Du har varit borta en stund och är inte längre inloggad.');
  await artist.looks('the session is over');
  await artist.field('Beskrivning').fill('Jag gör film om skogen och om älven.');
  const dialog = artist.page.getByRole('dialog', { name: 'Logga in och fortsätt' });
  await hasFocus(dialog.getByLabel('Lösenord', { exact: true }));
  await artist.looks('signing in again');
  await dialog.getByRole('button', { name: 'Inte nu' }).click();
  await hasFocus(artist.field('Beskrivning'));
  await artist.sees('Logga in för att spara det sista. Det du skrev finns kvar här.');
  expect(await artist.field('Beskrivning').inputValue()).toBe('Jag gör film om skogen och om älven.');
  await artist.looks('not signed in, not saved');

  await artist.press('Spara nu');
  await dialog.getByLabel('Lösenord', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Logga in och fortsätt' }).click();
  await saved(artist);
  expect(await artist.field('Beskrivning').inputValue()).toBe('Jag gör film om skogen och om älven.');
  await artist.page.reload();
  await expect.poll(() => artist.field('Beskrivning').inputValue()).toBe('Jag gör film om skogen och om älven.');
});

walk('a file goes on where it was when the connection comes back', async ({ people }) => {
  const artist = await people.arrives('Ylva Brånemo');
  const her = act('Bild och form', 'Konst');
  await hasStarted(artist, her, 'visual.art');
  await opensDraft(artist, her.name);
  await artist.link('Ladda upp filer som styrker').click();
  const painting = await picture(artist.page, 'målning.png', 1500);
  const parts = Math.ceil(painting.buffer.length / (256 * 1024));
  let arrived = 0;
  artist.page.on('response', (answer) => (arrived += Number(answer.url().endsWith('/UploadEvidencePart') && answer.ok())));

  await artist.field('Vad visar filen?').fill('Målningen på biblioteket');
  const first = artist.page.waitForResponse(/UploadEvidencePart/);
  await artist.field('Välj filer').setInputFiles(painting);
  await first;
  artist.problems.expect(/ERR_INTERNET_DISCONNECTED/);
  await artist.context.setOffline(true);
  await artist.sees('Väntar på nätet');
  await artist.sees('Du saknar uppkoppling. Det du har skrivit finns kvar.');
  await artist.looks('waiting for the network');
  expect(arrived).toBeLessThan(parts);
  await artist.context.setOffline(false);
  await artist.page.getByRole('button', { name: 'Ta bort målning.png' }).waitFor({ timeout: 60_000 });
  await artist.sees('Målningen på biblioteket');
  expect(arrived, 'no part is sent twice').toBe(parts);
});

walk('a draft is thrown away, and what is missing is said before it can be handed in', async ({ people }) => {
  const artist = await people.arrives('Tora Lindmo');
  const her = act('Film', 'Filmregi');
  const { application } = await hasStarted(artist, her, 'film.direction');
  await opensDraft(artist, her.name);
  await artist.sees('Kan göras när resten är klart');
  await artist.go(`/applications/${application}/check`);
  for (const missing of ['Beskriv vad du arbetar med', 'Ladda upp minst en fil, till exempel ett examensbevis eller ett kontrakt', 'Ange uppdrag eller annan verksamhet']) {
    await artist.link(missing).waitFor();
  }
  await artist.looks('what is missing');
  await artist.link('Alla delar').click();
  await artist.page.getByText('Ta bort utkastet').first().click();
  await artist.sees('Utkastet och filerna tas bort. Det går inte att ångra.');
  await artist.looks('about to throw it away');
  await artist.press('Ta bort utkastet');
  await artist.reads('Dina ansökningar');
  await artist.sees('Återtagen');
  await artist.looks('the applications of an artist');
});

// What a producer does from the first visit until an application is handed in.
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { PASSWORD } from '../support/calls.ts';
import { only } from '../support/names.ts';
import { pdf, picture } from '../support/files.ts';
import { linkIn, type Person } from '../support/people.ts';

/** What one producer is called and offers. */
export interface Act {
  email: string;
  /** The artist's or the group's. */
  name: string;
  /** An art field and one of its parts, in words. */
  field: string;
  part: string;
  municipality: string;
  title: string;
}

export function act(field: string, part: string): Act {
  const word = only();
  return { email: `${word}@vandring.example`, name: `Sällskapet ${word}`, field, part, municipality: 'Karlstad', title: `Konsten att ${word}` };
}

/** Makes an account from the start page, follows the link in the mail, and signs in. */
export async function joins(who: Person, email: string): Promise<void> {
  await who.go('/');
  await who.menu('Logga in').click();
  await who.link('Skapa konto').click();
  await who.reads('Skapa konto');
  await who.field('Namn').fill(who.name);
  await who.field('E-postadress').fill(email);
  await who.page.getByLabel('Lösenord', { exact: true }).fill(PASSWORD);
  await who.press('Skapa konto');
  await who.reads('Läs din e-post');
  await who.looks('the account is made');

  const mail = await who.mail(email, '/confirm');
  await who.page.getByRole('main').getByRole('link', { name: 'Läs mejlen som skulle ha skickats' }).click();
  await who.field('Visa bara mejl till').fill(email);
  await who.press('Visa');
  await who.page.getByRole('status').filter({ hasText: '1 mejl' }).waitFor();
  await who.page.getByText('Bekräfta').first().click();
  await who.looks('the mail is open');
  // The link in it names the site that mails are configured with, which need not be where this region listens.
  await who.go(linkIn(mail));
  await who.reads('Adressen är bekräftad');
  await who.looks('the address is confirmed');
  await who.page.getByRole('main').getByRole('link', { name: 'Logga in' }).click();
  await signsIn(who, email);
  await who.menu('Producent').waitFor();
}

/** Fills in the page for signing in. */
export async function signsIn(who: Person, email: string): Promise<void> {
  await who.reads('Logga in');
  await who.field('E-postadress').fill(email);
  await who.page.getByLabel('Lösenord', { exact: true }).fill(PASSWORD);
  await who.press('Logga in');
  await who.page.waitForURL((url) => url.pathname !== '/sign-in');
  await who.button('Logga ut').waitFor();
}

const language = (who: Person, group: string, name: 'Svenska' | 'Engelska') => who.page.getByRole('group', { name: group }).getByLabel(name);

/** Writes a profile, first forgetting what is needed. */
export async function writesProfile(who: Person, act: Act): Promise<void> {
  await who.menu('Producent').click();
  await who.sees('Du har ingen profil än');
  await who.looks('the desk without a profile');
  await who.link('Skapa en profil').click();
  await who.reads('Skapa en profil');
  // It comes filled in with the owner's name.
  await who.field('Namn på artisten eller gruppen').fill('');
  await who.press('Skapa profilen');
  await who.mustCorrect('Fyll i namnet på artisten eller gruppen', 'Välj minst ett konstområde', 'Välj kommunen där du bor');
  await who.looks('the profile with errors');

  await who.link('Fyll i namnet på artisten eller gruppen').click();
  await who.page.keyboard.type(act.name);
  await who.page.getByRole('checkbox', { name: act.part, exact: true }).check();
  await who.field('Kommun där du bor').selectOption({ label: act.municipality });
  await language(who, 'Presentation', 'Svenska').fill(`${act.name} spelar där älven gör en krok.`);
  await language(who, 'Presentation', 'Engelska').fill(`${act.name} plays where the river bends.`);
  await who.press('Lägg till en länk');
  await who.field('Text på länken').fill('Film från turnén');
  await who.page.getByLabel('Adress', { exact: true }).fill('https://vandring.example/film');
  await who.field('Telefon').fill('070-174 06 55');
  await who.press('Skapa profilen');
  await who.reads('Bild');
}

/** Uploads a picture, forgets to describe it, takes it away and back. */
export async function showsPicture(who: Person): Promise<void> {
  await who.looks('no picture yet');
  await who.field('Välj en bild').setInputFiles(await picture(who.page, 'ängen.png', 400));
  await who.sees('Bilden är uppladdad. Beskriv den och spara.');
  await who.press('Använd bilden');
  await who.mustCorrect('Beskriv vad bilden visar, på minst ett språk');
  await who.looks('a picture without words');
  await language(who, 'Vad visar bilden?', 'Svenska').fill('Färgfläckar i alla riktningar');
  await language(who, 'Vad visar bilden?', 'Engelska').fill('Spots of colour');
  await who.press('Använd bilden');
  await who.sees('Bilden är sparad och visas på din sida.');
  const shown = who.page.getByRole('img', { name: 'Färgfläckar i alla riktningar' });
  await shown.waitFor();

  await who.press('Ta bort bilden');
  await who.sees('Bilden är borttagen.');
  await who.sees('Profilen har ingen bild.');
  await who.press('Ångra');
  await shown.waitFor();
  await who.looks('a picture');
}

/** Changes the profile's name, saves it and takes it back. */
export async function savesAndUndoes(who: Person, act: Act): Promise<void> {
  await who.link('Profil').click();
  const name = who.field('Namn på artisten eller gruppen');
  await name.fill(`${act.name} och vänner`);
  await who.sees('Du har ändringar som inte är sparade.');
  await who.press('Spara');
  await who.sees('Ändringarna är sparade.');
  await who.looks('the profile is saved');
  await who.press('Ångra');
  await who.sees('Ändringarna är ångrade.');
  await expect.poll(() => name.inputValue()).toBe(act.name);
}

/** Makes an offer with a price, first forgetting what is needed. */
export async function offers(who: Person, act: Act): Promise<void> {
  await who.link('Erbjudanden').click();
  await who.sees('Inga erbjudanden än');
  await who.looks('no offers yet');
  await who.link('Nytt erbjudande').first().click();
  await who.reads('Nytt erbjudande');
  await who.press('Lägg upp erbjudandet');
  await who.mustCorrect('Välj vad det är', 'Skriv en titel på minst ett språk', 'Välj minst en målgrupp', 'Välj fast pris eller pris på begäran', 'Välj vart du kan resa');
  await who.looks('an offer with errors');

  await who.field('Vad är det?').selectOption({ label: 'Föreställning' });
  await language(who, 'Titel', 'Svenska').fill(act.title);
  await language(who, 'Titel', 'Engelska').fill(`The art of ${act.title.split(' ').at(-1)}`);
  await language(who, 'Beskrivning', 'Svenska').fill('En timme tillsammans, med plats för frågor efteråt.');
  await who.page.getByRole('group', { name: 'För vem?' }).getByRole('checkbox').first().check();
  await who.field('Längd i minuter').fill('55');
  await who.page.getByRole('radio', { name: 'Fast pris för ett tillfälle' }).check();
  await who.field('Pris i SEK').fill('8 500');
  await who.page.getByRole('radio', { name: 'Hela regionen' }).check();
  await who.field('Fri bredd i meter').fill('6,5');
  await who.press('Lägg upp erbjudandet');
  await who.reads('Erbjudanden');
  await who.sees(`”${act.title}” går att boka.`);
  await who.sees(/8\s500/);
  await who.looks('an offer');
}

/** Starts an application from the desk and gives its id. */
export async function startsApplication(who: Person, act: Act): Promise<string> {
  await who.menu('Producent').click();
  await who.link('Till ansökan').click();
  await who.reads('Starta en ansökan');
  await who.press('Starta ansökan');
  await who.mustCorrect('Välj väg');
  await who.looks('an application that cannot start');
  await who.page.getByRole('radio', { name: 'Utbildning' }).check();
  await who.press('Starta ansökan');
  await who.reads(`Ansökan för ${act.name}`);
  await who.looks('the parts of a new application');
  return new URL(who.page.url()).pathname.split('/').at(-1) ?? '';
}

/** Until what was typed is on the server. */
export async function saved(who: Person): Promise<void> {
  await who.page.getByText(/^(Inte sparat än|Sparar …)$/).waitFor({ state: 'hidden' });
  await who.sees(/^Sparat \d/);
}

const onward = async (who: Person, act: Act) => {
  await who.press('Spara och gå till delarna');
  await who.reads(`Ansökan för ${act.name}`);
};

/** Goes through the parts of the application. It saves by itself: a reload in the middle loses nothing. */
export async function fillsIn(who: Person, act: Act): Promise<void> {
  await who.link('Beskriv vad du arbetar med').click();
  await who.field('Beskrivning').fill(`Jag lever av att dansa med ${act.name} sedan jag flyttade hem.`);
  await saved(who);
  await who.page.reload();
  await expect.poll(() => who.field('Beskrivning').inputValue()).toContain(act.name);
  await who.looks('the description');
  await onward(who, act);

  await who.link('Ange din utbildning').click();
  await who.press('Lägg till utbildning');
  await who.press('Klar');
  await who.mustCorrect('Fyll i vad det var', 'Fyll i skolan', 'Välj slag av skola', 'Välj vad den utbildade för', 'Välj konstområde');
  await who.looks('the education with errors');
  await who.field('Examen eller program').fill('Konstnärlig kandidatexamen i dans');
  await who.page.getByLabel('Skola', { exact: true }).fill('Högskolan vid Vänern');
  await who.field('När blev du klar?').fill(daysAgo(300));
  await who.field('Slag av skola').selectOption({ label: 'Högskola eller universitet i Sverige' });
  await who.field('Vad utbildade den för?').selectOption({ label: 'Konstnärligt arbete' });
  await who.page.getByLabel('Konstområde', { exact: true }).selectOption({ label: `${act.field}: ${act.part}` });
  await who.press('Klar');
  await saved(who);
  await onward(who, act);

  await engages(who, act);
  await wasAway(who, act);
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

async function engages(who: Person, act: Act): Promise<void> {
  await who.link('Ange uppdrag och annan verksamhet').click();
  await who.press('Lägg till uppdrag');
  await who.field('Vad gjorde du?').fill('Prästens dotter i sommarspelet');
  await who.field('Var eller för vem?').fill('Gamla sågen i Ransäter');
  await who.page.getByLabel('Slag', { exact: true }).selectOption({ label: 'Anställning eller engagemang' });
  await who.field('Första dag').fill(daysAgo(30));
  await who.field('Sista dag').fill(daysAgo(60));
  await who.press('Klar');
  await who.mustCorrect('Sista dagen ligger före den första');
  await who.field('Sista dag').fill(daysAgo(10));
  await who.field('Det var arbete med barn eller unga').check();
  await who.press('Klar');
  await saved(who);
  await who.looks('an engagement');
  await onward(who, act);
}

/** Gives a time of absence, takes it away, and back. */
async function wasAway(who: Person, act: Act): Promise<void> {
  await who.link('Ange tid då du inte kunde arbeta').click();
  await who.press('Lägg till frånvaro');
  await who.field('Varför?').selectOption({ label: 'Föräldraledighet' });
  await who.field('Första dag').fill(daysAgo(700));
  await who.field('Sista dag').fill(daysAgo(500));
  await who.press('Klar');
  await who.press('Ta bort Föräldraledighet');
  await who.sees('Föräldraledighet är borttagen.');
  await who.press('Ångra');
  await who.button('Ändra Föräldraledighet').waitFor();
  await saved(who);
  await who.looks('a time of absence');
  await onward(who, act);
}

/** The files that the application rests on; their names and descriptions are read again by the panel. */
export const evidence = {
  pdf: { name: 'examen.pdf', shows: 'Examensbevis' },
  jpeg: { name: 'affisch.jpg', shows: 'Affisch från turnén' },
  png: { name: 'avtal.png', shows: 'Avtal med teatern' },
};

export async function uploadsEvidence(who: Person, act: Act): Promise<void> {
  await who.link('Ladda upp filer som styrker').click();
  await who.sees('Inga filer än.');
  const text = { name: 'anteckning.txt', mimeType: 'text/plain', buffer: Buffer.from('Jag är bra.') };
  await who.field('Välj filer').setInputFiles(text);
  await who.sees('anteckning.txt är av fel slag. Ladda upp en PDF, en JPEG eller en PNG.');
  await who.looks('a file of the wrong kind');
  const { pdf: degree, jpeg: poster, png: contract } = evidence;
  const files = [pdf(degree.name, 'Konstnarlig kandidatexamen i dans'), await picture(who.page, poster.name), await picture(who.page, contract.name)];
  for (const [i, { name, shows }] of [degree, poster, contract].entries()) {
    await who.field('Vad visar filen?').fill(shows);
    await who.field('Välj filer').setInputFiles(files[i]!);
    await who.button(`Ta bort ${name}`).waitFor();
    await who.sees(shows);
  }
  await who.looks('the files');
  await onward(who, act);
}

/** Reads everything once more, declares that it is true, and hands it in. */
export async function handsIn(who: Person, act: Act): Promise<void> {
  await who.looks('every part is done');
  await who.link('Kontrollera och lämna in').click();
  await who.reads('Kontrollera och lämna in');
  for (const text of [act.name, 'Konstnärlig kandidatexamen i dans, Högskolan vid Vänern', 'Prästens dotter i sommarspelet', 'Föräldraledighet', 'Avtal med teatern']) await who.sees(text);
  await who.press('Lämna in ansökan');
  await who.mustCorrect('Intyga att uppgifterna är riktiga');
  await who.looks('the answers, not declared');
  await who.field('Uppgifterna är riktiga och filerna är mina eller får visas.').check();
  await who.press('Lämna in ansökan');
  await who.sees('Ansökan är inlämnad');
  await who.looks('the receipt');
}

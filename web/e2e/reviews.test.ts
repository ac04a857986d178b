// What can happen to an application besides being approved.
import { expect } from 'vitest';
import { hasAccount, hasApplied } from './chain/beforehand.ts';
import { act, signsIn } from './chain/producing.ts';
import { findsInQueue, hasNoTie, panelOf, votes, votesByMail } from './chain/reviewing.ts';
import { only } from './support/names.ts';
import { linkIn, walk } from './support/people.ts';

const ADMINISTRATOR = 'gunilla.rosendal@example.org';
// The three whose field is film: every application of film is theirs.
const [AGNETA, SORAYA, JOAN] = ['agneta.frodeback@example.org', 'soraya.behnam@example.org', 'joan.mcallen@example.org'] as const;

walk('who is rejected reads why, and applies again with what was written', async ({ people }) => {
  const artist = await people.arrives('Sixten Öhrnell');
  const his = act('Film', 'Filmregi');
  const application = await hasApplied(artist, his, 'film.direction');
  const agneta = await people.arrives('Agneta Frödebäck');
  await findsInQueue(agneta, AGNETA, his);
  await hasNoTie(agneta);
  await agneta.press('Kontrollera rösten');
  await agneta.sees('Välj om ansökan ska godkännas');
  await agneta.looks('a vote with errors');
  await votes(agneta, 'Godkänn inte', 'Underlaget visar ett enda uppdrag.');
  await votesByMail(people, SORAYA, application, 'Godkänn inte', 'Det räcker inte som huvudsyssla.');

  const mail = await artist.mail(his.email, 'ett enda uppdrag');
  await artist.go(linkIn(mail));
  await artist.sees('Ansökan är inte godkänd');
  await artist.sees('Det räcker inte som huvudsyssla.');
  await artist.looks('a rejected application');
  await artist.link('Ansök igen').click();
  await artist.sees('Du börjar med det du skrev förra gången.');
  await artist.looks('applying again');
  await artist.press('Starta ansökan');
  await artist.link('Beskriv vad du arbetar med').click();
  await expect.poll(() => artist.field('Beskrivning').inputValue()).toContain('sedan jag flyttade hem');
});

walk('a reviewer with a tie steps aside, a panel without a majority leaves the decision to the administrator', async ({ people }) => {
  const artist = await people.arrives('Ragna Rådberg');
  const her = act('Film', 'Animation');
  const application = await hasApplied(artist, her, 'film.animation');

  const joan = await people.arrives('Joan McAllen');
  await findsInQueue(joan, JOAN, her);
  await joan.page.getByRole('radio', { name: 'Ja, jag har en koppling' }).check();
  await joan.press('Lämna gruppen');
  await joan.mustCorrect('Skriv vad kopplingen är');
  await joan.looks('a tie without words');
  await joan.field('Vad är kopplingen?').fill('Vi delade ateljé i våras.');
  await joan.press('Lämna gruppen');
  await joan.reads('Du har lämnat gruppen');
  await joan.looks('the panel is left');
  await joan.link('Till listan').click();
  await joan.reads('Ansökningar att granska');
  await expect.poll(() => joan.page.getByRole('link', { name: her.name }).count()).toBe(0);

  const agneta = await people.arrives('Agneta Frödebäck');
  await findsInQueue(agneta, AGNETA, her);
  await hasNoTie(agneta);
  await votes(agneta, 'Godkänn', 'Filmerna visas på festivaler.');
  await agneta.looks('one vote is cast');
  const soraya = await votesByMail(people, SORAYA, application, 'Godkänn inte', 'Det är för få uppdrag.');
  await soraya.sees('Gruppen är oense.');
  await soraya.sees('Filmerna visas på festivaler.');
  await soraya.looks('the panel disagrees');

  const administrator = await people.arrives('Gunilla Rosendal');
  await administrator.signIn(ADMINISTRATOR);
  await administrator.menu('Granska').click();
  await administrator.reads('Alla ansökningar');
  await administrator.looks('all applications');
  await administrator.field('Bara de som behöver dig').check();
  await administrator.press('Visa');
  const row = administrator.page.getByRole('row').filter({ hasText: her.name });
  await expect.poll(() => row.innerText()).toContain('Oense, avgör du');
  await row.getByRole('link').click();
  await administrator.reads(`Ansökan från ${her.name}`);
  await administrator.press('Avgör ansökan');
  await administrator.mustCorrect('Välj om ansökan ska godkännas', 'Skriv skälen');
  await administrator.looks('a tie to break');
  await administrator.page.getByRole('radio', { name: 'Godkänn', exact: true }).check();
  await administrator.field('Skäl').fill('Festivalerna är återkommande och arvoderade.');
  await administrator.press('Avgör ansökan');
  await administrator.sees('Ansökan är avgjord');
  await administrator.looks('the tie is broken');

  await artist.go(linkIn(await artist.mail(her.email, 'återkommande och arvoderade')));
  await artist.sees('Gruppen var inte enig. Regionens administratör beslutade.');
});

walk('who steps aside is replaced by another expert of the field', async ({ people }) => {
  const artist = await people.arrives('Malte Fjällkvist');
  const his = act('Ord och media', 'Fotografi');
  const application = await hasApplied(artist, his, 'word.photo');
  const [first = ''] = await panelOf(application);
  const reviewer = await people.arrives(first);
  await findsInQueue(reviewer, first, his);
  await hasNoTie(reviewer);
  await reviewer.press('Anmäl en koppling');
  await reviewer.page.getByRole('radio', { name: 'Ja, jag har en koppling' }).check();
  await reviewer.field('Vad är kopplingen?').fill('Vi är syskon.');
  await reviewer.press('Lämna gruppen');
  await reviewer.reads('Du har lämnat gruppen');
  const panel = await panelOf(application, 4);
  const another = await people.arrives(panel.at(-1) ?? '');
  await findsInQueue(another, another.name, his);
});

walk('an application is taken back', async ({ people }) => {
  const artist = await people.arrives('Hedvig Sköldin');
  const her = act('Film', 'Animation');
  const application = await hasApplied(artist, her, 'film.animation');
  const [first = ''] = await panelOf(application);
  await artist.go('/');
  await artist.menu('Producent').click();
  await artist.link('Visa ansökan').click();
  await artist.sees('Experterna läser och bedömer ansökan.');
  await artist.page.getByText('Ta tillbaka ansökan').first().click();
  await artist.looks('an application in review, about to be taken back');
  await artist.press('Behåll ansökan');
  await artist.page.getByText('Ta tillbaka ansökan').first().click();
  await artist.press('Ta tillbaka ansökan');
  await artist.sees('Du har tagit tillbaka ansökan');
  await artist.looks('a withdrawn application');

  const reviewer = await people.arrives(first);
  await reviewer.go('/sign-in');
  await signsIn(reviewer, first);
  await reviewer.menu('Granska').click();
  await reviewer.reads('Ansökningar att granska');
  await reviewer.link('Alla, även avslutade').click();
  const row = reviewer.page.getByRole('row').filter({ hasText: her.name });
  const more = reviewer.button('Visa fler');
  await expect
    .poll(async () => {
      if ((await row.count()) === 0 && (await more.isVisible())) await more.click();
      return (await row.count()) && row.innerText();
    }, { timeout: 15_000 })
    .toContain('Återtagen');
  await row.getByRole('link').click();
  await reviewer.sees('Sökanden har tagit tillbaka ansökan.');
  await reviewer.looks('a withdrawn application at the desk');
});

walk('a role is given, taken away, given back and taken away again', async ({ people }) => {
  const expert = await people.arrives('Frida Ekshärad');
  const email = `${only()}@vandring.example`;
  await hasAccount(expert, email);
  const administrator = await people.arrives('Gunilla Rosendal');
  await administrator.signIn(ADMINISTRATOR);
  await administrator.menu('Administrera').click();
  await administrator.field('E-postadress').fill('ingen@vandring.example');
  await administrator.page.getByRole('radio', { name: 'Analytiker' }).check();
  administrator.problems.expect(/GrantRole grpc-status 5/);
  await administrator.press('Dela ut rollen');
  await administrator.looks('a role for nobody');
  await administrator.page.getByRole('radio', { name: 'Dörrvakt' }).check();
  await administrator.field('E-postadress').fill(email);
  await administrator.press('Dela ut rollen');
  await administrator.mustCorrect('Välj vilket kulturhus rollen gäller');
  await administrator.looks('a role without a house');
  await administrator.page.getByRole('radio', { name: 'Analytiker' }).check();
  await administrator.press('Dela ut rollen');
  await administrator.sees(`${email} har nu rollen Analytiker.`);
  await expert.go('/');
  await expert.menu('Händelser').waitFor();

  await administrator.field('Visa').selectOption({ label: 'Analytiker' });
  const taken = `Ta tillbaka rollen Analytiker från ${expert.name}`;
  await administrator.press(taken);
  await administrator.sees(`${expert.name} har inte längre rollen Analytiker.`);
  await administrator.looks('a role is taken away');
  await administrator.press('Ångra');
  await administrator.press(taken);
  await administrator.sees(`${expert.name} har inte längre rollen Analytiker.`);
  await expert.page.reload();
  await expert.settled();
  expect(await expert.menu('Händelser').count()).toBe(0);
  await expert.go('/stream');
  await expert.reads('Du har inte tillgång till sidan');
  await expert.looks('a page of another role');
  await expert.go('/finns-inte');
  await expert.reads('Sidan finns inte');
  await expert.looks('a page that does not exist');
});

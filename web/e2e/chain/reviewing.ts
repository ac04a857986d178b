// How an application is judged: who gives the role, reads, asks, answers and votes, and who then finds the producer.
import { expect } from 'vitest';
import { call } from '../support/calls.ts';
import { linkIn, type People, type Person } from '../support/people.ts';
import { picture } from '../support/files.ts';
import { evidence, signsIn, type Act } from './producing.ts';

export type Verdict = 'Godkänn' | 'Godkänn inte';

/** Gives somebody's account the role of a reviewer in one art field. */
export async function appoints(administrator: Person, email: string, field: string): Promise<void> {
  await administrator.menu('Administrera').click();
  await administrator.reads('Roller');
  await administrator.press('Dela ut rollen');
  await administrator.mustCorrect('Skriv e-postadressen till kontot', 'Välj minst ett konstområde');
  await administrator.looks('a role without anybody');
  await administrator.field('E-postadress').fill(email);
  await administrator.page.getByRole('group', { name: 'Konstområden' }).getByLabel(field, { exact: true }).check();
  await administrator.press('Dela ut rollen');
  await administrator.sees(`${email} har nu rollen Granskare.`);
}

/** Takes the role of a reviewer from somebody. */
export async function dismisses(administrator: Person, name: string, email: string): Promise<void> {
  await administrator.menu('Administrera').click();
  await administrator.field('Visa').selectOption({ label: 'Granskare' });
  // Others may be called the same.
  const row = administrator.page.getByRole('row').filter({ hasText: email });
  await row.getByRole('button', { name: `Ta tillbaka rollen Granskare från ${name}` }).click();
  await administrator.sees(`${name} har inte längre rollen Granskare.`);
}

/** The addresses of those who were told by mail that this application is theirs to judge. */
export async function panelOf(application: string, seats = 3): Promise<string[]> {
  let told: string[] = [];
  await expect
    .poll(
      async () => {
        const { mails } = await call<{ mails: { address: string; template: string; text: string }[] }>('notify/ListKeptMail', { pageSize: 200 });
        told = mails.filter((m) => m.template === 'review.assigned' && m.text.includes(application)).map((m) => m.address);
        return told.length;
      },
      { timeout: 15_000, message: `mails to the panel of ${application}` },
    )
    .toBeGreaterThanOrEqual(seats);
  return told;
}

/** The reviewer signs in and finds the application in the queue. */
export async function findsInQueue(reviewer: Person, email: string, act: Act): Promise<void> {
  await reviewer.go('/sign-in');
  await signsIn(reviewer, email);
  await reviewer.menu('Granska').click();
  await reviewer.reads('Ansökningar att granska');
  const row = reviewer.page.getByRole('row').filter({ hasText: act.name });
  await expect.poll(() => row.innerText()).toContain('Svara om koppling, läs och rösta');
  await reviewer.looks('the queue');
  await row.getByRole('link').click();
  await reviewer.reads(`Ansökan från ${act.name}`);
}

/** Says that there is no tie, which comes before reading. */
export async function hasNoTie(reviewer: Person): Promise<void> {
  await reviewer.page.getByRole('radio', { name: 'Nej, jag kan granska' }).check();
  await reviewer.press('Fortsätt');
  await reviewer.page.getByRole('heading', { name: 'Din bedömning' }).waitFor();
}

/** Opens each file: pictures here, with buttons to see them better, the PDF in a tab of its own. */
export async function readsEvidence(reviewer: Person): Promise<void> {
  await reviewer.press('Fortsätt');
  await reviewer.mustCorrect('Välj om du har en koppling eller inte');
  await reviewer.looks('the question of a tie');
  await hasNoTie(reviewer);

  const { pdf, jpeg, png } = evidence;
  await reviewer.press(`Visa ${jpeg.shows}`);
  const frame = reviewer.page.getByRole('region', { name: jpeg.shows });
  const shown = frame.getByRole('img', { name: `Bild: ${jpeg.shows}` });
  await shown.waitFor();
  const before = await shown.boundingBox();
  await reviewer.press('Större');
  await reviewer.sees(/Storlek 150\s%/);
  expect((await shown.boundingBox())?.width).toBeGreaterThan(before?.width ?? Infinity);
  await reviewer.press('Vrid');
  await reviewer.looks('a picture of the evidence');
  await frame.getByRole('button', { name: 'Nästa fil' }).click();
  await reviewer.page.getByRole('img', { name: `Bild: ${png.shows}` }).waitFor();
  await reviewer.press('Stäng filen');

  await reviewer.press(`Visa ${pdf.shows}`);
  const opens = reviewer.context.waitForEvent('page');
  await reviewer.link('Öppna i ny flik').click();
  const tab = await opens;
  expect(tab.url()).toMatch(/^blob:/);
  await tab.close();
  const downloads = reviewer.page.waitForEvent('download');
  await reviewer.press(`Ladda ner ${pdf.shows}`);
  expect((await downloads).suggestedFilename()).toBe(pdf.name);
}

/** Asks the applicant for more. */
export async function asksForMore(reviewer: Person, question: string): Promise<void> {
  await reviewer.press('Fråga sökanden');
  await reviewer.press('Skicka frågan');
  await reviewer.mustCorrect('Skriv vad du vill fråga');
  await reviewer.looks('a question without words');
  await reviewer.field('Fråga eller begäran om mer underlag').fill(question);
  await reviewer.press('Skicka frågan');
  await reviewer.sees('Frågan är skickad.');
  await reviewer.sees('Du kan inte rösta nu');
}

/** The applicant reads the mail, follows its link, adds a file and answers. */
export async function answersQuestion(producer: Person, email: string, question: string, answer: string): Promise<void> {
  const mail = await producer.mail(email, question);
  await producer.go(linkIn(mail));
  await producer.sees('Fråga att svara på');
  await producer.sees(question);
  await producer.press('Skicka svaret');
  await producer.mustCorrect('Skriv ditt svar');
  await producer.looks('a question to answer');
  await producer.field('Svar till experterna').fill(answer);
  await producer.field('Välj filer').setInputFiles(await picture(producer.page, 'repetition.png'));
  await producer.button('Ta bort repetition.png').waitFor();
  await producer.press('Skicka svaret');
  await producer.sees('Svaret är skickat. Experterna fortsätter nu.');
  await producer.looks('the question is answered');
}

/** Judges every criterion and votes; read once more before it counts. */
export async function votes(reviewer: Person, verdict: Verdict, reasons: string): Promise<void> {
  const outcome = verdict === 'Godkänn' ? 'Uppfyllt' : 'Inte uppfyllt';
  for (const choice of await reviewer.page.getByRole('radio', { name: outcome, exact: true }).all()) await choice.check();
  await reviewer.page.getByRole('radio', { name: verdict, exact: true }).check();
  await reviewer.field('Skäl').fill(reasons);
  await reviewer.press('Kontrollera rösten');
  await reviewer.page.getByRole('heading', { name: 'Stämmer det här?' }).waitFor();
  await reviewer.press('Lämna rösten');
  await reviewer.sees('Din röst är lämnad');
}

/** Another member of the panel follows the link in the mail, and votes. */
export async function votesByMail(people: People, email: string, application: string, verdict: Verdict, reasons: string): Promise<Person> {
  const reviewer = await people.arrives(email);
  const mail = await reviewer.mail(email, application);
  await reviewer.go(linkIn(mail));
  await signsIn(reviewer, email);
  await hasNoTie(reviewer);
  await votes(reviewer, verdict, reasons);
  return reviewer;
}

/** The applicant is told by mail and reads the decision with its reasons. */
export async function readsApproval(producer: Person, email: string, reasons: string[]): Promise<void> {
  const mail = await producer.mail(email, 'Din ansökan är godkänd');
  await producer.go(linkIn(mail));
  await producer.sees('Ansökan är godkänd');
  for (const reason of reasons) {
    expect(mail).toContain(reason);
    await producer.sees(reason);
  }
  await producer.looks('an approved application');
  await producer.link('Till profilen').click();
}

/** Anybody finds the producer while typing. */
export async function isFound(visitor: Person, act: Act): Promise<void> {
  await visitor.go('/');
  await visitor.menu('Utbud').click();
  await visitor.reads('Utbud');
  await visitor.page.getByRole('searchbox').pressSequentially(act.name);
  const card = visitor.link(act.name);
  await card.first().waitFor();
  await visitor.looks('found while typing');
  await card.first().click();
  await visitor.reads(act.name);
  await visitor.sees(act.title);
}

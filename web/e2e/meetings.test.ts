// Gatherings off the usual way: full, closed, changed, cancelled, arranged by others; forms with errors; a session
// that ends while somebody writes.
import { expect } from 'vitest';
import { openRegistration, toGatheringsDesk, write, type Guest, type Plan } from './chain/gatherings.ts';
import { PASSWORD, call, tokenOf } from './support/calls.ts';
import { only } from './support/names.ts';
import { endSession, summary } from './support/forms.ts';
import { walk, type People, type Person } from './support/people.ts';

const ADVISER = 'lotta.hedenskog@example.org';
const stamp = only();
const guest = (name: string): Guest => ({ name, email: `${name.split(' ')[0]}-${stamp}@mote.example`.toLowerCase(), listed: false });

async function adviserOf(people: People): Promise<Person> {
  const adviser = await people.arrives('adviser');
  await adviser.signIn(ADVISER);
  return adviser;
}

/** Plans and publishes; `further` fills in more. */
async function published(adviser: Person, what: Plan, further?: () => Promise<void>): Promise<void> {
  await toGatheringsDesk(adviser);
  await adviser.link('Ny träff').click();
  await adviser.reads('Ny träff');
  await write(adviser, what);
  await further?.();
  await adviser.button('Spara som utkast').click();
  await adviser.reads(what.title);
  await adviser.button('Publicera').click();
  await adviser.sees('Träffen är publicerad.');
}

/** From the adviser's desk to the page that everybody reads, in another browser. */
async function opens(visitor: Person, adviser: Person, title: string): Promise<void> {
  const address = await adviser.link('Se sidan som andra ser den').getAttribute('href');
  await visitor.go(address ?? '');
  await visitor.reads(title);
}

async function registers(visitor: Person, { name, email }: Guest, answer: string): Promise<void> {
  await visitor.field('Namn').fill(name);
  await visitor.field('E-postadress').fill(email);
  await visitor.button(/^(Anmäl mig|Ställ mig på väntelistan)$/).click();
  await visitor.page.getByRole('heading', { name: answer }).waitFor();
}

walk('a full gathering gets more places, and the queue moves up', async ({ people }) => {
  const title = `Två stolar ${stamp}`;
  const [first, second] = [guest('Frans Först'), guest('Stina Sist')];
  const adviser = await adviserOf(people);
  await published(adviser, { title, places: 1, day: '2027-03-04' });
  const visitor = await people.arrives('visitor');
  await opens(visitor, adviser, title);
  await registers(visitor, first, 'Du är anmäld');
  await visitor.button('Anmäl en person till').click();
  await visitor.sees('Fullbokad');
  await registers(visitor, second, 'Du står på väntelistan');
  await visitor.page.reload();
  await visitor.sees('1 person väntar på plats');

  visitor.problems.expect(/EventsService\/Register grpc-status \d+/);
  await visitor.field('Namn').fill(first.name);
  await visitor.field('E-postadress').fill(first.email);
  await visitor.button('Ställ mig på väntelistan').click();
  await visitor.sees('Adressen är redan anmäld. Vi har mejlat länken till anmälan.');
  await visitor.looks('a registration of an address that is registered');

  await adviser.link('Ändra').click();
  await adviser.reads(`Ändra ${title}`);
  await adviser.field('Antal platser').fill('två');
  await adviser.button('Spara').click();
  await adviser.link('Skriv antalet platser med siffror, eller lämna tomt').click();
  await adviser.page.keyboard.press('ControlOrMeta+a');
  await adviser.page.keyboard.type('2');
  await adviser.field('Plats och adress').fill('Konsthallen');
  await adviser.button('Spara').click();
  await adviser.sees('Träffen är sparad.');
  await openRegistration(visitor, second, `Du har fått en plats: ${title}`);
  await visitor.sees('Du har en plats');
  await openRegistration(visitor, first, `Ny tid eller plats: ${title}`);
  await visitor.sees('Konsthallen');

  await adviser.link('Ändra').click();
  await adviser.field('Antal platser').fill('1');
  adviser.problems.expect(/UpdateGathering grpc-status/);
  await adviser.button('Spara').click();
  await adviser.sees('Fler är redan bekräftade. Välj ett högre antal platser.');
  await adviser.looks('a gathering with fewer places than guests');
});

walk('a cancelled gathering says so everywhere, and tells its guests why', async ({ people }) => {
  const title = `Blir inte av ${stamp}`;
  const who = guest('Malte Motvind');
  const adviser = await adviserOf(people);
  await published(adviser, { title, places: 5, day: '2027-03-05' });
  const visitor = await people.arrives('visitor');
  await opens(visitor, adviser, title);
  await registers(visitor, who, 'Du är anmäld');

  await adviser.page.reload();
  await adviser.button('Ställ in träffen').click();
  await adviser.sees('1 person är anmäld och får ett mejl.');
  await adviser.looks('the question before a gathering is cancelled');
  await adviser.button('Behåll träffen').click();
  await expect.poll(() => adviser.button('Ställ in träffen').evaluate((b) => b === document.activeElement)).toBe(true);
  await adviser.button('Ställ in träffen').click();
  await adviser.field('Några ord till dem som är anmälda').fill('Isen har gått. Ny dag i maj.');
  await adviser.button('Ställ in och mejla alla').click();
  await adviser.sees('Träffen är inställd. Alla som var anmälda får ett mejl.');
  await adviser.looks('a cancelled gathering on the desk');
  await toGatheringsDesk(adviser);
  await adviser.link('Inställda').click();
  await adviser.link(title).waitFor();

  expect(await visitor.mail(who.email, `Inställt: ${title}`)).toContain('Isen har gått. Ny dag i maj.');
  await visitor.page.reload();
  await visitor.sees('Träffen är inställd och blir inte av.');
  expect(await visitor.button('Anmäl mig').count()).toBe(0);
  await visitor.looks('a cancelled gathering');
  await openRegistration(visitor, who, `Du har en plats: ${title}`);
  await visitor.sees('Träffen är inställd och blir inte av.');
  expect(await visitor.button(/^Avboka/).count()).toBe(0);
  await visitor.looks('a registration for a cancelled gathering');
  await visitor.link(title).click();
  await visitor.link('Alla träffar').click();
  await visitor.reads('Träffar');
  await visitor.settled();
  expect(await visitor.link(title).count()).toBe(0);
});

walk('registration that has closed is said with its day', async ({ people }) => {
  const title = `För sent ute ${stamp}`;
  const adviser = await adviserOf(people);
  await published(adviser, { title, places: 5, day: '2027-03-06' }, async () => {
    const closes = adviser.page.getByRole('group', { name: /^Sista tid för anmälan/ });
    await closes.getByLabel('Datum').fill('2026-01-15');
    await closes.getByLabel('Klockslag').fill('12');
  });
  const visitor = await people.arrives('visitor');
  await opens(visitor, adviser, title);
  await visitor.sees(/Anmälan stängde .*15 januari/);
  expect(await visitor.button('Anmäl mig').count()).toBe(0);
  await visitor.looks('a gathering whose registration has closed');
});

walk('forms that are sent empty say what is missing, one by one', async ({ people }) => {
  const title = `Tomma fält ${stamp}`;
  const adviser = await adviserOf(people);
  await toGatheringsDesk(adviser);
  await adviser.link('Ny träff').click();
  await adviser.reads('Ny träff');
  await adviser.button('Lägg till en punkt').click();
  await adviser.button('Spara som utkast').click();
  await summary(adviser, ['Skriv rubriken', 'Välj typ av träff', 'Skriv både datum och klockslag: Börjar', 'Skriv en plats eller adressen till det digitala mötet', 'Punkt 1: Skriv ett klockslag, till exempel 09:00']);
  await adviser.looks('an empty gathering with its errors');
  await adviser.button('Ta bort punkt 1').click();
  await adviser.sees('Punkten är borttagen.');
  await adviser.button('Ångra').click();
  await adviser.button('Ta bort punkt 1').click();
  await adviser.link('Alla träffar').click();
  await published(adviser, { title, places: 5, day: '2027-03-07' });

  const visitor = await people.arrives('visitor');
  await opens(visitor, adviser, title);
  visitor.problems.expect(/EventsService\/Register grpc-status 3/);
  await visitor.button('Anmäl mig').click();
  await summary(visitor, ['Fyll i namn', 'Fyll i e-postadress']);
  await visitor.looks('an empty registration with its errors');
  await visitor.field('Namn').fill('Halvard Halvfärdig');
  await visitor.field('E-postadress').fill('halvard@');
  await visitor.button('Anmäl mig').click();
  await summary(visitor, ['E-postadress: skriv hela adressen, till exempel namn@example.org']);
});

walk('a registration is changed, cancelled and taken up again by its mail alone', async ({ people }) => {
  const title = `Fram och tillbaka ${stamp}`;
  const who = guest('Vera Velpotta');
  const adviser = await adviserOf(people);
  await published(adviser, { title, places: 5, day: '2027-03-08' });
  const visitor = await people.arrives('visitor');
  await opens(visitor, adviser, title);
  await registers(visitor, who, 'Du är anmäld');
  await visitor.link('Öppna din anmälan').click();
  await visitor.reads('Din anmälan');
  await visitor.sees('Ingen har valt att synas i listan än.');
  await visitor.field('Visa mig för dem som också kommer').check();
  await visitor.sees('Sparat');
  await visitor.page.getByRole('listitem').filter({ hasText: who.name }).waitFor();
  await visitor.button(/^Avboka/).click();
  await visitor.sees('Du har avbokat.');
  await visitor.button('Anmäl mig igen').click();
  await visitor.sees('Du är anmäld igen.');
  await visitor.looks('a registration taken up again');

  await visitor.go('/registration');
  await visitor.sees('Länken är inte hel');
  await visitor.looks('a registration without its link');
  visitor.problems.expect(/GetRegistration grpc-status 5/);
  await visitor.go(`/registration#${'x'.repeat(43)}`);
  await visitor.sees('Länken gäller inte');
  await visitor.looks('a registration that is not known');
});

walk('who is signed in need not write their name, and finds their registrations', async ({ people }) => {
  const title = `Med konto ${stamp}`;
  const adviser = await adviserOf(people);
  await published(adviser, { title, places: 5, day: '2027-03-10' });
  const visitor = await people.arrives('visitor with an account');
  await visitor.signIn('daniel.okoro@example.org');
  // Whether the account has a place here is found out by asking for the list.
  visitor.problems.expect(/ListAttendees grpc-status 7/);
  await opens(visitor, adviser, title);
  await expect.poll(() => visitor.field('E-postadress').inputValue()).toBe('daniel.okoro@example.org');
  expect(await visitor.field('Namn').inputValue()).toBe('Daniel Okoro');
  await visitor.button('Anmäl mig').click();
  await visitor.page.getByRole('heading', { name: 'Du är anmäld' }).waitFor();
  const own = async () => {
    await visitor.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Träffar' }).click();
    await visitor.link('Dina anmälningar').click();
    await visitor.reads('Dina anmälningar');
    return visitor.page.getByRole('listitem').filter({ has: visitor.link(title) });
  };
  await (await own()).getByText('Har plats').waitFor();
  await visitor.looks("one's registrations");

  await adviser.button('Ställ in träffen').click();
  await adviser.page.getByRole('dialog').getByRole('button', { name: /^Ställ in/ }).click();
  await adviser.sees('Träffen är inställd.');
  await (await own()).getByText('Inställd').waitFor();
  await visitor.link(title).click();
  await visitor.reads('Din anmälan');
  await visitor.sees('Träffen är inställd och blir inte av.');
});

walk('a gathering of another calendar leads to who arranges it', async ({ people }) => {
  const name = `Polskekväll ${stamp}`;
  const visitor = await people.arrives('visitor');
  await bringIn(name);
  await visitor.go('/');
  await visitor.page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Träffar' }).click();
  await visitor.reads('Träffar');
  await visitor.settled();
  expect(await visitor.link(name).count(), 'others stand in the list only for who wants them').toBe(0);
  await visitor.field('Visa också danser från andra kalendrar').check();
  await visitor.link(name).waitFor();
  await visitor.looks('gatherings with those of other calendars');
  await visitor.link(name).click();
  await visitor.reads(name);
  await visitor.sees('Träffen kommer från en annan kalender. Du anmäler dig hos arrangören.');
  await visitor.sees('Spelmanslaget Snö');
  await visitor.sees('80 SEK');
  expect(await visitor.link('Läs mer hos arrangören').getAttribute('href')).toBe('https://prov.example/dans');
  expect(await visitor.button('Anmäl mig').count()).toBe(0);
  await visitor.looks('a gathering of another calendar');
});

/** As `kulturtorg import gatherings` does, with an administrator's account. */
async function bringIn(name: string): Promise<void> {
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const record = {
    source: `prov${stamp}`,
    record: 1,
    name,
    links: ['https://prov.example/dans'],
    startDate: day,
    endDate: day,
    country: 'Sweden',
    // A gathering of the same name, day and town would be taken for this one.
    city: `Älvsbacka ${stamp}`,
    styles: ['balfolk'],
    social: true,
    performers: ['Spelmanslaget Snö'],
    price: '80 SEK',
  };
  await call('events/ImportGathering', record, await tokenOf('gunilla.rosendal@example.org'));
}

walk('a session that ends in the middle of a form loses no word', async ({ people }) => {
  const title = `Lång rast ${stamp}`;
  const adviser = await adviserOf(people);
  await toGatheringsDesk(adviser);
  await adviser.link('Ny träff').click();
  await adviser.reads('Ny träff');
  await write(adviser, { title, places: 12, day: '2027-03-09' });

  adviser.problems.expect(/session\/refresh.*401|401.*session\/refresh/);
  adviser.problems.expect(/CreateGathering grpc-status 16/);
  await endSession(adviser);
  await adviser.button('Spara som utkast').click();
  const dialog = adviser.page.getByRole('dialog', { name: 'Logga in och fortsätt' });
  await dialog.getByText(ADVISER).waitFor();
  await adviser.looks('the dialog of a session that ended');
  await dialog.getByRole('button', { name: 'Inte nu' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await adviser.page.getByRole('group', { name: 'Rubrik' }).first().getByLabel('Svenska').inputValue()).toBe(title);
  await adviser.looks('a form whose sending was refused');

  await adviser.button('Spara som utkast').click();
  await adviser.page.unrouteAll();
  await dialog.getByRole('textbox', { name: 'Lösenord' }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Logga in och fortsätt' }).click();
  await adviser.reads(title);
  await adviser.sees('Träffen är sparad.');
  await adviser.sees(/9 mars.* 08:00.*09:30/);
});

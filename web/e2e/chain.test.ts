// The whole chain in one region, as it is in real life: six people, each with a browser of their own, and those whom
// they meet on the way.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import * as buying from './chain/buying.ts';
import * as door from './chain/door.ts';
import * as follow from './chain/following.ts';
import * as gatherings from './chain/gatherings.ts';
import * as guidance from './chain/guidance.ts';
import * as producing from './chain/producing.ts';
import * as reviewing from './chain/reviewing.ts';
import * as sell from './chain/tickets.ts';
import { newAddress, only } from './support/names.ts';
import { walk, type People, type Person } from './support/people.ts';
import { camera, film } from './support/qr.ts';

/** The six. */
interface Cast {
  producer: Person;
  reviewer: Person;
  /** Buys for a school, goes to a gathering, asks the advisers, and goes to the theatre. Has no account. */
  buyer: Person;
  adviser: Person;
  house: Person;
  analyst: Person;
}

const word = only();
const buyer: buying.Buyer = { name: `Frideborg Inköpare ${word}`, email: newAddress('frideborg'), text: `Kan ni komma till vår gymnastiksal? ${word}` };

walk('six people walk the whole chain, and the analyst sees it all without seeing them', { timeout: 900_000 }, async ({ people }) => {
  const cast: Cast = {
    producer: await people.arrives('Linnéa Åkerlöv'),
    reviewer: await people.arrives('Torgny Granath'),
    buyer: await people.arrives('Frideborg Inköpare'),
    adviser: await people.arrives('the adviser'),
    house: await people.arrives('the house'),
    analyst: await people.arrives('the analyst'),
  };
  await cast.analyst.signIn('petra.sifferlund@example.org');
  await follow.openStream(cast.analyst);

  const act = await producerIsApproved(people, cast);
  await buyerAsks(cast, act);
  await gatheringFillsUp(people, cast);
  await questionIsAnswered(cast);
  await houseSells(people, cast);

  for (const kind of ['ticketing: OrderPaid', 'guidance: CaseClosed', 'events: RegistrationPromoted']) await follow.seesFact(cast.analyst, kind);
  await cast.analyst.looks('facts that came by themselves');
  await follow.findsNobody(cast.analyst, [buyer.name, buyer.email, buyer.text, act.email, 'Linnéa', 'Torgny']);
});

async function producerIsApproved(people: People, { producer, reviewer, buyer: visitor, analyst }: Cast): Promise<producing.Act> {
  const act = producing.act('Scen och ton', 'Dans');
  await producing.joins(producer, act.email);
  await producing.writesProfile(producer, act);
  await producing.showsPicture(producer);
  await producing.savesAndUndoes(producer, act);
  await producing.offers(producer, act);

  const administrator = await people.arrives('the administrator');
  await administrator.signIn('gunilla.rosendal@example.org');
  const address = newAddress('torgny');
  await producing.joins(reviewer, address);
  await reviewing.appoints(administrator, address, `${act.field}: ${act.part}`);

  const application = await producing.startsApplication(producer, act);
  await producing.fillsIn(producer, act);
  await producing.uploadsEvidence(producer, act);
  await producing.handsIn(producer, act);
  await follow.seesFact(analyst, 'review: ApplicationSubmitted');

  const panel = await reviewing.panelOf(application);
  const colleague = panel.find((member) => member !== address) ?? '';
  await reviewer.press('Logga ut');
  await reviewer.menu('Logga in').waitFor();
  await reviewing.findsInQueue(reviewer, address, act);
  await reviewing.readsEvidence(reviewer);
  await reviewing.asksForMore(reviewer, 'Vilken roll hade du i sommarspelet?');
  await reviewing.answersQuestion(producer, act.email, 'Vilken roll hade du i sommarspelet?', 'Jag dansade prästens dotter.');
  await reviewer.page.reload();
  await reviewer.sees('Jag dansade prästens dotter.');
  await reviewing.votes(reviewer, 'Godkänn', 'Utbildningen är gedigen.');
  await reviewer.looks('the first vote is cast');
  await reviewing.votesByMail(people, colleague, application, 'Godkänn', 'Verksamheten är tydlig.');
  await reviewing.readsApproval(producer, act.email, ['Utbildningen är gedigen.', 'Verksamheten är tydlig.']);
  await reviewing.dismisses(administrator, reviewer.name, address);
  await reviewing.isFound(visitor, act);
  return act;
}

async function buyerAsks({ producer, buyer: visitor, analyst }: Cast, act: producing.Act): Promise<void> {
  await buying.findProducer(visitor, act.name);
  await buying.readOffer(visitor, act.title);
  await buying.ask(visitor, buyer, act.name);
  await buying.confirm(visitor, buyer, act.name);
  await buying.answer(producer, buyer, act.name, 'Gärna, om golvet är bonat.');
  await buying.agree(visitor, buyer, act.name, 'Gärna, om golvet är bonat.', `Det bonar vi själva ${word}.`);
  await buying.hear(producer, buyer, act.email, `Det bonar vi själva ${word}.`);
  await follow.seesFact(analyst, 'profiles: EnquiryAnswered');
}

async function gatheringFillsUp(people: People, { adviser, buyer: visitor }: Cast): Promise<void> {
  const title = `Frukost vid älven ${word}`;
  const guest = (name: string, listed: boolean): gatherings.Guest => ({ name, email: newAddress('guest'), listed });
  const [first, second, late] = [guest(buyer.name, true), guest('Ivar Blyghammar', false), guest('Saga Sistaminuten', true)];
  await adviser.signIn('lotta.hedenskog@example.org');
  await gatherings.plan(adviser, { title, places: 2, day: '2027-03-03' });

  await gatherings.find(visitor, title);
  expect(await gatherings.register(visitor, first)).toBe(0);
  await visitor.button('Anmäl en person till').click();
  expect(await gatherings.register(visitor, second)).toBe(0);
  const saga = await people.arrives(late.name);
  await gatherings.find(saga, title);
  expect(await gatherings.register(saga, late)).toBe(1);

  await gatherings.waits(saga, late, title, 1);
  await gatherings.meets(visitor, first, title, [first]);
  await gatherings.leave(visitor);
  await gatherings.movesUp(saga, late, title);
  await gatherings.meets(visitor, second, title, [late]);
  await gatherings.readsList(adviser, title, [
    [first, 'Avbokad'],
    [second, 'Har plats'],
    [late, 'Har plats'],
  ]);
}

async function questionIsAnswered({ buyer: asker, adviser }: Cast): Promise<void> {
  const question: guidance.Question = { name: buyer.name, email: buyer.email, text: `Vem ger pengar till en turné på pråm? ${word}` };
  const words = 'Börja hos kulturfonden och ta med en karta.';
  await guidance.ask(asker, question);
  await guidance.follow(asker, question);
  await guidance.take(adviser, question);
  const lead = await guidance.answer(adviser, words, 'Ring hamnkaptenen i Kristinehamn.');
  await guidance.read(asker, question, words, [lead, 'De gillar båtar.', 'Ring hamnkaptenen i Kristinehamn.']);
  await guidance.askMore(asker, 'Räcker en segelbåt?');
  await guidance.toCases(adviser, 'Mina');
  await adviser.link(question.name).click();
  await adviser.sees('Räcker en segelbåt?');
  await guidance.close(asker);
}

async function houseSells(people: People, { house, buyer: visitor, analyst }: Cast): Promise<void> {
  const show: sell.Show = { title: `Sista bussen ${word}`, hall: `Lilla salongen ${word}`, start: sell.inHours(3) };
  const reel = path.join(tmpdir(), `ticket-${word}.y4m`);
  await house.signIn('urban.malmros@example.org');
  await sell.putOnSale(house, show);
  const performance = house.page.url().split('/').at(-1) ?? '';
  await follow.seesFact(analyst, 'ticketing: PerformanceOpened', performance);
  await house.looks('on sale');

  await sell.findPerformance(visitor, show.title);
  await visitor.looks('a performance on sale');
  await sell.toSeats(visitor);
  await visitor.looks('nothing chosen');
  await sell.takeOnPlan(visitor, 1, 3);
  await sell.takeInList(visitor, 2, 4);
  await visitor.looks('seats are chosen');
  await sell.hold(visitor);
  await sell.extendHold(visitor);
  await visitor.looks('held');
  await sell.pay(visitor, buyer.name, buyer.email);
  await visitor.looks('tickets');
  const [first, second] = await sell.readTickets(visitor);
  if (!first || !second) throw new Error('two seats are two tickets');
  await sell.readsSales(house, show.title, 2, /480 kr/);
  await house.looks('two are sold');

  // The door's camera looks at the second ticket.
  await film(visitor.page.getByRole('img', { name: second.number }), reel);
  const keeper = await people.arrives('the door', {}, camera(reel));
  await keeper.signIn('fatou.cederlof@example.org');
  await door.openDoor(keeper, show.title);
  await door.letsIn(keeper, first.code, 'Parkett, rad 1, plats 3');
  await door.knowsAsIn(keeper, first.code);
  await door.refusesForgery(keeper, first.code);
  await door.letInByCamera(keeper, 'Parkett, rad 2, plats 4');
  rmSync(reel);
  await follow.seesFact(analyst, 'ticketing: TicketCheckedIn');
  expect(await follow.readsFact(analyst, 'ticketing: TicketCheckedIn')).toContain(performance);
}

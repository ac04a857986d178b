// Joining, the producer's desk, the application, the reviewers and the region's administrator.
import { walk } from './support/people.ts';
import * as producing from './chain/producing.ts';
import * as reviewing from './chain/reviewing.ts';

const ADMINISTRATOR = 'gunilla.rosendal@example.org';

walk('a producer applies, a panel reads, asks and approves, and everybody finds the producer', { timeout: 600_000 }, async ({ people }) => {
  const producer = await people.arrives('Linnéa Åkerlöv');
  const act = producing.act('Scen och ton', 'Dans');
  await producing.joins(producer, act.email);
  await producing.writesProfile(producer, act);
  await producing.showsPicture(producer);
  await producing.savesAndUndoes(producer, act);
  await producing.offers(producer, act);

  const administrator = await people.arrives('Gunilla Rosendal');
  await administrator.signIn(ADMINISTRATOR);
  const expert = await people.arrives('Torgny Granath');
  const address = `${producing.only()}@vandring.example`;
  await producing.joins(expert, address);
  await reviewing.appoints(administrator, address, `${act.field}: ${act.part}`);

  const application = await producing.startsApplication(producer, act);
  await producing.fillsIn(producer, act);
  await producing.uploadsEvidence(producer, act);
  await producing.handsIn(producer, act);

  const panel = await reviewing.panelOf(producer, application);
  const [first = '', second = ''] = [address, ...panel.filter((a) => a !== address)];
  await expert.press('Logga ut');
  await expert.menu('Logga in').waitFor();
  await reviewing.findsInQueue(expert, first, act);
  await reviewing.readsEvidence(expert);
  await reviewing.asksForMore(expert, 'Vilken roll hade du i sommarspelet?');
  await reviewing.answersQuestion(producer, act.email, 'Vilken roll hade du i sommarspelet?', 'Jag dansade prästens dotter.');
  await expert.page.reload();
  await expert.sees('Jag dansade prästens dotter.');
  await reviewing.votes(expert, 'Godkänn', 'Utbildningen är gedigen.');
  await expert.looks('the first vote is cast');
  await reviewing.votesByMail(people, second, application, 'Godkänn', 'Verksamheten är tydlig.');
  await reviewing.readsApproval(producer, act.email, ['Utbildningen är gedigen.', 'Verksamheten är tydlig.']);

  await reviewing.dismisses(administrator, expert.name, address);
  await reviewing.isFound(await people.arrives('Maj'), act);
});

// Every screen of the app, in the states that the demo region shows it in.
import { basket, below, confirmation, free, link, mailed, numbered, ownRegistration, reset, sentEnquiry, tickets, type Address } from './address.ts';

export interface Screen {
  /** Its folder below `src/routes`. */
  route: string;
  /** What tells it from another row of the same route. */
  state?: string;
  at: Address;
  /** It only leads on to a screen whose path begins so. */
  leadsTo?: string;
}

/** What somebody visits, who has an account of the demo region or none. */
export interface Visit {
  who: string;
  screens: Screen[];
}

const row = (route: string, at: Address = route, state?: string): Screen => ({ route, at, state });

const producers = '/search?kind=KIND_PRODUCER';
const producer = link(producers, '/producers/*');
const gathering = link('/gatherings', '/gatherings/*');
const profile = link('/desk', '/desk/*');
const application = link('/applications', '/applications/*');
const planned = link('/gatherings/manage', '/gatherings/manage/*');
const house = link('/house', '/house/*');
const shown = link('/house', '/house/*/performances/*');

/** For everybody. */
export const open: Visit[] = [
  {
    who: 'nobody',
    screens: [
      row('/'),
      row('/search'),
      row('/search', '/search?q=xyzzyx', 'nothing found'),
      row('/producers/[id]', producer),
      row('/producers/[id]/offers/[offer]', link(producer, '/producers/*/offers/*')),
      row('/producers/[id]/enquiry', below(producer, '/enquiry')),
      row('/enquiry', '/enquiry', 'without a link'),
      row('/enquiry', mailed('hans-ove.brolund@example.org', '/enquiry#'), 'answered'),
      row('/enquiry', mailed('eivor.palmkvist@example.org', '/enquiry#'), 'waiting'),
      row('/performances'),
      row('/performances/[id]', numbered, 'numbered seats'),
      row('/performances/[id]', free, 'free seating'),
      row('/performances/[id]/seats', below(numbered, '/seats'), 'numbered seats'),
      row('/performances/[id]/seats', below(free, '/seats'), 'free seating'),
      row('/basket/[orderId]', basket),
      row('/tickets/[orderId]', tickets),
      row('/gatherings'),
      row('/gatherings/[id]', gathering),
      row('/registration', mailed('maj.rinkeby@example.org', '/registration#')),
      row('/guidance'),
      row('/guidance', mailed('freja.korsgard@example.org', '/guidance#'), 'answered'),
      row('/guidance', mailed('gullan.persgard@example.org', '/guidance#'), 'closed'),
      row('/sign-in'),
      row('/sign-up'),
      row('/confirm', confirmation),
      row('/resend-confirmation'),
      row('/forgot-password'),
      row('/reset-password', reset),
      row('/tillganglighet'),
      row('/accessibility'),
      row('/toegankelijkheid'),
      row('/accessibilite'),
      row('/api'),
      row('/api', '/api?q=seats', 'methods found'),
      row('/api', '/api?q=xyzzyx', 'nothing found'),
      row('/api/guide'),
      row('/api/permissions'),
      row('/api/permissions', '/api/permissions?caller=door&open=1', 'of one role'),
      row('/api/facts'),
      row('/api/[service]', '/api/guidance', 'methods and types'),
      row('/api/[service]', '/api/stream', 'streams'),
      row('/api/[service]', '/api/notify', 'not from outside'),
      row('/dev/mail'),
    ],
  },
  {
    who: 'camilla.stenback',
    screens: [
      row('/account'),
      row('/enquiries/[id]', sentEnquiry),
      row('/enquiries'),
      row('/my/registrations/[id]', ownRegistration),
      row('/my/registrations'),
      row('/desk', '/desk', 'without a profile'),
    ],
  },
];

/** For producers. */
export const producing: Visit[] = [
  {
    who: 'ingalill.fryxemark',
    screens: [
      row('/desk'),
      row('/desk/new'),
      row('/desk/[profile]', profile),
      row('/desk/[profile]/picture', below(profile, '/picture')),
      row('/desk/[profile]/offers', below(profile, '/offers')),
      row('/desk/[profile]/offers/new', below(profile, '/offers/new')),
      row('/desk/[profile]/offers/[offer]', link(below(profile, '/offers'), '/desk/*/offers/*')),
      row('/desk/[profile]/enquiries', below(profile, '/enquiries')),
      row('/applications'),
      row('/applications/[id]', application, 'approved'),
    ],
  },
  { who: 'jonna.pilbacka', screens: [row('/enquiries/[id]', link(below(profile, '/enquiries?state=answered'), '/enquiries/*'), 'received')] },
  {
    who: 'yousef.barakat',
    screens: [
      row('/applications/new'),
      row('/applications/[id]', application, 'draft'),
      ...['way', 'engagements', 'absences', 'evidence', 'statement', 'check'].map((task) => row('/applications/[id]/[task]', below(application, `/${task}`), task)),
    ],
  },
  { who: 'ebrima.korpesand', screens: [row('/applications/[id]/[task]', below(application, '/education'), 'education')] },
  { who: 'hampus.rydelius', screens: [row('/applications/[id]', application, 'asked for more')] },
  { who: 'otto.lindegran', screens: [row('/applications/[id]', application, 'rejected')] },
];

/** For those who work with it. */
export const working: Visit[] = [
  { who: 'agneta.frodeback', screens: [row('/review'), row('/review/[id]', link('/review', '/review/*'), 'to be voted on')] },
  {
    who: 'gunilla.rosendal',
    screens: [
      row('/admin'),
      row('/admin', '/admin?tab=numbers', 'numbers'),
      row('/review/all'),
      row('/review/[id]', link('/review/all', '/review/*'), 'decided'),
      { ...row('/adviser'), leadsTo: '/gatherings/manage' },
    ],
  },
  {
    who: 'lotta.hedenskog',
    screens: [
      { ...row('/adviser'), leadsTo: '/guidance/cases' },
      row('/guidance/cases'),
      row('/guidance/cases/[id]', link('/guidance/cases', '/guidance/cases/*'), 'open'),
      row('/guidance/cases/[id]', link('/guidance/cases?tab=mine', '/guidance/cases/*'), 'taken'),
      row('/guidance/cases/[id]', link('/guidance/cases?tab=answered', '/guidance/cases/*'), 'answered'),
      row('/guidance/directory'),
      row('/guidance/directory/[id]', link('/guidance/directory', '/guidance/directory/*')),
      row('/guidance/directory/new'),
      row('/gatherings/manage'),
      row('/gatherings/manage/[id]', planned),
      row('/gatherings/manage/[id]/edit', below(planned, '/edit')),
      row('/gatherings/manage/new'),
    ],
  },
  {
    who: 'britta.salin',
    screens: [
      { ...row('/house'), leadsTo: '/house/' },
      row('/house/[houseId]', house),
      row('/house/[houseId]', below(house, '?tab=draft'), 'no drafts'),
      row('/house/[houseId]/about', below(house, '/about')),
      row('/house/[houseId]/halls', below(house, '/halls')),
      row('/house/[houseId]/halls/[hallId]', link(below(house, '/halls'), '/house/*/halls/*')),
      row('/house/[houseId]/halls/new', below(house, '/halls/new')),
      row('/house/[houseId]/productions', below(house, '/productions')),
      row('/house/[houseId]/productions/[productionId]', link(below(house, '/productions'), '/house/*/productions/*')),
      row('/house/[houseId]/productions/new', below(house, '/productions/new')),
      row('/house/[houseId]/performances/[performanceId]', shown),
      row('/house/[houseId]/performances/[performanceId]/edit', below(shown, '/edit')),
      row('/house/[houseId]/performances/new', below(house, '/performances/new')),
    ],
  },
  { who: 'noel.gustafsberg', screens: [row('/door'), row('/door/[performanceId]', link('/door', '/door/*'))] },
  { who: 'petra.sifferlund', screens: [row('/stream')] },
];

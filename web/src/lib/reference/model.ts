// What `scripts/api` makes of the contract, one file for each page, fetched when its page is opened.

/** Text of the contract, in English: plain pieces, and code that may lead to what it names. */
export type Text = readonly (string | { code: string; to?: string })[];

export interface Access {
  level: 'public' | 'signed_in' | 'role';
  roles: readonly RoleName[];
  scope: '' | 'own' | 'organisation' | 'region' | 'assigned';
}

export type RoleName = 'administrator' | 'reviewer' | 'adviser' | 'house' | 'door' | 'analyst' | 'operator' | 'service';

export interface Field {
  name: string;
  type: { list: boolean; name: string; to?: string };
  text: readonly Text[];
  /** What it may hold in a request. */
  rules: readonly Text[];
  personal: boolean;
}

export interface Content {
  text: readonly Text[];
  fields: readonly Field[];
  /** Of each of these at most one field is given. */
  choices: readonly { fields: readonly string[]; text: readonly Text[] }[];
}

/** A request or an answer: shown here, or where `to` leads. */
export type Side = { name: string; to: string } | ({ name: string; to?: undefined } & Content);

export interface Method {
  name: string;
  anchor: string;
  path: string;
  text: readonly Text[];
  access: Access;
  errors: readonly { code: string; reasons: readonly string[]; when: Text }[];
  request: Side;
  answer: Side;
  /** The answer is a stream. */
  streams: boolean;
  /** The call on a command line; empty where nobody can call from outside. */
  call: string;
}

interface Head {
  name: string;
  anchor: string;
}
export type Type = Head & ((Content & { values?: undefined }) | { text: readonly Text[]; values: readonly { name: string; text: readonly Text[] }[] });

export interface ServicePage {
  key: string;
  name: string;
  path: string;
  text: readonly Text[];
  methods: readonly Method[];
  types: readonly Type[];
}

export interface Fact extends Head {
  type: string;
  subject: string;
  /** Passed on to analysts. */
  exported: boolean;
  text: readonly Text[];
  fields: readonly Field[];
}

export interface FactsPage {
  groups: readonly { key: string; text: readonly Text[]; facts: readonly Fact[] }[];
  types: readonly Type[];
}

export type Block = { p: Text } | { list: readonly Text[] } | { code: string } | { head: readonly string[]; rows: readonly (readonly Text[])[] };
export interface Section {
  title: string;
  anchor: string;
  blocks: readonly Block[];
}

export interface Brief {
  name: string;
  anchor: string;
  says: Text;
  access: Access;
}
export interface ServiceBrief {
  key: string;
  name: string;
  says: Text;
  methods: readonly Brief[];
}
export interface Index {
  services: readonly ServiceBrief[];
  roles: readonly RoleName[];
  /** A call that needs nothing. */
  start: string;
}

const made = import.meta.glob<{ default: unknown }>('./made/*.json');

async function read<T>(name: string): Promise<T | undefined> {
  return (await made[`./made/${name}.json`]?.())?.default as T | undefined;
}
async function must<T>(name: string): Promise<T> {
  const page = await read<T>(name);
  if (page === undefined) throw new Error(`${name} was not made: run \`npm run generate\``);
  return page;
}

export const index = () => must<Index>('index');
export const guide = () => must<Section[]>('guide');
export const facts = () => must<FactsPage>('facts');
/** The page of a service, if there is one with this key. */
export const service = (key: string) => read<ServicePage>(`service-${key}`);

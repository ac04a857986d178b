// A request to try: what must be given, and some of what may be.
import { valueOf } from './contract.mjs';

/** Stand for ids, which differ from region to region and from call to call. */
export const ID = '01938f2e-6b1c-7d3a-9c55-2f0b7a4e8d10';
export const REQUEST_ID = '01938f2e-9d40-7a61-8e2b-5c1d3f6a7b20';

/** Fields that are shown although they may be left out. */
const shown = new Set([
  'page_size', 'query', 'seats', 'SearchRequest.language', 'CloseCaseRequest.helped', 'SetProtectionRequest.protected', 'TicketType.price',
  'CreateHallRequest.sections', 'Money.minor_units', 'GetCalendarRequest.gathering_id', 'GetRegistrationRequest.token', 'UpdateConsentRequest.token',
  'UpdateConsentRequest.listed', 'CancelRegistrationRequest.token', 'ReplyToEnquiryRequest.token', 'RegisterRequest.listed', 'GatheringContent.capacity',
  'GatheringContent.place', 'ImportGatheringRequest.start', 'ImportGatheringRequest.end',
]);

/** What the demo region knows, by field, or by message and field where a name says too little. */
const values = {
  art_fields: 'stage.dance',
  audiences: 'primary',
  buyer_kind: 'school',
  capacity: 40,
  city: 'Karlstad',
  code: 'KT1.the-code-on-the-ticket',
  country: 'Sweden',
  end_time: '2027-03-05T20:00:00Z',
  etag: '3',
  genre: 'theatre',
  label: '1',
  media_type: 'image/jpeg',
  minutes: 90,
  minor_units: '25000',
  municipality: '1780',
  number: '1',
  page_size: 10,
  password: 'kulturtorg-demo',
  payment_token: 'sandbox-ok',
  query: 'teater',
  role: 'ROLE_ADVISER',
  seat_id: 37,
  sha256: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
  source: 'calendar-a',
  theme: 'funding',
  category: 'full',
  'CreateHallRequest.name': 'Stora salen',
  'CreateHouseRequest.name': 'Teater Bryggan',
  'EntryContent.name': 'Stiftelsen Scen',
  'GatheringContent.format': 'course',
  'GatheringContent.place': 'Karlstad, Arenan',
  'ImportGatheringRequest.end': '2027-03-05T22:00:00+01:00',
  'ImportGatheringRequest.name': 'Danskväll',
  'ImportGatheringRequest.start': '2027-03-05T19:00:00+01:00',
  'LocalText.text': 'En kväll med dans',
  'OfferContent.kind': 'concert',
  'PriceCategory.key': 'full',
  'Section.name': 'Parkett',
  'SendRequest.template': 'identity.confirm',
  'SignInRequest.email': 'maj.rinkeby@example.org',
  'StartEvidenceUploadRequest.name': 'intyg.pdf',
  'StartEvidenceUploadRequest.media_type': 'application/pdf',
  'StartImageUploadRequest.name': 'scen.jpg',
  'UpdateHallRequest.name': 'Stora salen',
  'UpdateHouseRequest.name': 'Teater Bryggan',
};

/** What stands in other texts, by their format. */
const texts = {
  '': 'Sofia Lindqvist',
  text: 'Kan ni komma till oss i mars?',
  id: ID,
  email: 'sofia@example.org',
  url: 'https://example.org/',
  language: 'sv',
  date: '2027-03-05',
  currency: 'SEK',
  time_zone: 'Europe/Stockholm',
  key: 'key',
  secret: 'the-secret-from-the-mail',
};

/** The JSON of a request that keeps the rules of its message. */
export function exampleOf(message, contract, depth = 0) {
  if (depth > 4) throw new Error(`${message.typeName} has no end of required fields`);
  const example = {};
  for (const member of message.members) {
    // Of a oneof the first will do.
    const field = member.kind === 'oneof' ? member.fields[0] : member;
    const rule = contract.rule(field);
    const names = [`${message.name}.${field.name}`, field.name];
    if (!rule?.required && member.kind !== 'oneof' && !names.some((n) => shown.has(n))) continue;
    const told = names.map((n) => values[n]).find((v) => v !== undefined);
    const one = told ?? made(field, rule, contract, depth);
    example[field.jsonName] = field.fieldKind === 'list' ? [one] : one;
  }
  return example;
}

function made(field, rule, contract, depth) {
  const { desc, scalar } = valueOf(field);
  if (field.name === 'request_id') return REQUEST_ID;
  if (desc?.kind === 'enum') return desc.values[1].name;
  if (desc?.typeName === 'google.protobuf.Timestamp') return '2027-03-05T18:00:00Z';
  if (desc) return exampleOf(desc, contract, depth + 1);
  if (scalar === 'bool') return true;
  if (scalar === 'bytes') return 'AAEC';
  if (scalar === 'string') return texts[rule?.format ?? ''];
  const number = Number(rule?.least ?? 1);
  return scalar.includes('64') ? String(number) : number;
}

const GATEWAY = 'http://localhost:8080';
const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The call by curl; where the answer is a stream, which is no JSON, by the stack's own command. */
export function callOf(method, access, example) {
  const path = `${method.parent.typeName}/${method.name}`;
  const open = access.level === 'public';
  const body = JSON.stringify(example);
  const lines =
    method.methodKind === 'unary'
      ? [
          `curl -s ${GATEWAY}/${path}`,
          !open && '-H "authorization: Bearer $TOKEN"',
          "-H 'content-type: application/json'",
          `-d ${quoted(body.length < 80 ? body : JSON.stringify(example, null, 2))}`,
        ]
      : [`kulturtorg call ${path} ${quoted(body)}`, `--gateway ${GATEWAY}`, !open && '--login you@example.org'];
  return lines.filter(Boolean).join(' \\\n  ');
}

// What the pages of the API show, made from the contract: `src/lib/reference/model.ts` describes its shape.
import { plain, valueOf } from './contract.mjs';
import { pieces, withErrors } from './comments.mjs';
import { callOf, exampleOf } from './example.mjs';
import { ruleInWords } from './rules.mjs';

/** In the order in which somebody new to it reads. */
const order = ['region', 'search', 'identity', 'profiles', 'review', 'events', 'ticketing', 'guidance', 'stream', 'notify'];

/** Everything, page by page. */
export function modelOf(contract) {
  const services = contract.files.flatMap((f) => f.services);
  const place = (service) => (order.indexOf(keyOf(service)) + 1 || order.length + 1);
  services.sort((a, b) => place(a) - place(b));
  const roles = contract.roles.map((r) => ({ name: plain(r.name, 'Role'), text: pieces(contract.comment(r).join(' ')) }));
  return { services: services.map((s) => servicePage(s, contract)), roles, facts: factsPage(contract) };
}

const keyOf = (service) => service.name.replace(/Service$/, '').toLowerCase();

/** The anchor that headings with this name get, also on sites that show Markdown. */
export const anchor = (name) => name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '');

/** The name within its package: `Profile.State`. */
const short = (desc) => desc.typeName.slice(desc.file.proto.package.length + 1);
const ours = (desc) => desc?.file.proto.package.startsWith('kulturtorg.');

function servicePage(service, contract) {
  const requests = onlyOnce(service);
  const own = [...service.file.messages, ...service.file.enums].filter((d) => !requests.has(d));
  const used = reach(service.methods.flatMap((m) => [m.input, m.output]));
  const types = [...new Set([...used, ...own])].filter((d) => !requests.has(d));
  const page = { contract, link: linker([...service.methods, ...types], service) };
  return {
    key: keyOf(service),
    name: service.name,
    path: `/${service.typeName}`,
    file: `proto/${service.file.name}.proto`,
    says: pieces(firstSentence(contract.comment(service))),
    text: said(service, page),
    methods: service.methods.map((m) => method(m, requests, page)),
    types: types.map((t) => type(t, page)),
  };
}

function factsPage(contract) {
  const files = contract.files.filter((f) => f.name.endsWith('/published'));
  const facts = files.flatMap((f) => f.messages);
  const types = reach(facts).filter((d) => !facts.includes(d));
  const page = { contract, link: linker([...facts, ...types]) };
  const group = (file) => {
    const role = file.proto.package.split('.')[1];
    return { key: role, file: `proto/${file.name}.proto`, text: said(file, page), facts: file.messages.map((m) => fact(m, role, page)) };
  };
  return { groups: files.map(group), types: types.map((t) => type(t, page)) };
}

/** Messages that are the request or answer of one method and nothing else are shown there. */
function onlyOnce(service) {
  const uses = new Map();
  const use = (desc) => uses.set(desc, (uses.get(desc) ?? 0) + 1);
  for (const { input, output } of service.methods) [input, output].forEach(use);
  for (const message of reach(service.methods.flatMap((m) => [m.input, m.output]))) message.fields?.forEach((f) => use(valueOf(f).desc));
  const own = (name, desc) => desc.name === `${name}Request` || desc.name === `${name}Response`;
  return new Set(service.methods.flatMap((m) => [m.input, m.output].filter((d) => uses.get(d) === 1 && own(m.name, d))));
}

/** Messages and enums that these messages hold, themselves included, in the order of their first use. */
function reach(messages) {
  const found = new Set();
  const visit = (desc) => {
    if (!ours(desc) || found.has(desc)) return;
    found.add(desc);
    desc.fields?.forEach((f) => visit(valueOf(f).desc));
  };
  messages.forEach(visit);
  return [...found];
}

/** Where a name in code leads on this page, if it names something here. */
function linker(descs, service) {
  const names = new Map();
  for (const desc of descs) {
    const name = desc.kind === 'rpc' ? desc.name : short(desc);
    const to = `#${anchor(name)}`;
    if ([...names.values()].includes(to)) throw new Error(`two headings of one page lead to ${to}`);
    names.set(name, to);
    if (desc.kind === 'rpc') ['.', '/'].forEach((dot) => names.set(`${service.name}${dot}${name}`, to));
  }
  return (name) => names.get(name);
}

const firstSentence = ([text]) => text.split(/(?<=\.) /)[0];

const said = (desc, { contract, link }) => contract.comment(desc).map((p) => pieces(p, link));

function method(desc, requests, page) {
  const { contract, link } = page;
  const { text, errors } = withErrors(desc.name, contract.comment(desc));
  const access = contract.access(desc);
  const example = exampleOf(desc.input, contract);
  return {
    name: desc.name,
    anchor: anchor(desc.name),
    path: `/${desc.parent.typeName}/${desc.name}`,
    text: text.map((p) => pieces(p, link)),
    says: pieces(firstSentence(text)),
    access,
    errors: errors.map((e) => ({ ...e, when: pieces(e.when, link) })),
    request: sideOf(desc.input, requests, page),
    answer: sideOf(desc.output, requests, page),
    streams: desc.methodKind === 'server_streaming',
    example,
    // The stack's own roles do not come through the gateway.
    call: access.roles.join() === 'service' ? '' : callOf(desc, access, example),
  };
}

const sideOf = (desc, requests, page) =>
  requests.has(desc) ? { name: short(desc), ...message(desc, page) } : { name: short(desc), to: page.link(short(desc)) };

function type(desc, page) {
  const head = { name: short(desc), anchor: anchor(short(desc)), type: desc.typeName };
  if (desc.kind === 'message') return { ...head, ...message(desc, page) };
  const values = desc.values.map((v) => ({ name: v.name, number: v.number, text: said(v, page) }));
  return { ...head, text: said(desc, page), values };
}

function message(desc, page) {
  // That it is the request of its method its heading says already.
  const bare = (p) => /^(Request|Response) of `\w+`\.$/.test(p);
  const text = page.contract.comment(desc).filter((p) => !bare(p));
  const choices = desc.oneofs.map((o) => ({ fields: o.fields.map((f) => f.name), text: said(o, page) }));
  return { text: text.map((p) => pieces(p, page.link)), fields: desc.fields.map((f) => field(f, page)), choices };
}

function field(desc, page) {
  const { contract, link } = page;
  const { desc: of, scalar } = valueOf(desc);
  const type = { list: desc.fieldKind === 'list', name: of ? (ours(of) ? short(of) : of.name) : scalar };
  if (desc.fieldKind === 'map') throw new Error(`${desc} is a map, which the pages do not show yet`);
  if (ours(of)) type.to = link(short(of));
  else if (of) type.to = 'guide#messages-as-json';
  const rules = ruleInWords(desc, contract.rule(desc)).map((words) => pieces(words));
  return { name: desc.name, type, text: said(desc, page), rules, personal: contract.personal(desc) };
}

function fact(desc, role, page) {
  const { contract, link } = page;
  const comment = contract.comment(desc).join(' ');
  const [, text, subject] = /^(.*) Subject: `([a-z]+\.[a-z_-]+)`\.$/.exec(comment) ?? [];
  if (!subject) throw new Error(`${desc.typeName}: end its comment with its subject: "Subject: \`noun.verb\`."`);
  return {
    name: desc.name,
    anchor: anchor(desc.name),
    type: desc.typeName,
    subject: `kt.<region>.${role}.${subject}.<${subject.split('.')[0]} id>`,
    exported: contract.exported(desc),
    text: [pieces(text, link)],
    fields: desc.fields.map((f) => field(f, page)),
  };
}

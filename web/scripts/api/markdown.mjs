// The pages of `docs/api` from the model.
import { guide } from './guide.mjs';

const made = '<!-- Made from proto/ by `npm run docs --prefix web`. Change the comments there, not this file. -->\n';

/** Name and text of every page. */
export function pagesOf(model) {
  const pages = { README: readme(model), permissions: permissions(model), facts: facts(model) };
  for (const service of model.services) pages[service.key] = servicePage(service);
  return Object.entries(pages).map(([name, blocks]) => [`${name}.md`, `${[made.trim(), ...blocks].filter(Boolean).join('\n\n')}\n`]);
}

/** Who may call, and whose data that reaches. */
const levels = { public: 'anybody', signed_in: 'anybody who has signed in' };
const scopes = {
  '': 'what is public',
  own: "the caller's own",
  organisation: 'organisations in which the caller holds the role',
  region: 'the whole region',
  assigned: 'what was assigned to the caller',
};
const who = ({ level, roles: named }) => levels[level] ?? named.join(', ');

const text = (pieces) => pieces.map((piece) => (typeof piece === 'string' ? escaped(piece) : linked(`\`${piece.code}\``, piece.to))).join('');
const paragraphs = (all) => all.map(text).join('\n\n');
const linked = (words, to) => (to ? `[${words}](${to.replace('guide#', 'README.md#')})` : words);
// What would be taken for markup: tags, and stars and underscores around words.
const escaped = (plain) => plain.replaceAll(/[<*]/g, String.raw`\$&`);
const cell = (words) => words.replaceAll('|', String.raw`\|`);
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const bullets = (items) => items.map((item) => `- ${item}`).join('\n');
const fenced = (kind, code) => `\`\`\`${kind}\n${code}\n\`\`\``;
const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function readme({ services }) {
  return [
    '# The API',
    'For those who build a frontend, an app or a script on a Kulturtorg region. Everything that the web app does goes through these methods. A running region shows these pages at `/api`, with its own address in the examples.',
    '## Pages',
    bullets([
      ...services.map((s) => `[${s.name}](${s.key}.md): ${text(s.says)}`),
      '[Who may call what](permissions.md), by service and by role',
      '[Facts](facts.md): what the services tell each other, and what analysts may follow',
      '[curl.sh](curl.sh): every public method called by `curl`, as a script that runs against the demo region',
    ]),
    ...guide.flatMap((s) => [`## ${s.title}`, ...s.blocks.map(block)]),
  ];
}

function block(of) {
  if (of.p) return text(of.p);
  if (of.list) return bullets(of.list.map(text));
  if (of.head) return table(of.head, of.rows.map((cells) => cells.map(text)));
  return fenced(of.code.startsWith('{') ? 'json' : 'sh', of.code);
}

function servicePage(service) {
  const { methods, types } = service;
  return [
    `# ${service.name}`,
    paragraphs(service.text),
    `Called at \`${service.path}/<Method>\`. [How to call](README.md) · [Who may call what](permissions.md) · [Contract](../../${service.file})`,
    '## Methods',
    table(['Method', 'Who may call'], methods.map((m) => [linked(m.name, `#${m.anchor}`), who(m.access)])),
    ...methods.flatMap(method),
    types.length > 0 && '## Types',
    ...types.flatMap(type),
  ];
}

function method(of) {
  return [
    `### ${of.name}`,
    paragraphs(of.text),
    bullets([`Who may call: ${who(of.access)}`, `Whose data: ${scopes[of.access.scope]}`]),
    ...side('Request', of.request),
    ...side(of.streams ? 'Answer, a stream of' : 'Answer', of.answer),
    of.errors.length > 0 && '**Errors**',
    of.errors.length > 0 && bullets(of.errors.map(failure)),
    of.call ? fenced('sh', of.call) : 'Cannot be called from outside.',
  ];
}

const failure = ({ code, reasons, when }) =>
  [code, reasons.length > 0 && `(${reasons.map((r) => `\`${r}\``).join(', ')})`].filter(Boolean).join(' ') + (when.length > 0 ? `: ${text(when)}` : '');

function side(title, { name, to, fields, text: says, choices }) {
  if (to) return [`**${title}** ${linked(`\`${name}\``, to)}`];
  return [`**${title}** \`${name}\`${fields.length > 0 ? '' : ', which has no fields'}`, paragraphs(says), ...choices.map(choice), fieldTable(fields)];
}

function type(of) {
  const values = of.values && table(['Value', 'Meaning'], of.values.map((v) => [`\`${v.name}\``, paragraphs(v.text)]));
  return [`### ${of.name}`, paragraphs(of.text), ...(of.choices ?? []).map(choice), of.fields && fieldTable(of.fields), values];
}

const choice = ({ fields, text: says }) => `Only one of ${fields.map((f) => `\`${f}\``).join(', ')}. ${paragraphs(says)}`;

const fieldTable = (fields) => fields.length > 0 && table(['Field', 'Type', 'Meaning'], fields.map((f) => [`\`${f.name}\``, typeName(f.type), meaning(f)]));

const typeName = ({ list, name, to }) => `${list ? 'list of ' : ''}${linked(name, to)}`;

function meaning({ text: says, rules, personal }) {
  const rest = [...rules.map(text), personal && 'about a person'].filter(Boolean).join('; ');
  return [says.map(text).join(' '), rest && `*${sentence(rest)}.*`].filter(Boolean).join(' ');
}

function permissions({ services, roles }) {
  const all = services.flatMap((s) => s.methods);
  const count = (level) => all.filter((m) => m.access.level === level).length;
  const link = (service, m) => linked(m.name, `${service.key}.md#${m.anchor}`);
  const byRole = ({ name, text: does }) => {
    const opens = services.map((s) => [s, s.methods.filter((m) => m.access.roles.includes(name))]).filter(([, methods]) => methods.length > 0);
    return [`### ${name}`, text(does), bullets(opens.map(([s, methods]) => `${s.name}: ${methods.map((m) => link(s, m)).join(', ')}`))];
  };
  const rows = (s) => s.methods.map((m) => [link(s, m), who(m.access), scopes[m.access.scope]]);
  return [
    '# Who may call what',
    'Each method says in the contract who may call it and whose data that reaches. Every service enforces what its contract says, and this page is made from it.',
    `Of ${all.length} methods, ${count('public')} are for anybody, ${count('signed_in')} for anybody who has signed in, and ${count('role')} for those who hold a role.`,
    '## By service',
    ...services.flatMap((s) => [`### ${s.name}`, table(['Method', 'Who may call', 'Whose data'], rows(s))]),
    '## By role',
    'What a role opens beside what is for anybody.',
    ...roles.flatMap(byRole),
  ];
}

function facts({ facts: { groups, types } }) {
  return [
    '# Facts',
    'What happened, as the services tell each other by NATS and, where a fact is exported, analysts. A fact is a CloudEvent: its type is the full name of its message, and its subject `kt.<region>.<service>.<noun>.<verb>.<id>`, the id being that of the noun. Exported facts have no field about a person; [StreamService](stream.md) sends them as JSON.',
    ...groups.flatMap((g) => [`## ${sentence(g.key)}`, paragraphs(g.text), ...g.facts.flatMap(fact)]),
    types.length > 0 && '## Types',
    ...types.flatMap(type),
  ];
}

function fact(of) {
  const about = [`Type: \`${of.type}\``, `Subject: \`${of.subject}\``, of.exported ? 'Exported to analysts' : 'Not exported: it is about a person'];
  return [`### ${of.name}`, paragraphs(of.text), bullets(about), fieldTable(of.fields)];
}

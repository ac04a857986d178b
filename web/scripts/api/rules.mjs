// What a field of a request may hold, in words.

const formats = {
  '': 'one line',
  text: 'several lines',
  id: 'UUID',
  email: 'mail address',
  url: 'https or http address',
  language: 'ISO 639-1 language, `sv`',
  date: 'date, `2026-11-21`',
  currency: 'ISO 4217 currency, `SEK`',
  time_zone: 'IANA time zone, `Europe/Stockholm`',
  key: 'key',
  secret: 'kept exactly as it is',
};
/** Formats that leave no choice of length. */
const fixed = new Set(['id', 'language', 'date', 'currency']);

/** The rule of a field as short phrases. */
export function ruleInWords(field, rule) {
  if (!rule) return [];
  const list = field.fieldKind === 'list';
  const text = field.scalar === 9;
  const bytes = field.scalar === 12;
  const words = rule.required ? ['required'] : [];
  if (list) words.push(span(rule.min, rule.max, 'items'));
  else if (bytes) words.push(span(rule.min, rule.max, 'bytes'));
  else if (text && !fixed.has(rule.format)) words.push(span(rule.min, rule.max, 'characters'));
  if (text && (rule.max || rule.format)) words.push(list ? `each: ${formats[rule.format]}` : formats[rule.format]);
  words.push(range(rule.least, rule.most));
  return words.filter(Boolean);
}

const number = new Intl.NumberFormat('en').format;

function span(min, max, what) {
  if (min && max) return `${number(min)}–${number(max)} ${what}`;
  if (max) return `at most ${number(max)} ${what}`;
  return min ? `at least ${number(min)} ${what}` : '';
}

function range(least, most) {
  if (least !== undefined && most !== undefined) return `${number(least)}–${number(most)}`;
  if (most !== undefined) return `at most ${number(most)}`;
  return least === undefined ? '' : `at least ${number(least)}`;
}

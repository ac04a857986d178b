// The services say in English what a field must be, from a small set of sentences. Here they become the reader's
// words, with the label that stands by the field.
import { faults } from '../i18n/faults.ts';

type Fields = typeof faults.words.fields;

const sentences: [RegExp, (words: Fields, label: string, ...found: string[]) => string][] = [
  [/^must (?:be given|not be blank|have at least 1 items)/, (w, l) => w.given(l)],
  [/^must have at most (\d+) characters/, (w, l, n) => w.longest(l, Number(n))],
  [/^must have at least (\d+) characters/, (w, l, n) => w.shortest(l, Number(n))],
  [/^must have at most (\d+) items/, (w, l, n) => w.most(l, Number(n))],
  [/^must have at least (\d+) items/, (w, l, n) => w.least(l, Number(n))],
  [/^must be between (-?\d+) and (-?\d+)/, (w, l, from, to) => w.between(l, Number(from), Number(to))],
  [/^must be at least (-?\d+)/, (w, l, n) => w.above(l, Number(n))],
  [/^must be at most (-?\d+)/, (w, l, n) => w.below(l, Number(n))],
  [/^must be a mail address/, (w, l) => w.email(l)],
  [/^must be an address that begins with https/, (w, l) => w.url(l)],
  [/^must be a date/, (w, l) => w.date(l)],
  [/^must be one of/, (w, l) => w.choose(l)],
  [/^must (?:be after|not be before)/, (w, l) => w.later(l)],
  [/^must not be after/, (w, l) => w.earlier(l)],
  [/^must not stand twice/, (w, l) => w.twice(l)],
  [/^must not (?:have the character|pile up)/, (w, l) => w.characters(l)],
];

/** `must be given` and `E-postadress` make `Fyll i e-postadress`. */
export function fieldWords(description: string, label: string): string {
  const words = faults.words.fields;
  for (const [pattern, say] of sentences) {
    const found = pattern.exec(description);
    if (found) return say(words, label, ...found.slice(1));
  }
  return words.other(label);
}

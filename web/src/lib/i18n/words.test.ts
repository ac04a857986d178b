// The compiler finds missing words. Here: words that only look translated, and functions that lose what they are given.
import { describe, expect, it } from 'vitest';
import { area, firstLanguage, keptLanguage, languages, reader, setLanguage } from './language.svelte.ts';
import { inside, plural } from './plural.ts';

type Dictionary = Record<string, unknown>;
const files = import.meta.glob<{ default: Dictionary }>('./{sv,en,nl,fr}/*.ts', { eager: true });

const dictionaries = Object.entries(files).map(([path, file]) => {
  const [, language, name] = /\.\/(..)\/(.+)\.ts$/.exec(path)!;
  return { language: language!, area: name!, words: flat(file.default) };
});

function flat(words: unknown, path = ''): Map<string, unknown> {
  if (typeof words !== 'object' || words === null) return new Map([[path, words]]);
  return new Map(Object.entries(words).flatMap(([key, value]) => [...flat(value, path ? `${path}.${key}` : key)]));
}

/** Which of its values a message shows. Given numbers first, then text, as some take the one and some the other. */
function shows(message: unknown): number[] {
  if (typeof message !== 'function') return [];
  const marks = Array.from({ length: message.length }, (_, i) => 7_000_003 + i);
  const said = (values: unknown[]) => {
    try {
      return String(message(...values)).replace(/[\s.,’]/g, '');
    } catch {
      return '';
    }
  };
  const texts = [said(marks), said(marks.map(String))];
  return marks.flatMap((mark, i) => (texts.some((t) => t.includes(String(mark))) ? [i] : []));
}

/** Names and loans that are the same in two languages. */
const same = /^(Filter|Filters|Menu|Administration|Contact|Kontakt|Page|Pages|Name|Film|Tips|Date|Datum|Status|Program|Workshop|Kulturtorg.*|Type|Typ|Version|Moms|Total|Offline|Online|Zoom|[^\p{L}]*|.{1,3})$/u;

describe('dictionaries', () => {
  const swedish = new Map(dictionaries.filter((d) => d.language === 'sv').map((d) => [d.area, d.words]));

  for (const { language, area: name, words } of dictionaries.filter((d) => d.language !== 'sv')) {
    it(`${language}/${name} says nothing in Swedish`, () => {
      const untranslated = [...words].filter(([key, value]) => typeof value === 'string' && value.length > 12 && !same.test(value) && swedish.get(name)?.get(key) === value);
      expect(untranslated).toEqual([]);
    });
  }

  for (const { language, area: name, words } of dictionaries.filter((d) => d.language !== 'sv')) {
    it(`${language}/${name} shows all values that the Swedish words show`, () => {
      const losing = [...words].filter(([key, value]) => {
        const shown = shows(value);
        return shows(swedish.get(name)?.get(key)).some((i) => !shown.includes(i));
      });
      expect(losing.map(([key]) => key)).toEqual([]);
    });
  }

  for (const { language, area: name, words } of dictionaries) {
    it(`${language}/${name} has no exclamation marks`, () => {
      const bad = [...words].filter(([, value]) => typeof value === 'string' && value.includes('!'));
      expect(bad).toEqual([]);
    });
  }

  it('French has a space that does not break before : ; ? and inside « »', () => {
    const wrong = dictionaries
      .filter((d) => d.language === 'fr')
      .flatMap((d) => [...d.words].filter(([, v]) => typeof v === 'string' && / [:;?»]|« |\p{L}[:;?](\s|$)/u.test(v)).map(([key]) => `${d.area}: ${key}`));
    expect(wrong).toEqual([]);
  });
});

describe('language', () => {
  it('is the kept one, else the browser’s first that we have, else English', () => {
    expect(firstLanguage('nl', ['sv-SE'])).toBe('nl');
    expect(firstLanguage(undefined, ['de-DE', 'fr-BE', 'sv'])).toBe('fr');
    expect(firstLanguage('xx', ['de'])).toBe('en');
    expect(keptLanguage()).toBeUndefined();
  });

  it('changes only when every dictionary in use is there in it', async () => {
    const words = area({ sv: async () => ({ default: { a: 'ett' } }), en: async () => ({ default: { a: 'one' } }) });
    reader.set('sv');
    expect(words.ready).toBe(false);
    expect(() => words.words).toThrow();
    await words.load();
    expect(words.words.a).toBe('ett');
    await setLanguage('en');
    expect(words.words.a).toBe('one');
    await setLanguage('fr');
    expect([words.words.a, words.language]).toEqual(['one', 'en']);
    reader.set('sv');
  });

  it('picks the form of a number', () => {
    expect(languages.map((l) => plural(l)(1, { one: '# one', other: '# other' }))).toEqual(['1 one', '1 one', '1 one', '1 one']);
    expect(plural('fr')(0, { one: '# place', other: '# places' })).toBe('0 place');
    expect(plural('sv')(1234n, { other: '#' }).replace(/\s/g, ' ')).toBe('1 234');
  });

  it('writes a label inside a sentence', () => {
    expect(['E-postadress', 'QR-kod', 'Namn'].map(inside)).toEqual(['e-postadress', 'QR-kod', 'namn']);
  });
});

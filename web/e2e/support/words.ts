// Words on a screen that belong to another language than the one it is in.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Person } from './people.ts';

const LANGUAGES = ['sv', 'en', 'nl', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

const dictionaries = path.resolve(import.meta.dirname, '../../src/lib/i18n');

/** Every text of a language's dictionaries, as its files write them: whole ones, and what stands around a placeholder. */
function textsOf(language: Language): Set<string> {
  const folder = path.join(dictionaries, language);
  const source = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8')).join('\n');
  const plain = [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map((m) => m[1] ?? '');
  const around = [...source.matchAll(/`([^`]*)`/g)].flatMap((m) => (m[1] ?? '').split(/\$\{[^}]*\}/));
  return new Set([...plain, ...around].flatMap((text) => text.split('#')).map((text) => text.replace(/\\(.)/g, '$1').trim()).filter((text) => /\p{L}{3}/u.test(text)));
}

/** Names that the region gives, which may be in fewer languages. */
const region = readFileSync(path.resolve(import.meta.dirname, '../../../regions/varmland.toml'), 'utf8');

const texts = new Map<Language, Set<string>>();
const known = (language: Language) => texts.get(language) ?? texts.set(language, textsOf(language)).get(language)!;

/** Lines and labels of the screen that stand in another language's dictionary and not in this one's. */
export async function leftOver(person: Person, language: Language): Promise<string[]> {
  const lines = await person.page.evaluate(() => {
    const named = [...document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')].flatMap((e) => ['aria-label', 'title', 'alt', 'placeholder'].map((a) => e.getAttribute(a) ?? ''));
    // Texts of people stay in the language in which they wrote, and are marked with it; so are the names of languages.
    const here = document.documentElement.lang;
    const foreign = [...document.querySelectorAll<HTMLElement>('[lang]')].filter((e) => e.lang !== here).map((e) => e.innerText);
    // What was announced when the page was opened is not said again.
    const announced = document.querySelector<HTMLElement>('#svelte-announcer')?.innerText ?? '';
    const shown = document.body.innerText.split('\n').filter((text) => text !== announced);
    return [...shown, ...named].map((text) => text.trim()).filter((text) => text && !foreign.includes(text));
  });
  const own = known(language);
  const others = LANGUAGES.filter((l) => l !== language).flatMap((l) => [...known(l)]);
  const whole = new Set(others.filter((text) => !own.has(text) && !region.includes(`"${text}"`)));
  const long = [...whole].filter((text) => text.length > 12 && text.includes(' '));
  const mine = (text: string) => [...own].some((o) => o.includes(text));
  return [...new Set(lines.filter((text) => whole.has(text) || long.some((l) => text.includes(l) && !mine(l))))];
}

/** Chooses a language in the header; the page stays. */
export async function switchTo(person: Person, language: Language): Promise<void> {
  await person.page.getByRole('banner').getByRole('combobox').selectOption(language);
  await person.page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' });
}

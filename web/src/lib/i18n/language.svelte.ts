// Which language the reader has, and its dictionaries. Words are read through `area(…).words`, so a change of
// language changes the page in place and nothing typed is lost.

export const languages = ['sv', 'en', 'nl', 'fr'] as const;
export type Language = (typeof languages)[number];

/** What each language calls itself. */
export const ownNames: Record<Language, string> = { sv: 'Svenska', en: 'English', nl: 'Nederlands', fr: 'Français' };

/** The locale whose rules for dates, numbers and sorting hold. */
export const locales: Record<Language, string> = { sv: 'sv-SE', en: 'en-GB', nl: 'nl-BE', fr: 'fr-BE' };

const KEPT = 'kt_language';

const isLanguage = (text: string): text is Language => (languages as readonly string[]).includes(text);

class Reader {
  // Known before anything is fetched, so that no other language's words are fetched first.
  #language = $state<Language>(typeof document === 'undefined' ? 'sv' : firstLanguage(keptLanguage(), navigator.languages ?? [navigator.language]));

  get language(): Language {
    return this.#language;
  }
  get locale(): string {
    return locales[this.#language];
  }
  /** For `setLanguage` and tests alone. */
  set(language: Language) {
    this.#language = language;
    if (typeof document !== 'undefined') document.documentElement.lang = language;
  }
}

export const reader = new Reader();

/** The kept choice; else the browser's first that we have; else English. */
export function firstLanguage(kept: string | undefined, browser: readonly string[]): Language {
  const wanted = [kept ?? '', ...browser.map((tag) => tag.slice(0, 2).toLowerCase())];
  return wanted.find(isLanguage) ?? 'en';
}

/** What the reader chose here before. */
export function keptLanguage(): string | undefined {
  try {
    return localStorage.getItem(KEPT) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Dictionaries in use, which must be there in the new language before it is shown. */
const used = new Set<{ load(language: Language): Promise<void> }>();

/** Shows another language. With `keep` it is also remembered on this device. */
export async function setLanguage(language: Language, keep = false): Promise<void> {
  await Promise.all([...used].map((dictionary) => dictionary.load(language)));
  reader.set(language);
  if (!keep) return;
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

/** A dictionary's shape with its very words left open: what every other language must have. */
export type Words<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : T[K] extends string
      ? string
      : Words<T[K]>;
};

type Load<W> = () => Promise<{ default: W }>;

/** The words of one part of the app. `await area.load()` in the route's load, then read `area.words`. */
export class Area<W> {
  #loads: Partial<Record<Language, Load<W>>> & { en: Load<W> };
  #loaded = $state.raw<Partial<Record<Language, W>>>({});

  constructor(loads: Partial<Record<Language, Load<W>>> & { en: Load<W> }) {
    this.#loads = loads;
  }

  /** Fetches the words of a language: one small file, once. Desks have no Dutch and French; English stands in. */
  async load(language: Language = reader.language): Promise<void> {
    used.add(this);
    if (this.#loaded[language]) return;
    const words = (await (this.#loads[language] ?? this.#loads.en)()).default;
    this.#loaded = { ...this.#loaded, [language]: words };
  }

  get words(): W {
    const words = this.#loaded[reader.language];
    if (!words) throw new Error('await load() of this dictionary before reading its words');
    return words;
  }

  get ready(): boolean {
    return this.#loaded[reader.language] !== undefined;
  }

  /** The language that the words are in: English where the reader's is not written. */
  get language(): Language {
    return this.#loads[reader.language] ? reader.language : 'en';
  }
}

/** Declares an area. Swedish is its shape; the others are checked against it. */
export function area<const S>(loads: {
  sv: Load<S>;
  en: Load<Words<NoInfer<S>>>;
  nl?: Load<Words<NoInfer<S>>>;
  fr?: Load<Words<NoInfer<S>>>;
}): Area<Words<S>> {
  return new Area<Words<S>>(loads as unknown as { en: Load<Words<S>> });
}

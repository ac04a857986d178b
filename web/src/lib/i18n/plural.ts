import { locales, type Language } from './language.svelte.ts';

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Picks the form that a number takes in a language; `#` stands for the number, written as the language writes it. */
export function plural(language: Language): (n: number | bigint, forms: Forms) => string {
  const rules = new Intl.PluralRules(locales[language]);
  const numbers = new Intl.NumberFormat(locales[language]);
  return (n, forms) => (forms[rules.select(Number(n))] ?? forms.other).replaceAll('#', numbers.format(n));
}

/** A label as it stands inside a sentence: `E-postadress` is `e-postadress`, `QR-kod` stays. */
export const inside = (label: string) => (/^\p{Lu}[\p{Lu}-]/u.test(label) && !/^E-/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1));

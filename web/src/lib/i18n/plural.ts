import { locales, type Language } from './language.svelte.ts';

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Picks the form that a number takes in a language; `#` stands for the number, written as the language writes it. */
export function plural(language: Language): (n: number | bigint, forms: Forms) => string {
  // Made at the first number: they take long to make, and the first page may have none.
  let made: { rules: Intl.PluralRules; numbers: Intl.NumberFormat } | undefined;
  return (n, forms) => {
    made ??= { rules: new Intl.PluralRules(locales[language]), numbers: new Intl.NumberFormat(locales[language]) };
    return (forms[made.rules.select(Number(n))] ?? forms.other).replaceAll('#', made.numbers.format(n));
  };
}

/** A label as it stands inside a sentence: `E-postadress` is `e-postadress`, `QR-kod` stays. */
export const inside = (label: string) => (/^\p{Lu}[\p{Lu}-]/u.test(label) && !/^E-/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1));

import type { Language } from '../i18n/language.svelte.ts';

/** Where the accessibility statement is: at the word that the law of each language area uses. */
const paths: Record<Language, string> = {
  sv: '/tillganglighet',
  en: '/accessibility',
  nl: '/toegankelijkheid',
  fr: '/accessibilite',
};

export const statementPath = (language: Language) => paths[language];

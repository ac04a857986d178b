import { reader } from './language.svelte.ts';

/** One text in one language, as the API gives it. */
export interface InLanguage {
  language: string;
  text: string;
}

let contentLanguages: readonly string[] = [];

/** The languages that the region writes in; the first is the fall-back. */
export function setContentLanguages(list: readonly string[]): void {
  contentLanguages = list;
}

export const writtenLanguages = () => contentLanguages;

/** The text in the reader's language, else in the region's, else in the one there is. */
export function local(texts: readonly InLanguage[], language: string = reader.language): InLanguage | undefined {
  for (const wanted of [language, ...contentLanguages]) {
    const found = texts.find((t) => t.language === wanted && t.text !== '');
    if (found) return found;
  }
  return texts.find((t) => t.text !== '');
}

/** Only the words of `local`; for markup use `<Local of={…} />`, which also marks a foreign language. */
export const localText = (texts: readonly InLanguage[]) => local(texts)?.text ?? '';

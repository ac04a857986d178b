// The region that is served: its names, vocabularies, colours and contact. Fetched once, before anything is shown.
import type { Region, Term } from '#gen/kulturtorg/identity/v1/region_pb.ts';
import { setRegionZone } from '../i18n/format.ts';
import { localText, setContentLanguages } from '../i18n/local.ts';
import { setBrand } from '../styles/colour.ts';

let current = $state.raw<Region>();

/** The region. Every page comes after it is there. */
export function region(): Region {
  if (!current) throw new Error('the region is loaded before any page');
  return current;
}

export const regionKnown = () => current !== undefined;

export function setRegion(loaded: Region): void {
  current = loaded;
  setRegionZone(loaded.timeZone);
  setContentLanguages(loaded.languages);
  if (loaded.theme) setBrand(document.documentElement, loaded.theme.brandLight, loaded.theme.brandDark);
}

export const regionName = () => localText(region().names);

export type Vocabulary = 'municipalities' | 'audiences' | 'offerKinds' | 'buyerKinds' | 'gatheringFormats' | 'genres' | 'guidanceThemes';

const named = (terms: readonly Term[], key: string) => terms.find((t) => t.key === key);

/** What a key of a vocabulary is called; the key itself where the region has dropped it. */
export function termName(vocabulary: Vocabulary, key: string): string {
  const term = named(region()[vocabulary], key);
  return (term && localText(term.names)) || key;
}

/** What an art field or a part of one is called. */
export function artFieldName(key: string): string {
  const { artFields } = region();
  const term = artFields.find((f) => f.key === key) ?? named(artFields.flatMap((f) => f.parts), key);
  return (term && localText(term.names)) || key;
}

/** A vocabulary as choices of a form. */
export const choices = (vocabulary: Vocabulary) =>
  region()[vocabulary].map((term) => ({ value: term.key, label: localText(term.names) }));

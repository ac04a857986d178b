import { format, localText } from '../i18n/index.ts';
import { artFieldName, region, termName } from '../region/index.ts';
import type { Choice } from '../ui/choice.ts';

/** The art fields, each with its parts as a hint. */
export const fieldChoices = (): Choice[] =>
  region().artFields.map(({ key, names, parts }) => ({ value: key, label: localText(names), hint: parts.map((p) => localText(p.names)).join(', ') || undefined }));

/** The art fields and their parts, for desks. */
export const allFieldChoices = (): Choice[] =>
  region().artFields.flatMap(({ key, names, parts }) => [
    { value: key, label: localText(names) },
    ...parts.map((p) => ({ value: p.key, label: `${localText(names)}: ${localText(p.names)}` })),
  ]);

/** `Dans och musik`; what `none` says if there are none. */
export const fieldsText = (keys: readonly string[], none = '') => (keys.length ? format.list(keys.map(artFieldName)) : none);
export const placesText = (keys: readonly string[], none = '') => (keys.length ? format.list(keys.map((key) => termName('municipalities', key))) : none);

import { format } from '../i18n/index.ts';
import { choices } from '../region/index.ts';

/** The municipalities by name; the region lists them by code. */
export const municipalityChoices = () => format.sorted(choices('municipalities'), (m) => m.label);

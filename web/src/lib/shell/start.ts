// What must be there before any page: the language's words and the region. The session follows in its own time.
import { region as regions } from '../api/region.ts';
import { faults } from '../i18n/faults.ts';
import { reader, setLanguage } from '../i18n/language.svelte.ts';
import { shell } from '../i18n/shell.ts';
import { regionKnown, setRegion } from '../region/region.svelte.ts';
import { session } from '../session/session.svelte.ts';

/** What kept the app from starting; nothing: it has started. */
export async function start(): Promise<{ failure?: unknown }> {
  if (regionKnown()) return {};
  const words = shell.load().then(() => setLanguage(reader.language));
  const loading = regions.getRegion({});
  await words;
  try {
    setRegion(await loading);
  } catch (failure) {
    return { failure };
  }
  session.start().catch(() => undefined);
  // Wanted only when something fails, perhaps for want of a network: fetched while there is one.
  setTimeout(() => faults.load().catch(() => undefined), 1_500);
  return {};
}

// The names of profiles, for lists that know only their ids. Asked for as rows come, a few at a time.
import { SvelteMap } from 'svelte/reactivity';
import { profiles } from '../api/profiles.ts';
import { application } from '../i18n/application.ts';
import { shell } from '../i18n/shell.ts';

const AT_ONCE = 6;

export class Names {
  /** Empty: it is not shown to the reader. */
  #names = new SvelteMap<string, string>();
  #asked = new Set<string>();

  /** What a list shows: the name, or why there is none. */
  of(profileId: string): string {
    const name = this.#names.get(profileId);
    return name === undefined ? `${shell.words.ui.loading} …` : name || application.words.noName;
  }

  async fetch(profileIds: readonly string[], signal?: AbortSignal): Promise<void> {
    const wanted = profileIds.filter((id) => !this.#asked.has(id) && this.#asked.add(id));
    const next = async (): Promise<void> => {
      const profileId = wanted.shift();
      if (profileId === undefined) return;
      await this.#one(profileId, signal);
      return next();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async #one(profileId: string, signal?: AbortSignal): Promise<void> {
    try {
      const profile = await profiles.getProfile({ profileId }, { signal });
      this.#names.set(profileId, profile.content?.name ?? '');
    } catch {
      // A list is of use without a name, and a protected person has none to show.
      this.#names.set(profileId, '');
    }
  }
}

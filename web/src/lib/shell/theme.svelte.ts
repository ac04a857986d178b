// Light or dark: the device's scheme, unless the reader chose the other one here. static/theme.js sets it at the next
// visit before anything is painted.
import { MediaQuery } from 'svelte/reactivity';

const KEPT = 'kt_theme';

class Theme {
  #device = new MediaQuery('prefers-color-scheme: dark');
  #own = $state<'light' | 'dark' | undefined>(
    document.documentElement.dataset.theme === 'dark' ? 'dark' : document.documentElement.dataset.theme === 'light' ? 'light' : undefined,
  );

  get dark(): boolean {
    return this.#own ? this.#own === 'dark' : this.#device.current;
  }

  /** The other one. Back at the device's scheme, it is followed again. */
  toggle(): void {
    const dark = !this.dark;
    this.#own = dark === this.#device.current ? undefined : dark ? 'dark' : 'light';
    if (this.#own) document.documentElement.dataset.theme = this.#own;
    else delete document.documentElement.dataset.theme;
    try {
      if (this.#own) localStorage.setItem(KEPT, this.#own);
      else localStorage.removeItem(KEPT);
    } catch {
      // Without storage it holds until the page is left.
    }
  }
}

export const theme = new Theme();

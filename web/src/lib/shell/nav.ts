// The entries of the menus. A new screen adds its line here; its words stand under `nav` in the shell's dictionaries.
import type { Role } from '../session/session.svelte.ts';
import type { shell } from '../i18n/shell.ts';

type NavWord = keyof typeof shell.words.nav;

export interface Entry {
  href: string;
  word: NavWord;
}

/** For everybody. */
export const publicNav: Entry[] = [
  { href: '/search', word: 'search' },
  { href: '/performances', word: 'performances' },
  { href: '/gatherings', word: 'gatherings' },
  { href: '/guidance', word: 'guidance' },
];

/** Working places: for any account, or for those who hold one of the roles. */
export const workNav: (Entry & { roles?: Role[] })[] = [
  { href: '/desk', word: 'desk' },
  { href: '/review', word: 'review', roles: ['reviewer', 'administrator'] },
  { href: '/adviser', word: 'adviser', roles: ['adviser', 'administrator'] },
  { href: '/house', word: 'house', roles: ['house'] },
  { href: '/door', word: 'door', roles: ['door', 'house'] },
  { href: '/stream', word: 'stream', roles: ['analyst', 'administrator', 'operator'] },
  { href: '/admin', word: 'admin', roles: ['administrator'] },
];

/** Whether an entry leads to the page at `path` or to one below it. */
export const isCurrent = (entry: Entry, path: string) => path === entry.href || path.startsWith(`${entry.href}/`);

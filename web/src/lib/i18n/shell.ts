import { area } from './language.svelte.ts';

export const shell = area({
  sv: () => import('./sv/shell.ts'),
  en: () => import('./en/shell.ts'),
  nl: () => import('./nl/shell.ts'),
  fr: () => import('./fr/shell.ts'),
});

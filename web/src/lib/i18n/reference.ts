import { area } from './language.svelte.ts';

export const reference = area({
  sv: () => import('./sv/reference.ts'),
  en: () => import('./en/reference.ts'),
  nl: () => import('./nl/reference.ts'),
  fr: () => import('./fr/reference.ts'),
});

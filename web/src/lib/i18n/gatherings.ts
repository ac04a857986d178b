import { area } from './language.svelte.ts';

export const gatherings = area({
  sv: () => import('./sv/gatherings.ts'),
  en: () => import('./en/gatherings.ts'),
  nl: () => import('./nl/gatherings.ts'),
  fr: () => import('./fr/gatherings.ts'),
});

import { area } from './language.svelte.ts';

export const catalogue = area({
  sv: () => import('./sv/catalogue.ts'),
  en: () => import('./en/catalogue.ts'),
  nl: () => import('./nl/catalogue.ts'),
  fr: () => import('./fr/catalogue.ts'),
});

import { area } from './language.svelte.ts';

export const accessibility = area({
  sv: () => import('./sv/accessibility.ts'),
  en: () => import('./en/accessibility.ts'),
  nl: () => import('./nl/accessibility.ts'),
  fr: () => import('./fr/accessibility.ts'),
});

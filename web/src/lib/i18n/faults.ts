import { area } from './language.svelte.ts';

export const faults = area({
  sv: () => import('./sv/faults.ts'),
  en: () => import('./en/faults.ts'),
  nl: () => import('./nl/faults.ts'),
  fr: () => import('./fr/faults.ts'),
});

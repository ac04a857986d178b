import { area } from './language.svelte.ts';

export const guidance = area({
  sv: () => import('./sv/guidance.ts'),
  en: () => import('./en/guidance.ts'),
  nl: () => import('./nl/guidance.ts'),
  fr: () => import('./fr/guidance.ts'),
});

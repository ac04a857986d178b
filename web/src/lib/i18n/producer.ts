import { area } from './language.svelte.ts';

export const producer = area({
  sv: () => import('./sv/producer.ts'),
  en: () => import('./en/producer.ts'),
  nl: () => import('./nl/producer.ts'),
  fr: () => import('./fr/producer.ts'),
});

import { area } from './language.svelte.ts';

export const reviewing = area({
  sv: () => import('./sv/review.ts'),
  en: () => import('./en/review.ts'),
});

import { area } from './language.svelte.ts';

export const adviser = area({
  sv: () => import('./sv/adviser.ts'),
  en: () => import('./en/adviser.ts'),
});

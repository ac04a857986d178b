import { area } from './language.svelte.ts';

export const house = area({
  sv: () => import('./sv/house.ts'),
  en: () => import('./en/house.ts'),
});

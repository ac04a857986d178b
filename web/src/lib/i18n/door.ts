import { area } from './language.svelte.ts';

export const door = area({
  sv: () => import('./sv/door.ts'),
  en: () => import('./en/door.ts'),
});

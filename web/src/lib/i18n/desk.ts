import { area } from './language.svelte.ts';

export const desk = area({
  sv: () => import('./sv/desk.ts'),
  en: () => import('./en/desk.ts'),
});

import { area } from './language.svelte.ts';

export const stream = area({
  sv: () => import('./sv/stream.ts'),
  en: () => import('./en/stream.ts'),
});

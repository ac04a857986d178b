import { area } from './language.svelte.ts';

export const admin = area({
  sv: () => import('./sv/admin.ts'),
  en: () => import('./en/admin.ts'),
});

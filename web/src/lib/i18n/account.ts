import { area } from './language.svelte.ts';

export const account = area({
  sv: () => import('./sv/account.ts'),
  en: () => import('./en/account.ts'),
  nl: () => import('./nl/account.ts'),
  fr: () => import('./fr/account.ts'),
});

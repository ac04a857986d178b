import { area } from './language.svelte.ts';

export const shop = area({
  sv: () => import('./sv/shop.ts'),
  en: () => import('./en/shop.ts'),
  nl: () => import('./nl/shop.ts'),
  fr: () => import('./fr/shop.ts'),
});

import { area } from './language.svelte.ts';

export const enquiry = area({
  sv: () => import('./sv/enquiry.ts'),
  en: () => import('./en/enquiry.ts'),
  nl: () => import('./nl/enquiry.ts'),
  fr: () => import('./fr/enquiry.ts'),
});

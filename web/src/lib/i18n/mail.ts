import { area } from './language.svelte.ts';

export const mail = area({
  sv: () => import('./sv/mail.ts'),
  en: () => import('./en/mail.ts'),
});

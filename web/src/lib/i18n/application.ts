import { area } from './language.svelte.ts';

export const application = area({
  sv: () => import('./sv/application.ts'),
  en: () => import('./en/application.ts'),
});

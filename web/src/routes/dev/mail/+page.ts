import { mail } from '#lib/i18n/mail.ts';

export const load = () => mail.load();

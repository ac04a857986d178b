import { account } from '#lib/i18n/account.ts';

export const load = () => account.load();

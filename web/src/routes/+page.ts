import { catalogue } from '#lib/i18n/catalogue.ts';

export const load = () => catalogue.load();

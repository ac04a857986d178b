import { shop } from '#lib/i18n/shop.ts';

export const load = () => shop.load();

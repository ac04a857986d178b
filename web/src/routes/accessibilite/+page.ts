import { accessibility } from '#lib/i18n/accessibility.ts';

export const load = () => accessibility.load();

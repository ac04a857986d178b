import { guidance } from '#lib/i18n/guidance.ts';

export const load = () => guidance.load();

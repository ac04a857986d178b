import { gatherings } from '#lib/i18n/gatherings.ts';

export const load = () => gatherings.load();

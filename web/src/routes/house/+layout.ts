import { house } from '#lib/i18n/house.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([house.load(), allow(url, 'house')]);
};

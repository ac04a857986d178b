import { gatherings } from '#lib/i18n/gatherings.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([gatherings.load(), allow(url)]);
};

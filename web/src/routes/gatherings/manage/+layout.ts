import { adviser } from '#lib/i18n/adviser.ts';
import { gatherings } from '#lib/i18n/gatherings.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([adviser.load(), gatherings.load(), allow(url, 'adviser', 'administrator')]);
};

import { adviser } from '#lib/i18n/adviser.ts';
import { guidance } from '#lib/i18n/guidance.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([adviser.load(), guidance.load(), allow(url, 'adviser')]);
};

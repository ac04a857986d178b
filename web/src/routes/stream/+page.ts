import { stream } from '#lib/i18n/stream.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([stream.load(), allow(url, 'analyst', 'administrator', 'operator')]);
};

import { admin } from '#lib/i18n/admin.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([admin.load(), allow(url, 'administrator')]);
};

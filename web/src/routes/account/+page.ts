import { account } from '#lib/i18n/account.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await Promise.all([account.load(), allow(url)]);
};

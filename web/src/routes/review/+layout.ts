import { application } from '#lib/i18n/application.ts';
import { reviewing } from '#lib/i18n/review.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url, parent }: { url: URL; parent: () => Promise<unknown> }) => {
  await parent();
  await Promise.all([allow(url, 'reviewer', 'administrator'), application.load(), reviewing.load()]);
};

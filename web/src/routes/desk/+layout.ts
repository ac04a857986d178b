import { desk } from '#lib/i18n/desk.ts';
import { enquiry } from '#lib/i18n/enquiry.ts';
import { producer } from '#lib/i18n/producer.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url, parent }: { url: URL; parent: () => Promise<unknown> }) => {
  await parent();
  await Promise.all([allow(url), desk.load(), enquiry.load(), producer.load()]);
};

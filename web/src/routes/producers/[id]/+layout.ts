import { enquiry } from '#lib/i18n/enquiry.ts';
import { producer } from '#lib/i18n/producer.ts';

export const load = async ({ parent }: { parent: () => Promise<unknown> }) => {
  await parent();
  await Promise.all([producer.load(), enquiry.load()]);
};

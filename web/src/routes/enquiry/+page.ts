import { enquiry } from '#lib/i18n/enquiry.ts';

export const load = async ({ parent }: { parent: () => Promise<unknown> }) => {
  await parent();
  await enquiry.load();
};

import { door } from '#lib/i18n/door.ts';
import { faults } from '#lib/i18n/faults.ts';
import { allow } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  // Words for failures are fetched while there is a network to fetch them over.
  await Promise.all([door.load(), faults.load(), allow(url, 'door', 'house')]);
};

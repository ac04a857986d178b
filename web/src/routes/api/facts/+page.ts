import { reference } from '#lib/i18n/reference.ts';
import { facts, index } from '#lib/reference/model.ts';

export const load = async () => {
  const [overview, page] = await Promise.all([index(), facts(), reference.load()]);
  return { index: overview, page };
};

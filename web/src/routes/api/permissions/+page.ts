import { reference } from '#lib/i18n/reference.ts';
import { index } from '#lib/reference/model.ts';

export const load = async () => {
  const [overview] = await Promise.all([index(), reference.load()]);
  return { index: overview };
};

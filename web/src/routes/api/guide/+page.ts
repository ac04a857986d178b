import { reference } from '#lib/i18n/reference.ts';
import { guide, index } from '#lib/reference/model.ts';

export const load = async () => {
  const [overview, sections] = await Promise.all([index(), guide(), reference.load()]);
  return { index: overview, sections };
};

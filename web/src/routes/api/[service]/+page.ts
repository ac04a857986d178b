import { error } from '@sveltejs/kit';
import { reference } from '#lib/i18n/reference.ts';
import { index, service } from '#lib/reference/model.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => {
  const [overview, page] = await Promise.all([index(), service(params.service), reference.load()]);
  if (!page) error(404);
  return { index: overview, page };
};

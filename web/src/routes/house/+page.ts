import { redirect } from '@sveltejs/kit';
import { lastHouse } from '#lib/house/last.ts';
import { allow, session } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await allow(url, 'house');
  const id = lastHouse(session.houses);
  if (id) redirect(307, `/house/${id}`);
};

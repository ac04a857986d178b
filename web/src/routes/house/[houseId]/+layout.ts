import { error } from '@sveltejs/kit';
import { keepHouse } from '#lib/house/last.ts';
import { allow, session } from '#lib/session/index.ts';

export const load = async ({ url, params }: { url: URL; params: { houseId: string } }) => {
  await allow(url, 'house');
  if (!session.houses.includes(params.houseId)) error(403, 'denied');
  keepHouse(params.houseId);
};

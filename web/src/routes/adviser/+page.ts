import { redirect } from '@sveltejs/kit';
import { allow, session } from '#lib/session/index.ts';

export const load = async ({ url }: { url: URL }) => {
  await allow(url, 'adviser', 'administrator');
  redirect(307, session.has('adviser') ? '/guidance/cases' : '/gatherings/manage');
};

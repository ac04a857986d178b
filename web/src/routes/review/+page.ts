import { redirect } from '@sveltejs/kit';
import { allow, session } from '#lib/session/index.ts';

// The queue is the reviewers'; an administrator who is none of them looks after all applications.
export const load = async ({ url }: { url: URL }) => {
  await allow(url, 'reviewer', 'administrator');
  if (!session.has('reviewer')) redirect(307, '/review/all');
};

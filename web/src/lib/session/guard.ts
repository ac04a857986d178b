import { error, redirect } from '@sveltejs/kit';
import { session, type Role } from './session.svelte.ts';

/** For a route's load: lets in who is signed in and holds one of the roles (none named: any account). */
export async function allow(url: URL, ...roles: Role[]): Promise<void> {
  await session.start();
  if (session.status === 'out') redirect(307, `/sign-in?next=${encodeURIComponent(url.pathname + url.search)}`);
  if (roles.length && !roles.some((role) => session.has(role))) error(403, 'denied');
}

/** Where to go after signing in: a path of this site, never another address. */
export function nextPath(url: { origin: string; searchParams: { get(name: string): string | null } }, otherwise = '/'): string {
  const next = url.searchParams.get('next') ?? '';
  if (!next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return otherwise;
  const to = new URL(next, url.origin);
  return to.origin === url.origin ? to.pathname + to.search + to.hash : otherwise;
}

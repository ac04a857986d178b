export { session, type Role } from './session.svelte.ts';
export { allow, nextPath } from './guard.ts';

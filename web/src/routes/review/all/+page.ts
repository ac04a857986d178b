import { allow } from '#lib/session/index.ts';

export const load = ({ url }: { url: URL }) => allow(url, 'administrator');

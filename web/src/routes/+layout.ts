import { start } from '#lib/shell/start.ts';

// Every page is drawn by the browser; the server only hands out files.
export const ssr = false;

export const load = async ({ depends }: { depends: (name: `${string}:${string}`) => void }) => {
  depends('app:start');
  return start();
};

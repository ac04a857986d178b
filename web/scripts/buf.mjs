// The `buf` that `make tools` installs, or the one of the path.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const web = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const root = path.dirname(web);

/** Runs it and gives what it writes. */
export function buf(args, options) {
  const folders = [process.env.KT_TOOLS, path.join(root, '.tools')].filter(Boolean);
  const found = folders.map((f) => path.join(f, 'bin/buf')).find((f) => existsSync(f)) ?? 'buf';
  try {
    return execFileSync(found, args, options);
  } catch (error) {
    throw error.code === 'ENOENT' ? new Error('buf is missing: run `make tools` in the root folder') : error;
  }
}

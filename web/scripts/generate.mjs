// Makes client/src/gen from the .proto files, if they changed since the last time.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const web = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.dirname(web);
const stamp = path.join(web, 'client/src/gen/.stamp');

const sources = [
  ...globSync('proto/**/*.proto', { cwd: root }),
  ...globSync('web/proto/**/*.proto', { cwd: root }),
  'web/buf.gen.yaml',
  'web/package-lock.json',
].sort();
const hash = createHash('sha256');
for (const source of sources) {
  hash.update(source).update('\0').update(readFileSync(path.join(root, source)));
}
const now = hash.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== now) {
  const folders = [process.env.KT_TOOLS, path.join(root, '.tools')].filter(Boolean);
  const buf = folders.map((f) => path.join(f, 'bin/buf')).find((f) => existsSync(f)) ?? 'buf';
  try {
    execFileSync(buf, ['generate'], { cwd: web, stdio: 'inherit' });
  } catch (error) {
    const hint = error.code === 'ENOENT' ? 'buf is missing: run `make tools` in the root folder' : error.message;
    console.error(`error: the client was not generated: ${hint}`);
    process.exit(1);
  }
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

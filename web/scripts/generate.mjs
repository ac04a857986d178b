// Makes client/src/gen and what the pages of the API show from the .proto files, if they changed since the last time.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeModel } from './api/index.mjs';
import { buf, root, web } from './buf.mjs';

const stamp = path.join(web, 'client/src/gen/.stamp');

const sources = [
  ...globSync('proto/**/*.proto', { cwd: root }),
  ...globSync('web/proto/**/*.proto', { cwd: root }),
  ...globSync('web/scripts/**/*.mjs', { cwd: root }),
  'web/buf.gen.yaml',
  'web/package-lock.json',
].sort();
const hash = createHash('sha256');
for (const source of sources) {
  hash.update(source).update('\0').update(readFileSync(path.join(root, source)));
}
const now = hash.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== now) {
  try {
    buf(['generate'], { cwd: web, stdio: 'inherit' });
    writeModel();
  } catch (error) {
    console.error(`error: the client was not generated: ${error.message}`);
    process.exit(1);
  }
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

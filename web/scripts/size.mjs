// The JavaScript of the catalogue's first load, gzip, from the build's manifest. Fails above the budget.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = 150_000;
const client = '.svelte-kit/output/client';
const manifestFile = `${client}/.vite/manifest.json`;
if (!existsSync(manifestFile)) {
  console.error('error: there is no build: run `npm run build` first');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

// What the boot script, the layout and the catalogue import, and the words of one language (the longest, Swedish).
const nodes = readFileSync('.svelte-kit/generated/build/client-optimized/app.js', 'utf8');
const route = (id) => [...(new RegExp(`"${id}": \\[([^\\]]*)\\]`).exec(nodes)?.[1].matchAll(/\d+/g) ?? [])].map((m) => Number(m[0]));
const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry && /entry\/(start|app)|runtime\/client\/entry|client-optimized\/app/.test(key + manifest[key].file));
const nodeKeys = [0, ...route('/search')].map((n) => Object.keys(manifest).find((key) => key.endsWith(`nodes/${n}.js`)));
const words = Object.keys(manifest).filter((key) => /i18n\/sv\/(shell|faults|catalogue)\.ts$/.test(key));

const files = new Map();
function take(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  const size = (file) => gzipSync(readFileSync(path.join(client, file)), { level: 9 }).length;
  files.set(chunk.file, { name: chunk.src ?? key, js: size(chunk.file), css: (chunk.css ?? []).map((file) => [file, size(file)]) });
  for (const next of chunk.imports ?? []) take(next);
}
[...entries, ...nodeKeys, ...words].forEach(take);

const kB = (n) => `${(n / 1000).toFixed(1)} kB`.padStart(9);
const rows = [...files.values()].sort((a, b) => b.js - a.js);
for (const row of rows.slice(0, 12)) console.log(kB(row.js), row.name);
console.log(kB(rows.slice(12).reduce((sum, r) => sum + r.js, 0)), `${Math.max(0, rows.length - 12)} more`);
const js = rows.reduce((sum, r) => sum + r.js, 0);
const css = [...new Map(rows.flatMap((r) => r.css)).values()].reduce((sum, n) => sum + n, 0);
console.log(kB(js), `JavaScript of the catalogue's first load; may have ${kB(BUDGET).trim()}`);
console.log(kB(css), 'CSS');
if (js > BUDGET) {
  console.error('error: the catalogue loads too much JavaScript');
  process.exit(1);
}

// Writes the pages of the API: `docs/api` with `docs`, what the web app shows with `model`.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, web } from '../buf.mjs';
import { readContract } from './contract.mjs';
import { guide } from './guide.mjs';
import { pagesOf } from './markdown.mjs';
import { modelOf } from './model.mjs';

/** Where the committed pages stand. */
export const docs = path.join(root, 'docs/api');
const json = path.join(web, 'src/lib/reference/made');

/** Replaces all files of a folder that have this ending. */
function fill(folder, ending, files) {
  mkdirSync(folder, { recursive: true });
  const names = new Set(files.map(([name]) => name));
  for (const old of readdirSync(folder)) if (old.endsWith(ending) && !names.has(old)) rmSync(path.join(folder, old));
  for (const [name, text] of files) writeFileSync(path.join(folder, name), text);
}

export const writeDocs = () => fill(docs, '.md', pagesOf(modelOf(readContract())));

/** One file for each page, and one with what overview, search and permissions need. */
export function writeModel() {
  const { services, roles, facts } = modelOf(readContract());
  const overview = services.map(({ key, name, says, methods }) => ({
    key,
    name,
    says,
    methods: methods.map((m) => ({ name: m.name, anchor: m.anchor, says: m.says, access: m.access })),
  }));
  const start = services.find((s) => s.key === 'search').methods.find((m) => m.name === 'Search').call;
  const files = { index: { services: overview, roles: roles.map((r) => r.name), start }, facts, guide, ...Object.fromEntries(services.map((s) => [`service-${s.key}`, s])) };
  fill(json, '.json', Object.entries(files).map(([name, value]) => [`${name}.json`, JSON.stringify(value)]));
}

if (process.argv[1] === import.meta.filename) {
  const [what] = process.argv.slice(2);
  (what === 'docs' ? writeDocs : writeModel)();
}

// Every screen opens, can be used by everybody and goes wrong nowhere: those of everybody, and that none is left out.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { open, producing, working } from './screens/table.ts';
import { visits } from './screens/visit.ts';

const routes = path.resolve(import.meta.dirname, '../src/routes');

test('every screen has its row', () => {
  const files = readdirSync(routes, { recursive: true, encoding: 'utf8' });
  const folders = files.filter((file) => /^\+page\.(svelte|ts)$/.test(path.basename(file))).map((file) => path.join('/', path.dirname(file)));
  const rows = [...open, ...producing, ...working].flatMap((visit) => visit.screens.map((screen) => screen.route));
  expect([...new Set(rows)].sort()).toEqual([...new Set(folders)].sort());
});

visits(open);

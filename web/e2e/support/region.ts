// One region for all walks, as `make run` starts it: servers, services, demo data and the built web app.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the region's gateway listens. */
    base: string;
  }
}

const repository = path.resolve(import.meta.dirname, '../../..');
const PATIENCE = 180_000;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // For those who write walks: a region that runs already starts nothing here.
  if (process.env.KT_GATEWAY_URL) {
    project.provide('base', process.env.KT_GATEWAY_URL);
    return async () => {};
  }
  const binary = path.resolve(repository, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/kulturtorg');
  for (const needed of [binary, path.join(repository, 'web/build/200.html')]) {
    if (!existsSync(needed)) throw new Error(`${needed} is missing: run \`make walk\`, which builds it`);
  }
  const state = mkdtempSync(path.join(tmpdir(), 'kulturtorg-walk-'));
  const log = path.join(state, 'log');
  const output = openSync(log, 'a');
  const child = spawn(binary, ['up'], {
    cwd: repository,
    env: { ...process.env, KT_STATE: state, KT_HTTP: '127.0.0.1:0', KT_WEB: path.join(repository, 'web/build'), RUST_LOG: 'warn' },
    stdio: ['ignore', output, output],
  });
  try {
    project.provide('base', await opened(child, log));
  } catch (error) {
    await stop(child, state);
    throw error;
  }
  return () => stop(child, state);
}

/** The address that the region prints when it is open. */
async function opened(child: ChildProcess, log: string): Promise<string> {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    const told = readFileSync(log, 'utf8');
    const address = / is open at (http:\/\/\S+)/.exec(told)?.[1];
    if (address) return address.replace('localhost', '127.0.0.1');
    if (child.exitCode !== null) throw new Error(`the region did not start:\n${told}`);
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error(`the region was not open after ${PATIENCE / 1000} s:\n${readFileSync(log, 'utf8')}`);
}

async function stop(child: ChildProcess, state: string): Promise<void> {
  if (child.exitCode === null) {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    await gone;
  }
  rmSync(state, { recursive: true, force: true });
}

// The package @kulturtorg/client as others get it: packed, unpacked into a project of its own, type-checked, run.
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const web = path.resolve(import.meta.dirname, '..');
const repository = path.dirname(web);
const project = mkdtempSync(path.join(tmpdir(), 'kulturtorg-client-'));
const installed = path.join(project, 'node_modules/@kulturtorg/client');
let packed: string[];

const run = (program: string, args: string[], cwd = project) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd });

beforeAll(() => {
  const [tarball] = JSON.parse(run('npm', ['pack', '--offline', '--silent', '--json', '--pack-destination', project], path.join(web, 'client')));
  packed = tarball.files.map((file: { path: string }) => file.path);
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', tarball.filename, '--strip-components=1', '-C', installed]);
  for (const scope of ['@bufbuild', '@connectrpc']) symlinkSync(path.join(web, 'node_modules', scope), path.join(project, 'node_modules', scope));
  writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the client package', () => {
  it('holds what it is built into, its licence and an example, and no tests', () => {
    const outside = packed.filter((file) => !/^dist\/.*\.(d\.ts|js)$/.test(file));
    expect(outside.sort()).toEqual(['LICENSE', 'README.md', 'examples/search.mjs', 'package.json']);
    expect(packed).toContain('dist/gen/kulturtorg/search/v1/search_pb.d.ts');
    expect(packed.filter((file) => file.includes('.test.'))).toEqual([]);
  });

  it('has the version and the licence of the services', () => {
    const { version, license } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
    const workspace = readFileSync(path.join(repository, 'Cargo.toml'), 'utf8').split('[workspace.package]')[1];
    expect(workspace).toContain(`version = "${version}"\n`);
    expect(workspace).toContain(`license = "${license}"\n`);
  });

  it.each(['nodenext', 'bundler'])('is typed for those who resolve modules like %s', (moduleResolution) => {
    writeFileSync(path.join(project, 'app.ts'), app());
    const options = { target: 'es2022', lib: ['es2022', 'dom'], types: [], strict: true, noEmit: true, module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution, moduleResolution };
    writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['app.ts'] }));
    expect(run(path.join(web, 'node_modules/.bin/tsc'), ['--pretty', 'false'])).toBe('');
  });

  it('runs its example against a region, with the Node that is installed', () => {
    const example = path.join(installed, 'examples/search.mjs');
    const text = readFileSync(example, 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(10);
    for (const readme of ['README.md', 'web/client/README.md']) expect(readFileSync(path.join(repository, readme), 'utf8')).toContain(text);

    // Not the one of the web app's packages.
    const PATH = process.env.PATH!.split(path.delimiter).filter((folder) => !folder.includes('node_modules')).join(path.delimiter);
    const search = (query: string) => spawnSync('node', [example, query], { encoding: 'utf8', env: { ...process.env, PATH, GATEWAY: inject('base') } });
    const found = search('teater');
    expect(found.stderr).toBe('');
    expect(found.stdout.trim().split('\n')).toEqual(Array(5).fill(expect.stringMatching(/^.+ \(\S+\)$/)));
    expect(search('x'.repeat(1000)).stderr).toMatch(/INVALID_FIELDS[^]*field: 'query'/);
  });
});

/** An app that uses every service of the contract, and is not allowed what does not exist. */
function app(): string {
  const contracts = globSync('proto/kulturtorg/*/v1/*.proto', { cwd: repository }).map((file) => ({
    module: path.basename(file, '.proto'),
    services: [...readFileSync(path.join(repository, file), 'utf8').matchAll(/^service (\w+)/gm)].map((found) => found[1]!),
  }));
  const offered = contracts.filter(({ services }) => services.length > 0);
  expect(offered.length).toBeGreaterThanOrEqual(10);
  return `
    import { Code, openGateway, problemOf, Submission, type Problem } from '@kulturtorg/client';
    import type { OrderPaid } from '@kulturtorg/client/ticketing/published';
    import type { Money } from '@kulturtorg/client/common';
    import { BadRequestSchema } from '@kulturtorg/client/errors';
    ${offered.map(({ module, services }) => `import { ${services.join(', ')} } from '@kulturtorg/client/${module}';`).join('\n')}

    const gateway = openGateway('https://torg.example', { token: async () => undefined, timeoutMs: 1 });
    export const clients = [${offered.flatMap(({ services }) => services.map((s) => `gateway.client(${s})`)).join(', ')}];

    const answer = await gateway.client(SearchService).search({ query: 'dans', pageSize: 3 }, { timeoutMs: 500 });
    export const titles: string[] = answer.results.map((found) => found.title);
    export const total: bigint = answer.totalSize;
    // @ts-expect-error a field that the contract does not have
    answer.nothing;
    // @ts-expect-error a number is no query
    gateway.client(SearchService).search({ query: 7 });
    // @ts-expect-error a method that the contract does not have
    gateway.client(SearchService).find({});

    const problem: Problem = problemOf(new Error());
    export const again: number | undefined = problem.code === Code.Unavailable ? problem.retryAfter : undefined;
    export const paths: string[] = problem.fields.map((refused) => refused.field);
    export const id: string = new Submission().id({});
    export type { OrderPaid, Money };
    export { BadRequestSchema };
  `;
}

// What developers read about curl: the script in docs/api and the lines in README.md, run as they stand.
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { getOption, type DescService } from '@bufbuild/protobuf';
import { describe, expect, inject, it } from 'vitest';
import { access, Level } from '#gen/kulturtorg/options/v1/options_pb.ts';

const web = path.resolve(import.meta.dirname, '..');
const repository = path.dirname(web);
const script = path.join(repository, 'docs/api/curl.sh');
const run = promisify(execFile);

/** The public methods of the contract. */
async function publicMethods() {
  const files = globSync('client/src/gen/kulturtorg/*/v1/*_pb.ts', { cwd: web });
  const modules = await Promise.all(files.map((file) => import(path.join(web, file)) as Promise<Record<string, { kind?: string }>>));
  const services = modules.flatMap((module) => Object.values(module)).filter((desc): desc is DescService => desc.kind === 'service');
  const open = services.flatMap((service) => service.methods).filter((method) => getOption(method, access).level === Level.PUBLIC);
  const names = (unary: boolean) => open.filter((m) => (m.methodKind === 'unary') === unary).map((m) => `${m.parent.typeName}/${m.name}`).sort();
  return { unary: names(true), streams: names(false) };
}

describe('docs/api/curl.sh', () => {
  it('calls every public method without an account, and tells how streams are got', async () => {
    const text = readFileSync(script, 'utf8');
    const called = [...text.matchAll(/^ *post ([\w.]+\/\w+)/gm)].map(([, method]) => method);
    const { unary, streams } = await publicMethods();
    expect([...new Set(called)].sort()).toEqual(unary);
    for (const method of streams) expect(text).toContain(`# ${method.split('.').at(-1)} answers with a stream`);
  });

  it('runs to its end, and each step says what came back', async () => {
    const { stdout, stderr } = await run(script, [inject('base')]);
    expect(stderr).toBe('');
    const { unary } = await publicMethods();
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThanOrEqual(unary.length);
    expect(stdout).toContain('The 9th is fine. Welcome!');
    expect(stdout).toContain('the case is STATE_CLOSED');
  });

  it('ends at the first call that fails, with the error', async () => {
    const refused = await run(script, [`${inject('base')}/nowhere`]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^\S+Service\/GetRegion answered with HTTP status 4\d\d: \w.*\s*$/) });
  });
});

describe('the section on curl in README.md', () => {
  const section = readFileSync(path.join(repository, 'README.md'), 'utf8').split('\n## By curl\n')[1]!.split('\n## ')[0]!;
  const blocks = (kind: string) => [...section.matchAll(new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
  const answers = async (lines: string) => {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', lines.replaceAll('http://localhost:8080', inject('base'))]);
    return JSON.parse(stdout.replaceAll(/"value":"[^"]+"/g, '"value":"…"'));
  };

  it('shows a call that finds something, and an error as it is', async () => {
    const [finding, failing, ...more] = blocks('sh');
    expect(more).toEqual([]);
    expect((await answers(finding!)).gatherings).toHaveLength(3);
    expect(await answers(failing!)).toEqual(JSON.parse(blocks('json')[0]!));
  });
});

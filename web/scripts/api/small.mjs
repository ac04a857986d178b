// A contract of a few lines, for tests.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buf, root } from '../buf.mjs';
import { contractOf } from './contract.mjs';

/** The contract that these files make, `demo/v1/demo.proto` for example, with our options beside. */
export function smallContract(files) {
  const folder = mkdtempSync(path.join(tmpdir(), 'kulturtorg-contract-'));
  try {
    cpSync(path.join(root, 'proto/kulturtorg/options'), path.join(folder, 'kulturtorg/options'), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, 'kulturtorg', name);
      const head = `syntax = "proto3";\npackage kulturtorg.${path.dirname(name).replaceAll('/', '.')};\nimport "kulturtorg/options/v1/options.proto";\n`;
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `// Of ${name}.\n${head}${text}`);
    }
    return contractOf(buf(['build', '--output', '-#format=binpb'], { cwd: folder }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

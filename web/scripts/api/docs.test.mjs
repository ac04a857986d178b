// What holds for the pages of the contract as it stands.
import { readdirSync, readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import path from 'node:path';
import { fromJson } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../buf.mjs';
import { readContract, valueOf } from './contract.mjs';
import { docs } from './index.mjs';
import { pagesOf } from './markdown.mjs';
import { modelOf } from './model.mjs';

let contract;
let model;
beforeAll(() => {
  contract = readContract();
  model = modelOf(contract);
});

describe('docs/api', () => {
  it('is what the contract makes: else run `npm run docs --prefix web` and commit', () => {
    const there = Object.fromEntries(readdirSync(docs).filter((name) => name.endsWith('.md')).map((name) => [name, readFileSync(path.join(docs, name), 'utf8')]));
    expect(there).toEqual(Object.fromEntries(pagesOf(model)));
  });

  it('has no link that leads nowhere', () => {
    const pages = Object.fromEntries(pagesOf(model));
    const there = readdirSync(docs);
    const anchors = (text) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title.toLowerCase().replaceAll(' ', '-').replaceAll(/[^a-z0-9_-]/g, ''));
    const broken = Object.entries(pages).flatMap(([name, text]) =>
      [...text.matchAll(/\]\(([\w.]*)(?:#([\w-]+))?\)/g)]
        .filter(([, page, anchor]) => !there.includes(page || name) || (anchor && !anchors(pages[page || name]).includes(anchor)))
        .map(([link]) => `${name}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the example of every method', () => {
  const methods = () => contract.files.flatMap((f) => f.services).flatMap((s) => s.methods);
  const example = (m) => model.services.flatMap((s) => s.methods).find((other) => other.path === `/${m.parent.typeName}/${m.name}`).example;

  it('is its request in JSON', () => {
    for (const m of methods()) expect(() => fromJson(m.input, example(m), { registry: contract.registry }), m.name).not.toThrow();
  });

  it('keeps the rules of its fields', () => {
    const broken = methods().flatMap((m) => breaks(m.input, example(m)).map((what) => `${m.name}: ${what}`));
    expect(broken).toEqual([]);
  });

  /** Fields of an example that are missing, too long, too short, too small or too large. */
  function breaks(message, json) {
    return message.fields.flatMap((field) => {
      const rule = contract.rule(field);
      const value = json[field.jsonName];
      if (value === undefined) return rule?.required && !field.oneof ? [`${field.name} is missing`] : [];
      const all = Array.isArray(value) ? value : [value];
      const nested = valueOf(field).desc?.kind === 'message' && field.message.typeName.startsWith('kulturtorg.');
      if (nested) return all.flatMap((one) => breaks(field.message, one).map((what) => `${field.name}.${what}`));
      const number = field.scalar !== undefined && field.scalar !== 9 && field.scalar !== 12 && field.scalar !== 8;
      const short = (one) => typeof one === 'string' && !field.enum && !number && (one.length < (rule?.min ?? 0) || one.length > (rule?.max || Infinity));
      const out = (one) => number && (BigInt(one) < (rule?.least ?? -(2n ** 63n)) || BigInt(one) > (rule?.most ?? 2n ** 63n));
      const bytes = field.scalar === 12 ? Buffer.from(value, 'base64').length : undefined;
      const wrong = bytes !== undefined ? bytes < rule.min || bytes > rule.max : field.fieldKind === 'list' ? all.length < rule.min : all.some((one) => short(one) || out(one));
      return wrong ? [`${field.name} is ${JSON.stringify(value)}`] : [];
    });
  }
});

describe('the subject of every fact', () => {
  it('is made of words that its service publishes by', () => {
    const strange = model.facts.groups.flatMap(({ key, facts }) => {
      const source = globSync(`services/${key}/src/**/*.rs`, { cwd: root }).map((f) => readFileSync(path.join(root, f), 'utf8')).join('');
      return facts.map((f) => f.subject).filter((subject) => !subject.split('.').slice(3, 5).every((word) => source.includes(`"${word}"`)));
    });
    expect(strange).toEqual([]);
  });
});

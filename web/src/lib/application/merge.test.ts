import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ContentSchema, type Content } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { merge } from './merge.ts';

const content = (of: Partial<Pick<Content, 'statement' | 'educator'>> & { engagements?: string[] }) =>
  create(ContentSchema, { ...of, engagements: (of.engagements ?? []).map((title) => ({ title })) });
const base = content({ statement: 'Jag spelar.' });

describe('two changes at once', () => {
  it('both hold where they are of different parts', () => {
    const { content: merged, conflicts } = merge(base, content({ statement: 'Jag spelar fiol.' }), content({ statement: 'Jag spelar.', engagements: ['Konsert'] }));
    expect(conflicts).toEqual([]);
    expect(merged.statement).toBe('Jag spelar fiol.');
    expect(merged.engagements.map((e) => e.title)).toEqual(['Konsert']);
  });

  it('of the same part are a conflict, and mine is kept until somebody chose', () => {
    const { content: merged, conflicts } = merge(base, content({ statement: 'Mitt.' }), content({ statement: 'Ditt.', educator: true }));
    expect(conflicts).toEqual(['statement']);
    expect(merged).toMatchObject({ statement: 'Mitt.', educator: true });
  });

  it('that are the same are none, as after an answer that got lost', () => {
    const mine = content({ statement: 'Jag spelar fiol.' });
    expect(merge(base, mine, content({ statement: 'Jag spelar fiol.' })).conflicts).toEqual([]);
  });
});

import { expect, it } from 'vitest';
import { merge } from './merge.ts';

const base = { name: 'Glimma', fields: ['stage.dance'], text: 'a' };

it('takes what only the other changed', () => {
  const merged = merge(base, { ...base, text: 'mine' }, { ...base, fields: ['film'] });
  expect(merged).toEqual({ draft: { name: 'Glimma', fields: ['film'], text: 'mine' }, conflicts: [] });
});

it('keeps the own words where both changed and says so', () => {
  const merged = merge(base, { ...base, text: 'mine' }, { ...base, text: 'theirs' });
  expect(merged).toEqual({ draft: { ...base, text: 'mine' }, conflicts: ['text'] });
});

it('finds nothing where both wrote the same', () => {
  const both = { ...base, name: 'Glimmer' };
  expect(merge(base, both, both)).toEqual({ draft: both, conflicts: [] });
});

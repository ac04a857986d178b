import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DirectoryEntrySchema } from '#gen/kulturtorg/guidance/v1/guidance_pb.ts';
import { tokenOf } from '../gatherings/token.ts';
import { chosen, leadOf, matching } from './chosen.ts';

const entries = [
  create(DirectoryEntrySchema, { id: 'a', name: 'Kultursekreterare, Årjäng', text: 'Bidrag till fria grupper' }),
  create(DirectoryEntrySchema, { id: 'b', name: 'Filmkonsulent', text: 'Läser manus' }),
];

describe('looking in the directory', () => {
  it('takes every word, in any order, with or without dots and rings', () => {
    expect(matching(entries, 'grupper arjang').map((e) => e.id)).toEqual(['a']);
    expect(matching(entries, 'film grupper')).toEqual([]);
  });
  it('shows all when nothing is looked for', () => expect(matching(entries, '  ')).toHaveLength(2));
});

describe('a lead', () => {
  it('is an entry, a note, or both', () => {
    expect(leadOf({ ...chosen(entries[0]), note: ' Ring ' })).toEqual({ entryId: 'a', note: 'Ring' });
    expect(leadOf({ ...chosen(), note: 'Fråga grannen' })).toEqual({ entryId: '', note: 'Fråga grannen' });
  });
});

describe('the secret of a mailed link', () => {
  it('is what stands behind #, however it is broken', () => {
    expect(tokenOf('#abc-1')).toBe('abc-1');
    expect(tokenOf('#a%20b')).toBe('a b');
    expect(tokenOf('#50%')).toBe('50%');
    expect(tokenOf('')).toBe('');
  });
});

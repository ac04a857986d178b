import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { Route } from '#gen/kulturtorg/review/v1/published_pb.ts';
import { ApplicationSchema } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { missingWord, progress, taskOf } from './tasks.ts';
import { mediaType } from './media.ts';

const application = create(ApplicationSchema, {
  route: Route.ACTIVITY,
  content: { statement: 'Jag spelar.' },
  missing: [{ field: 'content.engagements' }, { field: 'evidence' }],
});

describe('tasks of a draft', () => {
  it('are done, begun, open or free', () => {
    expect(progress('statement', application)).toBe('done');
    expect(progress('engagements', application)).toBe('none');
    expect(progress('engagements', application, true)).toBe('begun');
    expect(progress('education', application)).toBe('optional');
    expect(progress('evidence', application)).toBe('none');
    expect(progress('absences', application)).toBe('optional');
  });

  it('end with the hand-in, which waits for the rest', () => {
    expect(progress('check', application)).toBe('locked');
    expect(progress('check', { ...application, missing: [] })).toBe('none');
  });

  it('are where a missing field is given', () => {
    expect(taskOf('content.education.finished')).toBe('education');
    expect(missingWord('content.education.finished')).toBe('finished');
    expect(taskOf('evidence')).toBe('evidence');
  });
});

describe('a file', () => {
  it('is what its first bytes say', () => {
    expect(mediaType(new TextEncoder().encode('%PDF-1.7'))).toBe('application/pdf');
    expect(mediaType(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toBe('image/jpeg');
    expect(mediaType(new TextEncoder().encode('<svg onload=…>'))).toBeUndefined();
  });
});

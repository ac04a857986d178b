import { describe, expect, it } from 'vitest';
import { Application_State } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { part } from './part.ts';

const open = { state: Application_State.IN_REVIEW, voted: false, split: false };

describe('a reviewer’s part', () => {
  it('begins with the question about ties, then the vote', () => {
    expect(part(open, false)).toBe('tie');
    expect(part(open, true)).toBe('vote');
    expect(part({ ...open, voted: true }, true)).toBe('voted');
  });

  it('is to wait while the applicant answers or the panel is not complete', () => {
    expect(part({ ...open, state: Application_State.MORE_ASKED }, true)).toBe('waitAnswer');
    expect(part({ ...open, state: Application_State.SUBMITTED }, true)).toBe('waitPanel');
  });

  it('is over with the decision', () => {
    expect(part({ ...open, state: Application_State.REJECTED, split: true }, true)).toBe('closed');
    expect(part({ ...open, split: true }, true)).toBe('split');
  });
});

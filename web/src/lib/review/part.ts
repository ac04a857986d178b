// What a reviewer has to do in an application.
import { Application_State, type Summary } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { isClosed } from '../application/words.ts';

export type Part = 'tie' | 'vote' | 'voted' | 'waitAnswer' | 'waitPanel' | 'split' | 'closed';

export function part(of: Pick<Summary, 'state' | 'voted' | 'split'>, answered: boolean): Part {
  if (isClosed(of.state)) return 'closed';
  if (of.split) return 'split';
  if (of.state === Application_State.MORE_ASKED) return 'waitAnswer';
  if (of.voted) return 'voted';
  if (of.state === Application_State.SUBMITTED) return 'waitPanel';
  return answered ? 'vote' : 'tie';
}

/** Parts in which the reviewer is waited for. */
export const isDue = (is: Part) => is === 'tie' || is === 'vote';

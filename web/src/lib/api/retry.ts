// When a call may be sent again by itself, and after how long.
import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { problemOf, type Problem } from '#client/errors.ts';

/** Waits between the tries; as many tries again as there are waits. */
const waits = [400, 1_200, 3_000];

/** The request changes nothing, or carries an id by which the service knows it again. */
export function isSafe(method: DescMethod, input: object): boolean {
  return (
    method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS ||
    /^(Get|List|Search|Find|Suggest)/.test(method.name) ||
    ('requestId' in input && typeof input.requestId === 'string' && input.requestId !== '')
  );
}

/** The call was not answered, or not by the service; another try may be. */
export function isPassing({ code, offline }: Problem): boolean {
  return offline || code === Code.Unavailable || code === Code.DeadlineExceeded;
}

/** Milliseconds to wait before try number `tried + 1`, or nothing if there is to be none. */
export function waitBefore(error: ConnectError, tried: number, safe: boolean, random = Math.random()): number | undefined {
  const usual = waits[tried];
  const problem = problemOf(error);
  const asked = problem.retryAfter ?? 0;
  if (!safe || !isPassing(problem) || usual === undefined || asked > 10_000) return undefined;
  return Math.max(asked, usual) * (0.75 + random / 2);
}

/** Waits, unless told to stop. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new ConnectError('broken off', Code.Canceled));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

// When a call may be sent again by itself, and after how long.
import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { RetryInfoSchema } from '#gen/google/rpc/error_details_pb.ts';

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

/** The network itself failed: nothing was answered. */
export const isNetworkError = (error: ConnectError) => error.cause instanceof TypeError;

/** Milliseconds to wait before try number `tried + 1`, or nothing if there is to be none. */
export function waitBefore(error: ConnectError, tried: number, safe: boolean, random = Math.random()): number | undefined {
  const usual = waits[tried];
  const passing = error.code === Code.Unavailable || error.code === Code.DeadlineExceeded || isNetworkError(error);
  if (!safe || !passing || usual === undefined) return undefined;
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const asked = delay ? Number(delay.seconds) * 1000 + delay.nanos / 1e6 : 0;
  if (asked > 10_000) return undefined;
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

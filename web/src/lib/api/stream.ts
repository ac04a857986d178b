// Server streams that go on: the gateway ends each after some minutes, and networks end them at any time.
import { Code, ConnectError, type CallOptions } from '@connectrpc/connect';
import { sleep } from './retry.ts';
import { refresh } from './token.ts';

/** How a stream stands. */
export type StreamState = 'open' | 'waiting' | 'paused';

export interface Following<T, P> {
  /** Opens the stream behind a place; `undefined`: where it is to begin. Pass `options` on to the call. */
  open(after: P | undefined, options: CallOptions): AsyncIterable<T>;
  /** The place of a message, with which `open` goes on. */
  place(message: T): P;
  message(message: T): void;
  /** Told at every change, with the milliseconds until the next try. */
  state?(state: StreamState, wait: number, error?: ConnectError): void;
}

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** A quiet stream shows that it is open only by not breaking; after a failure it must last this long to count. */
const LASTS = 2_000;
/** A hidden tab is left alone after this long. */
const HIDDEN_FOR = 300_000;

const passing = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Unknown, Code.Aborted, Code.ResourceExhausted, Code.Internal, Code.Canceled]);

/** Follows a stream until `signal` ends it. Rejects only when trying again cannot help. */
export async function follow<T, P>(of: Following<T, P>, signal: AbortSignal): Promise<void> {
  let after: P | undefined;
  let failures = 0;
  let renewed = false;
  while (!signal.aborted) {
    await untilSeen(of, signal);
    let problem: ConnectError | undefined;
    const call = new AbortController();
    const endings = AbortSignal.any([signal, call.signal]);
    const stopWatching = whenHiddenLong(() => call.abort());
    const stands = () => of.state?.('open', 0);
    const lasting = setTimeout(stands, failures ? LASTS : 0);
    try {
      for await (const message of of.open(after, { signal: endings, timeoutMs: 0 })) {
        if (failures) stands();
        after = of.place(message);
        failures = 0;
        renewed = false;
        of.message(message);
      }
    } catch (reason) {
      problem = ConnectError.from(reason);
    } finally {
      clearTimeout(lasting);
      stopWatching();
    }
    if (signal.aborted) return;
    if (problem?.code === Code.Unauthenticated && !renewed) {
      renewed = true;
      await refresh();
      continue;
    }
    if (problem && !call.signal.aborted && !passing.has(problem.code)) throw problem;
    const wait = problem ? waitAfter(failures, Math.random()) : 0;
    failures = problem ? failures + 1 : 0;
    if (wait) of.state?.('waiting', wait, problem);
    await sleep(wait, signal).catch(() => undefined);
  }
}

/** Longer from failure to failure, and never the same for all readers at once. */
export const waitAfter = (failures: number, random: number) =>
  Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (0.5 + random / 2);

function whenHiddenLong(then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(then, HIDDEN_FOR);
  };
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

let hiddenSince: number | undefined;
if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => (hiddenSince = document.hidden ? Date.now() : undefined));
}

function untilSeen<T, P>(of: Following<T, P>, signal: AbortSignal): Promise<void> {
  const long = () => document.hidden && hiddenSince !== undefined && Date.now() - hiddenSince >= HIDDEN_FOR;
  if (!long()) return Promise.resolve();
  of.state?.('paused', 0);
  return new Promise((resolve) => {
    const look = () => {
      if (!signal.aborted && document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look, { once: true });
  });
}

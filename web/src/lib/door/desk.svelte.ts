// One door and the tickets that are shown at it. Every showing gets an answer of the service or stands as not checked;
// nobody counts as let in before the service has said so.
import { Code } from '@connectrpc/connect';
import { problemOf } from '#client/errors.ts';
import { newRequestId } from '#client/request.ts';
import type { CheckInResponse, SeatLabel } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Kept } from './kept.ts';
import { claimsOf, keyOfShown, readShown, Repeats, type Shown } from './shown.ts';

export type Answer =
  | { kind: 'admit'; at?: Date; category: string; ticketType: string; seat?: SeatLabel }
  | { kind: 'already'; at?: Date }
  | { kind: 'invalid'; why: 'refused' | 'elsewhere' | 'unreadable' }
  | { kind: 'failed'; error: unknown };

/** One showing of a ticket. `sending`: just asked; `waiting`: no answer yet, asked again until there is one. */
export interface Check {
  key: string;
  shown?: Shown;
  /** Kept over every retry, so that one showing counts once however often it is sent. */
  requestId: string;
  state: 'sending' | 'waiting' | 'answered';
  answer?: Answer;
  /** When it was shown. */
  since: Date;
  /** Its code carries our signature, as far as this device can tell without the network. */
  genuine?: boolean;
  /** The answer came after another ticket had been shown. */
  late?: boolean;
}

export interface Service {
  checkIn(request: { performanceId: string; ticket: { case: 'code' | 'ticketId'; value: string }; requestId: string }, signal: AbortSignal): Promise<CheckInResponse>;
}

interface Options {
  performanceId: string;
  service: Service;
  /** Told of each answer, to sound and to shake. */
  onanswer?(check: Check): void;
  /** Tells without the network whether a code is signed by us; `undefined`: cannot tell. */
  verify?(code: string): Promise<boolean | undefined>;
  /** Where showings without an answer outlive the page. */
  keep?: { add(kept: Kept): void; remove(requestId: string): void };
  now?(): number;
}

/** How long an answer may take before it is said that there is none yet. */
export const PATIENCE = 1_500;
const WAITS = [2_000, 4_000, 8_000, 15_000];
const KEPT = 30;

export class Desk {
  current = $state.raw<Check>();
  /** Showings without an answer, the current one among them. */
  open = $state.raw<readonly Check[]>([]);
  /** Answered showings, the newest first. */
  log = $state.raw<readonly Check[]>([]);
  admitted = $state(0);

  #options: Options;
  #repeats = new Repeats();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #asking = new Map<string, AbortController>();
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  #now = () => this.#options.now?.() ?? Date.now();

  /** Takes what was read or typed. False: it is a repeat and was passed over. */
  show(text: string, typed = false): boolean {
    const shown = readShown(text);
    const key = shown ? keyOfShown(shown) : text.slice(0, 200);
    if (this.#repeats.isRepeat(key, this.#now()) && !typed) return false;
    const before = this.open.find((c) => c.key === key);
    if (before) {
      this.current = before;
      this.#ask(before);
      return true;
    }
    const check: Check = { key, shown, requestId: newRequestId(), state: 'sending', since: new Date(this.#now()) };
    this.current = check;
    if (!shown) {
      this.#answer(check, { kind: 'invalid', why: 'unreadable' });
      return true;
    }
    this.open = [...this.open, check];
    this.#options.keep?.add({ key, requestId: check.requestId, since: check.since.getTime() });
    this.#ask(check);
    return true;
  }

  /** Asks again for what had no answer when an earlier page was left. */
  resume(kept: readonly Kept[]): void {
    for (const { key, requestId, since } of kept) {
      const shown = readShown(key);
      if (!shown || this.open.some((c) => c.key === key)) {
        this.#options.keep?.remove(requestId);
        continue;
      }
      const check: Check = { key, shown, requestId, state: 'waiting', since: new Date(since) };
      this.open = [...this.open, check];
      this.#ask(check);
    }
  }

  /** The answer has been read; the next ticket may come. What has no answer yet goes on waiting for it. */
  next(): void {
    this.current = undefined;
  }

  /** Asks at once for everything that has no answer. */
  retryAll(): void {
    for (const check of this.open) this.#ask(check);
  }

  /** Gives up a showing without an answer. What is under way must not be sent once the network is back. */
  drop(key: string): void {
    this.#stop(key);
    this.#asking.get(key)?.abort();
    const dropped = this.open.find((c) => c.key === key);
    if (dropped) this.#options.keep?.remove(dropped.requestId);
    this.open = this.open.filter((c) => c.key !== key);
    if (this.current?.key === key) this.current = undefined;
    this.#repeats.forget(key);
  }

  close(): void {
    this.#closed = true;
    for (const key of this.#timers.keys()) this.#stop(key);
  }

  #stop(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  #change(key: string, to: Partial<Check>): void {
    const change = (c: Check) => (c.key === key ? { ...c, ...to } : c);
    this.open = this.open.map(change);
    if (this.current && this.current.state !== 'answered') this.current = change(this.current);
  }

  async #ask(check: Check, tried = 0): Promise<void> {
    const { key, shown, requestId } = check;
    if (!shown || this.#asking.has(key)) return;
    this.#stop(key);
    const call = new AbortController();
    this.#asking.set(key, call);
    const impatient = setTimeout(() => this.#wait(key, shown), PATIENCE);
    let answer: Answer | undefined;
    try {
      const ticket = shown.kind === 'code' ? ({ case: 'code', value: shown.code } as const) : ({ case: 'ticketId', value: shown.id } as const);
      answer = admitted(await this.#options.service.checkIn({ performanceId: this.#options.performanceId, ticket, requestId }, call.signal));
    } catch (reason) {
      answer = refusal(reason, shown, this.#options.performanceId);
    } finally {
      clearTimeout(impatient);
      this.#asking.delete(key);
    }
    if (this.#closed || !this.open.some((c) => c.key === key)) return;
    if (answer) return this.#answer(check, answer);
    this.#wait(key, shown);
    this.#timers.set(key, setTimeout(() => this.#ask(check, tried + 1), WAITS[Math.min(tried, WAITS.length - 1)]));
  }

  #wait(key: string, shown: Shown): void {
    this.#change(key, { state: 'waiting' });
    if (shown.kind === 'code') void this.#options.verify?.(shown.code).then((genuine) => this.#change(key, { genuine }), () => undefined);
  }

  #answer(check: Check, answer: Answer): void {
    const isCurrent = this.current?.key === check.key && this.current.state !== 'answered';
    const done: Check = { ...check, state: 'answered', answer, late: !isCurrent };
    this.open = this.open.filter((c) => c.key !== check.key);
    this.#options.keep?.remove(check.requestId);
    if (isCurrent) this.current = done;
    if (answer.kind === 'admit') this.admitted += 1;
    this.log = [done, ...this.log].slice(0, KEPT);
    // What failed may be shown again at once.
    if (answer.kind === 'failed') this.#repeats.forget(check.key);
    this.#options.onanswer?.(done);
  }
}

function admitted(response: CheckInResponse): Answer {
  const { category, ticketType, seat, checkInTime } = response;
  return { kind: 'admit', category, ticketType, seat, at: checkInTime && timestampDate(checkInTime) };
}

/** What a refusal means; nothing if the outcome is unknown. */
export function refusal(reason: unknown, shown: Shown, performanceId: string): Answer | undefined {
  const problem = problemOf(reason);
  if (problem.reason === 'ALREADY_CHECKED_IN') {
    const at = new Date(problem.facts.check_in_time ?? '');
    return { kind: 'already', at: Number.isNaN(at.getTime()) ? undefined : at };
  }
  if (problem.reason === 'TICKET_NOT_VALID') {
    const claims = shown.kind === 'code' ? claimsOf(shown.code) : undefined;
    return { kind: 'invalid', why: claims && claims.performanceId !== performanceId ? 'elsewhere' : 'refused' };
  }
  if (problem.code === Code.InvalidArgument) return { kind: 'invalid', why: 'unreadable' };
  const passing = [Code.Unavailable, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Canceled, Code.Internal, Code.Unknown, Code.Aborted];
  return passing.includes(problem.code) || problem.offline ? undefined : { kind: 'failed', error: reason };
}

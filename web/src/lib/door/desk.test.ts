import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { CheckInResponseSchema, type CheckInResponse } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { Desk, type Answer, type Service } from './desk.svelte.ts';
import type { Kept } from './kept.ts';

const TICKET = '0198c2f05b7e7cc19d3e2f6f6a1b9d10';
const OTHER = '1'.repeat(32);
type Sent = Parameters<Service['checkIn']>[0];

const refused = (reason: string, metadata: Record<string, string> = {}) =>
  new ConnectError('no', Code.FailedPrecondition, undefined, [{ desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason, metadata }) }]);
const yes = () => create(CheckInResponseSchema, { category: 'a', ticketType: 'full' });

/** A door whose answers are given one by one. */
function door() {
  const sent: Sent[] = [];
  const signals: AbortSignal[] = [];
  const answers: ((of: CheckInResponse | Error) => void)[] = [];
  const said: (Answer | undefined)[] = [];
  const kept = new Map<string, Kept>();
  const desk = new Desk({
    performanceId: 'p',
    service: { checkIn: (request, signal) => new Promise((resolve, reject) => (sent.push(request), signals.push(signal), answers.push((of) => (of instanceof Error ? reject(of) : resolve(of))))) },
    onanswer: (check) => said.push(check.answer),
    keep: { add: (one) => kept.set(one.requestId, one), remove: (id) => kept.delete(id) },
    now: () => Date.now(),
  });
  const reply = async (i: number, of: CheckInResponse | Error) => (answers[i]!(of), await vi.advanceTimersByTimeAsync(0));
  return { desk, sent, signals, reply, said, kept };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('answers', () => {
  test('admit', async () => {
    const { desk, sent, reply, said } = door();
    desk.show(TICKET);
    expect(sent[0]).toMatchObject({ performanceId: 'p', ticket: { case: 'ticketId', value: '0198c2f0-5b7e-7cc1-9d3e-2f6f6a1b9d10' } });
    expect(desk.admitted).toBe(0);
    await reply(0, yes());
    expect(desk.current?.answer?.kind).toBe('admit');
    expect([desk.admitted, desk.open.length, said.length]).toEqual([1, 0, 1]);
  });

  test('already in, with the time', async () => {
    const { desk, reply } = door();
    desk.show(TICKET);
    await reply(0, refused('ALREADY_CHECKED_IN', { check_in_time: '2026-11-21T17:42:00Z' }));
    expect(desk.current?.answer).toEqual({ kind: 'already', at: new Date('2026-11-21T17:42:00Z') });
    expect(desk.admitted).toBe(0);
  });

  test('not valid, and nothing that is a ticket', async () => {
    const { desk, sent, reply } = door();
    desk.show(TICKET);
    await reply(0, refused('TICKET_NOT_VALID'));
    expect(desk.current?.answer).toEqual({ kind: 'invalid', why: 'refused' });
    desk.show('https://example.org');
    expect(desk.current?.answer).toEqual({ kind: 'invalid', why: 'unreadable' });
    expect(sent).toHaveLength(1);
  });

  test('a refusal of the caller is no answer about the ticket', async () => {
    const { desk, reply } = door();
    desk.show(TICKET);
    await reply(0, new ConnectError('no', Code.PermissionDenied));
    expect(desk.current?.answer?.kind).toBe('failed');
    desk.show(TICKET);
    expect(desk.open).toHaveLength(1);
  });
});

describe('repeats', () => {
  test('within 3 s are passed over, unless typed', async () => {
    const { desk, sent, reply } = door();
    expect(desk.show(TICKET)).toBe(true);
    await reply(0, yes());
    expect(desk.show(TICKET)).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(desk.show(TICKET)).toBe(false);
    expect(desk.show(TICKET, true)).toBe(true);
    vi.advanceTimersByTime(3_000);
    await reply(1, refused('ALREADY_CHECKED_IN'));
    expect(desk.show(TICKET)).toBe(true);
    expect(new Set(sent.map((s) => s.requestId)).size).toBe(3);
  });
});

describe('a broken connection', () => {
  const broken = () => new ConnectError('away', Code.Unavailable);

  test('is said, and asked again with the same id until there is an answer', async () => {
    const { desk, sent, reply } = door();
    desk.show(TICKET);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(desk.current?.state).toBe('waiting');
    await reply(0, broken());
    await vi.advanceTimersByTimeAsync(2_000);
    await reply(1, broken());
    desk.show(TICKET, true);
    await reply(2, yes());
    expect(desk.current?.answer?.kind).toBe('admit');
    expect(new Set(sent.map((s) => s.requestId)).size).toBe(1);
    expect(desk.admitted).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(3);
  });

  test('leaves the door free for the next ticket; the late answer is marked', async () => {
    const { desk, reply } = door();
    desk.show(TICKET);
    await reply(0, broken());
    desk.show(OTHER);
    await reply(1, yes());
    expect(desk.open.map((c) => c.state)).toEqual(['waiting']);
    desk.retryAll();
    await reply(2, refused('TICKET_NOT_VALID'));
    expect(desk.current?.answer?.kind).toBe('admit');
    expect(desk.log.map((c) => [c.answer?.kind, c.late])).toEqual([['invalid', true], ['admit', false]]);
  });

  test('a showing that was given up is asked no more', async () => {
    const { desk, sent, reply } = door();
    desk.show(TICKET);
    await reply(0, broken());
    desk.drop(desk.open[0]!.key);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sent.length, desk.open.length, desk.current]).toEqual([1, 0, undefined]);
  });

  test('an answer to a showing that was given up still counts nothing here', async () => {
    const { desk, reply, signals } = door();
    desk.show(TICKET);
    desk.drop(desk.open[0]!.key);
    expect(signals[0]?.aborted).toBe(true);
    await reply(0, yes());
    expect([desk.admitted, desk.log.length]).toEqual([0, 0]);
  });

  test('what has no answer is kept, and another page goes on asking with the same id', async () => {
    const first = door();
    first.desk.show(TICKET);
    first.desk.show(OTHER);
    await first.reply(0, broken());
    await first.reply(1, yes());
    expect([...first.kept.values()].map((k) => k.key)).toEqual(['0198c2f0-5b7e-7cc1-9d3e-2f6f6a1b9d10']);
    const second = door();
    second.desk.resume([...first.kept.values()]);
    expect(second.desk.open.map((c) => c.state)).toEqual(['waiting']);
    expect(second.sent).toEqual([first.sent[0]]);
    await second.reply(0, yes());
    expect([second.desk.admitted, second.desk.open.length, second.desk.log[0]?.late]).toEqual([1, 0, true]);
  });

  test('what is given up, or kept and unreadable, is kept no longer', async () => {
    const { desk, kept, sent } = door();
    desk.show(TICKET);
    desk.drop(desk.open[0]!.key);
    expect(kept.size).toBe(0);
    kept.set('r', { key: 'nonsense', requestId: 'r', since: 0 });
    desk.resume([...kept.values()]);
    expect([kept.size, sent.length]).toEqual([0, 1]);
  });
});

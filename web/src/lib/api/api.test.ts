import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { newRequestId } from '#client/request.ts';
import { IdentityService } from '#gen/kulturtorg/identity/v1/identity_pb.ts';
import { SearchService } from '#gen/kulturtorg/search/v1/search_pb.ts';
import { faults } from '../i18n/faults.ts';
import { reader } from '../i18n/language.svelte.ts';
import { shell } from '../i18n/shell.ts';
import { faultOf, fieldErrors } from './fault.ts';
import { isSafe, waitBefore } from './retry.ts';
import { follow, waitAfter } from './stream.ts';
import { refusalOf } from './token.ts';
import { setOwner, surround } from './transport.ts';

beforeEach(async () => {
  reader.set('sv');
  await Promise.all([shell.load(), faults.load()]);
});
afterEach(() => vi.useRealTimers());

describe('faults', () => {
  it('says what a reason means, and what a kind means where there is no reason', () => {
    const declined = new ConnectError('x', Code.FailedPrecondition, undefined, [{ desc: ErrorInfoSchema, value: { reason: 'PAYMENT_DECLINED' } }]);
    expect(faultOf(declined)).toMatchObject({ reason: 'PAYMENT_DECLINED', kind: 'refused', text: expect.stringContaining('Inga pengar är dragna') });
    expect(faultOf(new ConnectError('x', Code.NotFound))).toMatchObject({ kind: 'missing', retry: false });
    expect(faultOf(new ConnectError('x', Code.Unavailable))).toMatchObject({ kind: 'unavailable', retry: true });
    expect(faultOf(new ConnectError('x', Code.Unknown, undefined, undefined, new TypeError('fetch')))).toMatchObject({ kind: 'offline', retry: true });
    expect(faultOf(new Error('a mistake of ours'))).toMatchObject({ kind: 'internal' });
  });

  it('has words for what the protocol itself refuses, which names no reason', () => {
    const { reasons } = faults.words;
    expect(faultOf(new ConnectError('x', Code.DeadlineExceeded))).toMatchObject({ kind: 'late', reason: 'DEADLINE_EXCEEDED', text: reasons.DEADLINE_EXCEEDED, retry: true });
    expect(faultOf(new ConnectError('x', Code.ResourceExhausted))).toMatchObject({ kind: 'tooMuch', reason: 'MESSAGE_TOO_LARGE', text: reasons.MESSAGE_TOO_LARGE });
    const busy = new ConnectError('x', Code.ResourceExhausted, undefined, [{ desc: ErrorInfoSchema, value: { reason: 'OVERLOADED' } }]);
    expect(faultOf(busy)).toMatchObject({ reason: 'OVERLOADED', text: reasons.OVERLOADED });
  });

  it('names refused fields by their labels, in the order of the page', () => {
    const error = new ConnectError('x', Code.InvalidArgument, undefined, [
      {
        desc: BadRequestSchema,
        value: {
          fieldViolations: [
            { field: 'request_id', description: 'must be given' },
            { field: 'titles[0].text', description: 'must have at most 120 characters' },
            { field: 'email', description: 'must be a mail address such as namn@example.org' },
            { field: 'password', description: 'must have at least 8 characters' },
          ],
        },
      },
    ]);
    expect(fieldErrors(faultOf(error), { email: 'E-postadress', password: 'Lösenord', titles: 'Rubrik' })).toEqual([
      { id: 'email', text: 'E-postadress: skriv hela adressen, till exempel namn@example.org' },
      { id: 'password', text: 'Lösenord: skriv minst 8 tecken' },
      { id: 'titles', text: 'Korta rubrik till högst 120 tecken' },
      { id: '', text: 'Fyll i request_id' },
    ]);
  });

  it('reads the errors of the session’s endpoints', () => {
    const info = toBinary(ErrorInfoSchema, create(ErrorInfoSchema, { reason: 'WRONG_CREDENTIALS' }));
    const value = btoa(String.fromCharCode(...info));
    const error = refusalOf(401, { code: 'unauthenticated', details: [{ type: 'google.rpc.ErrorInfo', value }] });
    expect(faultOf(error)).toMatchObject({ reason: 'WRONG_CREDENTIALS', kind: 'invalid' });
    expect(refusalOf(429, { code: 'resource_exhausted' }).code).toBe(Code.ResourceExhausted);
    expect(refusalOf(502, {}).code).toBe(Code.Unavailable);
  });
});

describe('trying again', () => {
  const away = new ConnectError('away', Code.Unavailable);

  it('happens for what reads, and for what carries a request id', () => {
    expect(isSafe(SearchService.method.search, {})).toBe(true);
    expect(isSafe(IdentityService.method.register, { requestId: newRequestId() })).toBe(true);
    expect(isSafe(IdentityService.method.register, { requestId: '' })).toBe(false);
    expect(isSafe(IdentityService.method.resetPassword, {})).toBe(false);
  });

  it('waits longer each time, as long as the service asks, and ends', () => {
    expect([0, 1, 2, 3].map((tried) => waitBefore(away, tried, true, 0.5))).toEqual([400, 1200, 3000, undefined]);
    expect(waitBefore(away, 0, false)).toBeUndefined();
    expect(waitBefore(new ConnectError('no', Code.NotFound), 0, true)).toBeUndefined();
    const asks = new ConnectError('busy', Code.Unavailable, undefined, [{ desc: RetryInfoSchema, value: { retryDelay: { seconds: 2n, nanos: 0 } } }]);
    expect(waitBefore(asks, 0, true, 0.5)).toBe(2000);
  });

  it('sends a call again until it is answered', async () => {
    vi.useFakeTimers();
    let calls = 0;
    const client = createClient(
      SearchService,
      surround(
        createRouterTransport(({ service }) => {
          service(SearchService, {
            search() {
              calls += 1;
              if (calls < 3) throw new ConnectError('away', Code.Unavailable);
              return { totalSize: 7n };
            },
          });
        }),
      ),
    );
    const answer = client.search({ query: 'dans' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await answer).totalSize).toBe(7n);
    expect(calls).toBe(3);
  });

  it('gives a refused sign-in to the owner of the session once', async () => {
    const ended = vi.fn(async () => true);
    setOwner({ ended, lapsed: () => true });
    vi.stubGlobal('fetch', vi.fn(async () => new Response('{"code":"unauthenticated"}', { status: 401 })));
    let calls = 0;
    const client = createClient(
      IdentityService,
      surround(
        createRouterTransport(({ service }) => {
          service(IdentityService, {
            getMe() {
              calls += 1;
              throw new ConnectError('sign in', Code.Unauthenticated);
            },
          });
        }),
      ),
    );
    await expect(client.getMe({})).rejects.toThrow();
    expect(calls).toBe(2);
    expect(ended).toHaveBeenCalledExactlyOnceWith(false);
    vi.unstubAllGlobals();
  });
});

describe('a stream', () => {
  it('goes on behind the last message after it broke', async () => {
    vi.useFakeTimers();
    vi.stubGlobal('document', { hidden: false, addEventListener() {}, removeEventListener() {} });
    const opened: (number | undefined)[] = [];
    const got: number[] = [];
    const stop = new AbortController();
    const following = follow<number, number>(
      {
        async *open(after) {
          opened.push(after);
          yield (after ?? 0) + 1;
          if (opened.length === 1) throw new ConnectError('broke', Code.Unavailable);
          if (opened.length === 3) stop.abort();
        },
        place: (n) => n,
        message: (n) => got.push(n),
      },
      stop.signal,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    await following;
    expect(opened).toEqual([undefined, 1, 2]);
    expect(got).toEqual([1, 2, 3]);
    vi.unstubAllGlobals();
  });

  it('waits longer from failure to failure, up to half a minute', () => {
    expect([0, 1, 2, 10].map((n) => waitAfter(n, 1))).toEqual([1000, 2000, 4000, 30000]);
    expect(waitAfter(0, 0)).toBe(500);
  });
});

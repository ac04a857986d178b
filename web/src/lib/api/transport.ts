// The way to the gateway. Around gRPC-web it puts what every call needs: the token, new tokens when the old ones
// are refused, and another try where that is safe. Each try has its own time limit.
import { getOption, type DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import { openGateway } from '#client/gateway.ts';
import { access, Level } from '#gen/kulturtorg/options/v1/options_pb.ts';
import { connection } from './connection.svelte.ts';
import { isSafe, sleep, waitBefore } from './retry.ts';
import { accessToken, dropToken, mayBeSignedIn, refresh, tokenLasts } from './token.ts';

const TIME_LIMIT = 20_000;

const references = new WeakMap<ConnectError, string>();

/** The trace of the failed call, by which those who run the region find it in their logs. */
export const referenceOf = (error: ConnectError) => references.get(error);

const hex = (bytes: number) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');

const trace: Interceptor = (next) => async (request) => {
  const id = hex(16);
  request.header.set('traceparent', `00-${id}-${hex(8)}-00`);
  try {
    return await next(request);
  } catch (reason) {
    const error = ConnectError.from(reason);
    references.set(error, id);
    throw error;
  }
};

const web = openGateway('/', { token: accessToken, timeoutMs: TIME_LIMIT, interceptors: [trace] });

interface Owner {
  /** The session is over. Asks to sign in again unless told that the call can do without; true: call again. */
  ended(quietly: boolean): Promise<boolean>;
  /** Whether a session ended here and its owner may come back to it. */
  lapsed(): boolean;
}

let owner: Owner = { ended: async () => false, lapsed: () => false };

/** Told by `session`, which knows whom to ask. */
export function setOwner(of: Owner): void {
  owner = of;
}

const isPublic = (method: DescMethod) => getOption(method, access).level === Level.PUBLIC;

/** New tokens, or what the owner of the session says when there are none. */
async function recover(quietly: boolean): Promise<boolean> {
  try {
    await refresh();
    return true;
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Unauthenticated) throw error;
    dropToken();
    return owner.ended(quietly);
  }
}

/** A token that is about to end is renewed first, to spare a refusal. */
async function freshen(method: DescMethod): Promise<void> {
  if (accessToken() && tokenLasts() < 3_000 && mayBeSignedIn()) await recover(isPublic(method));
}

export function surround(inner: Transport): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      await freshen(method);
      let recovered = false;
      for (let tried = 0; ; ) {
        const sent = accessToken();
        try {
          return await connection.watch(inner.unary(method, signal, timeoutMs, header, input, contextValues));
        } catch (reason) {
          const error = ConnectError.from(reason);
          if (signal?.aborted) throw error;
          if (error.code === Code.Unauthenticated && !recovered && (sent !== undefined || owner.lapsed())) {
            recovered = true;
            if (await recover(isPublic(method))) continue;
            throw error;
          }
          const wait = waitBefore(error, tried, isSafe(method, input));
          if (wait === undefined) throw error;
          tried += 1;
          connection.retrying += 1;
          try {
            await sleep(wait, signal);
          } finally {
            connection.retrying -= 1;
          }
        }
      }
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      await freshen(method);
      return inner.stream(method, signal, timeoutMs ?? 0, header, input, contextValues);
    },
  };
}

export const transport = surround(web.transport);

import type { DescService } from '@bufbuild/protobuf';
import { createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';

/** How to call; all of it may be left out. */
export interface Options {
  /** The access token to send, asked for before every call; none: the call is made without an account. */
  token?: () => string | undefined | Promise<string | undefined>;
  /** Milliseconds that a call may last which says nothing of its own; streams too. None: as long as the gateway lets it. */
  timeoutMs?: number;
  /** Around every call, the first outermost, inside of them the token. */
  interceptors?: Interceptor[];
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** A region's gateway. */
export interface Gateway {
  /** The typed client of one service, `gateway.client(SearchService)`. */
  client<S extends DescService>(service: S): Client<S>;
  /** What the clients send their calls through. */
  transport: Transport;
}

/** The gateway at an address such as `https://kulturtorg.example`. Connects to nothing before the first call. */
export function openGateway(address: string, options: Options = {}): Gateway {
  const { token, timeoutMs, interceptors = [], fetch } = options;
  const transport = createGrpcWebTransport({
    baseUrl: address,
    interceptors: token ? [...interceptors, sending(token)] : interceptors,
    defaultTimeoutMs: timeoutMs,
    fetch,
  });
  return { transport, client: (service) => createClient(service, transport) };
}

const sending = (token: NonNullable<Options['token']>): Interceptor => (next) => async (request) => {
  const value = await token();
  if (value) request.header.set('authorization', `Bearer ${value}`);
  return next(request);
};

// Connect's clients as the table of cases uses them.
import { ConnectError, createClient } from "@connectrpc/connect";
import { Failure } from "./failure.mjs";

export function connect(transport, { service }) {
  const client = createClient(service, transport);
  const watching = (options, seen) => ({ ...options, onHeader: (h) => (seen.headers = h), onTrailer: (t) => (seen.trailers = t) });
  return {
    async call(method, request, options) {
      const seen = {};
      try {
        return Object.assign(seen, { message: await client[method](request, watching(options, seen)) });
      } catch (error) {
        throw failure(error);
      }
    },
    gather: client.gather,
    chat: client.chat,
    async *stream(request, options, seen = {}) {
      try {
        yield* client.count(request, watching(options, seen));
      } catch (error) {
        throw failure(error);
      }
    },
  };
}

function failure(thrown) {
  const { code, rawMessage, details, metadata } = ConnectError.from(thrown);
  return new Failure(code, rawMessage, details.map((d) => d.type), metadata);
}

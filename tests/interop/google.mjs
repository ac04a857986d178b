// Google's client of gRPC-web as the table of cases uses it. It wants XMLHttpRequest, which only browsers have.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { decodeBinaryHeader } from "@connectrpc/connect";
import { GrpcWebClientBase, MethodDescriptor } from "grpc-web";
import { Failure } from "./failure.mjs";

export function google(address, format, contract) {
  const client = new GrpcWebClientBase({ format });
  const prepared = (name, request, { headers = {}, timeoutMs } = {}) => {
    const { input, output, methodKind } = contract.service.method[name];
    const path = `/${contract.service.typeName}/${contract.service.method[name].name}`;
    const encode = (message) => toBinary(input, message);
    const described = new MethodDescriptor(path, methodKind, Object, Object, encode, (bytes) => fromBinary(output, bytes));
    const metadata = timeoutMs === undefined ? headers : { ...headers, deadline: String(Date.now() + timeoutMs) };
    return [address + path, create(input, request), metadata, described];
  };
  return {
    call: (method, request, options) =>
      new Promise((resolve, reject) => {
        const seen = {};
        const call = client.rpcCall(...prepared(method, request, options), (error, message) => {
          if (error) reject(failure(error, contract));
          else seen.message = message;
        });
        watch(call, seen);
        call.on("end", () => resolve(seen));
        options?.signal?.addEventListener("abort", () => {
          call.cancel();
          reject(new Failure(1));
        });
      }),
    async *stream(request, options, seen = {}) {
      const events = [];
      let wake;
      const note = (event) => {
        events.push(event);
        wake?.();
      };
      const call = client.serverStreaming(...prepared("count", request, options));
      watch(call, seen);
      call.on("data", (message) => note({ message }));
      call.on("error", (error) => note({ error: failure(error, contract) }));
      call.on("end", () => note({}));
      options?.signal?.addEventListener("abort", () => {
        call.cancel();
        note({ error: new Failure(1) });
      });
      for (;;) {
        while (events.length === 0) await new Promise((resolve) => (wake = resolve));
        const { message, error } = events.shift();
        if (error) throw error;
        if (!message) return;
        yield message;
      }
    },
  };
}

function watch(call, seen) {
  call.on("metadata", (metadata) => (seen.headers = new Headers(metadata)));
  call.on("status", (status) => (seen.trailers = new Headers(status.metadata)));
}

/** The client leaves what is encoded in a failure to its user. */
function failure({ code, message, metadata = {} }, contract) {
  const encoded = metadata["grpc-status-details-bin"];
  const details = encoded ? decodeBinaryHeader(encoded, contract.failure).details : [];
  return new Failure(code, decodeURIComponent(message), details.map((d) => d.typeUrl.split("/").pop()), new Headers(metadata));
}

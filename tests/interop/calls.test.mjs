// The npm clients against the gateway at $GATEWAY, behind which the gateway's own test service runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { ProbeService } from "./gen/probe_pb.js";

const baseUrl = process.env.GATEWAY;
const grpcWeb = createClient(ProbeService, createGrpcWebTransport({ baseUrl }));
const clients = {
  "gRPC-web": grpcWeb,
  "Connect JSON": createClient(ProbeService, createConnectTransport({ baseUrl, useBinaryFormat: false })),
};

for (const [name, client] of Object.entries(clients)) {
  test(`${name}: a call with its headers and trailers`, async () => {
    let leading, trailing;
    const answer = await client.ask(
      { number: 9007199254740993n, blob: new Uint8Array([0, 1, 2]), mood: 1 },
      {
        headers: { authorization: `Bearer ${process.env.TOKEN}` },
        onHeader: (h) => (leading = h.get("x-leading")),
        onTrailer: (t) => (trailing = t.get("x-trailing")),
      },
    );
    assert.equal(answer.number, 9007199254740993n);
    assert.deepEqual([...answer.blob], [0, 1, 2]);
    assert.equal(answer.mood, 1);
    assert.equal(leading, "first");
    assert.equal(trailing, "last");
    assert.ok(answer.headers.some((h) => h.startsWith("authorization: Bearer ")));
  });

  for (const how of ["fail", "fail_late"]) {
    test(`${name}: an error with its details (${how})`, async () => {
      const error = await failure(client.ask({ how }));
      assert.equal(error.code, Code.NotFound);
      assert.equal(error.rawMessage, "there is no such probe: å");
      assert.deepEqual(
        error.details.map((d) => d.type).sort(),
        ["google.rpc.BadRequest", "google.rpc.ErrorInfo"],
      );
    });
  }

  test(`${name}: what breaks off is unavailable`, async () => {
    for (const how of ["no_trailers", "reset"]) {
      assert.equal((await failure(client.ask({ how }))).code, Code.Unavailable, how);
    }
  });

  test(`${name}: a deadline`, async () => {
    const error = await failure(client.ask({ how: "never" }, { timeoutMs: 100 }));
    assert.equal(error.code, Code.DeadlineExceeded);
  });

  test(`${name}: a token that is not valid`, async () => {
    const error = await failure(client.ask({}, { headers: { authorization: "Bearer nonsense" } }));
    assert.equal(error.code, Code.Unauthenticated);
  });

  test(`${name}: a message that is too large`, async () => {
    const error = await failure(client.ask({ blob: new Uint8Array(3 << 20) }));
    assert.equal(error.code, Code.ResourceExhausted);
  });
}

test("gRPC-web: a stream, message by message, to its end", async () => {
  const numbers = [];
  for await (const answer of grpcWeb.count({ number: 5n })) numbers.push(answer.number);
  assert.deepEqual(numbers, [0n, 1n, 2n, 3n, 4n]);
});

test("gRPC-web: a stream that the reader leaves", async () => {
  const leave = new AbortController();
  const error = await failure(
    (async () => {
      for await (const answer of grpcWeb.count({ number: 100n }, { signal: leave.signal })) {
        if (answer.number === 1n) leave.abort();
      }
    })(),
  );
  assert.equal(error.code, Code.Canceled);
});

async function failure(call) {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  assert.fail("the call went well");
}

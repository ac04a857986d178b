// What every client must see of the gateway, whatever it speaks. A case uses a client and tells what it saw; some are
// for those alone who can do what the case `needs`. What the test service does by which word stands in probe.rs.
import { decodeBinaryHeader, encodeBinaryHeader } from "@connectrpc/connect";

const refused = { code: 5, message: "there is no such probe: å", details: ["google.rpc.BadRequest", "google.rpc.ErrorInfo"] };
const bytes = new Uint8Array([0, 1, 254, 255]);

export const cases = {
  "a message comes back as it was sent": {
    async see({ call }) {
      const { message } = await call("ask", { number: 9007199254740993n, blob: bytes, mood: 1, at: { seconds: -1n, nanos: 7 } });
      return [message.number, [...message.blob], message.mood, message.at.seconds, message.at.nanos];
    },
    expected: [9007199254740993n, [0, 1, 254, 255], 1, -1n, 7],
  },

  "headers of the service arrive before and behind its answer": {
    async see({ call }) {
      const { headers, trailers } = await call("ask", {});
      return [headers.get("x-leading"), trailers.get("x-trailing")];
    },
    expected: ["first", "last"],
  },

  "text and binary metadata go there and come back": {
    async see({ call }) {
      const sent = { "x-echo": "a, b", "x-echo-bin": encodeBinaryHeader(bytes) };
      const { headers, trailers } = await call("ask", {}, { headers: sent });
      return [headers, trailers].map((m) => [m.get("x-echo"), [...decodeBinaryHeader(m.get("x-echo-bin"))]]);
    },
    expected: Array(2).fill(["a, b", [...bytes]]),
  },

  "a valid token is passed on": {
    async see({ call, token }) {
      const { message } = await call("ask", {}, { headers: { authorization: `Bearer ${token}` } });
      return message.headers.includes(`authorization: Bearer ${token}`);
    },
    expected: true,
  },

  "a token that is not valid is refused": {
    see: ({ call }) => failed(call("ask", {}, { headers: { authorization: "Bearer nonsense" } }), "code"),
    expected: { code: 16 },
  },

  "a failure has its details, without an answer": {
    see: ({ call }) => failed(call("ask", { how: "fail" })),
    expected: refused,
  },

  "a failure has its details, after an answer": {
    see: ({ call }) => failed(call("ask", { how: "fail_late" })),
    expected: refused,
  },

  "a failure has its trailers": {
    see: ({ call }) => call("ask", { how: "fail_late" }).catch((error) => error.trailers.get("x-trailing")),
    expected: "last",
  },

  "an answer that breaks off is no answer": {
    see: ({ call }) => Promise.all(["no_trailers", "reset"].map((how) => failed(call("ask", { how }), "code"))),
    expected: [{ code: 14 }, { code: 14 }],
  },

  "a method that is not offered is told apart": {
    see: ({ call }) => failed(call("nothing", {}), "code"),
    expected: { code: 12 },
  },

  "a call ends at its deadline": {
    see: ({ call }) => failed(call("ask", { how: "never" }, { timeoutMs: 200 }), "code"),
    expected: { code: 4 },
  },

  "the service is told when the caller leaves": {
    async see(client) {
      await until(client, 0n);
      const leave = new AbortController();
      const left = failed(client.call("ask", { how: "never" }, { signal: leave.signal }), "code");
      await until(client, 1n);
      leave.abort();
      await until(client, 0n);
      return left;
    },
    expected: { code: 1 },
  },

  "a message that is too large is refused": {
    see: ({ call }) => failed(call("ask", { blob: new Uint8Array(3 << 20) }), "code"),
    expected: { code: 8 },
  },

  "an answer of nearly 4 MiB arrives whole": {
    async see({ call }) {
      const { message } = await call("ask", { how: "large", number: 4_193_700n });
      return [message.blob.length, message.blob.every((byte) => byte === 0)];
    },
    expected: [4_193_700, true],
  },

  "fifty calls at once each get their own answer": {
    async see({ call }) {
      const all = Array.from({ length: 50 }, (_, n) => call("ask", { how: n % 5 ? "" : "slow", number: BigInt(n) }));
      return (await Promise.all(all)).map(({ message }) => Number(message.number));
    },
    expected: Array.from({ length: 50 }, (_, n) => n),
  },

  "a stream brings each message when it is sent": {
    async see(client) {
      const numbers = [];
      const answers = client.stream({ number: 3n });
      for (let n = 0; n < 3; n += 1) {
        // The next one is not sent before this one was read.
        await go(client, 1);
        numbers.push((await answers.next()).value.number);
      }
      return [numbers, (await answers.next()).done];
    },
    needs: "messages one by one",
    expected: [[0n, 1n, 2n], true],
  },

  "a stream has all its messages and an end": {
    async see(client) {
      await go(client, 20);
      const seen = {};
      return [await read(client.stream({ number: 20n }, {}, seen)), seen.trailers.get("x-trailing")];
    },
    needs: "streams",
    expected: [{ numbers: Array.from({ length: 20 }, (_, n) => n) }, "last"],
  },

  "a stream may be empty": {
    see: ({ stream }) => read(stream({})),
    needs: "streams",
    expected: { numbers: [] },
  },

  "a stream fails before its first message": {
    see: ({ stream }) => read(stream({ how: "fail" })),
    needs: "streams",
    expected: { numbers: [], ...refused },
  },

  "a stream fails behind its last message": {
    async see(client) {
      await go(client, 2);
      return read(client.stream({ how: "fail_late", number: 2n }));
    },
    needs: "streams",
    expected: { numbers: [0, 1], ...refused },
  },

  "a stream whose service dies is unavailable": {
    async see(client) {
      await go(client, 2);
      const { numbers, code } = await read(client.stream({ how: "die", number: 2n }));
      return { numbers, code };
    },
    needs: "streams",
    expected: { numbers: [0, 1], code: 14 },
  },

  "a stream ends at its deadline": {
    async see({ stream }) {
      const { numbers, code } = await read(stream({ number: 1n }, { timeoutMs: 200 }));
      return { numbers, code };
    },
    needs: "streams",
    expected: { numbers: [], code: 4 },
  },

  "the service is told when the reader of a stream leaves": {
    async see(client) {
      await until(client, 0n);
      const leave = new AbortController();
      const answers = client.stream({ number: 100n }, { signal: leave.signal });
      await go(client, 1);
      await answers.next();
      await until(client, 1n);
      leave.abort();
      await until(client, 0n);
      return failed(answers.next(), "code");
    },
    needs: "messages one by one",
    expected: { code: 1 },
  },

  "a stream of requests is answered once": {
    async see({ gather }) {
      const requests = (async function* () {
        for (const number of [1n, 2n, 3n]) yield { number };
      })();
      return (await gather(requests)).number;
    },
    needs: "streams of requests",
    expected: 6n,
  },

  "two streams go on side by side": {
    async see({ chat }) {
      const numbers = [];
      const requests = (async function* () {
        for (const number of [1n, 2n, 3n]) {
          yield { number };
          // The next one is not sent before this one was answered.
          while (numbers.at(-1) !== number) await new Promise((next) => setTimeout(next));
        }
      })();
      for await (const { number } of chat(requests)) numbers.push(number);
      return numbers;
    },
    needs: "streams of requests",
    expected: [1n, 2n, 3n],
  },

  "a stream that this form cannot carry is refused": {
    async see({ stream }) {
      const { numbers, code } = await read(stream({ number: 1n }));
      return { numbers, refused: code !== undefined };
    },
    needs: "no streams",
    expected: { numbers: [], refused: true },
  },
};

/** The names of the cases for a client that can do these things. */
export const casesFor = (abilities) => Object.keys(cases).filter((name) => !cases[name].needs || abilities.includes(cases[name].needs));

const pick = (error, ...fields) => Object.fromEntries((fields.length ? fields : ["code", "message", "details"]).map((f) => [f, error[f]]));

/** What a call that must fail failed with. */
async function failed(call, ...fields) {
  const answer = await call.then(
    (answer) => ({ answer }),
    (error) => ({ error }),
  );
  if (!answer.error?.code) throw answer.error ?? new Error("the call went well");
  return pick(answer.error, ...fields);
}

/** All messages' numbers, and what the stream failed with, if it did. */
async function read(stream) {
  const numbers = [];
  try {
    for await (const { number } of stream) numbers.push(Number(number));
  } catch (error) {
    if (!error.code) throw error;
    return { numbers, ...pick(error) };
  }
  return { numbers };
}

/** Lets a stream go on for some messages. */
const go = ({ call }, messages) => call("ask", { how: "go", number: BigInt(messages) });

/** Waits until so many calls are open at the service. */
async function until({ call }, open) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if ((await call("ask", { how: "open" })).message.number === open) return;
  }
  throw new Error(`waited 10 s for ${open} open calls`);
}

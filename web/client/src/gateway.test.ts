import { create, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { openGateway } from './gateway.js';
import { SearchResponseSchema, SearchService } from './gen/kulturtorg/search/v1/search_pb.js';

/** A gateway that finds seven things, and what it was asked. */
function answering() {
  const asked: { address: string; headers: Headers }[] = [];
  const frame = (flag: number, bytes: Uint8Array) => [flag, ...new Uint8Array(new Uint32Array([bytes.length]).buffer).reverse(), ...bytes];
  const body = new Uint8Array([
    ...frame(0, toBinary(SearchResponseSchema, create(SearchResponseSchema, { totalSize: 7n }))),
    ...frame(0x80, new TextEncoder().encode('grpc-status:0\r\n')),
  ]);
  const fetch = async (address: RequestInfo | URL, init?: RequestInit) => {
    asked.push({ address: String(address), headers: new Headers(init?.headers) });
    return new Response(body, { headers: { 'content-type': 'application/grpc-web+proto' } });
  };
  return { asked, fetch };
}

it('asks for the token before every call and sends it', async () => {
  const { asked, fetch } = answering();
  const tokens = ['first', undefined, 'third'];
  const search = openGateway('https://torg.example', { token: async () => tokens.shift(), fetch }).client(SearchService);
  for (let i = 0; i < 3; i += 1) expect((await search.search({ query: 'dans' })).totalSize).toBe(7n);
  expect(asked.map((a) => a.address)).toEqual(Array(3).fill('https://torg.example/kulturtorg.search.v1.SearchService/Search'));
  expect(asked.map((a) => a.headers.get('authorization'))).toEqual(['Bearer first', null, 'Bearer third']);
});

it('gives every call its time, unless the call has its own', async () => {
  const { asked, fetch } = answering();
  const search = openGateway('https://torg.example', { timeoutMs: 4_000, fetch }).client(SearchService);
  await search.search({});
  await search.search({}, { timeoutMs: 9_000 });
  await openGateway('https://torg.example', { fetch }).client(SearchService).search({});
  expect(asked.map((a) => a.headers.get('grpc-timeout'))).toEqual(['4000m', '9000m', null]);
});

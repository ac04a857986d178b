// Connect's clients in Node against the gateway at $GATEWAY, behind which the gateway's own test service runs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { cases, casesFor } from "./cases.mjs";
import { connect } from "./connect.mjs";
import { contract } from "./contract.mjs";

const baseUrl = process.env.GATEWAY;
const known = contract(readFileSync(process.env.CONTRACT));
const unary = ["no streams"];
const streams = ["streams", "messages one by one"];
const packed = { sendCompression: node.compressionGzip, compressMinBytes: 1 };
const clients = {
  "connect-node, gRPC": [node.createGrpcTransport({ baseUrl }), [...streams, "streams of requests"]],
  "connect-node, gRPC with gzip": [node.createGrpcTransport({ baseUrl, ...packed }), [...streams, "streams of requests"]],
  "connect-node, gRPC-web over HTTP/1.1": [node.createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }), streams],
  "connect-node, gRPC-web over HTTP/2": [node.createGrpcWebTransport({ baseUrl, httpVersion: "2" }), streams],
  "connect-node, gRPC-web with gzip": [node.createGrpcWebTransport({ baseUrl, httpVersion: "2", ...packed }), streams],
  "connect-node, Connect JSON over HTTP/1.1": [node.createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }), unary],
  "connect-node, Connect JSON with gzip": [node.createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false, ...packed }), unary],
  "connect-node, Connect binary over HTTP/2": [node.createConnectTransport({ baseUrl, httpVersion: "2" }), unary],
  "connect-web, gRPC-web": [web.createGrpcWebTransport({ baseUrl }), streams],
  "connect-web, Connect JSON": [web.createConnectTransport({ baseUrl, useBinaryFormat: false }), unary],
};

for (const [name, [transport, abilities]] of Object.entries(clients)) {
  const client = { ...connect(transport, known), token: process.env.TOKEN };
  for (const title of casesFor(abilities)) {
    test(`${name}: ${title}`, { timeout: 10_000 }, async () => assert.deepEqual(await cases[title].see(client), cases[title].expected));
  }
}

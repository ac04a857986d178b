// In the page: the clients of browsers, one case at a time.
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { cases } from "./cases.mjs";
import { connect } from "./connect.mjs";
import { contract } from "./contract.mjs";
import { google } from "./google.mjs";

let clients;

/** Told once where to call, with what token, by which contract. */
window.open = ({ baseUrl, token, descriptors }) => {
  const known = contract(Uint8Array.from(descriptors));
  const made = {
    "connect-web, gRPC-web": connect(createGrpcWebTransport({ baseUrl }), known),
    "connect-web, Connect JSON": connect(createConnectTransport({ baseUrl, useBinaryFormat: false }), known),
    "connect-web, Connect binary": connect(createConnectTransport({ baseUrl, useBinaryFormat: true }), known),
    "grpc-web, text": google(baseUrl, "text", known),
    "grpc-web, binary": google(baseUrl, "binary", known),
  };
  clients = Object.fromEntries(Object.entries(made).map(([name, client]) => [name, { ...client, token }]));
};

/** What a client sees in a case. */
window.see = ([client, title]) => cases[title].see(clients[client]);

/** Whether a client is let in. */
window.letIn = (client) => clients[client].call("ask", {}).then(() => true, () => false);

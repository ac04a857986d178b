// The clients of browsers in Chromium, on a page of the gateway, of a site that it lists, and of one that it does not.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { cases, casesFor } from "./cases.mjs";

const { GATEWAY, LISTED, CONTRACT, TOKEN, CHROMIUM = "/usr/bin/chromium" } = process.env;
const streams = ["streams", "messages one by one"];
const clients = {
  "connect-web, gRPC-web": streams,
  "connect-web, Connect JSON": ["no streams"],
  "connect-web, Connect binary": ["no streams"],
  "grpc-web, text": streams,
  // This form of the client gives nothing to its reader before the end.
  "grpc-web, binary": ["streams"],
};

let browser;
before(async () => {
  if (!existsSync(CHROMIUM)) throw new Error("Chromium is missing: apt-get install chromium, or name it in CHROMIUM");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  // Else a person would be asked whether a page from elsewhere may reach a gateway on this machine.
  args.push("--disable-features=LocalNetworkAccessChecks");
  browser = await chromium.launch({ executablePath: CHROMIUM, args });
});
after(() => browser?.close());

/** A page of this origin that can call the gateway. */
async function pageOf(origin) {
  const page = await browser.newPage();
  await page.route(`${origin}/interop/**`, (route) => {
    const file = new URL(route.request().url()).pathname.slice("/interop/".length);
    if (file === "") return route.fulfill({ contentType: "text/html", body: `<!doctype html><script type="importmap">${JSON.stringify({ imports: imports() })}</script><script type="module" src="page.mjs"></script>` });
    return route.fulfill({ contentType: "text/javascript", body: readFileSync(path.join(import.meta.dirname, file), "utf8") });
  });
  await page.goto(`${origin}/interop/`);
  await page.evaluate((told) => window.open(told), { baseUrl: GATEWAY, token: TOKEN, descriptors: [...readFileSync(CONTRACT)] });
  // From here on nobody stands between page and gateway; Playwright would answer preflights itself.
  await page.unrouteAll();
  return page;
}

/** Where the page finds what the modules import by name, as their packages say. */
function imports() {
  const found = { "grpc-web": "/interop/node_modules/grpc-web/index.esm.js" };
  for (const name of ["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-web"]) {
    const { exports } = JSON.parse(readFileSync(path.join(import.meta.dirname, "node_modules", name, "package.json"), "utf8"));
    for (const [key, { import: file }] of Object.entries(exports)) {
      found[path.posix.join(name, key)] = path.posix.join("/interop/node_modules", name, file);
    }
  }
  return found;
}

for (const [site, origin] of [
  ["own page", GATEWAY],
  ["page of a listed site", LISTED],
]) {
  const page = once(() => pageOf(origin));
  for (const [client, abilities] of Object.entries(clients)) {
    for (const title of casesFor(abilities)) {
      test(`${site}, ${client}: ${title}`, { timeout: 10_000 }, async () => {
        assert.deepEqual(await (await page()).evaluate((which) => window.see(which), [client, title]), cases[title].expected);
      });
    }
  }
}

const elsewhere = once(() => pageOf(LISTED.replace("frontend", "elsewhere")));
for (const client of Object.keys(clients)) {
  test(`page of another site, ${client}: is not let in`, async () => {
    assert.equal(await (await elsewhere()).evaluate((which) => window.letIn(which), client), false);
  });
}

function once(make) {
  let made;
  return () => (made ??= make());
}

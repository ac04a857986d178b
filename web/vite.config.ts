import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

// The same source gives the same bytes: a time in here would change every page with every build.
function version(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return JSON.parse(readFileSync('package.json', 'utf8')).version;
  }
}

// Where `npm run dev` finds a running region.
const gateway = process.env.KT_GATEWAY_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ fallback: '200.html', precompress: true }),
      version: { name: version() },
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['none'],
          'script-src': ['self', 'wasm-unsafe-eval'],
          'style-src': ['self'],
          // The style of SvelteKit's route announcer; to be computed anew when SvelteKit is updated.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:', 'blob:'],
          'media-src': ['self', 'blob:'],
          'object-src': ['none'],
          'font-src': ['self'],
          'connect-src': ['self'],
          'manifest-src': ['self'],
          'base-uri': ['none'],
          'form-action': ['self'],
        },
      },
    }),
  ],
  build: {
    manifest: true,
    target: 'es2022',
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page loads, in few files: many small ones cost more than a little that is not needed at once.
          // SvelteKit's modules read the version of the build when they are loaded. The page tells it first, with the
          // payload; so what tells it must not bring the others along.
          groups: [
            { name: 'payload', test: /@sveltejs\/kit\/src\/runtime\/client\/payload\.js$/, priority: 1 },
            { name: 'base', test: /node_modules\/(?!@sveltejs\/kit\/)|\/client\/src\/([^/]+\.ts|gen\/(google|kulturtorg\/(common|options))\/)|\/src\/lib\/(api\/(?!identity|notify|profiles|review|search|events|facts|ticketing|guidance|upload|stream)|i18n\/[^/]+\.ts|region|session|styles)/, minShareCount: 2 },
            { name: 'ui', test: /\/src\/lib\/ui\/(?!BarChart|DateTimeField|dates|FileField|files|LocalTextField|Facets|Table|Tabs)/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    fs: { allow: ['client/src'] },
    proxy: Object.fromEntries(
      ['^/kulturtorg\\..*', '/session', '/media'].map((path) => [path, { target: gateway, changeOrigin: true, headers: { origin: gateway } }]),
    ),
  },
  test: { include: ['src/**/*.test.ts', 'client/src/**/*.test.ts', 'scripts/**/*.test.mjs'], css: true },
});

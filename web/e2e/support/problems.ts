// What must not happen in anybody's browser: errors on the console, requests that fail, calls that are refused.
import type { Page, Request, Response } from 'playwright-core';

// Leaving a page and typing on cancel requests on purpose.
const CANCELLED = /ERR_ABORTED/;

export class Problems {
  readonly found: string[] = [];
  private readonly expected: { what: RegExp; seen: boolean }[] = [];

  /** Something that this walk provokes, such as a refusal. It must happen at least once. */
  expect(what: RegExp): void {
    this.expected.push({ what, seen: false });
  }

  watch(page: Page): void {
    page.on('console', (message) => {
      if (message.type() === 'error') this.note(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.note(`page: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => this.failed(request));
    page.on('response', (response) => this.answered(response));
  }

  /** Throws when something was found, or when something expected did not happen. */
  check(who: string): void {
    const missing = this.expected.filter((e) => !e.seen).map((e) => `expected, but it did not happen: ${e.what}`);
    const all = [...this.found, ...missing];
    if (all.length > 0) throw new Error(`${who}:\n  ${all.join('\n  ')}`);
  }

  private failed(request: Request): void {
    const why = request.failure()?.errorText ?? '';
    if (!CANCELLED.test(why)) this.note(`request: ${request.method()} ${request.url()} ${why}`);
  }

  private answered(response: Response): void {
    const { 'grpc-status': status = '0', 'grpc-message': message = '' } = response.headers();
    const what = `${response.request().method()} ${response.url()}`;
    if (response.status() >= 400) this.note(`request: ${what} ${response.status()}`);
    if (status !== '0') this.note(`call: ${what} grpc-status ${status} ${decodeURIComponent(message)}`);
  }

  private note(what: string): void {
    // Of two alike, each must happen.
    const alike = this.expected.filter((e) => e.what.test(what));
    const known = alike.find((e) => !e.seen) ?? alike[0];
    if (known) known.seen = true;
    else this.found.push(what);
  }
}

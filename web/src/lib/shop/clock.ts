// Holds end by the service's clock, not by the reader's, which may be minutes off.

/** The service's clock, learnt from the `date` of its answers. */
export class ServerClock {
  #offset = 0;
  #doubt = Infinity;

  /** The reading with the shortest way there and back is kept, until one contradicts it: then a clock was set anew. */
  learn(date: string | null, sent: number, received: number): void {
    const at = Date.parse(date ?? '');
    const doubt = received - sent;
    if (Number.isNaN(at) || doubt < 0) return;
    // The header leaves out the milliseconds, so half a second is the best guess.
    const offset = at + 500 - (sent + received) / 2;
    const contradicts = Math.abs(offset - this.#offset) > doubt + this.#doubt + 1000;
    if (doubt > this.#doubt && !contradicts) return;
    this.#doubt = doubt;
    this.#offset = offset;
  }

  now(local = Date.now()): number {
    return local + this.#offset;
  }
}

export const serverClock = new ServerClock();

/** Options for a call by which the clock is learnt. */
export function learning(clock = serverClock): { onHeader(headers: Headers): void } {
  const sent = Date.now();
  return { onHeader: (headers) => clock.learn(headers.get('date'), sent, Date.now()) };
}

/** What is spoken of a hold: only when five, two or one minutes are left, and at its end. */
export type Spoken = 5 | 2 | 1 | 0;

export function spokenAt(left: number): Spoken | undefined {
  if (left <= 0) return 0;
  return left <= 60_000 ? 1 : left <= 120_000 ? 2 : left <= 300_000 ? 5 : undefined;
}

/** `9:05`, never below zero. */
export function minutesAndSeconds(left: number): string {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How many milliseconds another extension would win, for a hold of so many minutes. */
export function extensionGains(now: number, expires: number, latest: number, holdMinutes: number): number {
  return Math.max(0, Math.min(now + holdMinutes * 60_000, latest) - expires);
}

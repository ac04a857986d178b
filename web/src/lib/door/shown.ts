// What is held up or typed at the door: a ticket's code, its number, or something else.

export type Shown = { kind: 'code'; code: string } | { kind: 'ticket'; id: string };

const CODE_LENGTH = 175;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A code of 175 letters, or a ticket's number of 32 digits 0-9 and a-f, however they are grouped. Else nothing. */
export function readShown(text: string): Shown | undefined {
  const plain = text.replace(/[\s\u00a0\u202f–-]/g, '');
  if (plain.length === CODE_LENGTH && /^[a-z2-7]+$/i.test(plain)) return { kind: 'code', code: plain.toUpperCase() };
  if (/^[0-9a-f]{32}$/i.test(plain)) return { kind: 'ticket', id: uuid(plain.toLowerCase()) };
  return undefined;
}

const uuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const keyOfShown = (shown: Shown) => (shown.kind === 'code' ? shown.code : shown.id);

/** What a code says of itself. Whether it is true is for its signature and the service to tell. */
export interface Claims {
  performanceId: string;
  ticketId: string;
}

export function claimsOf(code: string): Claims | undefined {
  const bytes = fromBase32(code);
  if (!bytes || bytes.length !== 109 || bytes[0] !== 1) return undefined;
  const hex = (from: number) => uuid([...bytes.slice(from, from + 16)].map((b) => b.toString(16).padStart(2, '0')).join(''));
  return { performanceId: hex(3), ticketId: hex(19) };
}

export function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  for (const letter of text) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return undefined;
    bits = ((bits << 5) | value) & 0xffff;
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  return new Uint8Array(bytes);
}

/** Tells whether a code has just been seen. A ticket that stays before the camera is one showing, not many. */
export class Repeats {
  #seen = new Map<string, number>();
  constructor(readonly within = 3_000) {}

  isRepeat(key: string, now: number): boolean {
    const before = this.#seen.get(key);
    for (const [old, at] of this.#seen) if (now - at >= this.within) this.#seen.delete(old);
    this.#seen.set(key, now);
    return before !== undefined && now - before < this.within;
  }

  /** The next showing counts, even at once. */
  forget(key: string): void {
    this.#seen.delete(key);
  }
}

/**
 * Keystrokes of a scanner that acts as a keyboard: many, fast, ended by Enter. The gap is wide, as radios and busy
 * machines stutter, and nothing else at the door is done by typing outside of a field.
 */
export class Keystrokes {
  #text = '';
  #last = 0;
  constructor(readonly gap = 500) {}

  /** The text that Enter ended, if it was typed too fast for a person. */
  key(key: string, now: number): string | undefined {
    if (now - this.#last > this.gap) this.#text = '';
    this.#last = now;
    if (key === 'Enter') {
      const text = this.#text;
      this.#text = '';
      return text.length >= 8 ? text : undefined;
    }
    if ([...key].length === 1) this.#text += key;
    return undefined;
  }

  /** Whether a scan seems to be under way. */
  get running(): boolean {
    return this.#text.length >= 4;
  }
}

import { describe, expect, test } from 'vitest';
import { claimsOf, fromBase32, Keystrokes, readShown, Repeats } from './shown.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function base32(bytes: number[]): string {
  const bits = bytes.map((b) => b.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => LETTERS[parseInt(five.padEnd(5, '0'), 2)]).join('');
}
const performance = Array.from({ length: 16 }, (_, i) => i);
const ticket = Array.from({ length: 16 }, (_, i) => 255 - i);
const code = base32([1, 0, 9, ...performance, ...ticket, 0, 1, ...Array(8).fill(7), ...Array(64).fill(9)]);

describe('what is shown', () => {
  test('a code, in small letters or with line breaks too', () => {
    expect(code).toHaveLength(175);
    expect(readShown(code)).toEqual({ kind: 'code', code });
    expect(readShown(` ${code.slice(0, 90).toLowerCase()}\n${code.slice(90)}\r`)).toEqual({ kind: 'code', code });
  });
  test('a number, however it is grouped', () => {
    const id = '0198c2f0-5b7e-7cc1-9d3e-2f6f6a1b9d10';
    for (const text of [id, id.replaceAll('-', ''), '0198 C2F0 5B7E 7CC1 9D3E 2F6F 6A1B 9D10']) expect(readShown(text)).toEqual({ kind: 'ticket', id });
  });
  test('anything else', () => {
    for (const text of ['', 'https://example.org', '0198c2f0', code.slice(1), `${code}A`, code.replace(/^./, '1'), 'g'.repeat(32)]) expect(readShown(text)).toBeUndefined();
  });
  test('a code names its performance and its ticket', () => {
    expect(claimsOf(code)).toEqual({ performanceId: '00010203-0405-0607-0809-0a0b0c0d0e0f', ticketId: 'fffefdfc-fbfa-f9f8-f7f6-f5f4f3f2f1f0' });
    expect(claimsOf('A'.repeat(175))).toBeUndefined();
    expect(claimsOf('1')).toBeUndefined();
  });
  test('base32 as in RFC 4648', () => expect(new TextDecoder().decode(fromBase32('MZXW6YTBOI'))).toBe('foobar'));
});

test('a ticket that stays before the camera counts once', () => {
  const repeats = new Repeats();
  expect(repeats.isRepeat('a', 0)).toBe(false);
  expect(repeats.isRepeat('a', 2_900)).toBe(true);
  expect(repeats.isRepeat('a', 5_800)).toBe(true);
  expect(repeats.isRepeat('b', 5_800)).toBe(false);
  expect(repeats.isRepeat('a', 8_900)).toBe(false);
  repeats.forget('a');
  expect(repeats.isRepeat('a', 8_901)).toBe(false);
});

describe('a scanner that types', () => {
  const type = (keys: Keystrokes, text: string, start: number, gap: number) => [...text].forEach((k, i) => keys.key(k, start + i * gap));

  test('is read at its Enter', () => {
    const keys = new Keystrokes();
    type(keys, 'MZXW6YTBOI', 0, 5);
    keys.key('Shift', 50);
    expect(keys.running).toBe(true);
    expect(keys.key('Enter', 55)).toBe('MZXW6YTBOI');
    expect(keys.running).toBe(false);
    expect(keys.key('Enter', 60)).toBeUndefined();
  });
  test('is not a person', () => {
    const keys = new Keystrokes();
    type(keys, 'MZXW6YTBOI', 0, 600);
    expect(keys.key('Enter', 6_000)).toBeUndefined();
  });
  test('begins anew after a pause', () => {
    const keys = new Keystrokes();
    type(keys, 'XXXX', 0, 5);
    type(keys, 'MZXW6YTB', 1_000, 5);
    expect(keys.key('Enter', 1_045)).toBe('MZXW6YTB');
  });
});

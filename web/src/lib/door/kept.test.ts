import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forget, keep, keptFor } from './kept.ts';

const DAY = 24 * 3_600_000;

beforeEach(() => {
  const store: Record<string, string> = {};
  const plain = { writable: true, enumerable: false };
  Object.defineProperties(store, {
    getItem: { ...plain, value: (name: string) => store[name] ?? null },
    setItem: { ...plain, value: (name: string, text: string) => void (store[name] = text) },
    removeItem: { ...plain, value: (name: string) => void delete store[name] },
  });
  vi.stubGlobal('localStorage', store);
});
afterEach(() => vi.unstubAllGlobals());

test('what is kept comes back for its performance, in the order of showing, until it is forgotten', () => {
  keep('p', { key: 'LATER', requestId: 'r2', since: 20 });
  keep('p', { key: 'FIRST', requestId: 'r1', since: 10 });
  keep('q', { key: 'OTHER', requestId: 'r3', since: 15 });
  expect(keptFor('p', 30).map((k) => k.key)).toEqual(['FIRST', 'LATER']);
  forget('p', 'r1');
  expect(keptFor('p', 30)).toEqual([{ key: 'LATER', requestId: 'r2', since: 20 }]);
  expect(keptFor('q', 30)).toHaveLength(1);
});

test('after a day, and broken, it goes; what others keep stays', () => {
  keep('p', { key: 'OLD', requestId: 'r1', since: 0 });
  localStorage.setItem('kt_door:p:r2', '{');
  localStorage.setItem('kt_theme', 'dark');
  expect(keptFor('q', DAY)).toEqual([]);
  expect(Object.keys(localStorage)).toEqual(['kt_theme']);
});

test('without storage nothing is kept and nothing breaks', () => {
  vi.stubGlobal('localStorage', undefined);
  keep('p', { key: 'A', requestId: 'r', since: 0 });
  forget('p', 'r');
  expect(keptFor('p', 1)).toEqual([]);
});

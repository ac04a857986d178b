import { describe, expect, test } from 'vitest';
import { MOST, parseMoney, typedMoney } from './money.ts';

describe('amounts as typed', () => {
  test.each([
    ['125', 12_500n],
    ['0', 0n],
    ['125,5', 12_550n],
    ['125,50', 12_550n],
    ['125.50', 12_550n],
    ['1 250', 125_000n],
    ['1\u00a0250,00 kr', 125_000n],
    ['1 250 000', 125_000_000n],
    [' 90 kronor ', 9_000n],
    ['90:-', 9_000n],
    ['90:50', 9_050n],
    ['SEK 12', 1_200n],
    ['€ 12,50', 1_250n],
    ['1000000000', MOST],
  ])('%s', (text, minor) => expect(parseMoney(text, 'SEK')).toBe(minor));

  test.each(['', 'kr', 'gratis', '-5', '1.250', '1,250', '12,345', '1 25', '12 50', '1e3', '1000000000,01', '99999999999999', '12,50,00'])(
    '%s is none',
    (text) => expect(parseMoney(text, 'SEK')).toBeUndefined(),
  );

  test('a currency without a smaller unit has no decimals', () => {
    expect(parseMoney('500', 'JPY')).toBe(500n);
    expect(parseMoney('500,50', 'JPY')).toBeUndefined();
  });

  test('what is shown is read back as the same', () => {
    for (const minor of [0n, 1n, 99n, 100n, 12_550n, 12_500n, MOST]) expect(parseMoney(typedMoney(minor, 'SEK'), 'SEK')).toBe(minor);
    expect(typedMoney(12_505n, 'EUR', '.')).toBe('125.05');
  });
});

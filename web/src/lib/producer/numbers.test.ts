import { describe, expect, it } from 'vitest';
import { amountText, metresText, parseAmount, parseMetres, parseWhole } from './numbers.ts';

describe('an amount', () => {
  it('is read however people write it', () => {
    for (const text of ['12500', '12 500', '12\u00a0500 kr', '12.500', '12,500', '12500,00', '12 500:-', '12.500,00']) {
      expect(parseAmount(text), text).toBe(1_250_000n);
    }
    expect(parseAmount('99,50')).toBe(9_950n);
    expect(parseAmount('99.5')).toBe(9_950n);
    expect(parseAmount('0')).toBe(0n);
  });
  it('is refused when it is none', () => {
    for (const text of ['', 'gratis', '-5', '1.2.3', '12,5000']) expect(parseAmount(text), text).toBeUndefined();
  });
  it('comes back the same', () => {
    for (const minor of [0n, 5n, 9_950n, 1_250_000n]) expect(parseAmount(amountText(minor))).toBe(minor);
  });
});

describe('a length', () => {
  it('is read in metres and kept in centimetres', () => {
    expect(parseMetres('6,5')).toBe(650);
    expect(parseMetres('6.25 m')).toBe(625);
    expect(parseMetres('')).toBe(0);
    expect(parseMetres('sex')).toBeUndefined();
    expect(parseMetres(metresText(615))).toBe(615);
  });
});

it('a whole number is nothing else', () => {
  expect(parseWhole('1 200')).toBe(1200);
  expect(parseWhole('')).toBe(0);
  expect(parseWhole('1,5')).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { channels, contrast } from './colour.ts';
import css from './tokens.css?raw';

/** A token's value in a scheme, with variables, light-dark() and color-mix() worked out. */
function value(name: string, scheme: 'light' | 'dark', region: Record<string, string> = {}): string {
  const given = region[name] ?? new RegExp(`${name}:\\s*([^;]+);`).exec(css)?.[1];
  if (!given) throw new Error(`${name} is not in tokens.css`);
  return resolve(given.replace(/\s+/g, ' ').trim(), scheme, region);
}

function resolve(text: string, scheme: 'light' | 'dark', region: Record<string, string>): string {
  if (text.startsWith('#')) return text;
  const variable = /^var\((--[a-z0-9-]+)\)$/.exec(text);
  if (variable) return value(variable[1]!, scheme, region);
  if (text.startsWith('light-dark(')) {
    const [light, dark] = split(text.slice('light-dark('.length, -1));
    return resolve(scheme === 'light' ? light! : dark!, scheme, region);
  }
  const mix = /^color-mix\(in srgb, (.+) (\d+)%, (#\w+)\)$/.exec(text);
  if (!mix) throw new Error(`cannot work out ${text}`);
  const share = Number(mix[2]) / 100;
  const one = channels(resolve(mix[1]!, scheme, region))!;
  const other = channels(long(mix[3]!))!;
  return '#' + one.map((c, i) => Math.round(c * share + other[i]! * (1 - share)).toString(16).padStart(2, '0')).join('');
}

const long = (hex: string) => (hex.length === 4 ? '#' + [...hex.slice(1)].map((c) => c + c).join('') : hex);

function split(list: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const c of list) {
    if (c === '(') depth += 1;
    if (c === ')') depth -= 1;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((p) => p.trim());
}

const grounds = ['--color-canvas', '--color-surface', '--color-sunken'];
const texts = ['--color-text', '--color-text-muted', '--color-text-subtle', '--color-link', '--color-link-hover', '--color-visited', '--color-brand'];
const pairs: [string, string, number][] = [
  ...texts.flatMap((text) => grounds.map((ground): [string, string, number] => [text, ground, 4.5])),
  ...grounds.map((ground): [string, string, number] => ['--color-border-control', ground, 3]),
  ...grounds.map((ground): [string, string, number] => ['--color-focus', ground, 3]),
  ['--color-on-focus-fill', '--color-focus-fill', 4.5],
  ['--color-on-brand', '--color-brand', 4.5],
  ['--color-on-brand', '--color-brand-hover', 4.5],
  ['--color-on-banner', '--color-banner', 4.5],
  ['--color-text', '--color-brand-tint', 4.5],
  ['--color-text-muted', '--color-brand-tint', 4.5],
  ['--color-brand', '--color-brand-tint', 4.5],
  ['--color-link', '--color-brand-tint', 4.5],
  ['--color-text', '--color-selected', 4.5],
  ...['danger', 'ok', 'warn', 'info', 'accent'].flatMap((s): [string, string, number][] => [
    [`--color-${s}`, `--color-${s}-bg`, 4.5],
    [`--color-${s}`, '--color-surface', 4.5],
    ['--color-text', `--color-${s}-bg`, 4.5],
    ['--color-link', `--color-${s}-bg`, 4.5],
  ]),
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string, number] => [`--chart-${n}`, '--color-surface', 3]),
];

const brands: Record<string, [string, string]> = {
  fjord: ['#0b4f6c', '#7cc4e2'],
  skog: ['#1e5b3a', '#86d6a2'],
  lingon: ['#9b1c31', '#ff9fa9'],
  ljung: ['#6a2c70', '#dda8e3'],
  hav: ['#1f4e8c', '#9cc2f5'],
  torv: ['#6b4226', '#e2b48c'],
  skiffer: ['#3b4754', '#b5c2cf'],
  'black and yellow': ['#333332', '#ffed00'],
};

describe('colours', () => {
  it('knows the contrast of black and white', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#767676', '#ffffff')).toBeGreaterThan(4.5);
    expect(contrast('#777777', '#ffffff')).toBeLessThan(4.5);
  });

  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, [light, dark]] of Object.entries(brands)) {
      it(`every pair can be read: ${scheme}, ${name}`, () => {
        const region = { '--brand-light': light, '--brand-dark': dark };
        const low = pairs
          .map(([text, ground, least]) => ({ text, ground, least, is: contrast(value(text, scheme, region), value(ground, scheme, region)) }))
          .filter((pair) => pair.is < pair.least);
        expect(low).toEqual([]);
      });
    }
  }
});

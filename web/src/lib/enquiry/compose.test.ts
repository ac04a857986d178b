import { expect, it } from 'vitest';
import { compose, tooLong } from './compose.ts';

it('puts time and place before the message', () => {
  expect(compose(' Hej ', ['När: v. 12', 'Var: Sunne'])).toBe('När: v. 12\nVar: Sunne\n\nHej');
});

it('leaves out what was left empty', () => {
  expect(compose('Hej', ['', 'Var: Sunne'])).toBe('Var: Sunne\n\nHej');
  expect(compose('Hej', ['', ''])).toBe('Hej');
  expect(compose('', [])).toBe('');
});

it('counts characters as the services do', () => {
  expect(tooLong('😀'.repeat(5000))).toBe(false);
  expect(tooLong('a'.repeat(5001))).toBe(true);
});

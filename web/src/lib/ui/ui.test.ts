import { describe, expect, it } from 'vitest';
import { dayAfter, parseDate, parseTime } from './dates.ts';
import { refusedFiles } from './files.ts';
import { motif } from './motif.ts';
import { pagesAround } from './pages.ts';

describe('dates as people type them', () => {
  it('are understood in many forms', () => {
    for (const text of ['2027-03-03', '20270303', '3/3/2027', '3.3.2027', '3 mars 2027', 'onsdag 3 mars 2027', '3 March 2027', '3 maart 2027', ' 2027-3-3 ']) {
      expect(parseDate(text), text).toBe('2027-03-03');
    }
    expect(parseDate('1er août 2027')).toBe('2027-08-01');
  });

  it('that do not exist are not', () => {
    for (const text of ['', '2027-02-29', '2027-13-01', '31/4/2027', 'snart', '3 foo 2027', '03/04']) expect(parseDate(text), text).toBeUndefined();
    expect(parseDate('2028-02-29')).toBe('2028-02-29');
  });

  it('have days after them, over months and leap days', () => {
    expect([dayAfter('2027-03-03', 0), dayAfter('2028-02-28', 1), dayAfter('2027-12-31', 1)]).toEqual(['2027-03-03', '2028-02-29', '2028-01-01']);
  });

  it('and so are times', () => {
    for (const text of ['19:00', '19.00', '1900', '19', 'kl. 19.00', '19.00 uur', '19h00']) expect(parseTime(text), text).toBe('19:00');
    expect(parseTime('9:05')).toBe('09:05');
    for (const text of ['', '24:00', '12:60', 'kväll']) expect(parseTime(text), text).toBeUndefined();
  });
});

it('pagination names the first, the last and the pages around', () => {
  expect(pagesAround(1, 1)).toEqual([1]);
  expect(pagesAround(1, 4)).toEqual([1, 2, 3, 4]);
  expect(pagesAround(5, 9)).toEqual([1, 0, 4, 5, 6, 0, 9]);
  expect(pagesAround(3, 5)).toEqual([1, 2, 3, 4, 5]);
});

it('files are refused for what can be known before they are sent', () => {
  const file = (name: string, type: string, size: number) => ({ name, type, size }) as File;
  const { good, bad } = refusedFiles(
    [file('a.pdf', 'application/pdf', 10), file('b.pages', '', 10), file('c.pdf', 'application/pdf', 0), file('d.pdf', 'application/pdf', 999)],
    ['application/pdf'],
    100,
  );
  expect(good.map((f) => f.name)).toEqual(['a.pdf']);
  expect(bad.map(({ file: f, why }) => [f.name, why])).toEqual([['b.pages', 'type'], ['c.pdf', 'empty'], ['d.pdf', 'size']]);
});

it('a drawing is always the same for the same thing, and differs between fields', () => {
  expect(motif('x', 'stage.music')).toEqual(motif('x', 'stage.dance'));
  expect(motif('x', 'film')).not.toEqual(motif('x', 'word'));
});

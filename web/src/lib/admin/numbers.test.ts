import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { FactCountSchema } from '#gen/kulturtorg/stream/v1/stream_pb.ts';
import { csv, figure, periods } from './numbers.ts';

const zone = 'Europe/Stockholm';
const iso = (dates: readonly Date[]) => dates.map((d) => d.toISOString());

test('days begin at midnight of the region, before and after the change of clocks', () => {
  const { before, starts, end } = periods('days', new Date('2026-10-26T12:00:00Z'), zone);
  expect(starts).toHaveLength(30);
  expect(iso(starts.slice(-3))).toEqual(['2026-10-23T22:00:00.000Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  expect(end.toISOString()).toBe('2026-10-26T23:00:00.000Z');
  expect(before.toISOString()).toBe('2026-08-27T22:00:00.000Z');
});

test('weeks begin on Monday', () => {
  const sunday = periods('weeks', new Date('2026-11-22T12:00:00Z'), zone);
  expect(sunday.starts.at(-1)?.toISOString()).toBe('2026-11-15T23:00:00.000Z');
  expect(sunday.end.toISOString()).toBe('2026-11-22T23:00:00.000Z');
  const monday = periods('weeks', new Date('2026-11-23T12:00:00Z'), zone);
  expect(monday.starts.at(-1)?.toISOString()).toBe('2026-11-22T23:00:00.000Z');
});

test('months go back over the turn of the year', () => {
  const { before, starts, end } = periods('months', new Date('2026-01-31T12:00:00Z'), zone);
  expect(starts[0]?.toISOString()).toBe('2025-01-31T23:00:00.000Z');
  expect(starts.at(-1)?.toISOString()).toBe('2025-12-31T23:00:00.000Z');
  expect(end.toISOString()).toBe('2026-01-31T23:00:00.000Z');
  expect(before.toISOString()).toBe('2024-01-31T23:00:00.000Z');
});

test('just after midnight in the region it is the new day, whatever UTC says', () => {
  const { starts } = periods('days', new Date('2026-06-30T22:30:00Z'), zone);
  expect(starts.at(-1)?.toISOString()).toBe('2026-06-30T22:00:00.000Z');
});

test('a figure counts its own type in its periods and what was before', () => {
  const starts = [new Date('2026-11-01T23:00:00Z'), new Date('2026-11-02T23:00:00Z')];
  const count = (type: string, at: string, n: bigint) => create(FactCountSchema, { type, startTime: timestampFromDate(new Date(at)), count: n });
  const counts = [count('a', '2026-10-31T23:00:00Z', 4n), count('a', '2026-11-02T23:00:00Z', 2n), count('b', '2026-11-02T23:00:00Z', 9n)];
  expect(figure(counts, 'a', starts)).toEqual({ total: 2, before: 4, series: [0, 2] });
});

test('a spreadsheet takes no field for a formula and loses no comma', () => {
  expect(csv([['a,b', 'say "hi"', '=1+1', '-2', 'å']])).toBe('"a,b","say ""hi""",\'=1+1,\'-2,å\r\n');
});

import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { Performance_State as State, PerformanceSchema, SalesLineSchema } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { add, byPerformance, shares, shelf } from './sales.ts';

const line = (performanceId: string, capacity: number, sold: number, held: number, gross: bigint) =>
  create(SalesLineSchema, { performanceId, category: 'a', capacity, sold, held, free: capacity - sold - held, checkedIn: 1, gross: { currency: 'SEK', minorUnits: gross }, vat: { currency: 'SEK', minorUnits: gross / 10n } });

test('lines add up by performance', () => {
  const sums = byPerformance([line('p', 100, 30, 5, 750_000n), line('p', 50, 10, 0, 200_000n), line('q', 10, 0, 0, 0n)]);
  expect(sums.get('p')).toEqual({ capacity: 150, free: 105, held: 5, sold: 40, checkedIn: 2, gross: 950_000n, vat: 95_000n });
  expect(add(sums.values()).capacity).toBe(160);
  expect(shares(sums.get('p')!)).toEqual({ sold: 40 / 150, held: 5 / 150, free: 0.7 });
  expect(shares(add([])).sold).toBe(0);
});

test('performances stand under their headings', () => {
  const now = new Date('2026-11-21T18:00:00Z');
  const at = (state: State, iso: string) => create(PerformanceSchema, { state, startTime: timestampFromDate(new Date(iso)), production: { minutes: 60 } });
  expect(shelf(at(State.ON_SALE, '2026-11-21T17:30:00Z'), now)).toBe('coming');
  expect(shelf(at(State.ON_SALE, '2026-11-21T17:00:00Z'), now)).toBe('past');
  expect(shelf(at(State.DRAFT, '2026-11-01T17:00:00Z'), now)).toBe('draft');
  expect(shelf(at(State.CANCELLED, '2026-12-01T17:00:00Z'), now)).toBe('cancelled');
});

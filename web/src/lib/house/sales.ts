// What a house has sold, added up.
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Performance_State as State, type Performance, type SalesLine } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';

export interface Sum {
  capacity: number;
  free: number;
  held: number;
  sold: number;
  checkedIn: number;
  gross: bigint;
  vat: bigint;
}

export const nothing = (): Sum => ({ capacity: 0, free: 0, held: 0, sold: 0, checkedIn: 0, gross: 0n, vat: 0n });

/** The sum of some lines or sums. */
export function add(lines: Iterable<SalesLine | Sum>): Sum {
  const sum = nothing();
  for (const line of lines) {
    sum.capacity += line.capacity;
    sum.free += line.free;
    sum.held += line.held;
    sum.sold += line.sold;
    sum.checkedIn += line.checkedIn;
    sum.gross += units(line.gross);
    sum.vat += units(line.vat);
  }
  return sum;
}

const units = (of: bigint | { minorUnits: bigint } | undefined) => (typeof of === 'bigint' ? of : (of?.minorUnits ?? 0n));

/** The sum of each performance that has lines. */
export function byPerformance(lines: readonly SalesLine[]): Map<string, Sum> {
  const groups = new Map<string, SalesLine[]>();
  for (const line of lines) groups.set(line.performanceId, [...(groups.get(line.performanceId) ?? []), line]);
  return new Map([...groups].map(([id, of]) => [id, add(of)]));
}

export const shares = (sum: Sum) => {
  const of = (n: number) => (sum.capacity ? n / sum.capacity : 0);
  return { sold: of(sum.sold), held: of(sum.held), free: of(sum.free) };
};

export type Shelf = 'coming' | 'draft' | 'past' | 'cancelled';

/** Under which heading of the house's list a performance stands. */
export function shelf(performance: Performance, now: Date): Shelf {
  if (performance.state === State.CANCELLED) return 'cancelled';
  const over = endOf(performance) <= now;
  if (performance.state === State.DRAFT) return 'draft';
  return over ? 'past' : 'coming';
}

export const startOf = (performance: Performance): Date => (performance.startTime ? timestampDate(performance.startTime) : new Date(0));
export const endOf = (performance: Performance): Date => new Date(startOf(performance).getTime() + (performance.production?.minutes ?? 0) * 60_000);

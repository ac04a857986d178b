import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { Performance_State as State, PerformanceSchema } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { forDoor } from './today.ts';

const at = (id: string, iso: string, state = State.ON_SALE) => create(PerformanceSchema, { id, state, timeZone: 'Europe/Stockholm', startTime: timestampFromDate(new Date(iso)), production: { minutes: 120 } });

test('a door sees the day of the place, and what has not ended', () => {
  const all = [
    at('tomorrow', '2026-11-22T18:00:00Z'),
    at('today', '2026-11-21T18:00:00Z'),
    at('past midnight here', '2026-11-20T23:30:00Z'),
    at('yesterday', '2026-11-20T18:00:00Z'),
    at('draft', '2026-11-21T18:00:00Z', State.DRAFT),
    at('cancelled', '2026-11-21T18:00:00Z', State.CANCELLED),
  ];
  const ids = (now: string) => {
    const { today, later } = forDoor(all, new Date(now));
    return [today.map((p) => p.id), later.map((p) => p.id)];
  };
  expect(ids('2026-11-21T17:00:00Z')).toEqual([['today'], ['tomorrow']]);
  expect(ids('2026-11-21T08:00:00Z')).toEqual([['past midnight here', 'today'], ['tomorrow']]);
  expect(ids('2026-11-21T19:30:00Z')).toEqual([['today'], ['tomorrow']]);
});

// Which performances a door is likely to be for.
import { Performance_State as State, type Performance } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { shortDate } from '../i18n/format.ts';
import { endOf, startOf } from '../house/sales.ts';

/** How long after its end a performance still lets people in, as the service has it. */
const OPEN_AFTER = 12 * 3_600_000;

export const doorsOpen = (p: Performance, now: Date) => p.state === State.ON_SALE && now.getTime() <= endOf(p).getTime() + OPEN_AFTER;

const sameDay = (p: Performance, now: Date) => shortDate(startOf(p), p.timeZone) === shortDate(now, p.timeZone);

/** Those of today, and those that began yesterday and are not over; then the rest that is still to come, soonest first. */
export function forDoor(performances: readonly Performance[], now: Date): { today: Performance[]; later: Performance[] } {
  const open = performances.filter((p) => doorsOpen(p, now)).sort((a, b) => startOf(a).getTime() - startOf(b).getTime());
  const isToday = (p: Performance) => sameDay(p, now) || (startOf(p) <= now && endOf(p) > now);
  return { today: open.filter(isToday), later: open.filter((p) => !isToday(p) && startOf(p) > now) };
}

// When a gathering takes place, in words.
import { format } from '../i18n/index.ts';

export interface Takes {
  start: format.Instant;
  end: format.Instant;
  timeZone?: string;
  /** No times of day are known: whole days, the last one ending at the midnight after it. */
  allDay?: boolean;
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `Torsdag 3 december 08:00–09:30`, over several days `Fredag 4 december 18:00 – söndag 6 december 14:00`. */
export function span({ start, end, timeZone = format.zone(), allDay = false }: Takes): string {
  const from = format.instant(start);
  const until = format.instant(end) ?? from;
  if (!from || !until) return '';
  const last = allDay ? new Date(Math.max(from.getTime(), until.getTime() - 60_000)) : until;
  const oneDay = format.shortDate(from, timeZone) === format.shortDate(last, timeZone);
  const first = upper(format.day(from, timeZone));
  if (allDay) return oneDay ? first : `${first} – ${format.day(last, timeZone)}`;
  const text = oneDay
    ? `${first} ${clocks(from, last, timeZone)}`
    : `${first} ${format.time(from, timeZone)} – ${format.day(last, timeZone)} ${format.time(last, timeZone)}`;
  return format.isElsewhere(from, timeZone) ? `${text} (${format.zoneName(from, timeZone)})` : text;
}

/** `08:00–09:30`, in Dutch `08.00–09.30 uur`. */
export function clocks(from: Date, until: Date, timeZone = format.zone()): string {
  const end = format.time(until, timeZone);
  // Word joiners keep the two times on one line.
  return `${format.time(from, timeZone).replace(/ uur$/, '')}\u2060–\u2060${end}`;
}

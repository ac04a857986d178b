import type { Gathering } from '#gen/kulturtorg/events/v1/events_pb.ts';
import { format } from '../i18n/index.ts';
import { reader } from '../i18n/language.svelte.ts';

/** Gatherings under the months in which they begin, `december 2026`. What has begun earlier and goes on comes first. */
export function byMonth(rows: readonly Gathering[]): { month: string; rows: Gathering[] }[] {
  const months = new Map<string, Gathering[]>();
  for (const row of rows) {
    const at = format.instant(row.content?.startTime);
    const timeZone = row.content?.timeZone || format.zone();
    const month = at ? new Intl.DateTimeFormat(reader.locale, { timeZone, month: 'long', year: 'numeric' }).format(at) : '';
    months.set(month, [...(months.get(month) ?? []), row]);
  }
  return [...months].map(([month, rows]) => ({ month, rows }));
}

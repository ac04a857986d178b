// Periods of the region's calendar, and counts put into them.
import type { FactCount } from '#gen/kulturtorg/stream/v1/stream_pb.ts';
import { CountFactsRequest_Step as Step } from '#gen/kulturtorg/stream/v1/stream_pb.ts';
import { fromWallClock, instant, wallClock } from '../i18n/format.ts';

export type Span = 'days' | 'weeks' | 'months';

const PERIODS = { days: 30, weeks: 12, months: 12 } as const;
export const STEP: Record<Span, Step> = { days: Step.UNSPECIFIED, weeks: Step.WEEK, months: Step.MONTH };

/** The facts behind each figure. */
export const MEASURES = {
  submitted: 'kulturtorg.review.v1.ApplicationSubmitted',
  approved: 'kulturtorg.review.v1.ApplicationApproved',
  rejected: 'kulturtorg.review.v1.ApplicationRejected',
  enquiries: 'kulturtorg.profiles.v1.EnquirySent',
  registrations: 'kulturtorg.events.v1.RegistrationMade',
  cases: 'kulturtorg.guidance.v1.CaseOpened',
  orders: 'kulturtorg.ticketing.v1.OrderPaid',
  admitted: 'kulturtorg.ticketing.v1.TicketCheckedIn',
} as const;

export type Measure = keyof typeof MEASURES;

/** The same day of the calendar, some days later or earlier. */
function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function firstDay(day: string, span: Span): string {
  if (span === 'months') return `${day.slice(0, 7)}-01`;
  if (span === 'days') return day;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return shifted(day, -((weekday + 6) % 7));
}

function back(day: string, span: Span, periods: number): string {
  if (span !== 'months') return shifted(day, -periods * (span === 'weeks' ? 7 : 1));
  const month = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 - periods;
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

/** When the periods of this span begin, the oldest first, after as many before them to compare with; and their end. */
export function periods(span: Span, now: Date, zone: string): { before: Date; starts: Date[]; end: Date } {
  const midnight = (day: string) => fromWallClock(day, '00:00', zone) as Date;
  const last = firstDay(wallClock(now, zone).date, span);
  const count = PERIODS[span];
  const starts = Array.from({ length: count }, (_, i) => midnight(back(last, span, count - 1 - i)));
  return { before: midnight(back(last, span, 2 * count - 1)), starts, end: midnight(back(last, span, -1)) };
}

export interface Figure {
  total: number;
  /** How many there were in as many periods before. */
  before: number;
  /** One number for each period. */
  series: number[];
}

/** The figure of one type of fact. */
export function figure(counts: readonly FactCount[], type: string, starts: readonly Date[]): Figure {
  const series = starts.map(() => 0);
  let before = 0;
  const first = starts[0]?.getTime() ?? 0;
  for (const count of counts) {
    if (count.type !== type) continue;
    const at = instant(count.startTime)?.getTime() ?? 0;
    const place = starts.findIndex((s) => s.getTime() === at);
    if (place >= 0) series[place] = (series[place] ?? 0) + Number(count.count);
    else if (at < first) before += Number(count.count);
  }
  return { total: series.reduce((sum, n) => sum + n, 0), before, series };
}

/** Rows as a spreadsheet reads them; a field with a comma, a quote or a sign that would begin a formula is made safe. */
export function csv(rows: readonly (readonly string[])[]): string {
  const field = (text: string) => {
    const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  return rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

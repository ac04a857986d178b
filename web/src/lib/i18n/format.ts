// Numbers, money, dates and lists as the reader's language writes them. Each function reads the language (and the
// region's time zone) when called, so what a component shows follows the switch.
import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { reader } from './language.svelte.ts';

const made = new Map<string, unknown>();

/** Intl objects are dear to make and are asked for in every row. */
function cached<T>(kind: string, options: unknown, make: (locale: string) => T): T {
  const key = `${kind} ${reader.locale} ${JSON.stringify(options)}`;
  let found = made.get(key) as T | undefined;
  if (!found) {
    found = make(reader.locale);
    made.set(key, found);
  }
  return found;
}

let regionZone = 'Europe/Stockholm';

/** The zone in which times without one of their own are shown. */
export function setRegionZone(zone: string): void {
  regionZone = zone;
}

export const zone = () => regionZone;

export interface Amount {
  currency: string;
  minorUnits: bigint;
}

/** `24 000 kr`, `€ 12,50`. Whole kronor go without decimals; euro always has its cents. */
export function money(amount: Amount): string {
  const options = {
    style: 'currency',
    currency: amount.currency,
    trailingZeroDisplay: amount.currency === 'SEK' ? 'stripIfInteger' : 'auto',
  } as const;
  const format = cached('money', options, (l) => new Intl.NumberFormat(l, options));
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(Number(amount.minorUnits) / 10 ** digits);
}

export function number(n: number | bigint, options: Intl.NumberFormatOptions = {}): string {
  return cached('number', options, (l) => new Intl.NumberFormat(l, options)).format(n);
}

export function percent(share: number): string {
  return number(share, { style: 'percent', maximumFractionDigits: 1 });
}

export type Instant = Timestamp | Date | undefined;

/** A timestamp as a date object. */
export function instant(at: Instant): Date | undefined {
  return at instanceof Date ? at : at && timestampDate(at);
}

function format(at: Instant, options: Intl.DateTimeFormatOptions, timeZone = regionZone): string {
  const date = instant(at);
  if (!date) return '';
  const all = { timeZone, ...options };
  return cached('date', all, (l) => new Intl.DateTimeFormat(l, all)).format(date);
}

/** `3 mars 2027`. */
export const date = (at: Instant, timeZone?: string) => format(at, { day: 'numeric', month: 'long', year: 'numeric' }, timeZone);

/** `onsdag 3 mars`; with the year if it is not this one. */
export function day(at: Instant, timeZone?: string): string {
  const thisYear = format(at, { year: 'numeric' }, timeZone) === format(new Date(), { year: 'numeric' }, timeZone);
  return format(at, { weekday: 'long', day: 'numeric', month: 'long', year: thisYear ? undefined : 'numeric' }, timeZone);
}

/** The parts of a calendar's leaf: `fre`, `27`, `nov`. */
export function leaf(at: Instant, timeZone?: string) {
  return {
    weekday: format(at, { weekday: 'short' }, timeZone),
    day: instant(at) ? String(Number(shortDate(at, timeZone).slice(8))) : '',
    month: format(at, { month: 'short' }, timeZone),
  };
}

/** `2027-03-03`, for tables. */
export function shortDate(at: Instant, timeZone = regionZone): string {
  const when = instant(at);
  return when ? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(when) : '';
}

/** `14:30`, in Dutch `14.30 uur`. */
export function time(at: Instant, timeZone?: string): string {
  const text = format(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, timeZone);
  return reader.language === 'nl' && text ? `${text.replace(':', '.')} uur` : text;
}

/** Date and time together, `3 mars 2027 14:30`. */
export function dateTime(at: Instant, timeZone?: string): string {
  return instant(at) ? `${date(at, timeZone)} ${time(at, timeZone)}` : '';
}

/** `centraleuropeisk tid`. */
export function zoneName(at: Instant, timeZone = regionZone): string {
  const when = instant(at);
  if (!when) return '';
  const options = { timeZone, timeZoneName: 'longGeneric' } as const;
  const parts = cached('zone', options, (l) => new Intl.DateTimeFormat(l, options)).formatToParts(when);
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? timeZone;
}

/** Whether a clock in `timeZone` shows another time than the reader's own at that moment. */
export function isElsewhere(at: Instant, timeZone = regionZone, own?: string): boolean {
  const when = instant(at);
  if (!when) return false;
  const wall = (z: string | undefined) => new Intl.DateTimeFormat('sv-SE', { timeZone: z, dateStyle: 'short', timeStyle: 'short' }).format(when);
  return wall(timeZone) !== wall(own);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** `för 3 dagar sedan`, `om 2 timmar`, `nu`. */
export function relative(at: Instant, now = new Date()): string {
  const when = instant(at);
  if (!when) return '';
  const seconds = (when.getTime() - now.getTime()) / 1000;
  const [unit, size] = steps.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
  const options = { numeric: 'auto' } as const;
  return cached('relative', options, (l) => new Intl.RelativeTimeFormat(l, options)).format(Math.trunc(seconds / size), unit);
}

/** `1 tim 30 min`. */
export function minutes(total: number): string {
  const part = (n: number, unit: string) => number(n, { style: 'unit', unit, unitDisplay: 'short' });
  const hours = Math.floor(total / 60);
  const rest = total % 60;
  return [hours ? part(hours, 'hour') : '', rest || !hours ? part(rest, 'minute') : ''].filter(Boolean).join(' ');
}

/** `4,2 MB`. */
export function bytes(n: number): string {
  const [unit, size] = n >= 1_000_000 ? ['megabyte', 1_000_000] as const : ['kilobyte', 1_000] as const;
  return number(n / size, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: unit === 'megabyte' ? 1 : 0 });
}

/** `Torsby, Sunne och Arvika`. */
export function list(items: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
  return cached('list', type, (l) => new Intl.ListFormat(l, { type })).format(items);
}

/** Sorts by the language's own order: å ä ö last in Swedish. */
export function sorted<T>(items: readonly T[], by: (item: T) => string): T[] {
  const collator = cached('collator', '', (l) => new Intl.Collator(l, { numeric: true }));
  return [...items].sort((a, b) => collator.compare(by(a), by(b)));
}

/** The calendar date and clock time of an instant in a zone, as form fields hold them. */
export function wallClock(at: Instant, timeZone = regionZone): { date: string; time: string } {
  const when = instant(at);
  if (!when) return { date: '', time: '' };
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return { date: shortDate(when, timeZone), time: clock.format(when) };
}

/** The instant at which a clock in a zone shows this date and time. In the hour that is skipped in spring, the one after. */
export function fromWallClock(dateText: string, timeText: string, timeZone = regionZone): Date | undefined {
  const guess = Date.parse(`${dateText}T${timeText}:00Z`);
  if (Number.isNaN(guess)) return undefined;
  const offset = (at: number) => {
    const wall = wallClock(new Date(at), timeZone);
    return Date.parse(`${wall.date}T${wall.time}:00Z`) - at;
  };
  const first = guess - offset(guess);
  return new Date(guess - offset(first));
}

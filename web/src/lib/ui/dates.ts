// Dates and times as people type them.

const months = new Map(
  ['sv-SE', 'en-GB', 'nl-BE', 'fr-BE'].flatMap((locale) =>
    (['long', 'short'] as const).flatMap((month) => {
      const format = new Intl.DateTimeFormat(locale, { month, timeZone: 'UTC' });
      return Array.from({ length: 12 }, (_, i): [string, number] => [plain(format.format(new Date(Date.UTC(2024, i, 15)))), i + 1]);
    }),
  ),
);

function plain(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]|(?<=[a-z])\./g, '');
}

/** `2027-03-03`, `3/3/2027`, `3.3.2027`, `20270303` or `3 mars 2027` as `2027-03-03`; nothing if it is no date. */
export function parseDate(text: string): string | undefined {
  const t = plain(text.trim());
  const found =
    /^(?<y>\d{4})[-/. ]?(?<m>\d{1,2})[-/. ]?(?<d>\d{1,2})$/.exec(t)?.groups ??
    /^(?<d>\d{1,2})[-/. ](?<m>\d{1,2})[-/. ](?<y>\d{4})$/.exec(t)?.groups ??
    /^(?:[a-z]+ )?(?<d>\d{1,2})(?:er|e|:e)? (?<name>[a-z]+) (?<y>\d{4})$/.exec(t)?.groups;
  if (!found) return undefined;
  const month = found.name ? months.get(found.name) : Number(found.m);
  if (!month) return undefined;
  const date = new Date(Date.UTC(Number(found.y), month - 1, Number(found.d)));
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(found.d);
  return same ? date.toISOString().slice(0, 10) : undefined;
}

/** The day so many days after `2027-03-03`. */
export function dayAfter(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** `19:00`, `19.00`, `1900`, `19`, `9` as `19:00`; nothing if it is no time. */
export function parseTime(text: string): string | undefined {
  const found = /^(\d{1,2})(?:[:.h ]?(\d{2}))?(?: ?(?:uur|h))?$/.exec(text.trim().toLowerCase().replace(/^kl\.? ?/, ''));
  if (!found) return undefined;
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  if (hour > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

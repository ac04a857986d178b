import { application } from '../i18n/application.ts';
import { date } from '../i18n/format.ts';

/** A day of the contract, `2025-03-01`, as the reader's language writes it. */
export const dayText = (day: string) => (day ? date(new Date(`${day}T12:00:00Z`), 'UTC') : '');

/** `1 mars 2025 till 30 april 2025`, `1 mars 2025 till pågår`. */
export function periodText(from: string, until: string): string {
  const { period, ongoing } = application.words;
  return from === until ? dayText(from) : until ? period(dayText(from), dayText(until)) : `${dayText(from)}, ${ongoing}`;
}

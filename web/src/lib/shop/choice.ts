// What somebody has chosen, as text for an address: `12,13.reduced` are two seats, `a:full:2,b:reduced:1` three places.
import { FULL } from './prices.ts';

const KEY = /^[a-z0-9_.-]{1,64}$/;

/** Seats with their ticket types. */
export function writeSeats(chosen: Iterable<readonly [number, string]>): string {
  return [...chosen].map(([id, type]) => (type === FULL ? `${id}` : `${id}.${type}`)).join(',');
}

/** Reads what `writeSeats` wrote; whatever else stands there is left out. */
export function readSeats(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const part of text.split(',')) {
    const [, id, type = FULL] = /^(\d{1,4})(?:\.(.+))?$/.exec(part) ?? [];
    if (id && KEY.test(type)) found.set(Number(id), type);
  }
  return found;
}

/** What a category and a ticket type are kept under. */
export const placeKey = (category: string, type: string) => `${category}:${type}`;

export interface PlaceCount {
  category: string;
  type: string;
  count: number;
}

/** How many places of each category and ticket type, of an order's lines. */
export function placesOf(lines: readonly { category: string; ticketType: string }[]): PlaceCount[] {
  const counts = new Map<string, PlaceCount>();
  for (const { category, ticketType } of lines) {
    const key = placeKey(category, ticketType);
    const known = counts.get(key) ?? { category, type: ticketType, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  return [...counts.values()];
}

export function writePlaces(chosen: readonly PlaceCount[]): string {
  return chosen.filter((p) => p.count > 0).map((p) => `${p.category}:${p.type}:${p.count}`).join(',');
}

export function readPlaces(text: string): PlaceCount[] {
  return text.split(',').flatMap((part) => {
    const [category = '', type = '', count = ''] = part.split(':');
    return KEY.test(category) && KEY.test(type) && /^[1-9]\d{0,2}$/.test(count) ? [{ category, type, count: Number(count) }] : [];
  });
}

// Seats, months and hold times in the reader's words. Reads the language when called, so call it in $derived or markup.
import type { Performance, PriceCategory } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { format, localText, reader } from '../i18n/index.ts';
import { shop } from '../i18n/shop.ts';
import { categoryOf, FULL, type Amount, type Sale } from './prices.ts';
import type { Seat } from './seats.ts';

export interface Label {
  section: string;
  row: string;
  number: string;
}

/** `Parkett, rad H, plats 3`. */
export const seatInWords = ({ section, row, number }: Label) => `${section}, ${shop.words.seats.place(row, number)}`;

/** `Parkett, rad H, plats 3 och 4`; rows are parted by semicolons. */
export function seatsInWords(seats: readonly Label[]): string {
  const rows = new Map<string, Label[]>();
  for (const seat of seats) {
    const key = `${seat.section}\n${seat.row}`;
    rows.set(key, [...(rows.get(key) ?? []), seat]);
  }
  return [...rows.values()].map((row) => seatInWords({ ...row[0]!, number: format.list(row.map((s) => s.number)) })).join('; ');
}

/** What a seat is called where its section is known: `Rad H, plats 3, 240 kr, rullstolsplats, ledig`. */
export function seatName(seat: Seat, prices: readonly PriceCategory[], mine: boolean): string {
  const { seats } = shop.words;
  const price = categoryOf(prices, seat.category)?.price;
  const parts = [seats.seat(seat.row, seat.number), price && money(price), seat.accessible && seats.wheelchair, mine ? seats.state.mine : seats.state[seat.state]];
  return parts.filter(Boolean).join(', ');
}

export const money = (of: Amount) => format.money(of);

export const categoryName = (prices: readonly PriceCategory[], key: string) => localText(categoryOf(prices, key)?.names ?? []) || key;

export function typeName(prices: readonly PriceCategory[], category: string, type: string): string {
  if (type === FULL || type === '') return shop.words.prices.full;
  return localText(categoryOf(prices, category)?.ticketTypes.find((t) => t.key === type)?.names ?? []) || type;
}

/** The month of a performance where it is given: `2026-12`. */
export const monthOf = (at: format.Instant, timeZone: string) => format.wallClock(at, timeZone).date.slice(0, 7);

/** `2026-12` as `december 2026`. */
export function monthName(month: string): string {
  const text = new Intl.DateTimeFormat(reader.locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${month}-15T12:00:00Z`));
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** When a hold ends, by the clock on the reader's wall. */
export const holdTime = (at: format.Instant) => format.time(at, Intl.DateTimeFormat().resolvedOptions().timeZone);

/** Why nothing can be bought, as a title and what it means. */
export function saleInWords({ saleFromTime, timeZone }: Performance, sale: Exclude<Sale, 'open'>): { title: string; text: string } {
  const words = shop.words.sale;
  if (sale === 'cancelled') return { title: words.cancelled, text: words.cancelledText };
  if (sale === 'closed') return { title: words.closed, text: words.closedText };
  return { title: words.notYet(`${format.day(saleFromTime, timeZone)} ${format.time(saleFromTime, timeZone)}`), text: words.notYetText };
}

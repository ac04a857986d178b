// What seats cost. Amounts are whole numbers of minor units; nothing is ever computed with fractions.
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { Performance_State, type OrderLine, type Performance, type PriceCategory } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';

/** The ticket type of the full price. */
export const FULL = 'full';

export interface Amount {
  currency: string;
  minorUnits: bigint;
}

export const categoryOf = (prices: readonly PriceCategory[], key: string) => prices.find((c) => c.key === key);

/** The price of a seat of a category for a ticket type; nothing if there is no such price. */
export function priceOf(prices: readonly PriceCategory[], category: string, type: string): Amount | undefined {
  const found = categoryOf(prices, category);
  return type === FULL || type === '' ? found?.price : found?.ticketTypes.find((t) => t.key === type)?.price;
}

/** The sum of amounts of one currency; nothing if there are none. */
export function sum(amounts: readonly Amount[]): Amount | undefined {
  const [first] = amounts;
  return first && { currency: first.currency, minorUnits: amounts.reduce((all, a) => all + a.minorUnits, 0n) };
}

/** The lowest full price. */
export function lowestPrice(prices: readonly PriceCategory[]): Amount | undefined {
  const amounts = prices.map((c) => c.price).filter((p) => p !== undefined);
  return amounts.reduce<Amount | undefined>((low, p) => (low && low.minorUnits <= p.minorUnits ? low : p), undefined);
}

/** The VAT of an order by its rate, the highest rate first. */
export function vatByRate(lines: readonly OrderLine[]): { permille: number; vat: Amount }[] {
  const rates = new Map<number, Amount[]>();
  for (const { vatPermille, vat } of lines) if (vat) rates.set(vatPermille, [...(rates.get(vatPermille) ?? []), vat]);
  return [...rates].sort(([a], [b]) => b - a).map(([permille, amounts]) => ({ permille, vat: sum(amounts)! }));
}

/** Ticket types of a performance, in the order in which its categories name them. */
export function ticketTypes(prices: readonly PriceCategory[]): { key: string; names: PriceCategory['names'] }[] {
  const seen = new Map(prices.flatMap((c) => c.ticketTypes).map((t) => [t.key, { key: t.key, names: t.names }]));
  return [...seen.values()];
}

export type Sale = 'open' | 'notYet' | 'closed' | 'cancelled';

const ms = (at: Timestamp | undefined) => (at ? timestampMs(at) : undefined);

/** Whether a performance is sold at a moment, in milliseconds. */
export function saleState(performance: Performance, now: number): Sale {
  if (performance.state === Performance_State.CANCELLED) return 'cancelled';
  if (now < (ms(performance.saleFromTime) ?? -Infinity)) return 'notYet';
  return now < (ms(performance.saleUntilTime) ?? ms(performance.startTime) ?? Infinity) ? 'open' : 'closed';
}

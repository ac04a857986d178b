// A performance as its form holds it, and as requests hold it.
import { timestampDate, timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { Performance, PriceCategory } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { local, type InLanguage } from '../i18n/local.ts';
import { freeKey } from './keys.ts';
import { parseMoney, typedMoney } from './money.ts';

export interface TypeDraft {
  /** For lists of the page alone. */
  id: string;
  /** The key that it is stored under; empty: to be made of its name. */
  key: string;
  names: InLanguage[];
  price: string;
}

export interface CategoryDraft extends TypeDraft {
  /** With free seating: how many places. */
  places: string;
  types: TypeDraft[];
}

export interface PlanDraft {
  start?: Date;
  saleFrom?: Date;
  saleUntil?: Date;
  prices: CategoryDraft[];
}

/** Where it is: how many places there are, and whether seats are numbered. */
export interface Room {
  numbered: boolean;
  /** Undefined on the net, where there is room for as many as one likes. */
  places?: number;
}

export type PlanMistake =
  | 'start' | 'begun' | 'fromAfterUntil' | 'untilAfterStart' | 'unreadable' | 'noPrices' | 'manyPrices' | 'name' | 'price' | 'places' | 'tooManyPlaces' | 'manyTypes' | 'sameName';

export interface PlanWrong {
  field: string;
  what: PlanMistake;
}

let made = 0;
const nextId = () => `p${(made += 1)}`;

export const newType = (): TypeDraft => ({ id: nextId(), key: '', names: [], price: '' });
export const newCategory = (key = ''): CategoryDraft => ({ ...newType(), key, places: '', types: [] });

const MOST_PLACES = 100_000;

/** Every mistake that can be seen before sending, with the path of its field in the request. */
export function planMistakes(draft: PlanDraft, room: Room, currency: string, now: Date, onSale = false): PlanWrong[] {
  const wrong: PlanWrong[] = [];
  const refuse = (field: string, what: PlanMistake) => wrong.push({ field, what });
  if (!draft.start) refuse('start_time', 'start');
  else if (!onSale && draft.start <= now) refuse('start_time', 'begun');
  const end = draft.saleUntil ?? draft.start;
  if (draft.saleUntil && draft.start && draft.saleUntil > draft.start) refuse('sale_until_time', 'untilAfterStart');
  if (draft.saleFrom && end && draft.saleFrom >= end) refuse('sale_from_time', 'fromAfterUntil');
  if (!draft.prices.length) refuse('prices', 'noPrices');
  if (draft.prices.length > 20) refuse('prices', 'manyPrices');
  let places = 0;
  draft.prices.forEach((category, c) => {
    const path = `prices[${c}]`;
    entry(category, path, currency, refuse);
    if (!room.numbered) {
      const count = placesOf(category);
      if (count < 1 || count > MOST_PLACES) refuse(`${path}.places`, 'places');
      else places += count;
    }
    if (category.types.length > 20) refuse(`${path}.names`, 'manyTypes');
    category.types.forEach((type, t) => entry(type, `${path}.ticket_types[${t}]`, currency, refuse));
  });
  if (!room.numbered && room.places !== undefined && places > room.places) refuse('prices', 'tooManyPlaces');
  return wrong;
}

function entry(of: TypeDraft, path: string, currency: string, refuse: (field: string, what: PlanMistake) => void): void {
  if (!of.names.some((n) => n.text.trim())) refuse(`${path}.names`, 'name');
  if (parseMoney(of.price, currency) === undefined) refuse(`${path}.price`, 'price');
}

const placesOf = (category: CategoryDraft) => {
  const text = category.places.replace(/[\s\u00a0\u202f]/g, '');
  return /^\d{1,7}$/.test(text) ? Number(text) : 0;
};

/** The prices as requests hold them. New categories and ticket types get keys of their names. */
export function pricesOf(draft: PlanDraft, room: Room, currency: string) {
  const taken = new Set(draft.prices.map((c) => c.key).filter(Boolean));
  return draft.prices.map((category) => {
    const key = category.key || freeKey(nameOf(category), taken, 'pris');
    taken.add(key);
    const used = new Set(['full', ...category.types.map((t) => t.key).filter(Boolean)]);
    return {
      key,
      names: written(category.names),
      price: amount(category.price, currency),
      places: room.numbered ? 0 : placesOf(category),
      ticketTypes: category.types.map((type) => {
        const own = type.key || freeKey(nameOf(type), used, 'typ');
        used.add(own);
        return { key: own, names: written(type.names), price: amount(type.price, currency) };
      }),
    };
  });
}

const nameOf = (of: TypeDraft) => local(of.names, '')?.text ?? '';
const written = (names: InLanguage[]) => names.filter((n) => n.text.trim()).map(({ language, text }) => ({ language, text: text.trim() }));
const amount = (text: string, currency: string) => ({ currency, minorUnits: parseMoney(text, currency) ?? 0n });

const stamp = (date: Date | undefined): Timestamp | undefined => date && timestampFromDate(date);

/** The times as requests hold them. An end of the sale that is not set follows the start. */
export const timesOf = (draft: PlanDraft) => ({ startTime: stamp(draft.start), saleFromTime: stamp(draft.saleFrom), saleUntilTime: stamp(draft.saleUntil) });

/** The form of a performance that exists. */
export function draftOf(performance: Performance, decimalSign?: string): PlanDraft {
  const date = (at: Timestamp | undefined) => at && timestampDate(at);
  const [start, until] = [date(performance.startTime), date(performance.saleUntilTime)];
  return {
    start,
    saleFrom: date(performance.saleFromTime),
    saleUntil: until && start && until.getTime() !== start.getTime() ? until : undefined,
    prices: performance.prices.map((c) => categoryDraft(c, decimalSign)),
  };
}

const texts = (names: readonly InLanguage[]) => names.map(({ language, text }) => ({ language, text }));

function categoryDraft(category: PriceCategory, decimalSign?: string): CategoryDraft {
  const typed = (price: { currency: string; minorUnits: bigint } | undefined) => (price ? typedMoney(price.minorUnits, price.currency, decimalSign) : '');
  return {
    id: nextId(),
    key: category.key,
    names: texts(category.names),
    price: typed(category.price),
    places: category.places ? String(category.places) : '',
    types: category.ticketTypes.map((t) => ({ id: nextId(), key: t.key, names: texts(t.names), price: typed(t.price) })),
  };
}

/** Categories for a hall's numbered seats: those already written, and an empty one for each that is missing. */
export function categoriesFor(keys: readonly string[], written: readonly CategoryDraft[]): CategoryDraft[] {
  return keys.map((key) => written.find((c) => c.key === key) ?? newCategory(key));
}

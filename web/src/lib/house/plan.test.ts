import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { PerformanceSchema } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { fromWallClock } from '../i18n/format.ts';
import { categoriesFor, draftOf, newCategory, newType, planMistakes, pricesOf, timesOf, type CategoryDraft, type PlanDraft } from './plan.ts';

const NOW = new Date('2026-11-21T08:00:00Z');
const sv = (text: string) => [{ language: 'sv', text }];
const category = (over: Partial<CategoryDraft> = {}): CategoryDraft => ({ ...newCategory('a'), names: sv('Parkett'), price: '250', ...over });
const plan = (over: Partial<PlanDraft> = {}): PlanDraft => ({ start: new Date('2026-12-10T18:00:00Z'), prices: [category()], ...over });
const found = (draft: PlanDraft, room = { numbered: true } as { numbered: boolean; places?: number }) => planMistakes(draft, room, 'SEK', NOW).map(({ field, what }) => `${field} ${what}`);

describe('a start where the performance is', () => {
  const start = (date: string, time: string, zone = 'Europe/Stockholm') => timestampDate(timesOf(plan({ start: fromWallClock(date, time, zone) })).startTime!).toISOString();

  test('in winter and in summer', () => {
    expect(start('2026-12-10', '19:00')).toBe('2026-12-10T18:00:00.000Z');
    expect(start('2027-07-01', '19:00')).toBe('2027-07-01T17:00:00.000Z');
  });
  test('around the changes of the clock', () => {
    expect(start('2027-03-28', '01:30')).toBe('2027-03-28T00:30:00.000Z');
    expect(start('2027-03-28', '03:30')).toBe('2027-03-28T01:30:00.000Z');
    expect(start('2027-10-31', '01:30')).toBe('2027-10-30T23:30:00.000Z');
    expect(start('2027-10-31', '03:30')).toBe('2027-10-31T02:30:00.000Z');
  });
  test('over midnight and in another zone', () => {
    expect(start('2027-01-01', '00:30')).toBe('2026-12-31T23:30:00.000Z');
    expect(start('2026-12-31', '18:30', 'America/New_York')).toBe('2026-12-31T23:30:00.000Z');
  });
});

describe('mistakes', () => {
  test('none in a whole plan', () => expect(found(plan())).toEqual([]));

  test('times in an order that cannot be', () => {
    const start = new Date('2026-12-10T18:00:00Z');
    expect(found(plan({ start: undefined }))).toEqual(['start_time start']);
    expect(found(plan({ start: NOW }))).toEqual(['start_time begun']);
    expect(found(plan({ saleUntil: new Date(start.getTime() + 1) }))).toEqual(['sale_until_time untilAfterStart']);
    expect(found(plan({ saleFrom: start }))).toEqual(['sale_from_time fromAfterUntil']);
    expect(planMistakes(plan({ start: NOW }), { numbered: true }, 'SEK', NOW, true)).toEqual([]);
  });

  test('prices', () => {
    expect(found(plan({ prices: [] }))).toEqual(['prices noPrices']);
    expect(found(plan({ prices: [category({ names: sv(' '), price: 'dyrt' })] }))).toEqual(['prices[0].names name', 'prices[0].price price']);
    expect(found(plan({ prices: [category({ types: [newType()] })] }))).toEqual(['prices[0].ticket_types[0].names name', 'prices[0].ticket_types[0].price price']);
  });

  test('places of free seating', () => {
    const free = (places: string) => plan({ prices: [category({ places })] });
    expect(found(free(''), { numbered: false })).toEqual(['prices[0].places places']);
    expect(found(free('121'), { numbered: false, places: 120 })).toEqual(['prices tooManyPlaces']);
    expect(found(free('120'), { numbered: false, places: 120 })).toEqual([]);
    expect(found(free('90 000'), { numbered: false })).toEqual([]);
  });
});

test('prices become minor units under keys of their own', () => {
  const reduced = { ...newType(), names: [...sv('Reducerat'), { language: 'en', text: ' ' }], price: '125,50' };
  const prices = [category({ key: '', types: [reduced, { ...reduced }] }), category({ key: '', places: '5' }), category({ key: 'c' })];
  const [first, second, third] = pricesOf(plan({ prices }), { numbered: false }, 'SEK');
  expect([first!.key, second!.key, third!.key]).toEqual(['parkett', 'parkett-2', 'c']);
  expect(first!.ticketTypes.map((t) => t.key)).toEqual(['reducerat', 'reducerat-2']);
  expect(first!.ticketTypes[0]).toMatchObject({ names: sv('Reducerat'), price: { currency: 'SEK', minorUnits: 12_550n } });
  expect(second!.places).toBe(5);
  const full = pricesOf(plan({ prices: [category({ types: [{ ...newType(), names: sv('Full'), price: '1' }] })] }), { numbered: true }, 'SEK');
  expect(full[0]!.ticketTypes[0]!.key).toBe('full-2');
});

test('a performance that is read into the form and sent again is the same', () => {
  const draft = plan({ saleFrom: new Date('2026-11-25T08:00:00Z'), prices: [category({ types: [{ ...newType(), key: 'reduced', names: sv('Reducerat'), price: '99,50' }] })] });
  const sent = { ...timesOf(draft), prices: pricesOf(draft, { numbered: true }, 'SEK') };
  const answer = create(PerformanceSchema, { ...sent, saleUntilTime: sent.startTime });
  const again = draftOf(answer);
  expect(again.saleUntil).toBeUndefined();
  expect({ ...timesOf(again), prices: pricesOf(again, { numbered: true }, 'SEK') }).toEqual(sent);
});

test('categories follow the hall and keep what was typed', () => {
  const a = category({ price: '300' });
  expect(categoriesFor(['b', 'a'], [a]).map((c) => [c.key, c.price])).toEqual([['b', ''], ['a', '300']]);
});

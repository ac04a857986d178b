import { describe, expect, test } from 'vitest';
import { build, newGroup, newSection, rowLabels, seatNumbers, type Group, type HallDraft } from './hall-builder.ts';
import { freeKey, keyOf } from './keys.ts';

const group = (over: Partial<Group> = {}): Group => ({ key: 'g', from: '1', to: '3', seats: '4', first: '1', category: 'A', accessible: '', ...over });
const hall = (...groups: Group[]): HallDraft => ({ name: 'Salongen', numbered: true, freePlaces: '', sections: [{ key: 's', name: 'Parkett', groups }] });
const mistakes = (draft: HallDraft) => build(draft).wrong.map(({ field, what }) => `${field} ${what}`);

describe('labels of rows', () => {
  test('numbers, letters and single rows', () => {
    expect(rowLabels('1', '3')).toEqual(['1', '2', '3']);
    expect(rowLabels('A', 'D')).toEqual(['A', 'B', 'C', 'D']);
    expect(rowLabels('b', 'c')).toEqual(['b', 'c']);
    expect(rowLabels(' Loge 1 ', '')).toEqual(['Loge 1']);
    expect(rowLabels('7', '7')).toEqual(['7']);
  });
  test('ends that do not belong together', () => {
    for (const [from, to] of [['', '3'], ['3', '1'], ['A', '3'], ['D', 'A'], ['a', 'D'], ['1', '500'], ['AA', 'AC']] as const) {
      expect(rowLabels(from, to), `${from}-${to}`).toBeUndefined();
    }
  });
});

test('numbers of seats', () => {
  expect([...seatNumbers('1, 2,21-23')!]).toEqual([1, 2, 21, 22, 23]);
  expect([...seatNumbers('1 – 3')!]).toEqual([1, 2, 3]);
  expect(seatNumbers('')!.size).toBe(0);
  expect(seatNumbers('x')).toBeUndefined();
  expect(seatNumbers('5-2')).toBeUndefined();
});

describe('a hall', () => {
  test('becomes sections of rows of seats', () => {
    const { plan, wrong, seats } = build(hall(group({ accessible: '1, 4' }), group({ from: 'A', to: '', seats: '2', first: '11', category: 'Bakre parkett' })));
    expect(wrong).toEqual([]);
    expect(seats).toBe(14);
    const rows = plan.sections[0]!.rows;
    expect(rows.map((r) => [r.label, r.category, r.seats.length])).toEqual([['1', 'a', 4], ['2', 'a', 4], ['3', 'a', 4], ['A', 'bakre-parkett', 2]]);
    expect(rows[1]!.seats.map((s) => s.accessible)).toEqual([true, false, false, true]);
    expect(rows[3]!.seats.map((s) => s.number)).toEqual(['11', '12']);
  });

  test('with free seating has no seats', () => {
    const draft = { ...hall(), numbered: false, freePlaces: '1 200' };
    expect(build(draft)).toEqual({ plan: { sections: [] }, wrong: [], seats: 1200 });
    expect(mistakes({ ...draft, freePlaces: '0' })).toEqual(['free_places freePlaces']);
    expect(mistakes({ ...draft, freePlaces: '100001' })).toEqual(['free_places freePlaces']);
  });

  test('names every mistake with its field', () => {
    const bad = hall(group({ from: '', seats: '0', first: 'x', category: '!', accessible: 'a' }));
    bad.name = ' ';
    const path = 'sections[0].groups[0]';
    expect(mistakes(bad)).toEqual(['name name', `${path}.from rows`, `${path}.seats seats`, `${path}.first first`, `${path}.category category`, `${path}.accessible accessible`]);
  });

  test('has each row and each section once', () => {
    expect(mistakes(hall(group(), group({ from: '3', to: '' })))).toEqual(['sections[0].groups[1].from sameRow']);
    const twice = hall(group());
    twice.sections.push({ ...twice.sections[0]! });
    expect(mistakes(twice)).toEqual(['sections[1].name sameSection']);
  });

  test('has seats that its rows have', () => {
    expect(mistakes(hall(group({ first: '11', accessible: '1' })))).toEqual(['sections[0].groups[0].accessible accessible']);
  });

  test('keeps to what the service takes', () => {
    expect(mistakes(hall(group({ to: '10', seats: '500' })))).toEqual([]);
    expect(mistakes(hall(group({ to: '11', seats: '500' })))).toEqual(['sections manySeats']);
    expect(mistakes(hall(group({ seats: '501' })))).toEqual(['sections[0].groups[0].seats seats']);
    expect(mistakes(hall(group({ from: 'ett mycket långt namn', to: '' })))).toEqual(['sections[0].groups[0].from longRow']);
    expect(mistakes(hall(group({ to: '150', seats: '1' }), group({ from: '151', to: '201', seats: '1' })))).toEqual(['sections[0].name manyRows']);
    expect(mistakes({ ...hall(), sections: [] })).toEqual(['sections noSections']);
  });

  test('a new group goes on where the last one ended', () => {
    expect(newGroup(group({ to: '12' })).from).toBe('13');
    expect(newGroup(group({ from: 'A', to: 'D' })).from).toBe('E');
    expect(newGroup(group({ from: 'Loge', to: '' })).from).toBe('');
    expect(newSection('Parkett').groups).toHaveLength(1);
  });
});

test('keys', () => {
  expect(keyOf('Bakre parkett')).toBe('bakre-parkett');
  expect(keyOf('Läktare Ö')).toBe('laktare-o');
  expect(keyOf('!!')).toBe('');
  expect(freeKey('Parkett', ['parkett', 'parkett-2'])).toBe('parkett-3');
  expect(freeKey('???', [], 'pris')).toBe('pris');
});

import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { beforeEach, describe, expect, it } from 'vitest';
import { GatheringContentSchema, GatheringSchema } from '#gen/kulturtorg/events/v1/events_pb.ts';
import { reader } from '../i18n/language.svelte.ts';
import { contentOf, daysOf, draftOf, emptyDraft, isOutside, itemStart, nextItem, sortProgramme } from './draft.ts';
import { placesOf } from './places.ts';
import { clocks, span } from './span.ts';

const zone = 'Europe/Stockholm';
const at = (text: string) => new Date(text);
const bare = (text: string) => text.replaceAll('\u2060', '');
const stamp = (text: string) => timestampFromDate(at(text));

const content = () =>
  create(GatheringContentSchema, {
    titles: [{ language: 'sv', text: 'Frukost' }],
    format: 'breakfast',
    startTime: stamp('2026-12-03T06:30:00Z'),
    endTime: stamp('2026-12-04T08:30:00Z'),
    timeZone: zone,
    place: 'Kajen',
    capacity: 60,
    attendeesVisibleTo: 2,
    programme: [
      { startTime: stamp('2026-12-03T07:00:00Z'), minutes: 50, titles: [{ language: 'sv', text: 'Panel' }] },
      { startTime: stamp('2026-12-04T07:00:00Z'), titles: [{ language: 'sv', text: 'Kaffe' }] },
    ],
  });

describe('places', () => {
  const of = (confirmed: number, waiting: number, capacity: number) => placesOf(create(GatheringSchema, { confirmed, waiting, content: { capacity } }));

  it('are not counted without a limit', () => expect(of(400, 0, 0)).toEqual({ kind: 'unlimited' }));
  it('are what is not taken', () => expect(of(57, 0, 60)).toEqual({ kind: 'left', left: 3, of: 60 }));
  it('are none when all are taken, or while somebody waits', () => {
    expect(of(60, 0, 60).kind).toBe('full');
    expect(of(59, 2, 60)).toEqual({ kind: 'full', waiting: 2, of: 60 });
  });
});

describe('the time of a gathering', () => {
  beforeEach(() => reader.set('sv'));

  it('names one day once', () => {
    const text = span({ start: at('2026-12-03T06:30:00Z'), end: at('2026-12-03T08:30:00Z'), timeZone: zone });
    expect(text).toContain('orsdag 3 december');
    expect(bare(text)).toContain('07:30–09:30');
  });
  it('ends whole days on their last one', () => {
    const text = span({ start: at('2026-12-03T23:00:00Z'), end: at('2026-12-05T23:00:00Z'), timeZone: zone, allDay: true });
    expect(text).toMatch(/^Fredag 4 december.* – lördag 5 december/);
    expect(text).not.toMatch(/\d:\d/);
  });
  it('says “uur” once in Dutch', () => {
    reader.set('nl');
    expect(bare(clocks(at('2026-12-03T06:30:00Z'), at('2026-12-03T08:30:00Z'), zone))).toBe('07.30–09.30 uur');
  });
});

describe('the form of a gathering', () => {
  it('sends what it read', () => {
    const sent = create(GatheringContentSchema, contentOf(draftOf(content())));
    expect(sent).toEqual(content());
  });
  it('moves the programme along with the gathering, over a change of clocks', () => {
    const draft = draftOf(content());
    draft.start = at('2027-06-10T05:30:00Z');
    draft.end = at('2027-06-11T08:30:00Z');
    expect(daysOf(draft)).toEqual(['2027-06-10', '2027-06-11']);
    expect(draft.programme.map((item) => itemStart(draft, item)?.toISOString())).toEqual(['2027-06-10T06:00:00.000Z', '2027-06-11T06:00:00.000Z']);
  });
  it('begins a further item where the last one ends', () => {
    const draft = draftOf(content());
    draft.programme.pop();
    expect(nextItem(draft)).toMatchObject({ day: 0, clock: '08:50' });
    draft.programme = [];
    expect(nextItem(draft)).toMatchObject({ day: 0, clock: '07:30' });
    expect(nextItem(emptyDraft(zone)).clock).toBe('');
  });
  it('knows which items do not fit', () => {
    const draft = draftOf(content());
    const [panel] = draft.programme;
    expect(draft.programme.some((item) => isOutside(draft, item))).toBe(false);
    expect(isOutside(draft, { ...panel!, clock: '07:00' })).toBe(true);
    expect(isOutside(draft, { ...panel!, day: 1, clock: '09:00', minutes: '31' })).toBe(true);
    expect(isOutside(draft, { ...panel!, clock: 'lunch' })).toBe(false);
  });
  it('puts items in the order of their times, unreadable ones last', () => {
    const draft = draftOf(content());
    draft.programme.unshift({ ...nextItem(draft), day: 1, clock: '8.30' }, { ...nextItem(draft), clock: 'lunch' });
    sortProgramme(draft);
    expect(draft.programme.map((item) => item.clock)).toEqual(['08:00', '08:00', '8.30', 'lunch']);
  });
});

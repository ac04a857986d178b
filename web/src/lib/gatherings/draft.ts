// What the form of a gathering holds, and what is sent of it. A programme item keeps its day and clock time rather than
// a moment, so that the programme goes along when the gathering moves to another day.
import { timestampDate, timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { GatheringContent } from '#gen/kulturtorg/events/v1/events_pb.ts';
import { fromWallClock, wallClock } from '../i18n/format.ts';
import type { InLanguage } from '../i18n/local.ts';
import { parseTime } from '../ui/dates.ts';

export interface Item {
  /** Tells items apart while they move. */
  key: number;
  /** Day of the gathering, from 0. */
  day: number;
  clock: string;
  minutes: string;
  titles: InLanguage[];
  texts: InLanguage[];
  speaker: string;
}

export interface Draft {
  titles: InLanguage[];
  texts: InLanguage[];
  format: string;
  start?: Date;
  end?: Date;
  timeZone: string;
  place: string;
  municipality: string;
  onlineUrl: string;
  /** Empty: not limited. */
  capacity: string;
  /** Number of `GatheringContent.Visibility`. */
  visibleTo: string;
  closes?: Date;
  organiser: string;
  programme: Item[];
}

let lastKey = 0;

const plain = (texts: readonly InLanguage[]): InLanguage[] => texts.map(({ language, text }) => ({ language, text }));
const moment = (at: Timestamp | undefined) => at && timestampDate(at);
const stamp = (at: Date | undefined) => at && timestampFromDate(at);

export function emptyDraft(timeZone: string): Draft {
  return { titles: [], texts: [], format: '', timeZone, place: '', municipality: '', onlineUrl: '', capacity: '', visibleTo: '2', organiser: '', programme: [] };
}

export function draftOf(content: GatheringContent): Draft {
  const { timeZone } = content;
  const start = moment(content.startTime);
  return {
    titles: plain(content.titles),
    texts: plain(content.texts),
    format: content.format,
    start,
    end: moment(content.endTime),
    timeZone,
    place: content.place,
    municipality: content.municipality,
    onlineUrl: content.onlineUrl,
    capacity: content.capacity ? String(content.capacity) : '',
    visibleTo: String(content.attendeesVisibleTo || 1),
    closes: moment(content.registrationClosesTime),
    organiser: content.organiser,
    programme: content.programme.map((item) => {
      const wall = wallClock(item.startTime, timeZone);
      return {
        key: ++lastKey,
        day: start ? daysBetween(wallClock(start, timeZone).date, wall.date) : 0,
        clock: wall.time,
        minutes: item.minutes ? String(item.minutes) : '',
        titles: plain(item.titles),
        texts: plain(item.texts),
        speaker: item.speaker,
      };
    }),
  };
}

const DAY = 86_400_000;
const daysBetween = (from: string, to: string) => Math.round((Date.parse(`${to}T00:00Z`) - Date.parse(`${from}T00:00Z`)) / DAY);
const addDays = (date: string, days: number) => new Date(Date.parse(`${date}T00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** The calendar days that the gathering touches, `2027-03-03`; none while its times are not written. */
export function daysOf({ start, end, timeZone }: Draft): string[] {
  if (!start) return [];
  const first = wallClock(start, timeZone).date;
  const last = end && end > start ? daysBetween(first, wallClock(end, timeZone).date) : 0;
  return Array.from({ length: Math.min(last, 31) + 1 }, (_, i) => addDays(first, i));
}

export function itemStart(draft: Draft, item: Item): Date | undefined {
  const clock = parseTime(item.clock);
  if (!draft.start || !clock) return undefined;
  return fromWallClock(addDays(wallClock(draft.start, draft.timeZone).date, item.day), clock, draft.timeZone);
}

/** A further item, beginning where the last one ends. */
export function nextItem(draft: Draft): Item {
  const last = draft.programme.at(-1);
  const ends = last && itemStart(draft, last);
  const at = ends ? new Date(ends.getTime() + whole(last.minutes) * 60_000) : draft.start;
  const wall = wallClock(at, draft.timeZone);
  const day = draft.start && at ? daysBetween(wallClock(draft.start, draft.timeZone).date, wall.date) : 0;
  return { key: ++lastKey, day, clock: wall.time, minutes: '', titles: [], texts: [], speaker: '' };
}

/** Puts the programme in the order in which it is sent, so that errors point to the right item. */
export function sortProgramme(draft: Draft): void {
  const at = new Map(draft.programme.map((item) => [item.key, itemStart(draft, item)?.getTime() ?? Infinity]));
  draft.programme.sort((a, b) => at.get(a.key)! - at.get(b.key)! || 0);
}

const whole = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : 0);
export const isWhole = (text: string) => /^\d{0,6}$/.test(text.trim());

/** Whether an item lies outside the gathering; nothing is said of times that cannot be read. */
export function isOutside(draft: Draft, item: Item): boolean {
  const at = itemStart(draft, item);
  if (!at || !draft.start || !draft.end) return false;
  return at < draft.start || at.getTime() + whole(item.minutes) * 60_000 > draft.end.getTime();
}

/** What is sent. */
export function contentOf(draft: Draft) {
  return {
    titles: plain(draft.titles),
    texts: plain(draft.texts),
    format: draft.format,
    startTime: stamp(draft.start),
    endTime: stamp(draft.end),
    timeZone: draft.timeZone,
    place: draft.place.trim(),
    municipality: draft.municipality,
    onlineUrl: draft.onlineUrl.trim(),
    capacity: whole(draft.capacity),
    attendeesVisibleTo: Number(draft.visibleTo),
    programme: draft.programme.map((item) => ({
      startTime: stamp(itemStart(draft, item)),
      minutes: whole(item.minutes),
      titles: plain(item.titles),
      texts: plain(item.texts),
      speaker: item.speaker.trim(),
    })),
    registrationClosesTime: stamp(draft.closes),
    organiser: draft.organiser.trim(),
  };
}

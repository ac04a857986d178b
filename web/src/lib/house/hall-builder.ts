// A hall as a house describes it - sections of groups of like rows - and the seats that come of it.
import { keyOf } from './keys.ts';

/** Rows that are alike: from one label to another, each with so many seats. */
export interface Group {
  /** For lists of the page alone. */
  key: string;
  /** First and last row: `1` and `12`, `A` and `N`, or one label and nothing. */
  from: string;
  to: string;
  seats: string;
  /** Number of the leftmost seat. */
  first: string;
  /** What the price category is called: `A`. */
  category: string;
  /** Numbers that take a wheelchair, in each of these rows: `1, 2, 21-22`. */
  accessible: string;
}

export interface SectionDraft {
  key: string;
  name: string;
  groups: Group[];
}

export interface HallDraft {
  name: string;
  numbered: boolean;
  freePlaces: string;
  sections: SectionDraft[];
}

/** What a request to create a hall holds of it. */
export interface SeatPlan {
  sections: { name: string; rows: { label: string; category: string; seats: { number: string; accessible: boolean }[] }[] }[];
}

/** What is wrong; the dictionary has the words. */
export type Mistake =
  | 'name' | 'longName' | 'freePlaces' | 'section' | 'longSection' | 'sameSection' | 'rows' | 'longRow' | 'manyRows' | 'sameRow'
  | 'seats' | 'first' | 'category' | 'accessible' | 'noSections' | 'manySeats';

export interface Wrong {
  field: string;
  what: Mistake;
}

export const MOST_SEATS = 5_000;
const MOST_ROWS = 200;
const MOST_IN_ROW = 500;
const LABEL = 12;

const whole = (text: string) => (/^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : undefined);

/** Labels of rows: numbers, letters, or the one that is given. Nothing if the two ends do not belong together. */
export function rowLabels(from: string, to: string): string[] | undefined {
  const [first, last] = [from.trim(), to.trim()];
  if (!first) return undefined;
  if (!last || first === last) return [first];
  const [low, high] = [whole(first), whole(last)];
  if (low !== undefined && high !== undefined) {
    return high > low && high - low < MOST_ROWS ? Array.from({ length: high - low + 1 }, (_, i) => String(low + i)) : undefined;
  }
  if (/^[A-Z]$/.test(first) && /^[A-Z]$/.test(last)) return letters(first, last);
  if (/^[a-z]$/.test(first) && /^[a-z]$/.test(last)) return letters(first, last);
  return undefined;
}

function letters(first: string, last: string): string[] | undefined {
  const [low, high] = [first.charCodeAt(0), last.charCodeAt(0)];
  return high > low ? Array.from({ length: high - low + 1 }, (_, i) => String.fromCharCode(low + i)) : undefined;
}

/** `1, 2, 21-22` as the numbers in it; nothing if it cannot be read. */
export function seatNumbers(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.replace(/\s*[-–]\s*/g, '-').split(/[,;\s]+/).filter(Boolean)) {
    const found = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (!found) return undefined;
    const [low, high] = [Number(found[1]), Number(found[2] ?? found[1])];
    if (high < low || high - low > MOST_IN_ROW) return undefined;
    for (let n = low; n <= high; n += 1) numbers.add(n);
  }
  return numbers;
}

export const groupPath = (s: number, g: number) => `sections[${s}].groups[${g}]`;

/** The plan, as far as it can be read, and every mistake in the draft with the field that it is in. */
export function build(draft: HallDraft): { plan: SeatPlan; wrong: Wrong[]; seats: number } {
  const wrong: Wrong[] = [];
  const refuse = (field: string, what: Mistake) => wrong.push({ field, what });
  if (!draft.name.trim()) refuse('name', 'name');
  if ([...draft.name].length > 120) refuse('name', 'longName');
  if (!draft.numbered) {
    const places = whole(draft.freePlaces.replace(/[\s\u00a0]/g, ''));
    if (!places || places > 100_000) refuse('free_places', 'freePlaces');
    return { plan: { sections: [] }, wrong, seats: places ?? 0 };
  }
  const plan: SeatPlan = { sections: [] };
  const names = new Set<string>();
  draft.sections.forEach((section, s) => {
    const field = `sections[${s}].name`;
    const name = section.name.trim();
    if (!name) refuse(field, 'section');
    else if ([...name].length > 60) refuse(field, 'longSection');
    else if (names.has(name)) refuse(field, 'sameSection');
    names.add(name);
    plan.sections.push({ name, rows: rowsOf(section, s, refuse) });
  });
  if (!plan.sections.length) refuse('sections', 'noSections');
  const seats = plan.sections.reduce((sum, section) => sum + section.rows.reduce((n, row) => n + row.seats.length, 0), 0);
  if (seats > MOST_SEATS) refuse('sections', 'manySeats');
  return { plan, wrong, seats };
}

function rowsOf(section: SectionDraft, s: number, refuse: (field: string, what: Mistake) => void): SeatPlan['sections'][number]['rows'] {
  const rows: SeatPlan['sections'][number]['rows'] = [];
  const labels = new Set<string>();
  section.groups.forEach((group, g) => {
    const path = groupPath(s, g);
    const found = rowLabels(group.from, group.to);
    if (!found) refuse(`${path}.from`, 'rows');
    else if (found.some((l) => [...l].length > LABEL)) refuse(`${path}.from`, 'longRow');
    else if (found.some((l) => labels.has(l))) refuse(`${path}.from`, 'sameRow');
    const count = whole(group.seats);
    const counted = count !== undefined && count >= 1 && count <= MOST_IN_ROW;
    if (!counted) refuse(`${path}.seats`, 'seats');
    const first = whole(group.first || '1');
    if (first === undefined || first > 9_999) refuse(`${path}.first`, 'first');
    const category = keyOf(group.category);
    if (!category) refuse(`${path}.category`, 'category');
    const accessible = seatNumbers(group.accessible);
    const last = (first ?? 1) + (count ?? 0) - 1;
    if (!accessible || (counted && [...accessible].some((n) => n < (first ?? 1) || n > last))) refuse(`${path}.accessible`, 'accessible');
    for (const label of found ?? []) {
      labels.add(label);
      const seats = Array.from({ length: counted ? count : 0 }, (_, i) => ({ number: String((first ?? 1) + i), accessible: accessible?.has((first ?? 1) + i) ?? false }));
      rows.push({ label, category, seats });
    }
  });
  if (rows.length > MOST_ROWS) refuse(`sections[${s}].name`, 'manyRows');
  return rows;
}

let made = 0;
const nextKey = () => `n${(made += 1)}`;

export const newGroup = (after?: Group): Group => ({
  key: nextKey(),
  from: after ? following(after) : '1',
  to: '',
  seats: after?.seats ?? '',
  first: after?.first ?? '1',
  category: after?.category ?? 'A',
  accessible: '',
});

/** The row behind a group: after `A`–`D` comes `E`. */
function following(group: Group): string {
  const label = (group.to || group.from).trim();
  const n = whole(label);
  if (n !== undefined) return String(n + 1);
  return /^[A-Ya-y]$/.test(label) ? String.fromCharCode(label.charCodeAt(0) + 1) : '';
}

export const newSection = (name = ''): SectionDraft => ({ key: nextKey(), name, groups: [newGroup()] });

// Where seats lie on the plan, and which seat an arrow key leads to.
import type { Seat, Section } from './seats.ts';

/** From one seat to the next, in the plan's own units: css pixels at the smallest zoom. */
export const CELL = 30;
/** Side of a seat; never below the 24 px that a finger needs. */
export const SEAT = 26;
/** Room for the row's name on either side. */
const MARGIN = 44;
const STAGE = 56;
const SECTION_HEAD = 40;

export interface Placed {
  seat: Seat;
  /** Its middle. */
  x: number;
  y: number;
  /** Index of its row in the plan, and of its section. */
  row: number;
  section: number;
}

export interface Plan {
  width: number;
  height: number;
  /** Rows from the stage backwards, each from left to right. */
  rows: { label: string; section: number; y: number; left: number; right: number; seats: Placed[] }[];
  sections: { name: string; y: number }[];
}

/** Rows are centred and lie one behind the other, the first section nearest to the stage. */
export function planOf(sections: readonly Section[]): Plan {
  const longest = Math.max(1, ...sections.flatMap((s) => s.rows.map((r) => r.seats.length)));
  const width = longest * CELL + 2 * MARGIN;
  const plan: Plan = { width, height: 0, rows: [], sections: [] };
  let y = STAGE;
  sections.forEach((section, index) => {
    plan.sections.push({ name: section.name, y: y + SECTION_HEAD / 2 });
    y += SECTION_HEAD;
    for (const row of section.rows) {
      const left = width / 2 - (row.seats.length * CELL) / 2;
      const middle = y + CELL / 2;
      const at = plan.rows.length;
      plan.rows.push({
        label: row.label,
        section: index,
        y: middle,
        left,
        right: left + row.seats.length * CELL,
        seats: row.seats.map((seat, i) => ({ seat, x: left + i * CELL + CELL / 2, y: middle, row: at, section: index })),
      });
      y += CELL;
    }
  });
  plan.height = y + MARGIN / 2;
  return plan;
}

export const placed = (plan: Plan): Map<number, Placed> => new Map(plan.rows.flatMap((r) => r.seats.map((p) => [p.seat.id, p])));

const nearest = (seats: readonly Placed[], x: number): Placed | undefined =>
  seats.reduce<Placed | undefined>((best, p) => (best && Math.abs(best.x - x) <= Math.abs(p.x - x) ? best : p), undefined);

/** The seat that a key leads to from another, the same seat at an edge; nothing if the key moves nothing. */
export function stepFrom(plan: Plan, from: Placed, key: string, whole = false): Placed | undefined {
  const row = plan.rows[from.row]!.seats;
  const inRow = (by: number) => row[row.indexOf(from) + by] ?? from;
  const toRow = (by: number) => nearest(plan.rows[from.row + by]?.seats ?? [], from.x) ?? from;
  const toSection = (by: number) => nearest(plan.rows.find((r) => r.section === from.section + by)?.seats ?? [], from.x) ?? from;
  switch (key) {
    case 'ArrowLeft':
      return inRow(-1);
    case 'ArrowRight':
      return inRow(1);
    case 'ArrowUp':
      return toRow(-1);
    case 'ArrowDown':
      return toRow(1);
    case 'Home':
      return whole ? plan.rows[0]?.seats[0] : row[0];
    case 'End':
      return whole ? plan.rows.at(-1)?.seats.at(-1) : row.at(-1);
    case 'PageUp':
      return toSection(-1);
    case 'PageDown':
      return toSection(1);
    default:
      return undefined;
  }
}

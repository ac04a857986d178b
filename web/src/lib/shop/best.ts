// Which free seats are best, and which are nearest to one that was lost.
import { planOf, placed, type Placed, type Plan } from './geometry.ts';
import type { Seat, Section } from './seats.ts';

export interface Wish {
  count: number;
  /** Only this price category; empty: any. */
  category: string;
  /** Side by side. */
  together: boolean;
  /** At the end of a row. */
  aisle: boolean;
  /** One of them for somebody in a wheelchair. */
  accessible: boolean;
}

export interface Found {
  seats: Seat[];
  /** Whether they lie side by side. */
  together: boolean;
}

/** Every set of `count` seats side by side that are all usable. */
function runs(plan: Plan, count: number, usable: (p: Placed) => boolean): Placed[][] {
  const found: Placed[][] = [];
  for (const { seats } of plan.rows) {
    for (let i = 0; i + count <= seats.length; i += 1) {
      const run = seats.slice(i, i + count);
      if (run.every(usable)) found.push(run);
    }
  }
  return found;
}

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

function lowest<T>(items: readonly T[], cost: (item: T) => number): T | undefined {
  let best: T | undefined;
  let least = Infinity;
  for (const item of items) {
    const c = cost(item);
    if (c < least) [best, least] = [item, c];
  }
  return best;
}

/**
 * What sitting there costs in comfort, in cells: away from the middle of the row, away from the rows a third of the way
 * back, in a section further off. Wheelchair places are kept for those who need them, and no single seat is left over.
 */
function discomfort(plan: Plan, run: readonly Placed[], wish: Wish, usable: (p: Placed) => boolean): number {
  const first = run[0]!;
  const row = plan.rows[first.row]!;
  const inSection = plan.rows.filter((r) => r.section === first.section);
  const ideal = (inSection.length - 1) / 3;
  const depth = Math.abs(inSection.indexOf(row) - ideal);
  const across = Math.abs(mean(run.map((p) => p.x)) - plan.width / 2) / 30;
  const wasted = wish.accessible ? 0 : run.filter((p) => p.seat.accessible).length * 100;
  const at = row.seats.indexOf(first);
  const single = (next: number, beyond: number) => {
    const here = row.seats[next];
    const there = row.seats[beyond];
    return here && usable(here) && !(there && usable(there)) ? 2 : 0;
  };
  const left = single(at - 1, at - 2);
  const right = single(at + run.length, at + run.length + 1);
  return across + 1.2 * depth + 12 * first.section + wasted + left + right;
}

/** The best free seats for a wish; nothing if there are too few that fit. */
export function bestSeats(sections: readonly Section[], wish: Wish): Found | undefined {
  const plan = planOf(sections);
  const usable = ({ seat }: Placed) => seat.state === 'free' && (wish.category === '' || seat.category === wish.category);
  const atEnd = (p: Placed) => [plan.rows[p.row]!.seats[0], plan.rows[p.row]!.seats.at(-1)].includes(p);
  const fits = (run: readonly Placed[]) =>
    (!wish.aisle || run.some(atEnd)) && (!wish.accessible || run.some((p) => p.seat.accessible));
  const cost = (run: readonly Placed[]) => discomfort(plan, run, wish, usable);
  const side = lowest(runs(plan, wish.count, usable).filter(fits), cost);
  if (side) return { seats: side.map((p) => p.seat), together: wish.count > 0 };
  return wish.together ? undefined : apart(plan, wish, usable, fits, cost);
}

/** Seats that are not side by side: one that meets the needs, then the nearest to it. */
function apart(plan: Plan, wish: Wish, usable: (p: Placed) => boolean, fits: (run: Placed[]) => boolean, cost: (run: Placed[]) => number): Found | undefined {
  const free = plan.rows.flatMap((r) => r.seats).filter(usable);
  const first = lowest(free.filter((p) => fits([p])), (p) => cost([p]));
  if (!first || free.length < wish.count) return undefined;
  const rest = free
    .filter((p) => p !== first)
    .sort((a, b) => distance(a, first) + dear(a, wish) - distance(b, first) - dear(b, wish))
    .slice(0, wish.count - 1);
  const order = [first, ...rest].sort((a, b) => a.row - b.row || a.x - b.x);
  return { seats: order.map((p) => p.seat), together: false };
}

/** Wheelchair places go last to those who did not ask for one. */
const dear = (p: Placed, wish: Wish) => (p.seat.accessible && !wish.accessible ? 10_000 : 0);

const distance = (a: { x: number; y: number }, b: { x: number; y: number }) => Math.hypot(a.x - b.x, 1.5 * (a.y - b.y));

/** Free seats nearest to those that somebody else took, as many and if possible side by side and at the same price. */
export function nearestTo(sections: readonly Section[], lost: readonly Seat[], mine: ReadonlySet<number>): Seat[] {
  const plan = planOf(sections);
  const places = placed(plan);
  const were = lost.map((s) => places.get(s.id)).filter((p): p is Placed => p !== undefined);
  if (!were.length) return [];
  const middle = { x: mean(were.map((p) => p.x)), y: mean(were.map((p) => p.y)) };
  const categories = new Set(lost.map((s) => s.category));
  const needed = lost.some((s) => s.accessible);
  const usable = ({ seat }: Placed) => seat.state === 'free' && !mine.has(seat.id);
  const cost = (run: readonly Placed[]) =>
    mean(run.map((p) => distance(p, middle))) +
    run.filter((p) => !categories.has(p.seat.category)).length * 300 +
    (needed ? (run.some((p) => p.seat.accessible) ? 0 : 1000) : run.filter((p) => p.seat.accessible).length * 300);
  const side = lowest(runs(plan, were.length, usable), cost);
  if (side) return side.map((p) => p.seat);
  const free = plan.rows.flatMap((r) => r.seats).filter(usable);
  return free
    .sort((a, b) => cost([a]) - cost([b]))
    .slice(0, were.length)
    .map((p) => p.seat);
}

// The seats of a numbered hall, as the list and the plan show them.
import { SeatForSale_State, type SeatForSale, type Seats } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';

export interface Seat {
  id: number;
  section: string;
  row: string;
  number: string;
  category: string;
  accessible: boolean;
  state: 'free' | 'held' | 'sold';
}

export interface Row {
  label: string;
  seats: Seat[];
}

export interface Section {
  name: string;
  rows: Row[];
}

const states: Record<SeatForSale_State, Seat['state']> = {
  [SeatForSale_State.UNSPECIFIED]: 'sold',
  [SeatForSale_State.FREE]: 'free',
  [SeatForSale_State.HELD]: 'held',
  [SeatForSale_State.SOLD]: 'sold',
};

/** Sections and rows, in the order in which the service names them. */
export function sectionsOf(seats: readonly SeatForSale[]): Section[] {
  const sections = new Map<string, Map<string, Seat[]>>();
  for (const { seatId, section, row, number, category, accessible, state } of seats) {
    const rows = sections.get(section) ?? new Map<string, Seat[]>();
    sections.set(section, rows);
    const here = rows.get(row) ?? [];
    rows.set(row, here);
    here.push({ id: seatId, section, row, number, category, accessible, state: states[state] });
  }
  return [...sections].map(([name, rows]) => ({ name, rows: [...rows].map(([label, of]) => ({ label, seats: of })) }));
}

export const allSeats = (sections: readonly Section[]): Seat[] => sections.flatMap((s) => s.rows.flatMap((r) => r.seats));

export const freeOf = (row: Row): Seat[] => row.seats.filter((s) => s.state === 'free');

/** How many are free, by price category, numbered or not. */
export function freePlaces(seats: Seats): Map<string, number> {
  const free = new Map(seats.places.map((p) => [p.category, Math.max(0, p.free)]));
  for (const seat of seats.seats) if (seat.state === SeatForSale_State.FREE) free.set(seat.category, (free.get(seat.category) ?? 0) + 1);
  return free;
}

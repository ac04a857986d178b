import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { OrderLineSchema, Performance_State, PerformanceSchema, PriceCategorySchema, SeatForSale_State, SeatForSaleSchema } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { bestSeats, nearestTo, type Wish } from './best.ts';
import { placesOf, readPlaces, readSeats, writePlaces, writeSeats } from './choice.ts';
import { extensionGains, minutesAndSeconds, ServerClock, spokenAt } from './clock.ts';
import { planOf, placed, SEAT, stepFrom } from './geometry.ts';
import { ticketIdOf, ticketNumber } from './number.ts';
import { lowestPrice, priceOf, saleState, sum, vatByRate } from './prices.ts';
import { svgImage } from './qr.ts';
import { allSeats, sectionsOf, type Section } from './seats.ts';

/** Rows as text: `.` free, `x` sold, `h` held, `w` a free wheelchair place; `Parkett A ..x` a row of a section. */
function hall(...rows: string[]): Section[] {
  let id = 0;
  return sectionsOf(
    rows.flatMap((text) => {
      const [section = '', row = '', seats = '', category = 'a'] = text.split(' ');
      return [...seats].map((c, i) =>
        create(SeatForSaleSchema, {
          seatId: (id += 1),
          section,
          row,
          number: String(i + 1),
          category,
          accessible: c === 'w',
          state: c === 'x' ? SeatForSale_State.SOLD : c === 'h' ? SeatForSale_State.HELD : SeatForSale_State.FREE,
        }),
      );
    }),
  );
}

const wish = (over: Partial<Wish>): Wish => ({ count: 2, category: '', together: true, aisle: false, accessible: false, ...over });
const names = (seats: readonly { row: string; number: string }[] | undefined) => seats?.map((s) => s.row + s.number).join(' ');

describe('the plan', () => {
  const plan = planOf(hall('Parkett A ....', 'Parkett B ......', 'Läktare 1 ..', 'Läktare 2 ..'));
  const at = (name: string) => [...placed(plan).values()].find((p) => p.seat.row + p.seat.number === name)!;
  const step = (from: string, key: string, whole?: boolean) => {
    const to = stepFrom(plan, at(from), key, whole);
    return to && to.seat.row + to.seat.number;
  };

  it('puts rows in the middle and lets no seats overlap', () => {
    const [a, b] = plan.rows;
    expect(a!.left + a!.right).toBe(b!.left + b!.right);
    const middles = plan.rows.flatMap((r) => r.seats);
    for (const p of middles) for (const q of middles) if (p !== q) expect(Math.max(Math.abs(p.x - q.x), Math.abs(p.y - q.y))).toBeGreaterThan(SEAT);
  });

  it('moves along the row and stops at its ends', () => {
    expect([step('A2', 'ArrowRight'), step('A4', 'ArrowRight'), step('A1', 'ArrowLeft'), step('B3', 'Home'), step('B3', 'End')]).toEqual(['A3', 'A4', 'A1', 'B1', 'B6']);
  });

  it('moves to the seat in front and behind, over sections too', () => {
    expect([step('A1', 'ArrowDown'), step('B1', 'ArrowUp'), step('B3', 'ArrowDown'), step('A1', 'ArrowUp'), step('22', 'ArrowDown')]).toEqual(['B2', 'A1', '11', 'A1', '22']);
  });

  it('moves by sections, and to the ends of the hall', () => {
    expect([step('A3', 'PageDown'), step('22', 'PageUp'), step('A1', 'PageUp'), step('B2', 'Home', true), step('A1', 'End', true), step('A1', 'x')]).toEqual(['12', 'A3', 'A1', 'A1', '22', undefined]);
  });
});

describe('the best seats', () => {
  it('are side by side, in the middle, a third of the way back', () => {
    expect(names(bestSeats(hall('P A ......', 'P B ......', 'P C ......', 'P D ......'), wish({}))?.seats)).toBe('B3 B4');
  });

  it('do not leave a single seat over', () => {
    expect(names(bestSeats(hall('P A x...x'), wish({ count: 2 }))?.seats)).toMatch(/A2 A3|A3 A4/);
    expect(names(bestSeats(hall('P A xx....xxxx'), wish({ count: 2 }))?.seats)).toBe('A5 A6');
  });

  it('leave wheelchair places to those who need them, and give them to those', () => {
    const rows = hall('P A ..ww..');
    expect(names(bestSeats(rows, wish({}))?.seats)).toMatch(/A1 A2|A5 A6/);
    expect(bestSeats(rows, wish({ accessible: true }))?.seats.some((s) => s.accessible)).toBe(true);
    expect(bestSeats(hall('P A ....'), wish({ accessible: true }))).toBeUndefined();
  });

  it('are at the end of a row for those who want that', () => {
    expect(names(bestSeats(hall('P A ......'), wish({ aisle: true }))?.seats)).toMatch(/A1 A2|A5 A6/);
  });

  it('keep to a price category, and never name a seat that is taken', () => {
    expect(names(bestSeats(hall('P A ....', 'P B .... b'), wish({ category: 'b' }))?.seats)).toMatch(/B1 B2|B3 B4/);
    expect(bestSeats(hall('P A xhxh'), wish({ count: 1 }))).toBeUndefined();
  });

  it('may be apart only for those who allow it', () => {
    const rows = hall('P A .x.x.');
    expect(bestSeats(rows, wish({}))).toBeUndefined();
    expect(bestSeats(rows, wish({ together: false }))).toMatchObject({ together: false, seats: { length: 2 } });
    expect(bestSeats(rows, wish({ together: false, count: 4 }))).toBeUndefined();
  });
});

describe('a seat that somebody else took', () => {
  it('is made good by the nearest, as many and side by side', () => {
    const rows = hall('P A ......', 'P B .xx...', 'P C ......');
    const lost = allSeats(rows).filter((s) => s.row === 'B' && (s.number === '2' || s.number === '3'));
    expect(names(nearestTo(rows, lost, new Set()))).toMatch(/[AC]2 [AC]3|B4 B5/);
  });

  it('is not made good by one of mine, nor at another price while there is one at the same', () => {
    const rows = hall('P A .x... a', 'P B ..... b');
    const [mine, lost] = allSeats(rows);
    expect(names(nearestTo(rows, [lost!], new Set([mine!.id])))).toBe('A3');
    expect(nearestTo(hall('P A x'), [lost!], new Set())).toEqual([]);
  });
});

describe('prices', () => {
  const sek = (minorUnits: bigint) => ({ currency: 'SEK', minorUnits });
  const prices = [
    create(PriceCategorySchema, { key: 'a', price: sek(36000n), ticketTypes: [{ key: 'reduced', price: sek(24050n) }] }),
    create(PriceCategorySchema, { key: 'b', price: sek(31000n) }),
  ];

  it('are those of the category and the ticket type', () => {
    expect(priceOf(prices, 'a', 'full')?.minorUnits).toBe(36000n);
    expect(priceOf(prices, 'a', 'reduced')?.minorUnits).toBe(24050n);
    expect(priceOf(prices, 'b', 'reduced')).toBeUndefined();
    expect(lowestPrice(prices)?.minorUnits).toBe(31000n);
  });

  it('are summed exactly', () => {
    expect(sum([sek(10n), sek(20n), sek(9007199254740993n)])?.minorUnits).toBe(9007199254741023n);
    expect(sum([])).toBeUndefined();
  });

  it('tell the VAT by its rate', () => {
    const line = (vatPermille: number, vat: bigint) => create(OrderLineSchema, { vatPermille, vat: sek(vat) });
    expect(vatByRate([line(60, 20n), line(250, 100n), line(60, 21n)])).toMatchObject([{ permille: 250, vat: { minorUnits: 100n } }, { permille: 60, vat: { minorUnits: 41n } }]);
  });

  it('are paid within the sales window alone', () => {
    const shown = create(PerformanceSchema, { state: Performance_State.ON_SALE, saleFromTime: timestampFromMs(1000), saleUntilTime: timestampFromMs(2000) });
    expect([999, 1000, 1999, 2000].map((now) => saleState(shown, now))).toEqual(['notYet', 'open', 'open', 'closed']);
    expect(saleState({ ...shown, state: Performance_State.CANCELLED }, 1500)).toBe('cancelled');
  });
});

describe('a choice in an address', () => {
  it('comes back as it was written, and leaves out what it does not know', () => {
    const seats = new Map([[12, 'full'], [13, 'reduced']]);
    expect(writeSeats(seats)).toBe('12,13.reduced');
    expect(readSeats('12,13.reduced')).toEqual(seats);
    expect(readSeats('x,,99999,7.<b>')).toEqual(new Map());
    const places = placesOf([{ category: 'a', ticketType: 'full' }, { category: 'a', ticketType: 'full' }, { category: 'b', ticketType: 'reduced' }]);
    expect(writePlaces(places)).toBe('a:full:2,b:reduced:1');
    expect(readPlaces(writePlaces(places))).toEqual(places);
    expect(readPlaces('a:full:0,b:full:-1,:full:2,a:full:2000')).toEqual([]);
  });
});

describe('the clock of a hold', () => {
  it('follows the service, by the quickest answer', () => {
    const clock = new ServerClock();
    clock.learn('Sat, 21 Nov 2026 09:00:00 GMT', 1_000_000, 1_000_100);
    const exact = Date.parse('2026-11-21T09:00:00Z') + 500 - 1_000_050;
    expect(clock.now(0)).toBe(exact);
    clock.learn('Sat, 21 Nov 2026 09:00:03 GMT', 1_000_000, 1_005_000);
    clock.learn(null, 0, 1);
    expect(clock.now(0)).toBe(exact);
    clock.learn('Sat, 21 Nov 2026 09:00:05 GMT', 2_000_000, 2_000_400);
    expect(clock.now(2_000_200), 'the reader’s clock was set anew').toBe(Date.parse('2026-11-21T09:00:05.500Z'));
  });

  it('speaks at five, two and one minutes and at the end', () => {
    expect([600_000, 300_001, 300_000, 120_000, 60_000, 1, 0, -5].map(spokenAt)).toEqual([undefined, undefined, 5, 2, 1, 1, 0, 0]);
    expect([605_000, 59_001, 1, 0, -9].map(minutesAndSeconds)).toEqual(['10:05', '1:00', '0:01', '0:00', '0:00']);
  });

  it('knows what an extension would win', () => {
    expect(extensionGains(120_000, 600_000, 3_600_000, 10)).toBe(120_000);
    expect(extensionGains(3_400_000, 3_600_000, 3_600_000, 10)).toBe(0);
  });
});

describe('a ticket', () => {
  it('has a number in groups of four that can be typed in again', () => {
    const id = '01a1fd35-f5e2-7696-96ce-bd3375a89d65';
    expect(ticketNumber(id)).toBe('01A1 FD35 F5E2 7696 96CE BD33 75A8 9D65');
    expect(ticketIdOf(ticketNumber(id))).toBe(id);
    expect(ticketIdOf(' 01a1-fd35 ')).toBeUndefined();
  });

  it('shows its code as an image, whatever the text says', () => {
    expect(svgImage('<svg onload="x">#"</svg>')).toBe('data:image/svg+xml;charset=utf-8,%3Csvg%20onload%3D%22x%22%3E%23%22%3C%2Fsvg%3E');
  });
});

// A house on sale, made and sold by calls: for walks whose story begins when there is something to buy or to let in to.
import { call, tokenOf } from './calls.ts';

const HOUSE = 'urban.malmros@example.org';

/** What the calls of a walk need to know of each other. */
interface Order {
  id: string;
  orderToken: string;
  tickets: { id: string }[];
}

export interface Plan {
  /** Seats in each of two rows; `0`: free seating for ten. */
  seats?: number;
  /** Hours from now. */
  start?: number;
  saleFrom?: number;
  saleUntil?: number;
}

export interface Stage {
  title: string;
  performanceId: string;
}

export interface Sold {
  order: Order;
  /** The address that stands in the mail. */
  address: string;
  /** Numbers of the tickets as they stand under their codes. */
  numbers: string[];
  codes: string[];
}

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const kronor = (amount: number) => ({ currency: 'SEK', minorUnits: String(amount * 100) });
const texts = (text: string) => [{ language: 'sv', text }];

export class Theatre {
  private constructor(
    private readonly token: string,
    readonly houseId: string,
  ) {}

  static async open(): Promise<Theatre> {
    const token = await tokenOf(HOUSE);
    const { grants } = await call<{ grants: { organisationId: string }[] }>('identity/GetMe', {}, token);
    return new Theatre(token, grants[0]!.organisationId);
  }

  private call<Answer>(method: string, request: object): Promise<Answer> {
    return call(`ticketing/${method}`, request, this.token);
  }

  /** A performance on sale, for 200 kronor and 100 for children. */
  async stage(title: string, { seats = 4, start = 30, saleFrom, saleUntil }: Plan = {}): Promise<Stage> {
    const row = (label: string) => ({ label, category: 'a', seats: Array.from({ length: seats }, (_, i) => ({ number: String(i + 1) })) });
    const sections = seats ? [{ name: 'Parkett', rows: [row('1'), row('2')] }] : [];
    const hall = await this.call<{ id: string }>('CreateHall', { houseId: this.houseId, name: `Salong ${title}`, sections, freePlaces: seats ? 0 : 10, requestId: crypto.randomUUID() });
    const production = await this.call<{ id: string }>('CreateProduction', {
      houseId: this.houseId,
      titles: texts(title),
      genre: 'theatre',
      minutes: 60,
      requestId: crypto.randomUUID(),
    });
    const { id } = await this.call<{ id: string }>('CreatePerformance', {
      productionId: production.id,
      hallId: hall.id,
      startTime: inHours(start),
      timeZone: 'Europe/Stockholm',
      mode: 'MODE_VENUE',
      prices: [{ key: 'a', names: texts('Parkett'), price: kronor(200), places: seats ? 0 : 10, ticketTypes: [{ key: 'child', names: texts('Barn'), price: kronor(100) }] }],
      saleFromTime: saleFrom && inHours(saleFrom),
      saleUntilTime: saleUntil && inHours(saleUntil),
      requestId: crypto.randomUUID(),
    });
    await this.call('OpenPerformance', { performanceId: id });
    return { title, performanceId: id };
  }

  /** Somebody buys seats, counted through the hall from 1. */
  async sell({ performanceId }: Stage, seats: number[]): Promise<Sold> {
    const held = await this.call<Order>('HoldSeats', { performanceId, seats: seats.map((seatId) => ({ seatId })), requestId: crypto.randomUUID() });
    const { id: orderId, orderToken } = held;
    const paid = await this.call<Order>('PayOrder', {
      orderId,
      orderToken,
      buyerName: 'Teodor Biljettköpare',
      buyerEmail: 'teodor@prov.example',
      provider: 'PROVIDER_SANDBOX',
      paymentToken: 'sandbox-ok',
      requestId: crypto.randomUUID(),
    });
    const tickets = await Promise.all(paid.tickets.map((t) => this.call<{ code: string }>('GetTicket', { ticketId: t.id, orderToken })));
    return {
      order: { ...paid, orderToken },
      address: `/tickets/${orderId}#${orderToken}`,
      numbers: paid.tickets.map((t) => t.id.replaceAll('-', '').toUpperCase().replace(/(.{4})(?=.)/g, '$1 ')),
      codes: tickets.map((t) => t.code),
    };
  }

  async checkIn({ performanceId }: Stage, code: string): Promise<void> {
    await this.call('CheckIn', { performanceId, code, requestId: crypto.randomUUID() });
  }

  async cancel({ performanceId }: Stage): Promise<void> {
    await this.call('CancelPerformance', { performanceId });
  }
}

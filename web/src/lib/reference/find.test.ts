import { describe, expect, it } from 'vitest';
import { allows, findMethods } from './find.ts';
import type { Access, Index } from './model.ts';

const access: Access = { level: 'public', roles: [], scope: '' };
const method = (name: string, says: string) => ({ name, anchor: name.toLowerCase(), says: [says], access });
const index: Index = {
  roles: [],
  start: '',
  services: [
    { key: 'ticketing', name: 'TicketingService', says: [], methods: [method('GetSeats', 'Tells which seats are free.'), method('HoldSeats', 'Sets seats aside.')] },
    { key: 'events', name: 'EventsService', says: [], methods: [method('Register', 'Registers for a gathering, or waits for free seats.')] },
  ],
};
const found = (query: string) => findMethods(index, query).map(({ service, method: m }) => `${service.key}/${m.name}`);

describe('searching for methods', () => {
  it('finds by every word of name, service and sentence, names first', () => {
    expect(found('seats')).toEqual(['ticketing/GetSeats', 'ticketing/HoldSeats', 'events/Register']);
    expect(found('free SEATS')).toEqual(['ticketing/GetSeats', 'events/Register']);
    expect(found('events register')).toEqual(['events/Register']);
    expect(found('nothing of this')).toEqual([]);
  });

  it('takes a name in one word, in several, and with its service', () => {
    for (const query of ['holdseats', 'hold seats', 'TicketingService/HoldSeats', 'ticketing.hold']) expect(found(query), query).toEqual(['ticketing/HoldSeats']);
  });
});

describe('who may call', () => {
  const open: Access = { level: 'public', roles: [], scope: '' };
  const signedIn: Access = { level: 'signed_in', roles: [], scope: 'own' };
  const house: Access = { level: 'role', roles: ['house', 'door'], scope: 'organisation' };
  const calls = (caller: Parameters<typeof allows>[1], also: boolean) => [open, signedIn, house].map((one) => allows(one, caller, also));

  it('is everybody, or those of the kind that was chosen', () => {
    expect(calls('', false)).toEqual([true, true, true]);
    expect(calls('public', false)).toEqual([true, false, false]);
    expect(calls('signed_in', false)).toEqual([false, true, false]);
    expect(calls('door', false)).toEqual([false, false, true]);
    expect(calls('adviser', false)).toEqual([false, false, false]);
  });

  it('is also who shares what is open to all', () => {
    expect(calls('public', true)).toEqual([true, false, false]);
    expect(calls('signed_in', true)).toEqual([true, true, false]);
    expect(calls('adviser', true)).toEqual([true, true, false]);
    expect(calls('service', true)).toEqual([true, false, false]);
  });
});

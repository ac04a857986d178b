import { beforeEach, describe, expect, it } from 'vitest';
import * as format from './format.ts';
import { reader, type Language } from './language.svelte.ts';

const at = new Date('2027-03-03T13:30:00Z');
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const inLanguage = (language: Language, say: () => string) => {
  reader.set(language);
  return plain(say());
};

beforeEach(() => {
  reader.set('sv');
  format.setRegionZone('Europe/Stockholm');
});

describe('money', () => {
  const kronor = { currency: 'SEK', minorUnits: 2_400_000n };
  const cents = { currency: 'EUR', minorUnits: 1_250n };

  it('leaves out the öre of whole kronor, and never the cents of euro', () => {
    expect(inLanguage('sv', () => format.money(kronor))).toBe('24 000 kr');
    expect(inLanguage('sv', () => format.money({ currency: 'SEK', minorUnits: 12_550n }))).toBe('125,50 kr');
    expect(inLanguage('nl', () => format.money({ currency: 'EUR', minorUnits: 1_200n }))).toBe('€ 12,00');
  });

  it('writes each language its own way', () => {
    expect(inLanguage('nl', () => format.money(cents))).toBe('€ 12,50');
    expect(inLanguage('fr', () => format.money(cents))).toBe('12,50 €');
    expect(inLanguage('en', () => format.money(cents))).toBe('€12.50');
  });

  it('does not lose a cent of a large amount', () => {
    expect(inLanguage('en', () => format.money({ currency: 'EUR', minorUnits: 99_999_999_999n }))).toBe('€999,999,999.99');
  });
});

describe('dates and times', () => {
  it('shows the region’s clock, not the reader’s', () => {
    expect(format.time(at)).toBe('14:30');
    expect(format.time(at, 'Europe/Helsinki')).toBe('15:30');
  });

  it('writes each language its own way', () => {
    expect(inLanguage('sv', () => format.dateTime(at))).toBe('3 mars 2027 14:30');
    expect(inLanguage('nl', () => format.dateTime(at))).toBe('3 maart 2027 14.30 uur');
    expect(inLanguage('fr', () => format.date(at))).toBe('3 mars 2027');
    expect(inLanguage('en', () => format.date(at))).toBe('3 March 2027');
  });

  it('names the zone where clocks differ', () => {
    expect(format.isElsewhere(at, 'Europe/Stockholm', 'Europe/Brussels')).toBe(false);
    expect(format.isElsewhere(at, 'Europe/Stockholm', 'Europe/London')).toBe(true);
    expect(format.zoneName(at, 'Europe/Stockholm')).toBe('centraleuropeisk tid');
  });

  it('goes from clock to instant and back, also around the change to summer time', () => {
    for (const text of ['2027-03-28T00:30', '2027-03-28T03:30', '2027-10-31T04:00', '2027-07-01T12:00']) {
      const [date, time] = text.split('T') as [string, string];
      expect(format.wallClock(format.fromWallClock(date, time))).toEqual({ date, time });
    }
    expect(format.fromWallClock('2027-03-03', '14:30')?.toISOString()).toBe('2027-03-03T13:30:00.000Z');
    expect(format.fromWallClock('nothing', '14:30')).toBeUndefined();
  });

  it('tells how long ago in words', () => {
    expect(format.relative(at, new Date(at.getTime() + 3 * 86_400_000))).toBe('för 3 dagar sedan');
    expect(format.relative(at, new Date(at.getTime() - 7_200_000))).toBe('om 2 timmar');
    expect(format.relative(at, at)).toBe('nu');
  });

  it('has parts for a calendar’s leaf', () => {
    expect(format.leaf(new Date('2026-12-31T23:30:00Z'))).toEqual({ weekday: 'fre', day: '1', month: 'jan.' });
  });
});

describe('lists', () => {
  it('sorts by the order of the language', () => {
    const towns = ['Örebro', 'Arvika', 'Åmål', 'Zinkgruvan', 'Älvdalen'];
    expect(format.sorted(towns, (t) => t)).toEqual(['Arvika', 'Zinkgruvan', 'Åmål', 'Älvdalen', 'Örebro']);
    reader.set('en');
    expect(format.sorted(towns, (t) => t)[0]).toBe('Älvdalen');
  });

  it('joins names', () => {
    expect(format.list(['Kil', 'Sunne', 'Eda'])).toBe('Kil, Sunne och Eda');
  });

  it('writes sizes and lengths', () => {
    expect(plain(format.bytes(4_200_000))).toBe('4,2 MB');
    expect(plain(format.minutes(90))).toBe('1 tim 30 min');
    expect(plain(format.minutes(45))).toBe('45 min');
  });
});

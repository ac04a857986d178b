import { plural } from '../plural.ts';

const n = plural('sv');

export default {
  title: 'Händelser',
  lead: 'Det som händer i regionen, utan uppgifter om personer. De nyaste står överst.',
  kinds: 'Slag av händelser',
  all: 'Alla slag',
  start: 'Börja',
  starts: { now: 'Från och med nu', beginning: 'Från början' },
  follow: 'Följ med',
  pause: 'Pausa',
  paused: 'Pausad. Nya händelser väntar tills du visar dem.',
  following: 'Nya händelser visas när de kommer.',
  waiting: (count: number) => n(count, { one: 'Visa # ny händelse', other: 'Visa # nya händelser' }),
  nothing: 'Inga händelser ännu',
  nothingText: 'De visas här när de kommer. Välj ”Från början” för att se det som redan har hänt.',
  broken: (seconds: string) => `Uppkopplingen bröts. Vi försöker igen om ${seconds} sekunder.`,
  sleeping: 'Pausad medan sidan inte visas.',
  time: 'Tid',
  what: 'Händelse',
  whom: 'Gäller',
  sequence: 'Nummer',
  details: 'Visa som JSON',
  close: 'Stäng',
  copy: 'Kopiera',
  copied: 'Kopierat',
  cut: (count: string) => `De ${count} senaste visas.`,
};

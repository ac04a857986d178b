import { plural } from '../plural.ts';

const n = plural('sv');

export default {
  title: 'Mejl som skulle ha skickats',
  lead: 'Demonstrationen skickar inga mejl. De sparas här, så att du kan öppna länkarna i dem.',
  filter: 'Visa bara mejl till',
  apply: 'Visa',
  to: 'Till',
  when: 'Skickat',
  list: 'Mejl, de nyaste först',
  choose: 'Välj ett mejl för att läsa det.',
  count: (c: number) => n(c, { one: '# mejl', other: '# mejl' }),
  empty: 'Inga mejl än',
  emptyText: 'Skapa ett konto eller skicka en förfrågan, så kommer det mejl hit.',
  refresh: 'Hämta nya mejl',
  read: 'Läs mejlet',
};

import type { Words } from '../language.svelte.ts';
import { plural } from '../plural.ts';
import type sv from '../sv/stream.ts';

const n = plural('en');

export default {
  title: 'Events',
  lead: 'What happens in the region, without personal data. The newest come first.',
  kinds: 'Kinds of events',
  all: 'All kinds',
  start: 'Start',
  starts: { now: 'From now on', beginning: 'From the beginning' },
  follow: 'Follow',
  pause: 'Pause',
  paused: 'Paused. New events wait until you show them.',
  following: 'New events appear as they come.',
  waiting: (count: number) => n(count, { one: 'Show # new event', other: 'Show # new events' }),
  nothing: 'No events yet',
  nothingText: 'They appear here as they come. Choose “From the beginning” to see what has happened already.',
  broken: (seconds: string) => `The connection broke. We try again in ${seconds} seconds.`,
  sleeping: 'Paused while the page is not shown.',
  time: 'Time',
  what: 'Event',
  whom: 'About',
  sequence: 'Number',
  details: 'Show as JSON',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  cut: (count: string) => `The latest ${count} are shown.`,
} satisfies Words<typeof sv>;

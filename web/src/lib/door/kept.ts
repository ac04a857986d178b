// Tickets without an answer, kept on this device until there is one: a door that loses its network reloads the page or
// changes its battery, and whoever was let in meanwhile must still be counted. What is sent again must be what was sent
// the first time, with its id, or the service could not know that it is one showing; so the code itself is kept. It opens
// no account and admits once, to one performance. It goes when the answer comes or the door gives it up, and after a
// day, when the service has closed the door.
const KEPT = 'kt_door';
const DAY = 24 * 3_600_000;

export interface Kept {
  /** The code or the number that was shown. */
  key: string;
  requestId: string;
  /** When it was shown, milliseconds since 1970. */
  since: number;
}

const nameOf = (performanceId: string, requestId: string) => `${KEPT}:${performanceId}:${requestId}`;

/** Each ticket has a place of its own, so that two windows at one door do not write over each other. */
export function keep(performanceId: string, { key, requestId, since }: Kept): void {
  try {
    localStorage.setItem(nameOf(performanceId, requestId), JSON.stringify({ key, since }));
  } catch {
    // Without storage the ticket lives as long as the page.
  }
}

export function forget(performanceId: string, requestId: string): void {
  try {
    localStorage.removeItem(nameOf(performanceId, requestId));
  } catch {
    // Nothing was kept.
  }
}

/** What is kept for a performance, the first shown first. What is too old, of any performance, goes. */
export function keptFor(performanceId: string, now: number): Kept[] {
  const found: Kept[] = [];
  try {
    for (const name of Object.keys(localStorage)) {
      const [kept, performance = '', requestId = ''] = name.split(':');
      if (kept !== KEPT) continue;
      const { key, since } = read(localStorage.getItem(name));
      if (!key || !(now - since < DAY)) localStorage.removeItem(name);
      else if (performance === performanceId) found.push({ key, requestId, since });
    }
  } catch {
    // Nothing was kept.
  }
  return found.sort((a, b) => a.since - b.since);
}

function read(text: string | null): { key: string; since: number } {
  try {
    const { key, since } = JSON.parse(text ?? '') as Partial<Kept>;
    if (typeof key === 'string' && typeof since === 'number') return { key, since };
  } catch {
    // Not ours, or broken.
  }
  return { key: '', since: 0 };
}

// How many places a gathering has left.
import type { Gathering } from '#gen/kulturtorg/events/v1/events_pb.ts';

export type Places = { kind: 'unlimited' } | { kind: 'left'; left: number; of: number } | { kind: 'full'; waiting: number; of: number };

interface Counted extends Pick<Gathering, 'confirmed' | 'waiting'> {
  content?: { capacity: number };
}

/** While somebody waits there is no free place, whatever the numbers say: it goes to them first. */
export function placesOf({ confirmed, waiting, content }: Counted): Places {
  const of = content?.capacity ?? 0;
  if (of === 0) return { kind: 'unlimited' };
  const left = of - confirmed;
  return left > 0 && waiting === 0 ? { kind: 'left', left, of } : { kind: 'full', waiting, of };
}

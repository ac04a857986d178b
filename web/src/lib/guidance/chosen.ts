// The leads that an answer will hold.
import type { DirectoryEntry } from '#gen/kulturtorg/guidance/v1/guidance_pb.ts';

export interface Chosen {
  key: number;
  /** None: something that is not in the directory. */
  entry?: DirectoryEntry;
  note: string;
}

let last = 0;

export const chosen = (entry?: DirectoryEntry): Chosen => ({ key: ++last, entry, note: '' });
export const leadOf = ({ entry, note }: Chosen) => ({ entryId: entry?.id ?? '', note: note.trim() });

const plain = (text: string) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');

/** Entries that hold every word of the query in their name or text. */
export function matching<E extends Pick<DirectoryEntry, 'name' | 'text'>>(entries: readonly E[], query: string): E[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return entries.filter((e) => words.every((word) => plain(`${e.name} ${e.text}`).includes(word)));
}

// Something that its owner edits: what was read, what is being written, and what to do when it changed meanwhile.
import { faultOf } from '../api/fault.ts';
import { equal, merge } from './merge.ts';

interface Stored<D> {
  draft: D;
  etag: string;
}

export class Editor<D extends object> {
  draft: D = $state(undefined as unknown as D);
  /** As it was last read. */
  base: D = $state.raw(undefined as unknown as D);
  /** What both changed: the owner's words are in the draft, the stored ones in `theirs`. */
  conflicts = $state.raw<(keyof D & string)[]>([]);
  theirs = $state.raw<D>();
  /** It changed elsewhere, and what is shown is made of both. */
  merged = $state(false);
  dirty = $derived(!equal($state.snapshot(this.draft), this.base));

  #etag: string;

  constructor(stored: Stored<D>) {
    this.draft = structuredClone(stored.draft);
    this.base = stored.draft;
    this.#etag = stored.etag;
  }

  get etag(): string {
    return this.#etag;
  }

  /** What is written now, without Svelte's proxies. */
  written(): D {
    return $state.snapshot(this.draft) as D;
  }

  /** It was stored. What is typed since then stays. */
  saved(stored: Stored<D>): void {
    this.base = stored.draft;
    this.#etag = stored.etag;
    this.conflicts = [];
    this.theirs = undefined;
    this.merged = false;
  }

  /** Takes the stored words of one field. */
  take(key: keyof D & string): void {
    if (!this.theirs) return;
    this.draft[key] = structuredClone(this.theirs[key]);
    this.settle(key);
  }

  /** Keeps the own words of one field. */
  settle(key: keyof D & string): void {
    this.conflicts = this.conflicts.filter((k) => k !== key);
  }

  /**
   * Saves with `send`. If it changed since it was read, `read` fetches it, both are put together, and nothing is
   * stored until the owner saves again; then false comes back.
   */
  async save(send: (etag: string, draft: D) => Promise<Stored<D>>, read: () => Promise<Stored<D>>): Promise<boolean> {
    try {
      this.saved(await send(this.#etag, this.written()));
      return true;
    } catch (error) {
      if (faultOf(error).reason !== 'STALE') throw error;
    }
    const now = await read();
    const { draft, conflicts } = merge(this.base, this.written(), now.draft);
    this.saved(now);
    this.draft = structuredClone(draft);
    // An answer that was lost on its way also looks like somebody else's change.
    if (equal(draft, now.draft)) return true;
    this.conflicts = conflicts;
    this.theirs = now.draft;
    this.merged = true;
    return false;
  }
}

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

/** What the form around an editor does: saves, says so, and takes the last saving back. */
export class Saving<D extends object> {
  /** What was done last, to be said. */
  done = $state<'saved' | 'undone'>();
  /** What stood before the last saving. */
  before = $state.raw<D>();
  undoing = $state(false);
  failure = $state.raw<unknown>();

  #editor: Editor<D>;
  #send: (etag: string, draft: D) => Promise<Stored<D>>;
  #read: () => Promise<Stored<D>>;

  constructor(editor: Editor<D>, send: (etag: string, draft: D) => Promise<Stored<D>>, read: () => Promise<Stored<D>>) {
    this.#editor = editor;
    this.#send = send;
    this.#read = read;
  }

  save = async (): Promise<void> => {
    const editor = this.#editor;
    const old = editor.base;
    this.done = undefined;
    const typed = JSON.stringify(editor.written());
    if (!(await editor.save(this.#send, this.#read))) return;
    // What was tidied on the way shows, unless somebody typed on.
    if (JSON.stringify(editor.written()) === typed) editor.draft = structuredClone(editor.base);
    this.before = old;
    this.done = 'saved';
  };

  undo = async (): Promise<void> => {
    if (!this.before || this.undoing) return;
    this.undoing = true;
    this.failure = undefined;
    this.#editor.draft = structuredClone(this.before);
    try {
      this.done = (await this.#editor.save(this.#send, this.#read)) ? 'undone' : undefined;
      this.before = undefined;
    } catch (error) {
      this.failure = error;
    } finally {
      this.undoing = false;
    }
  };
}

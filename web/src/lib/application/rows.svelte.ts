// Rows of a list: which are open, and the one that was just removed, with its way back.
import type { Row } from './draft.svelte.ts';

export class Rows<Form, Saved> {
  open = $state<Record<string, boolean>>({});
  removed = $state.raw<{ row: Row<Form, Saved>; at: number; name: string }>();
  readonly #list: () => Row<Form, Saved>[];

  constructor(list: () => Row<Form, Saved>[]) {
    this.#list = list;
  }

  remove(row: Row<Form, Saved>, name: string): void {
    const at = this.#list().findIndex((r) => r.key === row.key);
    this.#list().splice(at, 1);
    this.removed = { row, at, name };
  }

  undo(): void {
    if (this.removed) this.#list().splice(this.removed.at, 0, this.removed.row);
    this.removed = undefined;
  }
}

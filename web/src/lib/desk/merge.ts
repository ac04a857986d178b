// What happens when two people change the same thing: what only one of them changed is taken, what both changed is
// left to the one who writes.

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether two drafts say the same. */
export const equal = same;

export interface Merged<D> {
  draft: D;
  /** What both changed, differently; the draft has the writer's own. */
  conflicts: (keyof D & string)[];
}

/** `base` was read, `mine` was written from it, `theirs` is what is stored now. */
export function merge<D extends object>(base: D, mine: D, theirs: D): Merged<D> {
  const draft = { ...mine };
  const conflicts: (keyof D & string)[] = [];
  for (const key of Object.keys(mine) as (keyof D & string)[]) {
    if (same(mine[key], theirs[key]) || same(base[key], theirs[key])) continue;
    if (same(base[key], mine[key])) draft[key] = theirs[key];
    else conflicts.push(key);
  }
  return { draft, conflicts };
}

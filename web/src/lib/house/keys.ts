// Keys that categories and ticket types are stored under, made of what people call them.

/** `Bakre parkett` is `bakre-parkett`; empty if nothing is left. */
export function keyOf(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/æ/g, 'ae')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
}

/** A key for `name` that none of `taken` is. */
export function freeKey(name: string, taken: Iterable<string>, otherwise = 'typ'): string {
  const used = new Set(taken);
  const first = keyOf(name) || otherwise;
  if (!used.has(first)) return first;
  for (let n = 2; ; n += 1) if (!used.has(`${first}-${n}`)) return `${first}-${n}`;
}

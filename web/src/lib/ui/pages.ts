/** Which pages a pagination names: the first, the last and those around the current one; 0 stands for a gap. */
export function pagesAround(current: number, last: number): number[] {
  const near = new Set([1, last, current - 1, current, current + 1].filter((p) => p >= 1 && p <= last));
  const shown: number[] = [];
  for (const page of [...near].sort((a, b) => a - b)) {
    const before = shown.at(-1) ?? 0;
    if (page - before === 2) shown.push(page - 1);
    else if (page - before > 2) shown.push(0);
    shown.push(page);
  }
  return shown;
}

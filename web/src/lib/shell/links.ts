/** A piece of a text: words, or a link to this very site. */
export interface Piece {
  text: string;
  /** Path on this site; nothing: plain words. */
  path?: string;
}

/** Finds the links of a plain text. Only those of this site can be followed; all others stay words. */
export function pieces(text: string, origin: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const address = match[0].replace(/[.,;:!?)]+$/, '');
    const path = pathHere(address, origin);
    if (path === undefined) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: address, path });
    from = match.index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** Mail names the site as the operator does; on one machine that may be another name for the same host and port. */
function pathHere(address: string, origin: string): string | undefined {
  try {
    const [to, here] = [new URL(address), new URL(origin)];
    const local = (name: string) => name === 'localhost' || name === '127.0.0.1';
    const same = to.origin === here.origin || (local(to.hostname) && local(here.hostname) && to.port === here.port);
    return same ? to.pathname + to.search + to.hash : undefined;
  } catch {
    return undefined;
  }
}

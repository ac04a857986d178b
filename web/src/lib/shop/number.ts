// A ticket's number is its id: on paper in groups of four, so that it can be read out and typed in.

/** `01A1 FD35 …`. */
export function ticketNumber(id: string): string {
  return (id.replaceAll('-', '').toUpperCase().match(/.{1,4}/g) ?? []).join(' ');
}

/** The id that a typed number stands for, however it is spaced; nothing if it is none. */
export function ticketIdOf(text: string): string | undefined {
  const hex = text.replace(/[\s-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

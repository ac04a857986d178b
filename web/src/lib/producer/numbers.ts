// Numbers as people type them.

/** `12 500`, `12500,50`, `12.500,50`, `12,500.50` as minor units; nothing if it is no amount. */
export function parseAmount(text: string, decimals = 2): bigint | undefined {
  const bare = text.replace(/(kr|sek|eur|€)/gi, '').replace(/[\s\u00a0\u202f'’]/g, '').replace(/:?-$/, '');
  const found = /^(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,:](\d{1,2}))?$/.exec(bare);
  if (!found) return undefined;
  const whole = found[1]!.replace(/[.,]/g, '');
  const part = (found[2] ?? '').padEnd(decimals, '0').slice(0, decimals);
  return BigInt(whole + part);
}

/** An amount as it stands in a form field of a language that writes decimals with a comma. */
export function amountText(minorUnits: bigint, decimals = 2): string {
  const digits = minorUnits.toString().padStart(decimals + 1, '0');
  const [whole, part] = [digits.slice(0, -decimals), digits.slice(-decimals)];
  return /^0*$/.test(part) ? whole : `${whole},${part}`;
}

/** A whole number; nothing typed is 0; `undefined` if it is no such number. */
export function parseWhole(text: string): number | undefined {
  const bare = text.replace(/[\s\u00a0\u202f]/g, '');
  if (bare === '') return 0;
  return /^\d{1,7}$/.test(bare) ? Number(bare) : undefined;
}

/** Metres with a comma or a point as centimetres; nothing typed is 0; `undefined` if it is no length. */
export function parseMetres(text: string): number | undefined {
  const bare = text.replace(/[\s\u00a0]/g, '').replace(/m$/i, '').replace(',', '.');
  if (bare === '') return 0;
  return /^\d{1,3}(\.\d{1,2})?$/.test(bare) ? Math.round(Number(bare) * 100) : undefined;
}

/** Centimetres as metres for a form field; 0 leaves it empty. */
export const metresText = (cm: number) => (cm ? String(cm / 100).replace('.', ',') : '');

/** A number for a form field; 0 leaves it empty. */
export const wholeText = (n: number) => (n ? String(n) : '');

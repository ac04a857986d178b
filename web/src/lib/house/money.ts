// Amounts as people type them, and back.

/** Most that the services take, in the smallest unit. */
export const MOST = 100_000_000_000n;

const decimalsOf = (currency: string) =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/**
 * `125`, `125,50`, `125.50`, `1 250 kr`, `1250:-` in the smallest unit. Nothing if it is no amount. `1.250` and `1,250`
 * are refused: one reader's thousand is another's decimals, and a price must not be guessed.
 */
export function parseMoney(text: string, currency: string): bigint | undefined {
  const decimals = decimalsOf(currency);
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^(?:€|eur|sek)\s*/, '')
    .replace(/\s*(?:kr|kronor|sek|€|eur|euro)\.?$/, '')
    .replace(/[:,.]-$/, '')
    .trim();
  const found = /^(\d{1,3}(?:[\s\u00a0\u202f]\d{3})+|\d+)(?:[.,:](\d{1,2}))?$/.exec(plain);
  if (!found) return undefined;
  const whole = found[1]!.replace(/\D/g, '');
  const part = (found[2] ?? '').padEnd(decimals, '0');
  if (part.length > decimals || whole.length > 12) return undefined;
  const minor = BigInt(whole) * 10n ** BigInt(decimals) + BigInt(part || '0');
  return minor <= MOST ? minor : undefined;
}

/** An amount as a field holds it: `125`, `125,50`. */
export function typedMoney(minorUnits: bigint, currency: string, decimalSign = ','): string {
  const decimals = decimalsOf(currency);
  const unit = 10n ** BigInt(decimals);
  const rest = minorUnits % unit;
  return rest === 0n ? String(minorUnits / unit) : `${minorUnits / unit}${decimalSign}${String(rest).padStart(decimals, '0')}`;
}

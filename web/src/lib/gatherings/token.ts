/** The secret behind `#` of a mailed link. It stays there: browsers keep it out of requests and logs. */
export function tokenOf(hash: string): string {
  const raw = hash.replace(/^#/, '').trim();
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

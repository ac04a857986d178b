/** An id that the services take for a request: a UUID of version 4. */
export function newRequestId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  // randomUUID is missing on pages without TLS other than localhost.
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The `request_id` of one submission. The same content keeps its id over every retry, so that it counts once; changed
 * content is another request and gets another; after success `done` begins anew.
 */
export class Submission {
  #id = newRequestId();
  #content: string | undefined;

  /** The id to send with this content. */
  id(content: unknown): string {
    const now = JSON.stringify(content, (_, v) => (typeof v === 'bigint' ? v.toString() : v));
    if (this.#content !== undefined && this.#content !== now) this.#id = newRequestId();
    this.#content = now;
    return this.#id;
  }

  done(): void {
    this.#id = newRequestId();
    this.#content = undefined;
  }
}

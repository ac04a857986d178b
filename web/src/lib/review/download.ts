// A file of evidence from the stream of its parts.
import { review } from '../api/review.ts';
import { mediaType, type MediaType } from '../application/media.ts';

export interface Download {
  /** Its own first bytes say so; nothing: it is none of those that can be shown. */
  type: MediaType | undefined;
  blob: Blob;
}

/** The stream ended before the file did. */
export class Cut extends Error {}

/**
 * Fetches a file. The blob carries the type that was found in it, never one that could run scripts in this origin.
 */
export async function download(evidenceId: string, progress: (share: number) => void, signal: AbortSignal): Promise<Download> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let got = 0;
  for await (const part of review.downloadEvidence({ evidenceId }, { signal, timeoutMs: 0 })) {
    if (part.size) size = Number(part.size);
    if (!part.data.length) continue;
    pieces.push(part.data as Uint8Array<ArrayBuffer>);
    got += part.data.length;
    if (size) progress(got / size);
  }
  if (got !== size) throw new Cut();
  const head = new Uint8Array(await new Blob(pieces).slice(0, 16).arrayBuffer());
  const type = mediaType(head);
  return { type, blob: new Blob(pieces, { type: type ?? 'application/octet-stream' }) };
}

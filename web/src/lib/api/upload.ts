// How files go up: announced with their checksum, sent in parts one after the other, finished. Each part may be sent
// again, so a broken connection costs one part.
import { ConnectError } from '@connectrpc/connect';
import { problemOf } from '#client/errors.ts';
import { isPassing, sleep } from './retry.ts';

const PART = 256 * 1024;
const waits = [500, 1_500, 4_000];

export interface Announced {
  name: string;
  mediaType: string;
  size: bigint;
  sha256: Uint8Array;
}

/** Sends a file and gives the id of the upload, which the service's finishing call takes. */
export async function sendFile(
  file: File,
  start: (announced: Announced) => Promise<{ uploadId: string }>,
  part: (uploadId: string, part: number, data: Uint8Array) => Promise<unknown>,
  progress: (share: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const { uploadId } = await start({ name: file.name, mediaType: file.type, size: BigInt(bytes.length), sha256 });
  for (let i = 0; i * PART < bytes.length; i += 1) {
    await again(() => part(uploadId, i, bytes.subarray(i * PART, (i + 1) * PART)), signal);
    progress(Math.min(1, ((i + 1) * PART) / bytes.length));
  }
  return uploadId;
}

async function again(send: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    try {
      await send();
      return;
    } catch (reason) {
      const wait = waits[tried];
      if (!isPassing(problemOf(reason)) || wait === undefined) throw ConnectError.from(reason);
      await sleep(wait, signal);
    }
  }
}

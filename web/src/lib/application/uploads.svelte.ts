// Files of evidence on their way. Each goes in parts, waits out a lost connection and goes on where it was.
import type { Application } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { faultOf, newRequestId } from '../api/index.ts';
import { sleep } from '../api/retry.ts';
import { review } from '../api/review.ts';
import { application as words } from '../i18n/application.ts';
import type { Upload } from '../ui/files.ts';
import { mediaType } from './media.ts';

export const MOST_BYTES = 10 * 1024 * 1024;
export const MOST_FILES = 20;
export const ACCEPT = ['application/pdf', 'image/jpeg', 'image/png'] as const;

const PART = 256 * 1024;
/** Seconds between the tries of one part; together they outlast a tunnel or a change of network. */
const waits = [1, 2, 4, 8, 15, 30, 30];

/** The file with where it is on its way; enough to take it up again. */
interface Sending extends Upload {
  file: File;
  description: string;
  requestId: string;
  call: AbortController;
  uploadId?: string;
  waiting?: boolean;
}

export class Uploads {
  list = $state<Sending[]>([]);
  /** The last thing that happened, to be read out. */
  said = $state('');
  #queue = Promise.resolve();

  constructor(
    readonly applicationId: string,
    readonly ondone: (application: Application) => void,
  ) {}

  moving = $derived(this.list.some((upload) => !upload.error));

  add(files: File[], description: string): void {
    for (const file of files) {
      this.list.push({ key: newRequestId(), name: file.name, size: file.size, sent: 0, file, description, requestId: newRequestId(), call: new AbortController() });
      this.#enqueue(this.list.at(-1)!);
    }
  }

  /** Tries a failed one again, from where it was if that still holds. */
  again(upload: Upload): void {
    const found = this.list.find((u) => u.key === upload.key);
    if (!found?.error) return;
    found.error = undefined;
    found.call = new AbortController();
    this.#enqueue(found);
  }

  remove(upload: Upload): void {
    this.list.find((u) => u.key === upload.key)?.call.abort();
    this.list = this.list.filter((u) => u.key !== upload.key);
  }

  #enqueue(upload: Sending): void {
    this.#queue = this.#queue.then(() => this.#send(upload));
  }

  async #send(upload: Sending): Promise<void> {
    const { signal } = upload.call;
    if (signal.aborted) return;
    try {
      const data = await read(upload);
      const type = mediaType(data);
      if (!type) throw new Unfit(words.words.evidence.notReal(upload.name));
      upload.uploadId ??= await this.#announce(upload, data, type);
      for (let part = 0; part * PART < data.length; part += 1) {
        const piece = data.subarray(part * PART, (part + 1) * PART);
        // The ones that were sent before are taken again as they are.
        if (upload.sent * data.length >= part * PART + piece.length) continue;
        await this.#patiently(upload, () => review.uploadEvidencePart({ uploadId: upload.uploadId, part, data: piece }, { signal }));
        upload.sent = (part * PART + piece.length) / data.length;
      }
      const done = await this.#patiently(upload, () => review.finishEvidenceUpload({ uploadId: upload.uploadId, description: upload.description }, { signal }));
      this.list = this.list.filter((u) => u.key !== upload.key);
      this.said = words.words.evidence.sent(upload.name);
      this.ondone(done);
    } catch (reason) {
      if (signal.aborted) return;
      this.#fail(upload, reason);
    }
  }

  async #announce(upload: Sending, data: Uint8Array<ArrayBuffer>, type: string): Promise<string> {
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    const request = { requestId: upload.requestId, applicationId: this.applicationId, name: upload.name.slice(-200), mediaType: type, size: BigInt(data.length), sha256 };
    const { uploadId } = await this.#patiently(upload, () => review.startEvidenceUpload(request, { signal: upload.call.signal }));
    return uploadId;
  }

  /** Each step can be repeated without harm, so a passing failure is waited out. */
  async #patiently<T>(upload: Sending, step: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried += 1) {
      try {
        return await step();
      } catch (reason) {
        const fault = faultOf(reason);
        const wait = waits[tried];
        if (upload.call.signal.aborted || wait === undefined || !['offline', 'unavailable', 'late'].includes(fault.kind)) throw reason;
        upload.waiting = true;
        await sleep(wait * 1000, upload.call.signal);
      } finally {
        upload.waiting = false;
      }
    }
  }

  #fail(upload: Sending, reason: unknown): void {
    const fault = reason instanceof Unfit ? undefined : faultOf(reason);
    upload.error = fault ? fault.text : (reason as Unfit).message;
    this.said = `${upload.name}: ${upload.error}`;
    // The file itself was refused, or the upload is gone: only a new one can succeed.
    if (fault && !fault.retry && fault.kind !== 'signIn') {
      upload.uploadId = undefined;
      upload.requestId = newRequestId();
      upload.sent = 0;
    }
  }
}

/** Not for sending at all; says so itself. */
class Unfit extends Error {}

async function read(upload: Sending): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await upload.file.arrayBuffer());
  } catch {
    // It was moved, changed or taken away since it was chosen.
    throw new Unfit(words.words.evidence.unreadable(upload.name));
  }
}

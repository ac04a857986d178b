// A profile's picture on its way.
import type { Profile } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import { newRequestId, sendFile } from '../api/index.ts';
import { profiles } from '../api/profiles.ts';
import type { InLanguage } from '../i18n/index.ts';

export const PICTURE_TYPES = ['image/jpeg', 'image/png'] as const;
export const PICTURE_BYTES = 10 * 1024 * 1024;

/** One picture. `send` goes on where it stopped, if it is called again after a failure. */
export class PictureUpload {
  #requestId = newRequestId();
  #uploadId = '';
  #next = 0;

  constructor(readonly file: File) {}

  async send(profileId: string, onprogress: (sent: number) => void, signal?: AbortSignal): Promise<void> {
    const start = (file: object) => profiles.startImageUpload({ requestId: this.#requestId, profileId, ...file }, { signal });
    const part = async (uploadId: string, part: number, data: Uint8Array) => {
      if (part < this.#next) return;
      await profiles.uploadImagePart({ uploadId, part, data: data as Uint8Array<ArrayBuffer> }, { signal });
      this.#next = part + 1;
    };
    this.#uploadId = await sendFile(this.file, start, part, onprogress, signal);
  }

  /** Makes it the profile's picture. Doing so again changes nothing. */
  finish(alt: InLanguage[]): Promise<Profile> {
    return finishPicture(this.#uploadId, alt);
  }
}

/** The picture that a profile has keeps the id of its upload, so its words can be changed in the same way. */
export const finishPicture = (uploadId: string, alt: InLanguage[]): Promise<Profile> =>
  profiles.finishImageUpload({ uploadId, imageAlt: alt.filter((t) => t.text.trim()).map(({ language, text }) => ({ language, text: text.trim() })) });

/** A picture as the page can show it, also while the profile is not published. */
export async function readPicture(imageId: string, signal?: AbortSignal): Promise<File> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let type = '';
  for await (const part of profiles.getImage({ imageId }, { signal })) {
    type ||= part.mediaType;
    parts.push(part.data as Uint8Array<ArrayBuffer>);
  }
  return new File(parts, 'picture', { type });
}

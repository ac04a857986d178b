// Events as they are listed: the newest first, at most so many, those that came while paused apart.
import type { FollowResponse } from '#gen/kulturtorg/stream/v1/stream_pb.ts';

/** More rows than this make a page slow, and nobody reads them. */
export const MOST = 500;

export interface Row {
  sequence: bigint;
  type: string;
  subject: string;
  time: Date | undefined;
  json: string;
}

/** A CloudEvent as a row; what cannot be read is shown as it came. */
export function row({ sequence, cloudEvent }: FollowResponse): Row {
  try {
    const event: unknown = JSON.parse(cloudEvent);
    if (typeof event === 'object' && event !== null) {
      const text = (name: string) => {
        const value = (event as Record<string, unknown>)[name];
        return typeof value === 'string' ? value : '';
      };
      const at = new Date(text('time'));
      return {
        sequence,
        type: text('type'),
        subject: text('subject'),
        time: Number.isNaN(at.getTime()) ? undefined : at,
        json: JSON.stringify(event, null, 2),
      };
    }
  } catch {
    // Shown below.
  }
  return { sequence, type: '', subject: '', time: undefined, json: cloudEvent };
}

/** `review: ApplicationApproved` from `kulturtorg.review.v1.ApplicationApproved`. */
export function shortType(type: string): string {
  const parts = type.split('.');
  return parts.length >= 4 ? `${parts.at(-3)}: ${parts.at(-1)}` : type;
}

/** Puts newer rows above older ones. */
export const above = (newer: readonly Row[], older: readonly Row[]): Row[] => [...newer, ...older].slice(0, MOST);

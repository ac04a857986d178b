// The profile that a group of pages is about. It is fetched once and shared by them.
import { getContext, setContext } from 'svelte';
import type { Profile } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import { faultOf } from '../api/fault.ts';
import type { Resource } from '../ui/resource.svelte.ts';

const PRODUCER = Symbol('producer');

export const shareProducer = (producer: Resource<Profile>) => setContext(PRODUCER, producer);
export const sharedProducer = () => getContext<Resource<Profile>>(PRODUCER);

/** There is nothing to be seen there: unknown, withdrawn, or no id at all. */
export function isGone(error: unknown): boolean {
  return error !== undefined && ['missing', 'invalid'].includes(faultOf(error).kind);
}

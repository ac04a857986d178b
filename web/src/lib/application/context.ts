import { getContext, setContext } from 'svelte';
import type { Application } from '#gen/kulturtorg/review/v1/review_pb.ts';
import type { Profile } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import type { Draft } from './draft.svelte.ts';
import type { Uploads } from './uploads.svelte.ts';

/** The application whose pages these are. */
export interface OwnCase {
  readonly application: Application;
  readonly profile: Profile | undefined;
  readonly draft: Draft;
  readonly uploads: Uploads;
  /** A newer state of it, from a call. */
  take(application: Application): void;
}

const CASE = Symbol('case');

export const setOwnCase = (of: OwnCase) => setContext(CASE, of);
export const ownCase = () => getContext<OwnCase>(CASE);

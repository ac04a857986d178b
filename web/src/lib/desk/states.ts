import { Application_State } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { Profile_State } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';

/** The key of a profile state's words. */
export const profileStateKey = (state: Profile_State) =>
  state === Profile_State.PUBLISHED ? 'STATE_PUBLISHED' : state === Profile_State.HIDDEN ? 'STATE_HIDDEN' : 'STATE_DRAFT';

export const profileStateTone = (state: Profile_State) =>
  state === Profile_State.PUBLISHED ? 'ok' : state === Profile_State.HIDDEN ? 'warn' : 'info';

/** The key of an application state's words. */
export const applicationStateKey = (state: Application_State) =>
  ({
    [Application_State.UNSPECIFIED]: 'STATE_DRAFT',
    [Application_State.DRAFT]: 'STATE_DRAFT',
    [Application_State.SUBMITTED]: 'STATE_SUBMITTED',
    [Application_State.IN_REVIEW]: 'STATE_IN_REVIEW',
    [Application_State.MORE_ASKED]: 'STATE_MORE_ASKED',
    [Application_State.APPROVED]: 'STATE_APPROVED',
    [Application_State.REJECTED]: 'STATE_REJECTED',
    [Application_State.WITHDRAWN]: 'STATE_WITHDRAWN',
  } as const)[state];

import { Enquiry_State } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';

/** The key of a state's words. */
export const stateKey = (state: Enquiry_State) =>
  ({
    [Enquiry_State.UNSPECIFIED]: 'STATE_SENT',
    [Enquiry_State.UNCONFIRMED]: 'STATE_UNCONFIRMED',
    [Enquiry_State.SENT]: 'STATE_SENT',
    [Enquiry_State.ANSWERED]: 'STATE_ANSWERED',
    [Enquiry_State.DECLINED]: 'STATE_DECLINED',
  } as const)[state];

export const stateTone = (state: Enquiry_State) =>
  ({
    [Enquiry_State.UNSPECIFIED]: 'plain',
    [Enquiry_State.UNCONFIRMED]: 'warn',
    [Enquiry_State.SENT]: 'info',
    [Enquiry_State.ANSWERED]: 'ok',
    [Enquiry_State.DECLINED]: 'plain',
  } as const)[state];

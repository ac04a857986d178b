import { newRequestId } from '#client/request.ts';

/** Stand in the contract's examples. */
const SAMPLE = 'http://localhost:8080';
const REQUEST_ID = '01938f2e-9d40-7a61-8e2b-5c1d3f6a7b20';

/** The same with the address of the region that is looked at. */
export const atOrigin = (text: string, origin: string) => text.replaceAll(SAMPLE, origin);

/** An example to run here: with a `request_id` of its own, as one that was used is refused. */
export const toRun = (call: string, origin: string) => atOrigin(call, origin).replaceAll(REQUEST_ID, newRequestId());

export { connection } from './connection.svelte.ts';
export { faultOf, fieldErrors, ownFault, type Fault, type FieldError } from './fault.ts';
export { newRequestId, Submission } from '#client/request.ts';
export { follow, type StreamState } from './stream.ts';
export { sendFile } from './upload.ts';

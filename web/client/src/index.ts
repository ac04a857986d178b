// What an app imports besides the services, which have modules of their own: `@kulturtorg/client/search`.
export { Code, ConnectError } from '@connectrpc/connect';
export { problemOf, type Problem } from './errors.js';
export { openGateway, type Gateway, type Options } from './gateway.js';
export { newRequestId, Submission } from './request.js';

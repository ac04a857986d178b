import { Code, ConnectError } from '@connectrpc/connect';
import { expect, it } from 'vitest';
import { problemOf } from './errors.js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from './gen/google/rpc/error_details_pb.js';

it('says everything that a service said', () => {
  const refused = new ConnectError('some fields are wrong', Code.InvalidArgument, undefined, [
    { desc: ErrorInfoSchema, value: { reason: 'INVALID_FIELDS', domain: 'kulturtorg', metadata: { most: '3' } } },
    { desc: BadRequestSchema, value: { fieldViolations: [{ field: 'titles[0].text', description: 'must be given' }] } },
    { desc: BadRequestSchema, value: { fieldViolations: [{ field: 'email', description: 'must be a mail address' }] } },
    { desc: RetryInfoSchema, value: { retryDelay: { seconds: 2n, nanos: 500_000_000 } } },
  ]);
  expect(problemOf(refused)).toEqual({
    code: Code.InvalidArgument,
    reason: 'INVALID_FIELDS',
    message: 'some fields are wrong',
    facts: { most: '3' },
    fields: [
      { field: 'titles[0].text', description: 'must be given' },
      { field: 'email', description: 'must be a mail address' },
    ],
    retryAfter: 2500,
    offline: false,
  });
});

it('has an answer to whatever was thrown', () => {
  expect(problemOf(new ConnectError('x', Code.NotFound))).toEqual({ code: Code.NotFound, reason: '', message: 'x', facts: {}, fields: [], offline: false });
  expect(problemOf(new ConnectError('x', Code.Unknown, undefined, undefined, new TypeError('fetch')))).toMatchObject({ offline: true });
  expect(problemOf('a mistake')).toMatchObject({ code: Code.Unknown, message: 'a mistake', offline: false });
});

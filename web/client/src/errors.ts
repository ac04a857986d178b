import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from './gen/google/rpc/error_details_pb.js';

/** What a failed call says, as plain data. */
export interface Problem {
  /** The kind of failure, by which programs decide. */
  code: Code;
  /** The service's stable name for it, `SOLD_OUT`; empty: none. */
  reason: string;
  /** One sentence for developers, in English. */
  message: string;
  /** Further facts of the service, by name. */
  facts: Record<string, string>;
  /** The refused fields, all at once: path in the request, `titles[0].text`, and what the field must be. */
  fields: { field: string; description: string }[];
  /** After so many milliseconds the same call may succeed, says the service. */
  retryAfter?: number;
  /** The network itself failed: nothing was answered. */
  offline: boolean;
}

/** Reads what a call was rejected with; anything else that was thrown comes out as `Code.Unknown`. */
export function problemOf(reason: unknown): Problem {
  const error = ConnectError.from(reason);
  const info = error.findDetails(ErrorInfoSchema)[0];
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return {
    code: error.code,
    reason: info?.reason ?? '',
    message: error.rawMessage,
    facts: info?.metadata ?? {},
    fields: error.findDetails(BadRequestSchema).flatMap((d) => d.fieldViolations.map(({ field, description }) => ({ field, description }))),
    retryAfter: delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    offline: error.cause instanceof TypeError,
  };
}

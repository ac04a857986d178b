// What a failed call means to the reader: words from the dictionary, by the service's reason or else by the kind of
// failure. Reads the language when called, so call it in $derived.
import { Code, ConnectError } from '@connectrpc/connect';
import { problemOf, type Problem } from '#client/errors.ts';
import { faults } from '../i18n/faults.ts';
import { shell } from '../i18n/shell.ts';
import { connection } from './connection.svelte.ts';
import { fieldWords } from './field-words.ts';
import { referenceOf } from './transport.ts';

export type Kind = 'offline' | 'unavailable' | 'late' | 'signIn' | 'denied' | 'missing' | 'invalid' | 'changed' | 'refused' | 'tooMuch' | 'internal' | 'cancelled';

export interface Fault {
  kind: Kind;
  /** The service's stable name for it, `SOLD_OUT`; empty: none. */
  reason: string;
  /** What happened, in a few words. */
  title: string;
  /** What to do. */
  text: string;
  /** Further facts of the service, by name. */
  facts: Record<string, string>;
  /** Refused fields: path in the request to what it must be, in the service's words. */
  violations: { field: string; description: string }[];
  /** What to tell support; only where support can help. */
  reference?: string;
  /** Whether the same call may succeed later. */
  retry: boolean;
}

const kinds: Partial<Record<Code, Kind>> = {
  [Code.Canceled]: 'cancelled',
  [Code.InvalidArgument]: 'invalid',
  [Code.OutOfRange]: 'invalid',
  [Code.DeadlineExceeded]: 'late',
  [Code.NotFound]: 'missing',
  [Code.AlreadyExists]: 'refused',
  [Code.FailedPrecondition]: 'refused',
  [Code.PermissionDenied]: 'denied',
  [Code.Unauthenticated]: 'signIn',
  [Code.ResourceExhausted]: 'tooMuch',
  [Code.Aborted]: 'changed',
  [Code.Unavailable]: 'unavailable',
};

/** What the protocol itself refuses has no reason; what it means follows from the code. */
const reasons: Partial<Record<Code, string>> = {
  [Code.DeadlineExceeded]: 'DEADLINE_EXCEEDED',
  [Code.ResourceExhausted]: 'MESSAGE_TOO_LARGE',
};

const passing = new Set<Kind>(['offline', 'unavailable', 'late', 'tooMuch', 'internal', 'cancelled']);

export function faultOf(reason: unknown): Fault {
  const error = ConnectError.from(reason);
  const problem = problemOf(error);
  const kind = problem.reason === 'WRONG_CREDENTIALS' ? 'invalid' : kindOf(problem);
  const words = shell.words.faults[kind];
  const name = problem.reason || (reasons[problem.code] ?? '');
  const own = name && faults.ready ? (faults.words.reasons as Record<string, string>)[name] : undefined;
  return {
    kind,
    reason: name,
    title: words.title,
    text: own ?? words.text,
    facts: problem.facts,
    violations: problem.fields,
    reference: kind === 'internal' || kind === 'unavailable' ? referenceOf(error)?.slice(0, 12) : undefined,
    retry: passing.has(kind),
  };
}

function kindOf({ code, offline }: Problem): Kind {
  if (offline || (!connection.online && code === Code.Unavailable)) return 'offline';
  return kinds[code] ?? 'internal';
}

/** One refused field, in words. `id` is the field's id in the page. */
export interface FieldError {
  id: string;
  text: string;
}

/**
 * The refused fields of a form, in the order of `labels`: request path to label. The path is also the field's id.
 * Fields that the form does not have come last, without a place to jump to.
 */
export function fieldErrors(fault: Fault | undefined, labels: Record<string, string>): FieldError[] {
  if (!fault) return [];
  const known = Object.keys(labels);
  const path = (field: string) => known.find((k) => k === field) ?? known.find((k) => field.startsWith(`${k}[`) || field.startsWith(`${k}.`));
  const order = (field: string) => (path(field) === undefined ? known.length : known.indexOf(path(field)!));
  const seen = new Set<string>();
  return [...fault.violations]
    .sort((a, b) => order(a.field) - order(b.field))
    .map(({ field, description }) => {
      const id = path(field);
      return { id: id ?? '', text: faults.ready ? fieldWords(description, id === undefined ? field : labels[id]!) : `${id === undefined ? field : labels[id]}: ${description}` };
    })
    .filter(({ id, text }) => !seen.has(id + text) && seen.add(id + text));
}

/** An error that the page found itself, in the form of a service's. */
export function ownFault(violations: { field: string; description: string }[]): Fault {
  const words = shell.words.faults.invalid;
  return { kind: 'invalid', reason: 'INVALID_FIELDS', title: words.title, text: words.text, facts: {}, violations, retry: false };
}


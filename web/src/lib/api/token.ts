// The access token, in this variable and nowhere else, and the three endpoints that give and take it. The refresh
// token is an HttpOnly cookie that no script sees.
import { base64Decode } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';

let token: { value: string; expires: number } | undefined;

/** The token to send, if there is one. */
export const accessToken = () => token?.value;

/** Milliseconds that it is still good for; 0 without one. */
export const tokenLasts = () => (token ? Math.max(0, token.expires - Date.now()) : 0);

export function dropToken(): void {
  token = undefined;
}

/** Whether a session may be going on: the cookie holds nothing but this fact. */
export const mayBeSignedIn = () => /(?:^|;\s*)kt_signed_in=1(?:;|$)/.test(document.cookie);

interface Granted {
  accessToken: string;
  expiresAt: string;
}

interface Refusal {
  code?: string;
  message?: string;
  details?: { type: string; value: string }[];
}

async function post(path: string, body: object): Promise<Response> {
  try {
    return await fetch(`/session/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(20_000),
    });
  } catch (cause) {
    throw new ConnectError('the network is away', Code.Unavailable, undefined, undefined, cause);
  }
}

/** The error of an endpoint, in the form that calls have. */
export function refusalOf(status: number, body: Refusal): ConnectError {
  const named = Object.entries(Code).find(
    ([name, value]) => typeof value === 'number' && snake(name) === body.code,
  )?.[1] as Code | undefined;
  const byStatus = status === 401 ? Code.Unauthenticated : status === 429 ? Code.ResourceExhausted : status >= 500 ? Code.Unavailable : Code.Unknown;
  const error = new ConnectError(body.message ?? '', named ?? byStatus);
  error.details = (body.details ?? []).map(({ type, value }) => ({ type, value: base64Decode(value) }));
  return error;
}

const snake = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase();

async function granted(response: Response): Promise<void> {
  if (!response.ok) throw refusalOf(response.status, await response.json().catch(() => ({})));
  const answer = (await response.json()) as Granted;
  token = { value: answer.accessToken, expires: Date.parse(answer.expiresAt) };
}

export async function signInByPassword(email: string, password: string): Promise<void> {
  await granted(await post('sign-in', { email, password }));
}

export async function endSession(): Promise<void> {
  dropToken();
  await post('sign-out', {});
}

let underWay: Promise<void> | undefined;

/** New tokens for the session. Tabs take turns, as each refresh token works once. */
export function refresh(): Promise<void> {
  const turn = async () => granted(await post('refresh', {}));
  const locks = navigator.locks;
  underWay ??= (locks ? locks.request('kt-refresh', turn) : turn()).finally(() => (underWay = undefined));
  return underWay;
}

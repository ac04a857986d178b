// Calls to the region as JSON: for what is there before a walk begins.
import { inject } from 'vitest';

/** Of every account of the demo region, and of those that walks make. */
export const PASSWORD = 'kulturtorg-demo';

async function post<Answer>(path: string, body: object, token = ''): Promise<Answer> {
  const answer = await fetch(inject('base') + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** Calls a method of a service, such as `identity/Register`: as nobody in particular, or with an account's token. */
export function call<Answer>(method: string, request: object, token?: string): Promise<Answer> {
  const [service = '', name = ''] = method.split('/');
  const Service = service.charAt(0).toUpperCase() + service.slice(1);
  return post(`/kulturtorg.${service}.v1.${Service}Service/${name}`, request, token);
}

/** Signs in without a browser. */
export async function tokenOf(email: string): Promise<string> {
  const { accessToken } = await post<{ accessToken: string }>('/session/sign-in', { email, password: PASSWORD });
  return accessToken;
}

// What is there before a walk begins: accounts and applications, made over the API by whom they belong to.
import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { PASSWORD, call } from '../support/calls.ts';
import { pdf } from '../support/files.ts';
import { linkIn, type Person } from '../support/people.ts';
import type { Act } from './producing.ts';

/** Gives somebody an account, and signs them in here. */
export async function hasAccount(who: Person, email: string): Promise<string> {
  await call('identity/Register', { requestId: randomUUID(), name: who.name, email, password: PASSWORD, language: 'sv' });
  const link = linkIn(await who.mail(email, '/confirm'));
  const token = new URL(link, 'http://here').searchParams.get('token');
  await call('identity/ConfirmEmail', { token });
  const answer = await who.context.request.post('/session/sign-in', { data: { email, password: PASSWORD } });
  if (!answer.ok()) throw new Error(`${email} cannot sign in: ${await answer.text()}`);
  return ((await answer.json()) as { accessToken: string }).accessToken;
}

export interface Started {
  application: string;
  token: string;
}

/** Has an account, a profile and an application that waits to be written. */
export async function hasStarted(who: Person, act: Act, artField: string): Promise<Started> {
  const token = await hasAccount(who, act.email);
  const content = { name: act.name, artFields: [artField], municipality: '1780', contact: { name: who.name, email: act.email } };
  const profile = await call<{ id: string }>('profiles/CreateProfile', { requestId: randomUUID(), content }, token);
  const start = { requestId: randomUUID(), profileId: profile.id, route: 'ROUTE_ACTIVITY' };
  const draft = await call<{ id: string }>('review/StartApplication', start, token);
  return { application: draft.id, token };
}

const STATEMENT = 'Jag har levt av detta sedan jag flyttade hem.';

/** Has handed in an application by the way of activity; gives its id. */
export async function hasApplied(who: Person, act: Act, artField: string): Promise<string> {
  const { application: applicationId, token } = await hasStarted(who, act, artField);
  const engagements = [{ title: 'Sommarspelet om flottarna', place: 'Gamla sågen i Ransäter', fromDay: '2025-02-01', untilDay: '2026-06-30', kind: 'ENGAGEMENT_KIND_ENGAGEMENT' }];
  const { etag } = await call<{ etag: string }>('review/GetApplication', { applicationId }, token);
  await call('review/UpdateApplication', { applicationId, etag, content: { statement: STATEMENT, engagements } }, token);
  const { name, mimeType: mediaType, buffer } = pdf('kontrakt.pdf', 'Kontrakt');
  const sha256 = createHash('sha256').update(buffer).digest('base64');
  const announced = { requestId: randomUUID(), applicationId, name, mediaType, size: String(buffer.length), sha256 };
  const { uploadId } = await call<{ uploadId: string }>('review/StartEvidenceUpload', announced, token);
  await call('review/UploadEvidencePart', { uploadId, part: 0, data: Buffer.from(buffer).toString('base64') }, token);
  await call('review/FinishEvidenceUpload', { uploadId, description: 'Kontrakt' }, token);
  await call('review/SubmitApplication', { requestId: randomUUID(), applicationId }, token);
  return applicationId;
}

// What is being written in this visit, so that what is not sent yet is still there after a look at another page.
import { SvelteMap } from 'svelte/reactivity';
import type { Application } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { session } from '../session/index.ts';
import { Draft } from './draft.svelte.ts';
import { Uploads } from './uploads.svelte.ts';

interface Writing {
  draft: Draft;
  uploads: Uploads;
}

let owner = '';
const open = new Map<string, Writing>();
const texts = new SvelteMap<string, string>();

/** Another account on the same page does not see what the one before wrote. */
function ownOnly(): void {
  const account = session.account?.id ?? owner;
  if (account !== owner) {
    open.clear();
    texts.clear();
  }
  owner = account;
}

/** The draft of an application: the one of before with the newest state, or a new one. */
export function writing(application: Application): Writing {
  ownOnly();
  const known = open.get(application.id);
  if (known) {
    known.draft.take(application);
    return known;
  }
  const draft = new Draft(application);
  const made = { draft, uploads: new Uploads(application.id, (newer) => draft.take(newer)) };
  open.set(application.id, made);
  return made;
}

export function forget(id: string): void {
  open.get(id)?.draft.stop();
  open.delete(id);
}

/** Answers to questions that are not sent yet. */
export const answers = {
  of: (question: string) => texts.get(question) ?? '',
  put: (question: string, text: string) => void texts.set(question, text),
};

// A judgement that is being written. Kept while the tab is open, so that another look at the queue loses nothing.
import { create } from '@bufbuild/protobuf';
import { AssessmentSchema, type Application, type Assessment, type Criterion } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { session } from '../session/index.ts';

export class VoteDraft {
  verdict = $state('');
  reasons = $state('');
  outcomes = $state<Record<number, string>>({});
  notes = $state<Record<number, string>>({});

  begun = $derived(!!(this.verdict || this.reasons || Object.values(this.outcomes).some(Boolean) || Object.values(this.notes).some(Boolean)));

  assessments(criteria: readonly Criterion[]): Assessment[] {
    return criteria.map((criterion) => create(AssessmentSchema, { criterion, outcome: Number(this.outcomes[criterion] ?? 0), note: (this.notes[criterion] ?? '').trim() }));
  }
}

/** What is asked: each criterion of the findings once, in their order. */
export const criteriaOf = (application: Application): Criterion[] => [...new Set(application.findings.map((f) => f.criterion))];

let owner = '';
const drafts = new Map<string, { vote: VoteDraft; question: { text: string } }>();

/** What the reader writes about an application: the judgement, and a question. */
export function writingOn(applicationId: string) {
  const account = session.account?.id ?? owner;
  if (account !== owner) drafts.clear();
  owner = account;
  let found = drafts.get(applicationId);
  if (!found) {
    const question = $state({ text: '' });
    found = { vote: new VoteDraft(), question };
    drafts.set(applicationId, found);
  }
  return found;
}

export const doneWith = (applicationId: string) => void drafts.delete(applicationId);

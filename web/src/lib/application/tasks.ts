// What there is to do in a draft, and how far it is.
import { Route } from '#gen/kulturtorg/review/v1/published_pb.ts';
import type { Application } from '#gen/kulturtorg/review/v1/review_pb.ts';

export const tasks = ['way', 'statement', 'education', 'engagements', 'absences', 'evidence', 'check'] as const;
export type Task = (typeof tasks)[number];
export type Progress = 'done' | 'begun' | 'none' | 'optional' | 'locked';

export const isTask = (text: string): text is Task => (tasks as readonly string[]).includes(text);

/** The task in which a missing field is given. */
export function taskOf(field: string): Task {
  if (field.startsWith('content.statement')) return 'statement';
  if (field.startsWith('content.education')) return 'education';
  if (field.startsWith('content.engagements')) return 'engagements';
  if (field.startsWith('content.absences')) return 'absences';
  return field.startsWith('evidence') ? 'evidence' : 'check';
}

/** The missing thing's name in the dictionary. */
export function missingWord(field: string): 'statement' | 'evidence' | 'education' | 'finished' | 'engagements' | 'other' {
  if (field.startsWith('content.education.finished')) return 'finished';
  const task = taskOf(field);
  return task === 'statement' || task === 'evidence' || task === 'education' || task === 'engagements' ? task : 'other';
}

/** How far a task is. `unfinished`: something stands there that is not whole yet and therefore not saved. */
export function progress(task: Task, application: Application, unfinished = false): Progress {
  const content = application.content;
  const missing = application.missing.some((m) => taskOf(m.field) === task);
  const needed = missing || (task === 'education' && application.route === Route.EDUCATION) || (task === 'engagements' && application.route === Route.ACTIVITY);
  const given = {
    way: true,
    statement: !!content?.statement,
    education: !!content?.education,
    engagements: !!content?.engagements.length,
    absences: !!content?.absences.length,
    evidence: application.evidence.length > 0,
    check: false,
  }[task];
  if (task === 'check') return application.missing.length ? 'locked' : 'none';
  if (unfinished || (given && missing)) return 'begun';
  if (given) return 'done';
  return needed || task === 'statement' || task === 'evidence' ? 'none' : 'optional';
}

// The rows that an applicant types, as text, and what they become once they are whole. A row that is not whole yet
// counts as it was when it last was, so that half a correction takes nothing away.
import { create } from '@bufbuild/protobuf';
import {
  AbsenceSchema,
  EducationSchema,
  EngagementSchema,
  type Absence,
  type Education,
  type Engagement,
} from '#gen/kulturtorg/review/v1/review_pb.ts';
import { parseDate } from '../ui/dates.ts';

/** What is wrong with a field, by the name of its sentence in the dictionary. */
export type Problem = 'title' | 'place' | 'school' | 'kind' | 'reason' | 'level' | 'programme' | 'field' | 'from' | 'until' | 'future' | 'order' | 'day' | 'long';

export type Problems<Form> = Partial<Record<keyof Form, Problem>>;

export const LONGEST_NAME = 200;

export interface EducationForm {
  title: string;
  school: string;
  finished: string;
  level: string;
  programme: string;
  artField: string;
}
export interface EngagementForm {
  title: string;
  place: string;
  kind: string;
  from: string;
  until: string;
  withChildren: boolean;
}
export interface AbsenceForm {
  reason: string;
  from: string;
  until: string;
}

const number = (n: number) => (n ? String(n) : '');

export const educationForm = (of?: Education): EducationForm => ({
  title: of?.title ?? '',
  school: of?.school ?? '',
  finished: of?.finishedOn ?? '',
  level: number(of?.level ?? 0),
  programme: number(of?.programme ?? 0),
  artField: of?.artField ?? '',
});

export const engagementForm = (of?: Engagement): EngagementForm => ({
  title: of?.title ?? '',
  place: of?.place ?? '',
  kind: number(of?.kind ?? 0),
  from: of?.fromDay ?? '',
  until: of?.untilDay ?? '',
  withChildren: of?.withChildren ?? false,
});

export const absenceForm = (of?: Absence): AbsenceForm => ({
  reason: number(of?.reason ?? 0),
  from: of?.fromDay ?? '',
  until: of?.untilDay ?? '',
});

const named = (text: string, missing: Problem): Problem | undefined =>
  text.trim() === '' ? missing : [...text.trim()].length > LONGEST_NAME ? 'long' : undefined;

/** Only what is wrong. */
function found<Form>(problems: Problems<Form>): Problems<Form> {
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem)) as Problems<Form>;
}

function period(from: string, until: string, today: string): { from?: Problem; until?: Problem } {
  const [first, last] = [parseDate(from), parseDate(until)];
  if (!first) return { from: 'from' };
  if (first > today) return { from: 'future' };
  if (until.trim() !== '' && !last) return { until: 'until' };
  return last && last < first ? { until: 'order' } : {};
}

export const educationProblems = (form: EducationForm): Problems<EducationForm> =>
  found({
    title: named(form.title, 'title'),
    school: named(form.school, 'school'),
    finished: form.finished.trim() !== '' && !parseDate(form.finished) ? 'day' : undefined,
    level: form.level ? undefined : 'level',
    programme: form.programme ? undefined : 'programme',
    artField: form.artField ? undefined : 'field',
  });

export const engagementProblems = (form: EngagementForm, today: string): Problems<EngagementForm> =>
  found({
    title: named(form.title, 'title'),
    place: named(form.place, 'place'),
    kind: form.kind ? undefined : 'kind',
    ...period(form.from, form.until, today),
  });

export const absenceProblems = (form: AbsenceForm, today: string): Problems<AbsenceForm> =>
  found({ reason: form.reason ? undefined : 'reason', ...period(form.from, form.until, today) });

const whole = (problems: object) => Object.keys(problems).length === 0;

export const education = (form: EducationForm): Education | undefined =>
  whole(educationProblems(form))
    ? create(EducationSchema, {
        title: form.title.trim(),
        school: form.school.trim(),
        finishedOn: parseDate(form.finished) ?? '',
        level: Number(form.level),
        programme: Number(form.programme),
        artField: form.artField,
      })
    : undefined;

export const engagement = (form: EngagementForm, today: string): Engagement | undefined =>
  whole(engagementProblems(form, today))
    ? create(EngagementSchema, {
        title: form.title.trim(),
        place: form.place.trim(),
        kind: Number(form.kind),
        fromDay: parseDate(form.from) ?? '',
        untilDay: parseDate(form.until) ?? '',
        withChildren: form.withChildren,
      })
    : undefined;

export const absence = (form: AbsenceForm, today: string): Absence | undefined =>
  whole(absenceProblems(form, today))
    ? create(AbsenceSchema, { reason: Number(form.reason), fromDay: parseDate(form.from) ?? '', untilDay: parseDate(form.until) ?? '' })
    : undefined;

/** Nothing was typed into it. */
export const isBlank = (form: object) => Object.values(form).every((value) => value === '' || value === false);

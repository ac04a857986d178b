import { describe, expect, it } from 'vitest';
import { EngagementKind } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { absenceProblems, education, educationForm, educationProblems, engagement, engagementForm, engagementProblems, isBlank } from './entries.ts';

const TODAY = '2026-11-21';
const whole = { ...engagementForm(), title: ' Skådespelare ', place: 'Västanå teater', kind: String(EngagementKind.ENGAGEMENT), from: '1 mars 2025', until: '' };

describe('rows of an application', () => {
  it('become what the service takes, with dates in any common form', () => {
    const made = engagement(whole, TODAY);
    expect(made).toMatchObject({ title: 'Skådespelare', fromDay: '2025-03-01', untilDay: '', kind: EngagementKind.ENGAGEMENT });
    expect(engagementForm(made)).toMatchObject({ title: 'Skådespelare', from: '2025-03-01', kind: '1' });
  });

  it('are not sent while something is missing or cannot be', () => {
    expect(engagementProblems(engagementForm(), TODAY)).toEqual({ title: 'title', place: 'place', kind: 'kind', from: 'from' });
    expect(engagementProblems({ ...whole, from: '2026-11-22' }, TODAY)).toEqual({ from: 'future' });
    expect(engagementProblems({ ...whole, until: '2024-01-01' }, TODAY)).toEqual({ until: 'order' });
    expect(engagementProblems({ ...whole, until: 'i våras' }, TODAY)).toEqual({ until: 'until' });
    expect(engagementProblems({ ...whole, title: 'å'.repeat(201) }, TODAY)).toEqual({ title: 'long' });
    expect(engagement({ ...whole, kind: '' }, TODAY)).toBeUndefined();
    expect(absenceProblems({ reason: '1', from: '2025-02-30', until: '' }, TODAY)).toEqual({ from: 'from' });
  });

  it('let an education be unfinished', () => {
    const form = { ...educationForm(), title: 'Kandidatexamen', school: 'Ingesund', level: '1', programme: '1', artField: 'stage.music' };
    expect(education(form)).toMatchObject({ finishedOn: '' });
    expect(educationProblems({ ...form, finished: 'snart' })).toEqual({ finished: 'day' });
  });

  it('know when nothing was typed', () => {
    expect(isBlank(engagementForm())).toBe(true);
    expect(isBlank({ ...engagementForm(), withChildren: true })).toBe(false);
  });
});

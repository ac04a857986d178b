// An application that is being written. What is typed goes to the server by itself; until it is there it stays here,
// through lost connections, ended sessions and changes made elsewhere.
import { create } from '@bufbuild/protobuf';
import {
  ContentSchema,
  type Absence,
  type Application,
  type Content,
  type Education,
  type Engagement,
} from '#gen/kulturtorg/review/v1/review_pb.ts';
import { faultOf, newRequestId, type Fault } from '../api/index.ts';
import { review } from '../api/review.ts';
import { shortDate } from '../i18n/format.ts';
import {
  absence,
  absenceForm,
  education,
  educationForm,
  engagement,
  engagementForm,
  isBlank,
  type AbsenceForm,
  type EducationForm,
  type EngagementForm,
} from './entries.ts';
import { merge, parts, sameContent, samePart, type Part } from './merge.ts';

/** A row as it stands in the form, and as it was when it was last whole. */
export interface Row<Form, Saved> {
  key: string;
  form: Form;
  kept?: Saved;
}
export type EngagementRow = Row<EngagementForm, Engagement>;
export type AbsenceRow = Row<AbsenceForm, Absence>;

const PAUSE = 900;
const waits = [3_000, 8_000, 20_000, 45_000];

export const today = () => shortDate(new Date());

export class Draft {
  readonly id: string;
  /** As the server last showed it. */
  application = $state.raw<Application>() as Application;
  statement = $state('');
  educator = $state(false);
  education = $state<Row<EducationForm, Education>>();
  engagements = $state<EngagementRow[]>([]);
  absences = $state<AbsenceRow[]>([]);

  saving = $state(false);
  savedAt = $state.raw<Date>();
  fault = $state.raw<Fault>();
  /** The same parts were changed elsewhere, and somebody must choose. */
  conflict = $state.raw<{ parts: Part[]; theirs: Application }>();

  /** What was last sent or read. */
  #sent = $state.raw<Content>(create(ContentSchema));
  /** What stands on the server, as far as is known. */
  #base: Content = create(ContentSchema);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #failed = 0;

  constructor(application: Application) {
    this.id = application.id;
    this.#set(application);
    this.#fill(application.content ?? create(ContentSchema));
    this.#sent = this.content();
  }

  #set(application: Application): void {
    this.application = application;
    this.#base = application.content ?? create(ContentSchema);
  }

  /**
   * A newer state of the application from another call. Without unsaved changes the form follows it; with them the
   * content that they were made on stays, so that a change made elsewhere is met and not overwritten.
   */
  take(newer: Application): void {
    const { etag, content } = this.application;
    if (newer.etag === etag) this.#set(newer);
    else if (this.dirty) this.application = { ...newer, etag, content };
    else {
      this.#set(newer);
      this.#follow(newer.content ?? create(ContentSchema));
      this.#sent = this.content();
    }
  }

  #fill(content: Content, which: readonly Part[] = parts): void {
    if (which.includes('statement')) this.statement = content.statement;
    if (which.includes('educator')) this.educator = content.educator;
    if (which.includes('education')) this.education = content.education && { key: 'education', form: educationForm(content.education), kept: content.education };
    if (which.includes('engagements')) this.engagements = content.engagements.map((kept) => ({ key: newRequestId(), form: engagementForm(kept), kept }));
    if (which.includes('absences')) this.absences = content.absences.map((kept) => ({ key: newRequestId(), form: absenceForm(kept), kept }));
  }

  /** Shows a content where it differs from what stands here; rows that are being typed stay beside it. */
  #follow(content: Content): void {
    const on = today();
    const mine = this.content();
    const changed = parts.filter((part) => !samePart(mine, content, part));
    const half = {
      education: this.unfinished.education ? this.education : undefined,
      engagements: this.engagements.filter((row) => !row.kept && !engagement(row.form, on)),
      absences: this.absences.filter((row) => !row.kept && !absence(row.form, on)),
    };
    this.#fill(content, changed);
    if (changed.includes('education')) this.education = half.education ?? this.education;
    if (changed.includes('engagements')) this.engagements.push(...half.engagements);
    if (changed.includes('absences')) this.absences.push(...half.absences);
  }

  /** What is whole, as it would be saved. */
  content(): Content {
    const on = today();
    const there = <T>(items: (T | undefined)[]) => items.filter((item): item is T => item !== undefined);
    return create(ContentSchema, {
      statement: this.statement.trim(),
      educator: this.educator,
      education: this.education && (education(this.education.form) ?? this.education.kept),
      engagements: there(this.engagements.map((row) => engagement(row.form, on) ?? row.kept)),
      absences: there(this.absences.map((row) => absence(row.form, on) ?? row.kept)),
    });
  }

  /** Rows that somebody began and that are not whole, by part. */
  unfinished = $derived.by(() => {
    const on = today();
    return {
      education: !!this.education && !isBlank(this.education.form) && !education(this.education.form),
      engagements: this.engagements.some((row) => !isBlank(row.form) && !engagement(row.form, on)),
      absences: this.absences.some((row) => !isBlank(row.form) && !absence(row.form, on)),
    };
  });
  anyUnfinished = $derived(this.unfinished.education || this.unfinished.engagements || this.unfinished.absences);
  tooLong = $derived([...this.statement.trim()].length > 8_000);
  dirty = $derived(!sameContent(this.content(), this.#sent));

  /** To be called in an effect: saves a while after the last change. */
  watch(): void {
    this.content();
    clearTimeout(this.#timer);
    if (!this.dirty || this.conflict || this.tooLong) return;
    this.#failed = 0;
    this.#timer = setTimeout(() => void this.save(), PAUSE);
  }

  /** Saves now; true: everything that is whole is on the server. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (this.conflict || this.tooLong) return false;
    if (this.dirty || this.#running) {
      this.#running ??= this.#send().finally(() => (this.#running = undefined));
      await this.#running;
    }
    return !this.dirty;
  }

  async #send(): Promise<void> {
    this.saving = true;
    try {
      while (this.dirty && !this.conflict) {
        const mine = this.content();
        try {
          await this.#update(mine);
        } catch (reason) {
          const fault = faultOf(reason);
          if (fault.reason !== 'STALE') throw reason;
          await this.#meet(mine);
        }
      }
      this.fault = undefined;
      this.#failed = 0;
    } catch (reason) {
      this.#fail(faultOf(reason));
    } finally {
      this.saving = false;
    }
  }

  async #update(mine: Content): Promise<void> {
    const answer = await review.updateApplication({ applicationId: this.id, etag: this.application.etag, content: mine });
    this.#set(answer);
    this.#sent = mine;
    this.#keep();
    this.savedAt = new Date();
  }

  /** Somebody changed it meanwhile: takes over what they changed, unless both changed the same. */
  async #meet(mine: Content): Promise<void> {
    const base = this.#base;
    const theirs = await review.getApplication({ applicationId: this.id });
    const { content, conflicts } = merge(base, mine, theirs.content ?? create(ContentSchema));
    if (conflicts.length) {
      this.conflict = { parts: conflicts, theirs };
      return;
    }
    this.#set(theirs);
    this.#sent = theirs.content ?? create(ContentSchema);
    this.#follow(content);
  }

  /** Whole rows are now what a half correction falls back to. */
  #keep(): void {
    const on = today();
    if (this.education) this.education.kept = education(this.education.form) ?? this.education.kept;
    for (const row of this.engagements) row.kept = engagement(row.form, on) ?? row.kept;
    for (const row of this.absences) row.kept = absence(row.form, on) ?? row.kept;
  }

  #fail(fault: Fault): void {
    this.fault = fault;
    const wait = waits[Math.min(this.#failed, waits.length - 1)]!;
    this.#failed += 1;
    if (fault.retry) this.#timer = setTimeout(() => void this.save(), wait);
  }

  /** Ends a conflict: my parts or the saved ones. */
  settle(whose: 'mine' | 'theirs'): void {
    const { conflict } = this;
    if (!conflict) return;
    const saved = conflict.theirs.content ?? create(ContentSchema);
    const { content } = merge(this.#base, this.content(), saved);
    if (whose === 'theirs') Object.assign(content, Object.fromEntries(conflict.parts.map((part) => [part, saved[part]])));
    this.conflict = undefined;
    this.#set(conflict.theirs);
    this.#sent = saved;
    this.#follow(content);
    void this.save();
  }

  addEngagement(): EngagementRow {
    this.engagements.push({ key: newRequestId(), form: engagementForm() });
    return this.engagements.at(-1)!;
  }

  addAbsence(): AbsenceRow {
    this.absences.push({ key: newRequestId(), form: absenceForm() });
    return this.absences.at(-1)!;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

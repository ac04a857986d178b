// The contract's numbers as words of the dictionary.
import { Route } from '#gen/kulturtorg/review/v1/published_pb.ts';
import { Absence_Reason, Application_State, Criterion, Education_Level, Education_Programme, EngagementKind, Outcome, Verdict } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { application } from '../i18n/application.ts';

type Dictionary = typeof application.words;
type Words<Name extends keyof Dictionary> = keyof Dictionary[Name];

const states: Record<number, Words<'state'>> = {
  [Application_State.DRAFT]: 'draft',
  [Application_State.SUBMITTED]: 'submitted',
  [Application_State.IN_REVIEW]: 'inReview',
  [Application_State.MORE_ASKED]: 'moreAsked',
  [Application_State.APPROVED]: 'approved',
  [Application_State.REJECTED]: 'rejected',
  [Application_State.WITHDRAWN]: 'withdrawn',
};
const routes: Record<number, Words<'route'>> = { [Route.EDUCATION]: 'education', [Route.ACTIVITY]: 'activity' };
const levels: Record<number, Words<'level'>> = {
  [Education_Level.HIGHER]: 'higher',
  [Education_Level.OTHER_APPROVED]: 'otherApproved',
  [Education_Level.FOREIGN]: 'foreign',
  [Education_Level.UPPER_SECONDARY]: 'upperSecondary',
};
const programmes: Record<number, Words<'programme'>> = {
  [Education_Programme.ARTISTIC]: 'artistic',
  [Education_Programme.TEACHING]: 'teaching',
  [Education_Programme.ADMINISTRATIVE]: 'administrative',
  [Education_Programme.THEORETICAL]: 'theoretical',
};
const kinds: Record<number, Words<'kind'>> = {
  [EngagementKind.ENGAGEMENT]: 'engagement',
  [EngagementKind.ASSIGNMENT]: 'assignment',
  [EngagementKind.GRANT]: 'grant',
  [EngagementKind.COMMISSION]: 'commission',
  [EngagementKind.EXHIBITION]: 'exhibition',
  [EngagementKind.PURCHASE]: 'purchase',
  [EngagementKind.OTHER]: 'other',
};
const reasons: Record<number, Words<'reason'>> = {
  [Absence_Reason.ILLNESS]: 'illness',
  [Absence_Reason.PARENTAL_LEAVE]: 'parentalLeave',
  [Absence_Reason.MILITARY_SERVICE]: 'militaryService',
  [Absence_Reason.FLIGHT]: 'flight',
  [Absence_Reason.OTHER]: 'other',
};
const criteria: Record<number, Words<'criterion'>> = {
  [Criterion.RESIDENCE]: 'residence',
  [Criterion.EDUCATION]: 'education',
  [Criterion.RECENT_EDUCATION]: 'recentEducation',
  [Criterion.ACTIVITY]: 'activity',
  [Criterion.PROOFS]: 'proofs',
  [Criterion.EDUCATOR]: 'educator',
};
const outcomes: Record<number, Words<'outcome'>> = { [Outcome.MET]: 'met', [Outcome.UNCLEAR]: 'unclear', [Outcome.NOT_MET]: 'notMet' };
const verdicts: Record<number, Words<'verdict'>> = { [Verdict.APPROVE]: 'approve', [Verdict.REJECT]: 'reject' };

/** What the dictionary calls this number; empty for one that it does not know. */
function named<Name extends keyof Dictionary>(group: Name, keys: Record<number, Words<Name>>, value: number): string {
  const key = keys[value];
  return key === undefined ? '' : String(application.words[group][key]);
}

export const stateName = (value: Application_State) => named('state', states, value);
export const routeName = (value: Route) => named('route', routes, value);
export const levelName = (value: Education_Level) => named('level', levels, value);
export const programmeName = (value: Education_Programme) => named('programme', programmes, value);
export const kindName = (value: EngagementKind) => named('kind', kinds, value);
export const kindShort = (value: EngagementKind) => named('kindShort', kinds, value);
export const reasonName = (value: Absence_Reason) => named('reason', reasons, value);
export const criterionName = (value: Criterion) => named('criterion', criteria, value);
export const outcomeName = (value: Outcome) => named('outcome', outcomes, value);
export const verdictName = (value: Verdict) => named('verdict', verdicts, value);

/** The numbers of a kind as choices of a form, in the contract's order. */
const choicesOf = (keys: Record<number, unknown>, name: (value: number) => string) =>
  Object.keys(keys).map((value) => ({ value, label: name(Number(value)) }));

export const levelChoices = () => choicesOf(levels, levelName);
export const programmeChoices = () => choicesOf(programmes, programmeName);
export const kindChoices = () => choicesOf(kinds, kindName);
export const reasonChoices = () => choicesOf(reasons, reasonName);
export const outcomeChoices = () => choicesOf(outcomes, outcomeName);
export const verdictChoices = () => choicesOf(verdicts, verdictName);

type Tone = 'plain' | 'info' | 'ok' | 'warn' | 'danger';

export const stateTone = (value: Application_State): Tone =>
  value === Application_State.APPROVED ? 'ok'
  : value === Application_State.MORE_ASKED ? 'warn'
  : value === Application_State.REJECTED ? 'danger'
  : value === Application_State.SUBMITTED || value === Application_State.IN_REVIEW ? 'info'
  : 'plain';

export const outcomeTone = (value: Outcome): Tone =>
  value === Outcome.MET ? 'ok' : value === Outcome.NOT_MET ? 'danger' : 'warn';

export const isDecided = (state: Application_State) => state === Application_State.APPROVED || state === Application_State.REJECTED;
export const isClosed = (state: Application_State) => isDecided(state) || state === Application_State.WITHDRAWN;
/** From the hand-in to the decision. */
export const isPending = (state: Application_State) => state !== Application_State.DRAFT && !isClosed(state);

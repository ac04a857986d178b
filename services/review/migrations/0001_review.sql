-- Applications, evidence, panels, votes and decisions.
create type review.state as enum ('draft', 'submitted', 'in_review', 'more_asked', 'approved', 'rejected', 'withdrawn');
create type review.route as enum ('education', 'activity');
create type review.verdict as enum ('approve', 'reject');

create table review.application (
    id              uuid primary key,
    profile_id      uuid not null,
    applicant       uuid not null,
    route           review.route not null,
    art_fields      text[] not null,
    municipality    text not null,
    content         jsonb not null,
    state           review.state not null,
    version         bigint not null check (version > 0),        -- changes; the etag
    revision        bigint not null check (revision >= 0),      -- published facts
    seats           int not null check (seats > 0),
    created_at      timestamptz not null,
    submitted_at    timestamptz,
    paused_at       timestamptz,
    paused_seconds  bigint not null check (paused_seconds >= 0),
    answered_at     timestamptz,
    decision_due_at timestamptz,
    closed_at       timestamptz,
    evidence_until  timestamptz,
    check (state not in ('submitted', 'in_review', 'more_asked', 'approved', 'rejected') or submitted_at is not null),
    check ((state = 'more_asked') = (paused_at is not null)),
    check ((state in ('approved', 'rejected', 'withdrawn')) = (closed_at is not null))
);
-- A profile has one application that is not refused or taken back.
create unique index application_one_per_profile on review.application (profile_id)
    where state not in ('rejected', 'withdrawn');
create index application_of_applicant on review.application (applicant, created_at desc, id desc);
create index application_handed_in on review.application (submitted_at, id) where submitted_at is not null;
create index application_evidence_due on review.application (evidence_until) where evidence_until is not null;

-- Who may be drawn: a copy of what identity published.
create table review.reviewer (
    account_id uuid primary key,
    art_fields text[] not null
);

-- Who sits, or sat, in a panel. A conflict bars for good.
create table review.seat (
    application_id uuid not null references review.application,
    account_id     uuid not null,
    seated_at      timestamptz not null,
    left_at        timestamptz,
    conflict       text,
    primary key (application_id, account_id),
    check (conflict is null or left_at is not null)
);
create index seat_taken on review.seat (account_id) where left_at is null;

create table review.question (
    id             uuid primary key,
    application_id uuid not null references review.application,
    asked_by       uuid not null,
    text           text not null,
    asked_at       timestamptz not null,
    answer_due_at  timestamptz not null,
    answer         text,
    closed_at      timestamptz,
    check (answer is null or closed_at is not null)
);
create unique index question_one_open on review.question (application_id) where closed_at is null;
create index question_of_application on review.question (application_id, asked_at);

create table review.vote (
    application_id uuid not null,
    account_id     uuid not null,
    verdict        review.verdict not null,
    assessments    jsonb not null,
    reasons        text not null,
    cast_at        timestamptz not null,
    primary key (application_id, account_id),
    foreign key (application_id, account_id) references review.seat
);

-- A public record: written once, with everything that it rests on.
create table review.decision (
    application_id uuid primary key references review.application,
    verdict        review.verdict not null,
    reasons        text not null,
    votes          jsonb not null,
    findings       jsonb not null,
    tie_broken_by  uuid,
    decided_at     timestamptz not null,
    days           int not null
);
create function review.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'a decision never changes' using errcode = 'restrict_violation', constraint = 'decision_immutable';
end $$;
create trigger decision_immutable before update or delete on review.decision
    for each row execute function review.refuse_change();
create trigger decision_not_truncated before truncate on review.decision
    for each statement execute function review.refuse_change();

-- A file; its id is that of its upload, which holds the bytes.
create table review.evidence (
    id             uuid primary key,
    application_id uuid not null references review.application,
    name           text not null,
    description    text not null,
    media_type     text not null,
    size           bigint not null,
    added_at       timestamptz not null
);
create index evidence_of_application on review.evidence (application_id, added_at, id);

-- Who opened which file; stays when the file is deleted.
create table review.evidence_opened (
    evidence_id    uuid not null,
    application_id uuid not null references review.application,
    account_id     uuid not null,
    opened_at      timestamptz not null
);
create index evidence_opened_file on review.evidence_opened (evidence_id, opened_at);

-- Kit's own tables, made in the schema of each role.

-- Facts on their way to the broker. Rows stay after publishing: a lost stream is refilled from them, and a
-- thing's next revision is checked against the last.
create table outbox (
    seq          bigint generated always as identity primary key,
    id           uuid not null unique,
    noun         text not null,
    verb         text not null,
    subject_id   uuid not null,
    revision     bigint not null check (revision > 0),
    type         text not null,
    payload      bytea not null,
    traceparent  text,
    at           timestamptz not null default clock_timestamp(),
    published_at timestamptz,
    stream_seq   bigint unique,     -- where the stream holds it
    unique (noun, subject_id, revision),
    check ((published_at is null) = (stream_seq is null))
);
create index outbox_waiting on outbox (seq) where stream_seq is null;

-- Facts that took effect here.
create table inbox (
    consumer   text not null,
    event_id   uuid not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (consumer, event_id)
);

-- The last revision of each thing that a consumer has seen.
create table inbox_revision (
    consumer   text not null,
    source     text not null,       -- service.noun
    subject_id uuid not null,
    revision   bigint not null,
    primary key (consumer, source, subject_id)
);

-- Facts that could not take effect, and later facts of the same thing, which wait behind them. A thing is
-- parked as long as it has a row here.
create table dead_letter (
    seq        bigint generated always as identity primary key,
    consumer   text not null,
    source     text not null,
    subject_id uuid not null,
    revision   bigint not null,
    event_id   uuid not null,
    type       text not null,
    payload    bytea not null,
    envelope   jsonb not null,      -- subject and headers as received
    error      text not null,
    tries      int not null default 0,
    at         timestamptz not null default clock_timestamp(),
    unique (consumer, event_id)
);
create index dead_letter_thing on dead_letter (consumer, source, subject_id, revision);

-- Calls to other roles that must happen once this transaction is committed. A delivered one is deleted, as it
-- may hold personal data; one that was given up is due at infinity.
create table errand (
    id          uuid primary key,
    peer        text not null,
    path        text not null,
    payload     bytea not null,
    traceparent text,
    at          timestamptz not null default clock_timestamp(),
    due_at      timestamptz not null default clock_timestamp(),
    tries       int not null default 0,
    error       text
);
create index errand_due on errand (due_at);

-- Answers to calls that create or pay, so that a repeated call gets the same one.
create table request (
    caller      text not null,
    method      text not null,
    request_id  uuid not null,
    fingerprint bytea not null,
    answer      bytea,
    at          timestamptz not null default clock_timestamp(),
    primary key (caller, method, request_id)
);

-- Files on their way up, part by part.
create table upload (
    id          uuid primary key,
    owner       text not null,
    subject_id  uuid not null,
    name        text not null,
    media_type  text not null,
    size        bigint not null check (size > 0),
    sha256      bytea not null,
    received    bigint not null default 0,
    finished_at timestamptz,
    at          timestamptz not null default clock_timestamp()
);
create table upload_part (
    upload_id uuid not null references upload on delete cascade,
    part      int not null,
    data      bytea not null,
    primary key (upload_id, part)
);

-- What was exported and when it happened, to be counted. Facts exported before this migration are not in it.
create table stream.exported (
    id   uuid primary key,
    type text not null,
    at   timestamptz not null
);
-- Counting reads nothing but this.
create index exported_at on stream.exported (at, type);

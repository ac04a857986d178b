-- Gatherings, who comes to them, and the records of other calendars that some of them stand for.

create table events.gathering (
    id           uuid primary key,
    state        text not null check (state in ('draft', 'published', 'cancelled')),
    titles       jsonb not null,                -- language -> text
    texts        jsonb not null,
    format       text not null,                 -- key of the region
    start_at     timestamptz not null,
    end_at       timestamptz not null check (end_at >= start_at),
    time_zone    text not null,                 -- IANA
    place        text not null,
    municipality text not null,                 -- key of the region; empty: online or outside
    online_url   text not null,
    capacity     int not null check (capacity >= 0),        -- 0: not limited
    visible_to   text not null check (visible_to in ('nobody', 'attendees', 'everybody')),
    programme    jsonb not null,                -- [{start_at, minutes, titles, texts, speaker}]
    closes_at    timestamptz check (closes_at <= start_at), -- null: at the start
    organiser    text not null,
    external     jsonb,                         -- what other calendars tell; null: one of the region's own
    confirmed    int not null default 0 check (confirmed >= 0),
    waiting      int not null default 0 check (waiting >= 0),
    last_seq     int not null default 0,        -- of its registrations
    version      bigint not null default 1,     -- of the content, for the etag
    revision     bigint not null default 0,     -- of the last fact
    published_at timestamptz,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    check (state <> 'published' or published_at is not null),
    constraint never_more_than_capacity check (capacity = 0 or confirmed <= capacity),
    constraint nobody_waits_for_a_free_place check (waiting = 0 or (capacity > 0 and confirmed >= capacity))
);
create index gathering_start on events.gathering (start_at, id);
create index gathering_shown on events.gathering (id) where state = 'published';

create table events.registration (
    id           uuid primary key,
    gathering_id uuid not null references events.gathering on delete cascade,
    seq          int not null,                  -- order of registering
    state        text not null check (state in ('confirmed', 'waiting', 'cancelled')),
    account      uuid,                          -- null: made without one
    name         text not null,
    email        text not null,
    email_key    text not null,                 -- the address as it is compared
    organisation text not null,
    role_text    text not null,
    municipality text not null,
    listed       boolean not null,              -- consent to be on the list of those who come
    language     text not null,                 -- of mail
    reminded_at  timestamptz,                   -- when somebody last tried to register the same address
    revision     bigint not null default 0,
    created_at   timestamptz not null,
    unique (gathering_id, seq)
);
create unique index registration_once on events.registration (gathering_id, email_key) where state <> 'cancelled';
create index registration_account on events.registration (account, id) where account is not null;

-- A record of another calendar, as it last came.
create table events.source_record (
    id           bigint generated always as identity primary key,
    source       text not null,                 -- key of the calendar's file
    record       int not null,                  -- its number there
    fingerprint  bytea not null,                -- of its content
    gathering_id uuid not null references events.gathering on delete cascade,
    country      text not null,
    city_key     text not null,                 -- the city as it is compared
    day          date not null,                 -- first day, local
    payload      bytea not null,                -- the request
    seen_at      timestamptz not null,
    unique (source, fingerprint)
);
create index source_record_place on events.source_record (country, city_key, day);
create index source_record_number on events.source_record (source, record);
create index source_record_gathering on events.source_record (gathering_id, id);

create table guidance.entry (
    id             uuid primary key,
    kind           int not null check (kind between 1 and 4),
    name           text not null,
    text           text not null,
    art_fields     text[] not null,
    municipalities text[] not null,
    url            text not null,
    email          text not null,
    retired        boolean not null default false,
    revision       bigint not null default 1
);
create index entry_name on guidance.entry (lower(name), id);

create table guidance.case_file (
    id             uuid primary key,
    state          int not null check (state between 1 and 4),
    theme          text not null,
    art_fields     text[] not null,
    municipalities text[] not null,
    asker_name     text not null,
    asker_email    text not null,
    language       text not null,
    adviser        uuid,
    helped         boolean not null default false,
    created_at     timestamptz not null,
    answered_at    timestamptz,
    revision       bigint not null,
    -- Whoever works on a case is known from the moment it is taken.
    check (state = 1 or adviser is not null)
);
-- The queue: what waits, oldest first.
create index case_queue on guidance.case_file (state, created_at, id);
create index case_adviser on guidance.case_file (adviser, created_at, id);

create table guidance.message (
    case_id      uuid not null references guidance.case_file on delete cascade,
    number       int not null check (number between 1 and 100),
    from_adviser boolean not null,
    text         text not null,
    at           timestamptz not null,
    primary key (case_id, number)
);

create table guidance.lead (
    case_id  uuid not null references guidance.case_file on delete cascade,
    number   int not null,
    entry_id uuid references guidance.entry,
    note     text not null,
    primary key (case_id, number),
    check (entry_id is not null or note <> '')
);
create index lead_entry on guidance.lead (entry_id);

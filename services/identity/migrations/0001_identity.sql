-- Accounts with a confirmed address. Whoever changes anything about an account locks its row first.
create table identity.account (
    id            uuid primary key,
    email         text not null,        -- as its owner wrote it
    email_key     text not null constraint account_email_key unique,    -- as addresses are compared
    name          text not null,
    language      text not null,
    password_hash text not null,        -- PHC string
    confirmed_at  timestamptz not null,
    revision      bigint not null default 0     -- of the last fact published about it
);

-- Registrations that wait for a token. An address may have several, as a stranger may have made some of them: the
-- token decides which one becomes the account. One that did is emptied and stays until it expires, for a repeated call.
create table identity.registration (
    id            uuid primary key,
    token_hash    bytea not null unique,
    email         text not null,
    email_key     text not null,
    name          text not null,
    language      text not null,
    password_hash text not null,
    at            timestamptz not null,
    expires_at    timestamptz not null,
    account_id    uuid references identity.account on delete cascade
);
create index registration_email on identity.registration (email_key);
create index registration_expiry on identity.registration (expires_at);

create table identity.password_reset (
    token_hash bytea primary key,
    account_id uuid not null references identity.account on delete cascade,
    expires_at timestamptz not null
);
create index password_reset_account on identity.password_reset (account_id);

create table identity.session (
    id         uuid primary key,
    account_id uuid not null references identity.account on delete cascade,
    agent      text not null,
    began_at   timestamptz not null,
    used_at    timestamptz not null,
    expires_at timestamptz not null,
    ended_at   timestamptz
);
create index session_account on identity.session (account_id, began_at desc, id desc);

-- Every refresh token of a session, so that a used one is recognised.
create table identity.refresh_token (
    hash       bytea primary key,
    session_id uuid not null references identity.session on delete cascade,
    used_at    timestamptz,
    successor  bytea,
    retried    boolean not null default false
);
create index refresh_token_session on identity.refresh_token (session_id);

create table identity.role_grant (
    id              uuid primary key,
    account_id      uuid not null references identity.account on delete cascade,
    role            text not null check (role ~ '^ROLE_[A-Z]+$' and role not in ('ROLE_SERVICE', 'ROLE_UNSPECIFIED')),
    organisation_id uuid,
    art_fields      text[] not null,
    granted_at      timestamptz not null,
    constraint role_grant_once unique nulls not distinct (account_id, role, organisation_id)
);
create index role_grant_role on identity.role_grant (role, id);

-- How many tries are left, by a hash of what is limited.
create table identity.throttle (
    key    bytea primary key,
    tokens double precision not null,
    at     timestamptz not null
);

-- Who did what to whom and when. Each row's hash covers the hash before it, and the head covers the last, so a row
-- that is changed, taken out or put in is found.
create table identity.audit (
    seq        bigint primary key,
    at         timestamptz not null,
    actor_id   uuid,                    -- null: the system itself, or somebody who has not signed in
    action     text not null,
    account_id uuid not null,
    detail     text not null,
    prev       bytea not null,
    hash       bytea not null
);
create table identity.audit_head (
    one  boolean primary key default true check (one),
    seq  bigint not null,
    hash bytea not null
);
insert into identity.audit_head (seq, hash) values (0, '\x00');

create function identity.audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log can only be appended to';
end $$;
create trigger audit_append_only before update or delete or truncate on identity.audit
    for each statement execute function identity.audit_is_append_only();

-- Producers' pages, what they offer, and what buyers ask them.

create table profiles.profile (
    id           uuid primary key,
    owner        uuid not null,                 -- account
    name         text not null,
    art_fields   text[] not null check (cardinality(art_fields) > 0),
    municipality text not null,
    texts        jsonb not null,                -- language -> text
    links        jsonb not null,                -- [{title, url}]
    contact      jsonb not null,                -- {name, email, phone}
    image_id     uuid,                          -- an upload in this schema
    image_alt    jsonb not null default '{}',
    approved_at  timestamptz,
    hidden_by    text check (hidden_by in ('owner', 'region')),
    protected    boolean not null default false,
    version      bigint not null default 1,     -- of the content, for the etag
    revision     bigint not null default 0,     -- of the last fact
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    check (hidden_by is null or approved_at is not null)
);
create index profile_owner on profiles.profile (owner);
create index profile_shown on profiles.profile (id)
    where approved_at is not null and hidden_by is null and not protected;

create table profiles.offer (
    id                 uuid primary key,
    profile_id         uuid not null references profiles.profile on delete cascade,
    kind               text not null,
    audiences          text[] not null,
    titles             jsonb not null,
    texts              jsonb not null,
    minutes            int not null check (minutes >= 0),
    price              bigint check (price >= 0),      -- minor units; null: on request
    group_size_max     int not null check (group_size_max >= 0),
    needs              jsonb not null,
    travels_everywhere boolean not null,
    travels_to         text[] not null check (not travels_everywhere or cardinality(travels_to) = 0),
    withdrawn          boolean not null default false,
    version            bigint not null default 1,
    created_at         timestamptz not null
);
create index offer_profile on profiles.offer (profile_id);

create table profiles.enquiry (
    id            uuid primary key,
    profile_id    uuid not null references profiles.profile on delete cascade,
    offer_id      uuid references profiles.offer,
    buyer_account uuid,                         -- null: the buyer has no account
    buyer_kind    text not null,
    buyer_name    text not null,
    buyer_email   text not null,
    language      text not null,
    state         text not null check (state in ('unconfirmed', 'sent', 'answered', 'declined')),
    revision      bigint not null default 0,
    created_at    timestamptz not null,
    sent_at       timestamptz,
    check ((state = 'unconfirmed') = (sent_at is null))
);
create index enquiry_profile on profiles.enquiry (profile_id, id);
create index enquiry_buyer on profiles.enquiry (buyer_account, id) where buyer_account is not null;
create index enquiry_address on profiles.enquiry (lower(buyer_email), created_at);

create table profiles.enquiry_message (
    enquiry_id uuid not null references profiles.enquiry on delete cascade,
    seq        int not null,
    side       text not null check (side in ('buyer', 'producer')),
    text       text not null,
    at         timestamptz not null,
    primary key (enquiry_id, seq)
);

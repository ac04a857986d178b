-- The catalogue: a copy of what the owners publish, made for finding. All of it can be built anew from them.

-- Schemas of one database share extensions. Two roles that create one at the same time would collide.
select pg_advisory_xact_lock(hashtext('create extension'));
create extension if not exists pg_trgm schema public;

-- Which generation of documents is searched, and which one is being built beside it.
create table search.catalogue (
    only_row boolean primary key default true check (only_row),
    live bigint not null default 1,
    building bigint
);
insert into search.catalogue default values;

-- Per thing of an owner the latest revision that we know of. What is older comes too late, also after the thing is gone.
create table search.thing (
    source text not null,
    id uuid not null,
    revision bigint not null,
    primary key (source, id)
);

create table search.document (
    generation bigint not null,
    kind smallint not null check (kind between 1 and 4),
    id uuid not null,
    source text not null,
    owner_id uuid not null,
    -- Whole art fields stand here beside the parts that were chosen.
    art_fields text[] not null,
    -- Where it is, and where its producer travels to.
    municipalities text[] not null,
    audiences text[] not null,
    term text not null,
    starts_at timestamptz,
    ends_at timestamptz,
    -- `=word` as written, `sv~stem`, `+part` of a compound, `+#4` a group of synonyms. Weights: A title, B names, C text, D keys.
    lexemes tsvector not null,
    words text[] not null,
    -- Sort keys of the title by language: this PostgreSQL need not know the languages' order.
    key_sv bytea not null,
    key_en bytea not null,
    key_nl bytea not null,
    key_fr bytea not null,
    shown jsonb not null,
    primary key (generation, kind, id)
);
create index document_lexemes on search.document using gin (lexemes) with (fastupdate = off);
create index document_words on search.document using gin (words) with (fastupdate = off);
create index document_owner on search.document (source, owner_id);

-- Every word of the documents, to find which one a misspelt word may mean: `nears` are its forms with one letter left
-- out (a wrong, missing, doubled or swapped letter shares one of them), trigrams serve the longer words.
-- `folded` is without diacritics: pg_trgm sees no others under the C locales.
create table search.vocabulary (
    word text collate "C" primary key,
    folded text collate "C" not null,
    nears text[] not null
);
create index vocabulary_folded on search.vocabulary (folded);
create index vocabulary_nears on search.vocabulary using gin (nears) with (fastupdate = off);
create index vocabulary_trigrams on search.vocabulary using gin (folded public.gin_trgm_ops) with (fastupdate = off);

-- Documents that the other engine has yet to hear of.
create sequence search.feed_change;
create table search.feed (
    kind smallint not null,
    id uuid not null,
    change bigint not null default nextval('search.feed_change'),
    primary key (kind, id)
);
create index feed_by_change on search.feed (change);

-- Searches without results.
create table search.miss (
    day date not null,
    query text not null,
    count bigint not null check (count > 0),
    primary key (day, query)
);

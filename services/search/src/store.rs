//! The catalogue's tables: entries in, entries out. Whoever writes documents holds [`lock`], so that the vocabulary,
//! the generations and the guard against late entries always fit together.
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::document::{Document, Entry};
use crate::lexicon::{self, Lexicon};
use crate::order::Orders;
use crate::words;

/// Names that a document is sorted under and the words that it is found by are made with these.
pub(crate) struct Tools {
    pub(crate) lexicon: Lexicon,
    pub(crate) orders: Orders,
    pub(crate) main_language: String,
}

/// Documents are written by one transaction at a time.
pub(crate) async fn lock(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('search documents', 0)) as \"void: String\""
    )
    .execute(db)
    .await?;
    Ok(())
}

/// [`lock`] for work on a whole generation, which may take longer than a request's statement.
async fn lock_for_long(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "select set_config('statement_timeout', '5min', true) as for_work, set_config('lock_timeout', '30s', true) as for_lock"
    )
    .fetch_one(&mut *db)
    .await?;
    lock(db).await
}

/// Puts an entry in place of what is there, in the generation that is searched and the one being built.
/// An entry older than what is known of the thing changes nothing.
pub(crate) async fn put(db: &mut PgConnection, tools: &Tools, entry: &Entry) -> sqlx::Result<()> {
    lock(db).await?;
    let newest = sqlx::query_scalar!(
        "insert into search.thing (source, id, revision) values ($1, $2, $3)
         on conflict (source, id) do update set revision = greatest(thing.revision, excluded.revision)
         returning revision",
        entry.source,
        entry.id,
        entry.revision
    )
    .fetch_one(&mut *db)
    .await?;
    if newest > entry.revision {
        return Ok(());
    }
    let generations = sqlx::query!("select live, building from search.catalogue")
        .fetch_one(&mut *db)
        .await?;
    let generations: Vec<i64> = std::iter::once(generations.live)
        .chain(generations.building)
        .collect();
    replace(db, tools, entry, &generations).await
}

/// Puts an entry into the generation being built alone, unless something newer came in between.
pub(crate) async fn put_in(
    db: &mut PgConnection,
    tools: &Tools,
    entry: &Entry,
    generation: i64,
) -> sqlx::Result<()> {
    lock(db).await?;
    let newest = sqlx::query_scalar!(
        "select revision from search.thing where source = $1 and id = $2",
        entry.source,
        entry.id
    )
    .fetch_optional(&mut *db)
    .await?;
    if newest.is_some_and(|n| n > entry.revision) {
        return Ok(());
    }
    replace(db, tools, entry, &[generation]).await
}

async fn replace(
    db: &mut PgConnection,
    tools: &Tools,
    entry: &Entry,
    generations: &[i64],
) -> sqlx::Result<()> {
    let gone = sqlx::query!(
        "delete from search.document where source = $1 and owner_id = $2 and generation = any($3)
         returning kind, id, words",
        entry.source,
        entry.id,
        generations
    )
    .fetch_all(&mut *db)
    .await?;
    let mut touched: Vec<(i16, Uuid)> = gone.iter().map(|g| (g.kind, g.id)).collect();
    let old: Vec<String> = gone.into_iter().flat_map(|g| g.words).collect();
    for document in &entry.documents {
        insert(db, tools, entry, document, generations).await?;
        touched.push((document.kind, document.id));
    }
    forget_words(db, &old).await?;
    touched.sort_unstable();
    touched.dedup();
    feed(db, &touched).await
}

async fn insert(
    db: &mut PgConnection,
    tools: &Tools,
    entry: &Entry,
    d: &Document,
    generations: &[i64],
) -> sqlx::Result<()> {
    let indexed = lexicon::index(db, &tools.lexicon, &d.texts).await?;
    let key = |column: usize| {
        let language = crate::order::LANGUAGES[column];
        tools.orders.key(
            column,
            region::name(&d.shown.titles, language, &tools.main_language),
        )
    };
    sqlx::query!(
        "insert into search.document (generation, kind, id, source, owner_id, art_fields, municipalities, audiences,
             term, starts_at, ends_at, lexemes, words, key_sv, key_en, key_nl, key_fr, shown)
         select g, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::tsvector, $13, $14, $15, $16, $17, $18
         from unnest($1::bigint[]) g
         on conflict (generation, kind, id) do nothing",
        generations,
        d.kind,
        d.id,
        entry.source,
        entry.id,
        &d.art_fields,
        &d.municipalities,
        &d.audiences,
        d.term,
        d.starts_at,
        d.ends_at,
        indexed.lexemes,
        &indexed.words,
        key(0),
        key(1),
        key(2),
        key(3),
        Json(&d.shown) as _
    )
    .execute(&mut *db)
    .await?;
    learn_words(db, &indexed.words).await
}

async fn learn_words(db: &mut PgConnection, list: &[String]) -> sqlx::Result<()> {
    let known = sqlx::query_scalar!(
        "select word from search.vocabulary where word = any($1)",
        list
    )
    .fetch_all(&mut *db)
    .await?;
    for word in list.iter().filter(|w| !known.contains(w)) {
        let folded = words::fold(word);
        sqlx::query!(
            "insert into search.vocabulary (word, folded, nears) values ($1, $2, $3) on conflict do nothing",
            word,
            folded,
            &words::nears(&folded)
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A name that left the catalogue leaves no trace in it.
async fn forget_words(db: &mut PgConnection, list: &[String]) -> sqlx::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from search.vocabulary v
         where v.word = any($1) and not exists (select from search.document d where d.words @> array[v.word::text])",
        list
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that the other engine has yet to hear of these.
async fn feed(db: &mut PgConnection, touched: &[(i16, Uuid)]) -> sqlx::Result<()> {
    let (kinds, ids): (Vec<i16>, Vec<Uuid>) = touched.iter().copied().unzip();
    sqlx::query!(
        "insert into search.feed (kind, id) select * from unnest($1::smallint[], $2::uuid[])
         on conflict (kind, id) do update set change = nextval('search.feed_change')",
        &kinds,
        &ids
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins a generation beside the one in use. What an interrupted building left behind goes.
pub(crate) async fn begin_generation(db: &mut PgConnection) -> sqlx::Result<i64> {
    lock_for_long(db).await?;
    sqlx::query!(
        "delete from search.document where generation <> (select live from search.catalogue)"
    )
    .execute(&mut *db)
    .await?;
    sqlx::query_scalar!(
        r#"update search.catalogue set building = greatest(live, coalesce(building, 0)) + 1 returning building as "building!""#
    )
    .fetch_one(db)
    .await
}

/// The new generation takes the place of the one in use.
pub(crate) async fn swap(db: &mut PgConnection, generation: i64) -> sqlx::Result<()> {
    lock_for_long(db).await?;
    sqlx::query!(
        "update search.catalogue set live = $1, building = null where building = $1",
        generation
    )
    .execute(&mut *db)
    .await?;
    let gone = sqlx::query!(
        "delete from search.document where generation <> (select live from search.catalogue) returning kind, id, words"
    )
    .fetch_all(&mut *db)
    .await?;
    let mut old: Vec<String> = gone.iter().flat_map(|g| g.words.clone()).collect();
    old.sort_unstable();
    old.dedup();
    forget_words(db, &old).await?;
    let mut touched: Vec<(i16, Uuid)> = gone.iter().map(|g| (g.kind, g.id)).collect();
    let new = sqlx::query!(
        "select kind, id from search.document where generation = $1",
        generation
    )
    .fetch_all(&mut *db)
    .await?;
    touched.extend(new.iter().map(|n| (n.kind, n.id)));
    touched.sort_unstable();
    touched.dedup();
    feed(db, &touched).await
}

/// Gives up the generation that is being built, if any.
pub(crate) async fn give_up_any(db: &mut PgConnection) -> sqlx::Result<()> {
    let building = sqlx::query_scalar!("select building from search.catalogue")
        .fetch_one(&mut *db)
        .await?;
    match building {
        Some(generation) => give_up(db, generation).await,
        None => Ok(()),
    }
}

/// Gives up a generation that could not be finished.
pub(crate) async fn give_up(db: &mut PgConnection, generation: i64) -> sqlx::Result<()> {
    lock_for_long(db).await?;
    sqlx::query!(
        "update search.catalogue set building = null where building = $1",
        generation
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from search.document where generation <> (select live from search.catalogue)"
    )
    .execute(db)
    .await?;
    Ok(())
}

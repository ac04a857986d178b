//! The engine that is always there: PostgreSQL's full text search over lexemes of our own (`lexicon`).
//!
//! Measured over 30 000 generated documents (p50 of 21, two busy cores): a word that no document has is looked up in
//! `document_lexemes`, page and counts together in 1 ms. A word in seven of ten documents, or no word at all, reads the
//! table, as no index could spare it: 330 ms + 210 ms with the word, most of it ranking; 33 ms + 97 ms without.
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

use crate::document::Shown;
use crate::query::{Count, Filter, Found, Hit, Matching, Order, Place, Wanted};
use crate::store::Tools;

/// Weights of the letters D, C, B, A: the region's words, texts, names, titles.
const WEIGHTS: &str = "{0.3,0.45,0.7,1}";

pub(crate) async fn search(
    db: &mut PgConnection,
    tools: &Tools,
    wanted: &Wanted,
) -> sqlx::Result<Found> {
    let matching = crate::query::matching(db, &tools.lexicon, wanted).await?;
    let (hits, next) = page(db, wanted, matching.as_ref()).await?;
    let (counts, total) = counts(db, wanted, matching.as_ref()).await?;
    Ok(Found {
        hits,
        counts,
        total,
        next,
    })
}

/// One page of results, and where the next one begins.
async fn page(
    db: &mut PgConnection,
    wanted: &Wanted,
    matching: Option<&Matching>,
) -> sqlx::Result<(Vec<Hit>, Option<Place>)> {
    let mut q = QueryBuilder::new(
        "select first, key, kind, id, audiences, term, starts_at, shown from (select ",
    );
    first(&mut q, wanted.order, matching);
    q.push(" as first, ").push(key_column(wanted.column));
    q.push(" as key, kind, id, audiences, term, starts_at, shown from search.document where ");
    base(&mut q, wanted, matching);
    for filter in Filter::ALL {
        q.push(" and ");
        passes(&mut q, filter, wanted);
    }
    q.push(") found");
    if let Some(Place::After {
        first,
        key,
        kind,
        id,
    }) = &wanted.place
    {
        q.push(" where (first, key, kind, id) > (")
            .push_bind(*first)
            .push(", ")
            .push_bind(key.clone());
        q.push(", ")
            .push_bind(*kind)
            .push(", ")
            .push_bind(*id)
            .push(")");
    }
    q.push(" order by first, key, kind, id limit ")
        .push_bind(wanted.size + 1);
    // The other engine began this list and is away now.
    if let Some(Place::Behind { results }) = &wanted.place {
        q.push(" offset ")
            .push_bind(i64::try_from(*results).unwrap_or(i64::MAX));
    }
    let mut rows = q.build().fetch_all(db).await?;
    let more = rows.len() as i64 > wanted.size;
    rows.truncate(usize::try_from(wanted.size).unwrap_or(0));
    let mut next = None;
    if let (true, Some(last)) = (more, rows.last()) {
        next = Some(Place::After {
            first: last.try_get("first")?,
            key: last.try_get("key")?,
            kind: last.try_get("kind")?,
            id: last.try_get("id")?,
        });
    }
    let hits = rows.iter().map(hit).collect::<sqlx::Result<_>>()?;
    Ok((hits, next))
}

fn hit(row: &sqlx::postgres::PgRow) -> sqlx::Result<Hit> {
    Ok(Hit {
        kind: row.try_get("kind")?,
        id: row.try_get("id")?,
        audiences: row.try_get("audiences")?,
        term: row.try_get("term")?,
        starts_at: row.try_get("starts_at")?,
        shown: row.try_get::<Json<Shown>, _>("shown")?.0,
    })
}

/// What comes before the name in the order: the rank, the start, or nothing.
fn first(q: &mut QueryBuilder<Postgres>, order: Order, matching: Option<&Matching>) {
    match (order, matching) {
        (Order::Start, _) => {
            q.push("coalesce(extract(epoch from starts_at)::bigint, 9223372036854775807)");
        }
        (Order::Rank, Some(matching)) => {
            // Rounded, so that a page token compares exactly.
            q.push("-round(10000 * (0");
            for (lexemes, factor) in &matching.ranks {
                q.push(" + ")
                    .push_bind(*factor)
                    .push(" * ts_rank(")
                    .push_bind(WEIGHTS)
                    .push("::real[], lexemes, ");
                q.push_bind(lexemes.clone()).push("::tsquery)");
            }
            q.push("))::bigint");
        }
        _ => {
            q.push("0::bigint");
        }
    }
}

/// What holds whatever the filters say: the generation in use, the words, the time.
fn base(q: &mut QueryBuilder<Postgres>, wanted: &Wanted, matching: Option<&Matching>) {
    q.push("generation = (select live from search.catalogue)");
    if let Some(matching) = matching {
        q.push(" and lexemes @@ ")
            .push_bind(matching.all.clone())
            .push("::tsquery");
    }
    if let Some(from) = wanted.start_from {
        q.push(" and starts_at >= ").push_bind(from);
    } else {
        q.push(" and (ends_at is null or ends_at >= ")
            .push_bind(wanted.now)
            .push(")");
    }
    if let Some(before) = wanted.start_before {
        q.push(" and starts_at < ").push_bind(before);
    }
}

/// One filter as a condition.
fn passes(q: &mut QueryBuilder<Postgres>, filter: Filter, wanted: &Wanted) {
    let one_of = |q: &mut QueryBuilder<Postgres>, column: &'static str, keys: &[String]| {
        q.push(column).push(" && ").push_bind(keys.to_vec());
    };
    match filter {
        Filter::Kinds if !wanted.kinds.is_empty() => {
            q.push("kind = any(")
                .push_bind(wanted.kinds.clone())
                .push(")");
        }
        Filter::Terms if !wanted.terms.is_empty() => {
            q.push("term = any(")
                .push_bind(wanted.terms.clone())
                .push(")");
        }
        Filter::ArtFields if !wanted.art_fields.is_empty() => {
            one_of(q, "art_fields", &wanted.art_fields)
        }
        Filter::Municipalities if !wanted.municipalities.is_empty() => {
            one_of(q, "municipalities", &wanted.municipalities);
        }
        Filter::Audiences if !wanted.audiences.is_empty() => {
            one_of(q, "audiences", &wanted.audiences)
        }
        _ => {
            q.push("true");
        }
    }
}

/// How many results there are, and how many each value of a filter would have were that filter not set.
async fn counts(
    db: &mut PgConnection,
    wanted: &Wanted,
    matching: Option<&Matching>,
) -> sqlx::Result<(Vec<Count>, i64)> {
    let mut q = QueryBuilder::new(
        "with m as materialized (select kind, art_fields, municipalities, audiences, term",
    );
    for (filter, name) in Filter::ALL.into_iter().zip(["f0", "f1", "f2", "f3", "f4"]) {
        q.push(", ");
        passes(&mut q, filter, wanted);
        q.push(" as ").push(name);
    }
    q.push(" from search.document where ");
    base(&mut q, wanted, matching);
    q.push(
        ")
        select -1 as filter, '' as key, count(*) as count from m where f0 and f1 and f2 and f3 and f4
        union all select 0, kind::text, count(*) from m where f1 and f2 and f3 and f4 group by kind
        union all select 1, k, count(*) from m, unnest(art_fields) k where f0 and f2 and f3 and f4 group by k
        union all select 2, k, count(*) from m, unnest(municipalities) k where f0 and f1 and f3 and f4 group by k
        union all select 3, k, count(*) from m, unnest(audiences) k where f0 and f1 and f2 and f4 group by k
        union all select 4, term, count(*) from m where term <> '' and f0 and f1 and f2 and f3 group by term",
    );
    let mut total = 0;
    let mut counts = Vec::new();
    for row in q.build().fetch_all(db).await? {
        let (filter, key, count): (i32, String, i64) = (
            row.try_get("filter")?,
            row.try_get("key")?,
            row.try_get("count")?,
        );
        match usize::try_from(filter) {
            Ok(i) => counts.push(Count {
                filter: Filter::ALL[i],
                key,
                count,
            }),
            Err(_) => total = count,
        }
    }
    Ok((counts, total))
}

fn key_column(column: usize) -> &'static str {
    ["key_sv", "key_en", "key_nl", "key_fr"][column]
}

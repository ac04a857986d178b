//! A request as Meilisearch takes it, and its answer as everybody knows it.
use std::collections::{BTreeSet, HashMap, HashSet};

use kit::Db;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::search::{MatchingStrategies, MultiSearchResponse, SearchQuery, Selectors};
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Engine, index, millis};
use crate::document::Shown;
use crate::lexicon;
use crate::query::{Count, Filter, Found, Hit, Order, Place, Wanted};
use crate::words;

/// Meilisearch reads no more words of a query.
const WORDS: usize = 10;

/// A hit: its place in the answer and its key are all that is asked for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Key {
    id: String,
}

/// The words of the query that say something, as in the other engine: `och` need not be there. Those in `folded` lose
/// their diacritics.
pub(crate) async fn telling(
    db: &Db,
    wanted: &Wanted,
    folded: &HashSet<String>,
) -> sqlx::Result<String> {
    let list = &wanted.words[..wanted.words.len().min(WORDS)];
    if list.is_empty() {
        return Ok(String::new());
    }
    let mut asked = BTreeSet::new();
    for word in list {
        asked.extend(wanted.languages.iter().map(|l| (l.clone(), word.clone())));
    }
    let stems = lexicon::stems(&mut *db.read().await?, asked).await?;
    let says_nothing = |word: &String| {
        let stem = |l: &String| stems.get(&(l.clone(), word.clone()));
        wanted.languages.iter().any(|l| stem(l) == Some(&None))
    };
    let as_asked = |word: &String| {
        if folded.contains(word) {
            words::fold(word)
        } else {
            word.clone()
        }
    };
    let telling: Vec<String> = list
        .iter()
        .filter(|w| !says_nothing(w))
        .map(as_asked)
        .collect();
    if telling.is_empty() {
        return Ok(list.join(" "));
    }
    Ok(telling.join(" "))
}

/// Asks for one page and, for each filter that is set, for the counts as they were without it.
pub(crate) async fn ask(
    engine: &Engine,
    words: &str,
    wanted: &Wanted,
) -> Result<MultiSearchResponse<Key>, Error> {
    let index = engine.client.index(&engine.name);
    let all = filter(wanted, None);
    let set: Vec<(Filter, String)> = Filter::ALL
        .into_iter()
        .filter(|f| !chosen(wanted, *f).is_empty())
        .map(|f| (f, filter(wanted, Some(f))))
        .collect();
    let names = Filter::ALL.map(Filter::name);
    let by_name = format!("{}:asc", index::KEYS[wanted.column]);
    let sort: Vec<&str> = match wanted.order {
        Order::Start => vec!["starts:asc", &by_name],
        Order::Rank if !words.is_empty() => Vec::new(),
        Order::Rank | Order::Name => vec![&by_name],
    };
    let query = |filter, facets, limit| {
        let mut query = SearchQuery::new(&index);
        query
            .with_query(words)
            .with_filter(filter)
            .with_facets(Selectors::Some(facets))
            .with_limit(limit)
            .with_attributes_to_retrieve(Selectors::Some(&["id"]))
            .with_matching_strategy(MatchingStrategies::ALL);
        query
    };
    let mut page = query(&all, &names[..], usize::try_from(wanted.size).unwrap_or(0));
    page.with_offset(offset(wanted)).with_sort(&sort);
    let alone: Vec<[&str; 1]> = set.iter().map(|(f, _)| [f.name()]).collect();
    let mut queries = engine.client.multi_search();
    queries.with_search_query(page);
    for ((_, filter), facets) in set.iter().zip(&alone) {
        queries.with_search_query(query(filter, &facets[..], 0));
    }
    queries.execute().await
}

/// The answer with what the table shows of it: what was hidden in the meantime is left out.
pub(crate) async fn found(
    db: &Db,
    wanted: &Wanted,
    answer: MultiSearchResponse<Key>,
) -> sqlx::Result<Found> {
    let mut results = answer.results.into_iter();
    let Some(page) = results.next() else {
        return Ok(Found::default());
    };
    let mut distribution = page.facet_distribution.unwrap_or_default();
    for alone in results {
        distribution.extend(alone.facet_distribution.unwrap_or_default());
    }
    let total = page.estimated_total_hits.unwrap_or(0);
    let behind = offset(wanted) + page.hits.len();
    let more = !page.hits.is_empty() && behind < total;
    let keys: Vec<(i16, Uuid)> = page
        .hits
        .iter()
        .filter_map(|h| index::key(&h.result.id))
        .collect();
    Ok(Found {
        hits: shown(db, keys).await?,
        counts: counts(distribution),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        next: more.then_some(Place::Behind { results: behind }),
    })
}

async fn shown(db: &Db, keys: Vec<(i16, Uuid)>) -> sqlx::Result<Vec<Hit>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (kinds, ids): (Vec<i16>, Vec<Uuid>) = keys.into_iter().unzip();
    let rows = sqlx::query!(
        r#"select d.kind, d.id, d.audiences, d.term, d.starts_at, d.shown as "shown: Json<Shown>"
           from unnest($1::smallint[], $2::uuid[]) with ordinality k (kind, id, place)
           join search.document d
               on d.generation = (select live from search.catalogue) and d.kind = k.kind and d.id = k.id
           order by k.place"#,
        &kinds,
        &ids
    )
    .fetch_all(&mut *db.read().await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Hit {
            kind: r.kind,
            id: r.id,
            audiences: r.audiences,
            term: r.term,
            starts_at: r.starts_at,
            shown: r.shown.0,
        })
        .collect())
}

fn counts(mut distribution: HashMap<String, HashMap<String, usize>>) -> Vec<Count> {
    let mut all = Vec::new();
    for filter in Filter::ALL {
        let values = distribution.remove(filter.name()).unwrap_or_default();
        all.extend(
            values
                .into_iter()
                .filter(|(_, n)| *n > 0)
                .map(|(key, n)| Count {
                    filter,
                    key,
                    count: i64::try_from(n).unwrap_or(i64::MAX),
                }),
        );
    }
    all
}

fn offset(wanted: &Wanted) -> usize {
    match wanted.place {
        Some(Place::Behind { results }) => results,
        _ => 0,
    }
}

fn chosen(wanted: &Wanted, filter: Filter) -> Vec<String> {
    match filter {
        Filter::Kinds => wanted.kinds.iter().map(i16::to_string).collect(),
        Filter::ArtFields => wanted.art_fields.clone(),
        Filter::Municipalities => wanted.municipalities.clone(),
        Filter::Audiences => wanted.audiences.clone(),
        Filter::Terms => wanted.terms.clone(),
    }
}

/// Everything that must hold, as a filter expression; one filter may be left out. No other place makes one.
fn filter(wanted: &Wanted, left_out: Option<Filter>) -> String {
    let mut all = Vec::new();
    match wanted.start_from {
        Some(from) => all.push(format!("starts >= {}", millis(from))),
        None => all.push(format!(
            "(ends NOT EXISTS OR ends >= {})",
            millis(wanted.now)
        )),
    }
    if let Some(before) = wanted.start_before {
        all.push(format!("starts < {}", millis(before)));
    }
    for filter in Filter::ALL.into_iter().filter(|f| Some(*f) != left_out) {
        let values: Vec<String> = chosen(wanted, filter).iter().map(|v| quoted(v)).collect();
        if !values.is_empty() {
            all.push(format!("{} IN [{}]", filter.name(), values.join(", ")));
        }
    }
    all.join(" AND ")
}

/// A value that cannot end its own quotation.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            words: Vec::new(),
            languages: Vec::new(),
            column: 0,
            kinds: vec![1, 4],
            art_fields: vec!["a\" OR terms EXISTS OR \"".to_owned(), "b\\".to_owned()],
            municipalities: Vec::new(),
            audiences: Vec::new(),
            terms: Vec::new(),
            now: datetime!(1970-01-01 00:00:02 UTC),
            start_from: None,
            start_before: None,
            order: Order::Rank,
            size: 1,
            place: None,
        }
    }

    #[test]
    fn a_value_stays_within_its_quotes() {
        assert_eq!(
            filter(&wanted(), Some(Filter::Kinds)),
            r#"(ends NOT EXISTS OR ends >= 2000) AND art_fields IN ["a\" OR terms EXISTS OR \"", "b\\"]"#
        );
    }

    #[test]
    fn times_are_compared_in_milliseconds() {
        let some = Wanted {
            art_fields: Vec::new(),
            start_from: Some(datetime!(1970-01-01 00:00:01.5 UTC)),
            start_before: Some(datetime!(1970-01-01 00:00:03 UTC)),
            ..wanted()
        };
        assert_eq!(
            filter(&some, None),
            r#"starts >= 1500 AND starts < 3000 AND kinds IN ["1", "4"]"#
        );
    }
}

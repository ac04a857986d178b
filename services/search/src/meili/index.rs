//! What the index holds and how it is set up.
use std::collections::{HashMap, HashSet};

use meilisearch_sdk::settings::{
    FacetingSettings, LocalizedAttributes, MinWordSizeForTypos, PaginationSetting, Settings,
    TypoToleranceSettings,
};
use region::Region;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::query::Filter;
use crate::words;

/// Sort keys in hexadecimal sort as their bytes do. Meilisearch cuts longer values by itself.
const KEY: usize = 400;

/// Attributes that are searched, the weightiest first. `kin` holds stems, parts of compounds and words without
/// diacritics.
const SEARCHED: [&str; 5] = ["title", "names", "text", "keys", "kin"];
/// By column as in [`crate::order::LANGUAGES`].
pub(crate) const KEYS: [&str; 4] = ["key_sv", "key_en", "key_nl", "key_fr"];

/// A document of the index.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    id: String,
    kinds: String,
    art_fields: Vec<String>,
    municipalities: Vec<String>,
    audiences: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    terms: String,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<i64>,
    title: String,
    names: String,
    text: String,
    keys: String,
    kin: Vec<String>,
    key_sv: String,
    key_en: String,
    key_nl: String,
    key_fr: String,
}

impl Document {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// The id of a document in the index.
pub(crate) fn id(kind: i16, id: Uuid) -> String {
    format!("{kind}-{id}")
}

/// What an id of the index means.
pub(crate) fn key(id: &str) -> Option<(i16, Uuid)> {
    let (kind, id) = id.split_once('-')?;
    Some((kind.parse().ok()?, Uuid::parse_str(id).ok()?))
}

/// The documents with these keys that can be found now. Their words are read back from the lexemes, which keep them
/// by weight and place.
pub(crate) async fn load(
    db: &mut PgConnection,
    kinds: &[i16],
    ids: &[Uuid],
) -> sqlx::Result<Vec<Document>> {
    let rows = sqlx::query!(
        r#"select d.kind, d.id, d.art_fields, d.municipalities, d.audiences, d.term, d.starts_at, d.ends_at, d.words,
               encode(d.key_sv, 'hex') as "key_sv!", encode(d.key_en, 'hex') as "key_en!",
               encode(d.key_nl, 'hex') as "key_nl!", encode(d.key_fr, 'hex') as "key_fr!",
               t.title, t.names, t.text, t.keys, t.kin
           from search.document d cross join lateral (
               select string_agg(substr(l.lexeme, 2), ' ' order by p.place)
                       filter (where l.lexeme like '=%' and p.weight = 'A') as title,
                   string_agg(substr(l.lexeme, 2), ' ' order by p.place)
                       filter (where l.lexeme like '=%' and p.weight = 'B') as names,
                   string_agg(substr(l.lexeme, 2), ' ' order by p.place)
                       filter (where l.lexeme like '=%' and p.weight = 'C') as text,
                   string_agg(substr(l.lexeme, 2), ' ' order by p.place)
                       filter (where l.lexeme like '=%' and p.weight = 'D') as keys,
                   array_agg(distinct regexp_replace(l.lexeme, '^([+]|[a-z]+~)', ''))
                       filter (where l.lexeme !~ '^(=|[+]#)') as kin
               from unnest(d.lexemes) l (lexeme, places, weights), unnest(l.places, l.weights) p (place, weight)
           ) t
           where d.generation = (select live from search.catalogue)
               and (d.kind, d.id) in (select * from unnest($1::smallint[], $2::uuid[]))"#,
        kinds,
        ids
    )
    .fetch_all(db)
    .await?;
    let short = |key: String| key.chars().take(KEY).collect::<String>();
    Ok(rows
        .into_iter()
        .map(|r| {
            let folded = r.words.iter().map(|w| (w, words::fold(w)));
            let folded = folded.filter(|(w, f)| *w != f).map(|(_, f)| f);
            Document {
                id: id(r.kind, r.id),
                kinds: r.kind.to_string(),
                kin: r
                    .kin
                    .unwrap_or_default()
                    .into_iter()
                    .chain(folded)
                    .collect(),
                art_fields: r.art_fields,
                municipalities: r.municipalities,
                audiences: r.audiences,
                terms: r.term,
                starts: r.starts_at.map(super::millis),
                ends: r.ends_at.map(super::millis),
                title: r.title.unwrap_or_default(),
                names: r.names.unwrap_or_default(),
                text: r.text.unwrap_or_default(),
                keys: r.keys.unwrap_or_default(),
                key_sv: short(r.key_sv),
                key_en: short(r.key_en),
                key_nl: short(r.key_nl),
                key_fr: short(r.key_fr),
            }
        })
        .collect())
}

/// How the index is set up. `sort` comes first, because an order that is asked for goes before the fit; where both
/// are alike the name in the region's first language decides.
pub(crate) fn settings(region: &Region) -> Settings {
    let by_name = format!("{}:asc", KEYS[crate::order::column(region.main_language())]);
    let filterable = Filter::ALL.map(Filter::name).into_iter();
    Settings::new()
        .with_searchable_attributes(SEARCHED)
        .with_displayed_attributes(["id"])
        .with_filterable_attributes(filterable.chain(["starts", "ends"]))
        .with_sortable_attributes(KEYS.into_iter().chain(["starts"]))
        .with_ranking_rules([
            "sort",
            "words",
            "typo",
            "proximity",
            "attribute",
            "exactness",
            by_name.as_str(),
        ])
        .with_synonyms(synonyms(region))
        .with_localized_attributes(vec![LocalizedAttributes {
            locales: locales(region),
            attribute_patterns: vec!["*".to_owned()],
        }])
        .with_typo_tolerance(TypoToleranceSettings {
            enabled: Some(true),
            min_word_size_for_typos: Some(MinWordSizeForTypos {
                one_typo: Some(4),
                two_typos: Some(8),
            }),
            ..TypoToleranceSettings::default()
        })
        .with_faceting(FacetingSettings {
            max_values_per_facet: 2_000,
            sort_facet_values_by: None,
        })
        .with_pagination(PaginationSetting {
            max_total_hits: 200_000,
        })
        .with_search_cutoff(250)
}

/// Each word of a group means the others.
fn synonyms(region: &Region) -> HashMap<String, Vec<String>> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for group in &region.search.synonyms {
        let group: Vec<String> = group.iter().map(|w| w.to_lowercase()).collect();
        for word in &group {
            let others = group.iter().filter(|w| *w != word).cloned();
            all.entry(word.clone()).or_default().extend(others);
        }
    }
    all
}

/// Meilisearch strips its list of synonyms of all diacritics, but not a query in a language that keeps them: these
/// words must be asked for without theirs, or they have no synonyms. `kin` finds the documents that hold them.
pub(crate) fn folded_synonyms(region: &Region) -> HashSet<String> {
    let words = region.search.synonyms.iter().flatten();
    words
        .map(|w| w.to_lowercase())
        .filter(|w| words::fold(w) != *w)
        .collect()
}

/// The region's languages as Meilisearch names them. In Swedish it then keeps `å`, `ä` and `ö` apart from `a` and `o`.
fn locales(region: &Region) -> Vec<String> {
    let name = |language: &String| {
        match language.as_str() {
            "sv" => "swe",
            "en" => "eng",
            "nl" => "nld",
            "fr" => "fra",
            "de" => "deu",
            "fi" => "fin",
            other => other,
        }
        .to_owned()
    };
    region.languages.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_means_its_key_again() {
        let thing = Uuid::from_u128(7);
        assert_eq!(key(&id(3, thing)), Some((3, thing)));
        assert_eq!(key("3"), None);
        assert_eq!(key("x-y"), None);
    }

    #[test]
    fn each_synonym_means_the_others_of_its_group() {
        let text = include_str!("../../../../regions/varmland.toml");
        let mut region = Region::parse(text).expect("a usable region");
        region.search.synonyms = vec![["Gig", "konsert"].map(str::to_owned).to_vec()];
        let synonyms = synonyms(&region);
        assert_eq!(synonyms["gig"], ["konsert"]);
        assert_eq!(synonyms["konsert"], ["gig"]);
    }
}

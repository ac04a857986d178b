//! From words to lexemes. A document keeps each word in four forms, told apart by their first letters:
//! `=konserter` as written, `sv~konsert` as the stem in a language, `+konsert` as a part of a compound, and `+#4` as
//! one of a group of synonyms. A query asks for the same forms, so that what was written ranks before its stem, and
//! that before a synonym.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use region::Region;
use sqlx::PgConnection;

use crate::document::{Text, Weight};
use crate::words;

/// The languages that PostgreSQL can stem.
const STEMMERS: &[(&str, &str)] = &[
    ("sv", "swedish_stem"),
    ("en", "english_stem"),
    ("nl", "dutch_stem"),
    ("fr", "french_stem"),
];
/// Of a text of 8000 letters nothing is left out.
const WORDS_OF_A_TEXT: usize = 4_000;
const LAST_POSITION: usize = 16_383;

/// The region's words: synonyms by word and by stem, and the parts of compounds.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    groups: HashMap<String, usize>,
    known: Vec<String>,
}

/// Stems by language and word. `None`: a word such as `och`, which says nothing.
pub(crate) type Stems = HashMap<(String, String), Option<String>>;

impl Lexicon {
    pub(crate) async fn load(db: &mut PgConnection, region: &Region) -> sqlx::Result<Self> {
        let lower =
            |list: &[String]| -> Vec<String> { list.iter().map(|w| w.to_lowercase()).collect() };
        let known = lower(&region.search.compound_parts);
        let listed: Vec<(usize, String)> = region
            .search
            .synonyms
            .iter()
            .enumerate()
            .flat_map(|(group, words)| lower(words).into_iter().map(move |w| (group, w)))
            .collect();
        let wanted = listed.iter().flat_map(|(_, w)| {
            STEMMERS
                .iter()
                .map(move |(l, _)| ((*l).to_owned(), w.clone()))
        });
        let stems = stems(db, wanted.collect()).await?;
        let mut groups = HashMap::new();
        for (group, word) in &listed {
            groups.insert(word.clone(), *group);
            for language in &region.languages {
                if let Some(Some(stem)) = stems.get(&(language.clone(), word.clone())) {
                    groups.entry(form(language, stem)).or_insert(*group);
                }
            }
        }
        Ok(Self { groups, known })
    }

    /// The parts and the group of synonyms of a word, as lexemes.
    pub(crate) fn kin(&self, word: &str, stems: &[String]) -> Vec<String> {
        let parts = words::parts(word, &self.known);
        let names = std::iter::once(word).chain(stems.iter().map(String::as_str));
        let group = names.filter_map(|w| self.groups.get(w)).next();
        let mut kin: Vec<String> = parts.iter().map(|p| format!("+{p}")).collect();
        kin.extend(group.map(|g| format!("+#{g}")));
        kin
    }
}

/// A stem as a lexeme.
pub(crate) fn form(language: &str, stem: &str) -> String {
    format!("{language}~{stem}")
}

/// Asks the database for the stems of words by language; languages that it does not know are left out.
pub(crate) async fn stems(
    db: &mut PgConnection,
    wanted: BTreeSet<(String, String)>,
) -> sqlx::Result<Stems> {
    let (mut languages, mut dictionaries, mut list) = (Vec::new(), Vec::new(), Vec::new());
    for (language, word) in wanted {
        if let Some((_, dictionary)) = STEMMERS.iter().find(|(l, _)| *l == language) {
            languages.push(language);
            dictionaries.push((*dictionary).to_owned());
            list.push(word);
        }
    }
    let rows = sqlx::query!(
        r#"select t.language as "language!", t.word as "word!", (ts_lexize(t.dictionary::regdictionary, t.word))[1] as stem
           from unnest($1::text[], $2::text[], $3::text[]) as t (language, dictionary, word)"#,
        &languages,
        &dictionaries,
        &list
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| ((r.language, r.word), r.stem))
        .collect())
}

/// What a document is found by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// A tsvector as text.
    pub(crate) lexemes: String,
    /// Every word as written.
    pub(crate) words: Vec<String>,
}

/// Reads the words of a document's texts, with the database's help for the stems.
pub(crate) async fn index(
    db: &mut PgConnection,
    lexicon: &Lexicon,
    texts: &[Text],
) -> sqlx::Result<Indexed> {
    let read: Vec<(&Text, Vec<String>)> = texts
        .iter()
        .map(|t| {
            (
                t,
                words::words(&t.text)
                    .into_iter()
                    .take(WORDS_OF_A_TEXT)
                    .collect(),
            )
        })
        .collect();
    let wanted = read.iter().flat_map(|(text, list)| {
        list.iter()
            .flat_map(|w| text.languages.iter().map(move |l| (l.clone(), w.clone())))
    });
    let stems = stems(db, wanted.collect()).await?;
    Ok(lexemes(lexicon, &read, &stems))
}

fn lexemes(lexicon: &Lexicon, read: &[(&Text, Vec<String>)], stems: &Stems) -> Indexed {
    let mut places: BTreeMap<String, BTreeMap<usize, Weight>> = BTreeMap::new();
    let mut words = BTreeSet::new();
    let mut at = 0;
    for (text, list) in read {
        for word in list {
            at = (at + 1).min(LAST_POSITION);
            let mut forms = vec![format!("={word}")];
            let of = |l: &String| {
                stems
                    .get(&(l.clone(), word.clone()))?
                    .as_ref()
                    .map(|s| form(l, s))
            };
            let stemmed: Vec<String> = text.languages.iter().filter_map(of).collect();
            forms.extend(lexicon.kin(word, &stemmed));
            forms.extend(stemmed);
            for form in forms {
                let weight = places
                    .entry(form)
                    .or_default()
                    .entry(at)
                    .or_insert(text.weight);
                *weight = (*weight).min(text.weight);
            }
            words.insert(word.clone());
        }
    }
    let mut lexemes = String::new();
    for (form, at) in places {
        let _ = write!(lexemes, "{}:", quoted(&form));
        for (i, (place, weight)) in at.iter().take(200).enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let letter = match weight {
                Weight::Title => "A",
                Weight::Name => "B",
                Weight::Text => "C",
                Weight::Key => "D",
            };
            let _ = write!(lexemes, "{comma}{place}{letter}");
        }
        lexemes.push(' ');
    }
    Indexed {
        lexemes,
        words: words.into_iter().collect(),
    }
}

/// A lexeme as tsvector and tsquery read it. Words are letters and digits only; the doubling is for the day that
/// somebody changes that.
pub(crate) fn quoted(lexeme: &str) -> String {
    format!("'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_as_written_as_stem_as_part_and_as_synonym() {
        let lexicon = Lexicon {
            groups: HashMap::from([("sv~konsert".to_owned(), 4)]),
            known: vec!["konsert".to_owned(), "kyrk".to_owned()],
        };
        let text = Text {
            weight: Weight::Title,
            languages: vec!["sv".to_owned()],
            text: String::new(),
        };
        let stems = Stems::from([(
            ("sv".to_owned(), "kyrkkonserter".to_owned()),
            Some("konsert".to_owned()),
        )]);
        let indexed = lexemes(
            &lexicon,
            &[(&text, vec!["kyrkkonserter".to_owned()])],
            &stems,
        );
        assert_eq!(
            indexed.lexemes,
            "'+#4':1A '+konsert':1A '+kyrk':1A '=kyrkkonserter':1A 'sv~konsert':1A "
        );
        assert_eq!(indexed.words, ["kyrkkonserter"]);
    }

    #[test]
    fn quotes_cannot_end_a_lexeme() {
        assert_eq!(quoted("a'b\\c"), "'a''b\\\\c'");
    }
}

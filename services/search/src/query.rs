//! What a caller asks for, and what is found: whatever engine answers.
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::document::Shown;
use crate::lexicon::{self, Lexicon, form, quoted};
use crate::words;

/// Of a longer query the first words count.
const WORDS: usize = 12;
/// How many words a misspelt one may mean.
const GUESSES: usize = 10;

/// How results are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Rank,
    Name,
    Start,
}

/// A request that was found good.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) words: Vec<String>,
    /// Languages in which words are stemmed: the reader's and the region's first.
    pub(crate) languages: Vec<String>,
    /// Which sort key.
    pub(crate) column: usize,
    pub(crate) kinds: Vec<i16>,
    pub(crate) art_fields: Vec<String>,
    pub(crate) municipalities: Vec<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) terms: Vec<String>,
    pub(crate) now: OffsetDateTime,
    pub(crate) start_from: Option<OffsetDateTime>,
    pub(crate) start_before: Option<OffsetDateTime>,
    pub(crate) order: Order,
    pub(crate) size: i64,
    pub(crate) place: Option<Place>,
}

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// Behind this result: what is added or removed elsewhere moves nothing.
    After {
        first: i64,
        key: Vec<u8>,
        kind: i16,
        id: Uuid,
    },
    /// Behind so many results, where the engine knows no better.
    Behind { results: usize },
}

/// A result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    pub(crate) kind: i16,
    pub(crate) id: Uuid,
    pub(crate) audiences: Vec<String>,
    pub(crate) term: String,
    pub(crate) starts_at: Option<OffsetDateTime>,
    pub(crate) shown: Shown,
}

/// A filter's value with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) filter: Filter,
    pub(crate) key: String,
    pub(crate) count: i64,
}

/// What can be filtered by and is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Kinds,
    ArtFields,
    Municipalities,
    Audiences,
    Terms,
}

impl Filter {
    pub(crate) const ALL: [Self; 5] = [
        Self::Kinds,
        Self::ArtFields,
        Self::Municipalities,
        Self::Audiences,
        Self::Terms,
    ];

    /// As in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kinds => "kinds",
            Self::ArtFields => "art_fields",
            Self::Municipalities => "municipalities",
            Self::Audiences => "audiences",
            Self::Terms => "terms",
        }
    }
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    pub(crate) counts: Vec<Count>,
    pub(crate) total: i64,
    pub(crate) next: Option<Place>,
}

/// A query as PostgreSQL matches and ranks it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Matching {
    /// A tsquery as text: each word in one of its forms.
    pub(crate) all: String,
    /// Forms as tsqueries, and how much each counts.
    pub(crate) ranks: Vec<(String, f32)>,
}

/// A word of the query and its forms.
#[derive(Debug, Default)]
struct Forms {
    written: String,
    begun: Option<String>,
    stems: Vec<String>,
    kin: Vec<String>,
    guesses: Vec<String>,
    says_nothing: bool,
}

/// What the words may match; `None`: the query has no words.
pub(crate) async fn matching(
    db: &mut PgConnection,
    lexicon: &Lexicon,
    wanted: &Wanted,
) -> sqlx::Result<Option<Matching>> {
    let list = &wanted.words[..wanted.words.len().min(WORDS)];
    if list.is_empty() {
        return Ok(None);
    }
    let asked = list
        .iter()
        .flat_map(|w| wanted.languages.iter().map(move |l| (l.clone(), w.clone())))
        .collect();
    let stems = lexicon::stems(db, asked).await?;
    let mut all = Vec::new();
    for (i, word) in list.iter().enumerate() {
        let mut forms = Forms {
            written: word.clone(),
            ..Forms::default()
        };
        if i + 1 == list.len() && word.chars().count() >= 2 {
            forms.begun = Some(word.clone());
        }
        for language in &wanted.languages {
            match stems.get(&(language.clone(), word.clone())) {
                Some(Some(stem)) => forms.stems.push(form(language, stem)),
                Some(None) => forms.says_nothing = true,
                None => {}
            }
        }
        forms.kin = lexicon.kin(word, &forms.stems);
        forms.guesses = guesses(db, word, forms.begun.is_some()).await?;
        all.push(forms);
    }
    Ok(Some(weigh(all)))
}

/// Words of the catalogue that a word may mean: always those that differ in diacritics alone, and, when the
/// catalogue does not have it, those a slip or two away, the nearest first.
async fn guesses(
    db: &mut PgConnection,
    word: &str,
    may_be_begun: bool,
) -> sqlx::Result<Vec<String>> {
    let folded = words::fold(word);
    let letters = folded.chars().count();
    let forgiven = words::slips_forgiven(letters);
    let nears = if forgiven > 0 {
        words::nears(&folded)
    } else {
        Vec::new()
    };
    let long = (letters >= 8).then_some(folded.as_str());
    let rows = sqlx::query!(
        r#"with known as materialized (
               select exists (select from search.vocabulary where word = $1)
                   or ($4 and exists (select from search.vocabulary where word ^@ $1)) as it
           )
           select word as "word!", folded as "folded!" from search.vocabulary where folded = $2
           union
           select word, folded from search.vocabulary where not (select it from known) and nears && $3::text[]
           union
           select word, folded from search.vocabulary
           where not (select it from known) and $5::text is not null and folded operator(public.%) $5"#,
        word,
        folded,
        &nears,
        may_be_begun,
        long
    )
    .fetch_all(db)
    .await?;
    let mut near: Vec<(usize, String)> = rows
        .into_iter()
        .filter(|r| r.word != word)
        .map(|r| (words::slips(&folded, &r.folded), r.word))
        .filter(|(slips, _)| *slips <= forgiven)
        .collect();
    near.sort();
    let best = near.first().map_or(0, |(slips, _)| *slips);
    Ok(near
        .into_iter()
        .filter(|(s, _)| *s == best)
        .map(|(_, w)| w)
        .take(GUESSES)
        .collect())
}

/// Exactly written counts most, then begun so, then the stem, then synonyms and parts of compounds, then guesses.
/// The forms add up: what is written exactly has the stem too.
fn weigh(mut forms: Vec<Forms>) -> Matching {
    if !forms.iter().all(|f| f.says_nothing) {
        forms.retain(|f| !f.says_nothing);
    }
    let exact = |word: &String| quoted(&format!("={word}"));
    let begun = |word: &String| format!("{}:*", quoted(&format!("={word}")));
    let plain = |lexeme: &String| quoted(lexeme);
    let mut all = Vec::new();
    let mut by_form: [(f32, Vec<String>); 5] =
        [1.0, 0.6, 0.5, 0.25, 0.04].map(|factor| (factor, Vec::new()));
    for f in &forms {
        let of_word = [
            vec![exact(&f.written)],
            f.begun.iter().map(begun).collect(),
            f.stems.iter().map(plain).collect(),
            f.kin.iter().map(plain).collect(),
            f.guesses.iter().map(exact).collect::<Vec<_>>(),
        ];
        // Of a compound's parts the last says what it is: it must be there, the others may.
        let must = |form: usize, lexemes: &Vec<String>| -> Vec<String> {
            if form != 3 {
                return lexemes.clone();
            }
            let head = f.kin.iter().rposition(|k| !k.starts_with("+#"));
            let needed = f
                .kin
                .iter()
                .enumerate()
                .filter(|(i, k)| k.starts_with("+#") || Some(*i) == head);
            needed.map(|(_, k)| plain(k)).collect()
        };
        let either: Vec<String> = of_word
            .iter()
            .enumerate()
            .flat_map(|(i, l)| must(i, l))
            .collect();
        all.push(format!("({})", either.join(" | ")));
        for ((_, collected), lexemes) in by_form.iter_mut().zip(of_word) {
            collected.extend(lexemes);
        }
    }
    let ranks = by_form.into_iter().filter(|(_, l)| !l.is_empty());
    // ts_rank divides by the number of lexemes asked for; a form with many must not lose by that.
    let words = forms.len() as f32;
    let ranks = ranks
        .map(|(factor, l)| (l.join(" | "), factor * l.len() as f32 / words))
        .collect();
    Matching {
        all: all.join(" & "),
        ranks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(word: &str) -> Forms {
        Forms {
            written: word.to_owned(),
            ..Forms::default()
        }
    }

    #[test]
    fn every_word_must_match_in_one_of_its_forms() {
        let dance = Forms {
            begun: Some("dans".to_owned()),
            stems: vec!["sv~dans".to_owned()],
            ..forms("dans")
        };
        let all = weigh(vec![forms("barn"), dance]).all;
        assert_eq!(all, "('=barn') & ('=dans' | '=dans':* | 'sv~dans')");
    }

    #[test]
    fn words_that_say_nothing_need_not_match_unless_there_are_no_others() {
        let and = || Forms {
            says_nothing: true,
            ..forms("och")
        };
        assert_eq!(weigh(vec![forms("dans"), and()]).all, "('=dans')");
        assert_eq!(weigh(vec![and()]).all, "('=och')");
    }

    #[test]
    fn of_a_compound_the_last_part_must_be_there() {
        let kin = ["+scen", "+föreställning", "+#0"]
            .map(str::to_owned)
            .to_vec();
        let matching = weigh(vec![Forms {
            kin,
            ..forms("scenföreställning")
        }]);
        assert_eq!(
            matching.all,
            "('=scenföreställning' | '+föreställning' | '+#0')"
        );
        assert!(matching.ranks[1].0.contains("'+scen'"));
    }
}

//! What is known of words without a database: where they end, what they look like without diacritics, how far one
//! is from another, and of which parts a compound is made.
use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const LONGEST_WORD: usize = 60;
/// Between the parts of a Swedish or Dutch compound.
const LINKS: &[&str] = &["", "s", "e", "en", "n", "o"];
/// With which a compound's last part may end.
const ENDINGS: &[&str] = &[
    "", "s", "n", "t", "en", "et", "ar", "er", "or", "ens", "ets", "na", "arna", "erna", "orna",
    "arnas", "ernas", "ornas", "a", "an", "e",
];

/// The words of a text in lower case, letters and digits only.
pub(crate) fn words(text: &str) -> Vec<String> {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| w.chars().take(LONGEST_WORD).collect())
        .collect()
}

/// The word without diacritics. Only for forgiving: in Swedish `å`, `ä` and `ö` are letters of their own.
pub(crate) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            other => folded.push(other),
        }
    }
    folded
}

/// The folded word and its forms with one letter left out: words one slip apart share one of them.
pub(crate) fn nears(folded: &str) -> Vec<String> {
    let letters: Vec<char> = folded.chars().collect();
    let mut forms = BTreeSet::from([folded.to_owned()]);
    if (3..=20).contains(&letters.len()) {
        for left_out in 0..letters.len() {
            let rest = letters.iter().enumerate().filter(|(i, _)| *i != left_out);
            forms.insert(rest.map(|(_, c)| c).collect());
        }
    }
    forms.into_iter().collect()
}

/// How many slips are forgiven in a word of this many letters.
pub(crate) fn slips_forgiven(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// How many letters are wrong, missing, too many or swapped with their neighbour.
pub(crate) fn slips(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let wrong = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = wrong.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// The known parts that a word is made of, in order: `scenkonstföreställningar` is `scen`, `konst` and
/// `föreställning`. One stretch at the beginning (three letters or more) or the end (four or more) may be unknown,
/// so that `berättarteater` holds `teater`. A known word by itself, or with an ending, is its own part.
pub(crate) fn parts<'p>(word: &str, known: &'p [String]) -> Vec<&'p str> {
    if word.chars().count() > 40 {
        return Vec::new();
    }
    if let Some(whole) = split(word, known) {
        return whole;
    }
    let bounds: Vec<usize> = word.char_indices().map(|(i, _)| i).collect();
    // The shortest unknown beginning: more of the word is understood.
    for at in bounds.iter().skip(3) {
        if let Some(found) = split(&word[*at..], known) {
            return found;
        }
    }
    for at in bounds.iter().rev().skip(3) {
        let head = &word[..*at];
        for link in LINKS {
            let found = head
                .strip_suffix(link)
                .and_then(|h| split_to(h, known, &[""]));
            if let Some(found) = found {
                return found;
            }
        }
    }
    Vec::new()
}

fn split<'p>(word: &str, known: &'p [String]) -> Option<Vec<&'p str>> {
    split_to(word, known, ENDINGS)
}

/// The parts of a word that is known from its beginning to one of these endings; the longest parts first.
fn split_to<'p>(word: &str, known: &'p [String], endings: &[&str]) -> Option<Vec<&'p str>> {
    let mut begins: Vec<&'p str> = known
        .iter()
        .map(String::as_str)
        .filter(|p| !p.is_empty() && word.starts_with(p))
        .collect();
    begins.sort_by_key(|p| std::cmp::Reverse(p.len()));
    for part in begins {
        let rest = &word[part.len()..];
        if endings.contains(&rest) {
            return Some(vec![part]);
        }
        for link in LINKS {
            let further = rest
                .strip_prefix(link)
                .and_then(|r| split_to(r, known, endings));
            if let Some(further) = further {
                return Some(std::iter::once(part).chain(further).collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known() -> Vec<String> {
        [
            "föreställning",
            "konst",
            "konsert",
            "teater",
            "dans",
            "musik",
            "scen",
            "film",
            "skola",
            "voorstelling",
            "theater",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    #[test]
    fn a_compound_is_split_at_known_parts() {
        let known = known();
        assert_eq!(
            parts("scenkonstföreställning", &known),
            ["scen", "konst", "föreställning"]
        );
        assert_eq!(
            parts("scenkonstföreställningarna", &known),
            ["scen", "konst", "föreställning"]
        );
        assert_eq!(parts("berättarteater", &known), ["teater"]);
        assert_eq!(parts("musikskolan", &known), ["musik", "skola"]);
        assert_eq!(parts("dansgolvet", &known), ["dans"]);
        assert_eq!(
            parts("theatervoorstellingen", &known),
            ["theater", "voorstelling"]
        );
        assert_eq!(parts("teatern", &known), ["teater"]);
        assert!(parts("konstig", &known).is_empty());
        assert!(parts("slöjd", &known).is_empty());
    }

    #[test]
    fn words_are_in_lower_case_and_keep_their_letters() {
        assert_eq!(
            words("Åsa-Öl & L'Été, 4H!"),
            ["åsa", "öl", "l", "été", "4h"]
        );
        assert_eq!(words("A\u{30a}sa"), ["åsa"]);
        assert!(words("' | & ! :* %_ \"").is_empty());
        assert_eq!(fold("åsaøßé"), "asaosse");
    }

    #[test]
    fn usual_typing_errors_are_one_slip() {
        for (wrong, right) in [
            ("tetaer", "teater"),
            ("dnas", "dans"),
            ("mussik", "musik"),
            ("konsrt", "konsert"),
        ] {
            assert_eq!(slips(wrong, right), 1, "{wrong}");
        }
        assert_eq!(slips("", "abc"), 3);
    }

    proptest! {
        #[test]
        fn words_one_slip_apart_share_a_form(word in "[a-z]{3,19}", at in 0usize..19, letter in "[a-z]") {
            let at = at % word.len();
            let wrong = format!("{}{letter}{}", &word[..at], &word[at + 1..]);
            let mine = nears(&word);
            prop_assert!(nears(&wrong).iter().any(|n| mine.contains(n)));
        }

        #[test]
        fn splitting_never_panics_and_finds_only_what_is_there(word in "\\PC{0,50}") {
            let known = known();
            for part in parts(&word, &known) {
                prop_assert!(word.contains(part));
            }
        }
    }
}

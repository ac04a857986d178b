//! Templates: a text with `{param}` in it, of which the first line is the subject. Values are put in as plain text.
use std::collections::{BTreeSet, HashMap};

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Parameters that need not be given: the recipient's name, and the region's.
pub(crate) const GIVEN: [&str; 2] = ["recipient", "region"];

/// A template in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    subject: &'static str,
    body: &'static str,
}

/// A composed text.
pub(crate) struct Text {
    /// One line.
    pub(crate) subject: String,
    /// Several lines, with `\n` between them.
    pub(crate) body: String,
}

/// The template with this key, in the first of the languages that it exists in.
pub(crate) fn find(key: &str, languages: &[&str]) -> Option<Template> {
    let text = |language: &&str| {
        ALL.iter()
            .find(|(k, l, _)| *k == key && l == language)
            .map(|(_, _, text)| *text)
    };
    let text = languages.iter().find_map(text)?;
    let (subject, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some(Template {
        subject: subject.trim_end(),
        body: rest.trim_start_matches(['\r', '\n']),
    })
}

impl Template {
    /// The parameters that it uses.
    pub(crate) fn params(&self) -> BTreeSet<&'static str> {
        let names = |text| {
            pieces(text).into_iter().filter_map(|p| {
                if let Piece::Param(name) = p {
                    Some(name)
                } else {
                    None
                }
            })
        };
        names(self.subject).chain(names(self.body)).collect()
    }

    /// The text with these values. Parameters without a value are left empty; [`Template::params`] tells which
    /// are needed.
    pub(crate) fn fill(&self, values: &HashMap<&str, &str>) -> Text {
        let fill = |text| -> String {
            let piece = |piece| match piece {
                Piece::Text(text) => text,
                Piece::Param(name) => values.get(name).copied().unwrap_or(""),
            };
            pieces(text).into_iter().map(piece).collect()
        };
        Text {
            subject: one_line(&fill(self.subject)),
            body: fill(self.body).replace("\r\n", "\n").replace('\r', "\n"),
        }
    }
}

/// The text on one line: whatever could begin another header becomes a space.
pub(crate) fn one_line(text: &str) -> String {
    text.split(|c: char| is_break(c) || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

enum Piece {
    Text(&'static str),
    Param(&'static str),
}

/// Cuts a template at its parameters. A brace that holds no name is plain text.
fn pieces(mut text: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(open) = text.find('{') {
        let name = text[open + 1..]
            .split_once('}')
            .map(|(name, _)| name)
            .filter(|n| is_name(n));
        let Some(name) = name else {
            pieces.push(Piece::Text(&text[..=open]));
            text = &text[open + 1..];
            continue;
        };
        pieces.push(Piece::Text(&text[..open]));
        pieces.push(Piece::Param(name));
        text = &text[open + name.len() + 2..];
    }
    pieces.push(Piece::Text(text));
    pieces
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VARMLAND: &str = include_str!("../../../regions/varmland.toml");

    #[test]
    fn every_template_exists_in_every_language_with_the_same_parameters() {
        let region =
            region::Region::parse(VARMLAND).expect("the repository's region file is usable");
        let keys: BTreeSet<_> = ALL.iter().map(|(key, _, _)| *key).collect();
        assert!(keys.contains("identity.confirm"));
        for key in keys {
            let in_language =
                |l: &String| find(key, &[l]).unwrap_or_else(|| panic!("{key} is missing in {l}"));
            let texts: Vec<_> = region.languages.iter().map(in_language).collect();
            for text in &texts {
                assert_eq!(
                    text.params(),
                    texts[0].params(),
                    "{key}: the languages use different parameters"
                );
            }
        }
    }

    #[test]
    fn every_template_has_a_subject_an_empty_line_and_a_body_without_stray_braces() {
        for (key, language, text) in ALL {
            let mut lines = text.lines();
            assert!(
                lines.next().is_some_and(|s| !s.trim().is_empty()),
                "{key}.{language} has no subject"
            );
            assert_eq!(
                lines.next(),
                Some(""),
                "{key}.{language}: the second line must be empty"
            );
            let template = find(key, &[language]).expect("it is in the table");
            assert!(
                !template.body.trim().is_empty(),
                "{key}.{language} has no body"
            );
            for piece in pieces(template.subject)
                .into_iter()
                .chain(pieces(template.body))
            {
                if let Piece::Text(text) = piece {
                    assert!(
                        !text.contains(['{', '}']),
                        "{key}.{language}: a brace without a parameter: {text:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_value_with_braces_or_line_breaks_stays_a_value() {
        let template = Template {
            subject: "Till {a}",
            body: "{a} {b} {no name}",
        };
        let values = HashMap::from([("a", "x\r\nBcc: y@example.org"), ("b", "{a}")]);
        let text = template.fill(&values);
        assert_eq!(text.subject, "Till x Bcc: y@example.org");
        assert_eq!(text.body, "x\nBcc: y@example.org {a} {no name}");
    }

    #[test]
    fn a_language_that_is_missing_falls_back() {
        assert!(find("identity.confirm", &["nl", "sv"]).is_some());
        assert!(find("identity.confirm", &["nl"]).is_none());
        assert!(find("identity.no_such", &["sv"]).is_none());
    }

    proptest! {
        #[test]
        fn a_subject_is_one_line_whatever_is_put_into_it(value in "\\PC*|[\\x00-\\x20\u{85}\u{2028}a-c]*") {
            let subject = Template { subject: "{a}", body: "" }.fill(&HashMap::from([("a", value.as_str())])).subject;
            prop_assert!(!subject.chars().any(is_break));
        }
    }
}

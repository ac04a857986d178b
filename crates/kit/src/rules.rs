//! What a request's fields may hold, read once from the contract's `rule` option and checked before any
//! handler runs. Every broken rule is found, not only the first.
use std::collections::HashMap;

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, ReflectMessage, Value,
};
use time::Date;
use unicode_normalization::char::canonical_combining_class;

/// A field that breaks its rule: its path, `offer.title[0].text`, and what it must be.
pub type Violation = (String, String);

/// Items of a list of plain texts may be this long.
const LONGEST_ITEM: u32 = 300;

#[derive(Debug, Clone, Default)]
struct Rule {
    required: bool,
    min: u32,
    max: u32,
    least: Option<i64>,
    most: Option<i64>,
    format: i32,
}

/// The rules of every message of a contract.
pub struct Rules {
    by_message: HashMap<String, Vec<(FieldDescriptor, Rule)>>,
}

impl Rules {
    /// Reads the `rule` option of the package `options`.
    pub fn read(pool: &DescriptorPool, options: &str) -> anyhow::Result<Self> {
        let extension = pool
            .get_extension_by_name(&format!("{options}.rule"))
            .ok_or_else(|| anyhow::anyhow!("the contract has no option {options}.rule"))?;
        let by_message = pool
            .all_messages()
            .map(|m| {
                let fields = m
                    .fields()
                    .map(|f| (f.clone(), rule(&f, &extension)))
                    .collect();
                (m.full_name().to_owned(), fields)
            })
            .collect();
        Ok(Self { by_message })
    }

    /// Every broken rule of a message, in the order of its fields.
    pub fn check(&self, message: &DynamicMessage) -> Vec<Violation> {
        let mut found = Vec::new();
        self.message("", message, &mut found);
        found
    }

    /// Fields of a request that lack the rule they need: texts and bytes a longest, numbers a range.
    pub fn missing(&self, request: &MessageDescriptor) -> Vec<String> {
        let Some(fields) = self.by_message.get(request.full_name()) else {
            return Vec::new();
        };
        let mut missing = Vec::new();
        for (field, rule) in fields {
            let name = format!("{}.{}", request.full_name(), field.name());
            let lacks = match field.kind() {
                Kind::Message(m) if !m.full_name().starts_with("google.") => {
                    missing.extend(self.missing(&m));
                    field.is_list() && rule.max == 0
                }
                Kind::Message(_) | Kind::Bool | Kind::Enum(_) => field.is_list() && rule.max == 0,
                Kind::String | Kind::Bytes => rule.max == 0,
                _ => rule.least.is_none() || rule.most.is_none(),
            };
            if lacks {
                missing.push(name);
            }
        }
        missing
    }

    fn message(&self, path: &str, message: &DynamicMessage, found: &mut Vec<Violation>) {
        let descriptor = message.descriptor();
        if descriptor.full_name() == "google.protobuf.Timestamp" {
            return timestamp(path, message, found);
        }
        let Some(fields) = self.by_message.get(descriptor.full_name()) else {
            return;
        };
        for (field, rule) in fields {
            let path = if path.is_empty() {
                field.name().to_owned()
            } else {
                format!("{path}.{}", field.name())
            };
            self.field(&path, message, field, rule, found);
        }
    }

    fn field(
        &self,
        path: &str,
        message: &DynamicMessage,
        field: &FieldDescriptor,
        rule: &Rule,
        found: &mut Vec<Violation>,
    ) {
        let given = message.has_field(field);
        if !given {
            let number_out_of_range = !field.supports_presence() && outside(rule, 0);
            if rule.required && (!is_number(field) || number_out_of_range) {
                found.push((path.to_owned(), "must be given".to_owned()));
            }
            return;
        }
        match message.get_field(field).as_ref() {
            Value::List(items) => {
                count(path, items.len(), rule, "items", found);
                // A list far too long is named once and not walked through.
                for (i, item) in items.iter().enumerate().take(rule.max as usize) {
                    let item_rule = Rule {
                        required: true,
                        min: 0,
                        max: LONGEST_ITEM,
                        ..rule.clone()
                    };
                    self.value(&format!("{path}[{i}]"), item, field, &item_rule, found);
                }
            }
            value => self.value(path, value, field, rule, found),
        }
    }

    fn value(
        &self,
        path: &str,
        value: &Value,
        field: &FieldDescriptor,
        rule: &Rule,
        found: &mut Vec<Violation>,
    ) {
        let mut refuse = |what: String| found.push((path.to_owned(), what));
        match value {
            Value::String(text) => {
                if let Err(what) = check_text(text, rule) {
                    refuse(what);
                }
            }
            Value::Bytes(bytes) => count(path, bytes.len(), rule, "bytes", found),
            Value::EnumNumber(number) => {
                let known = matches!(field.kind(), Kind::Enum(e) if e.get_value(*number).is_some());
                if !known || (rule.required && *number == 0) {
                    refuse("must be one of the listed values".to_owned());
                }
            }
            Value::Message(inner) => self.message(path, inner, found),
            other => {
                if let Some(n) = integer(other)
                    && outside(rule, n)
                {
                    refuse(range(rule));
                }
            }
        }
    }
}

fn rule(field: &FieldDescriptor, extension: &ExtensionDescriptor) -> Rule {
    let options = field.options();
    if !options.has_extension(extension) {
        return Rule::default();
    }
    let value = options.get_extension(extension);
    let Some(set) = value.as_message() else {
        return Rule::default();
    };
    let get = |name: &str| set.get_field_by_name(name).map(|v| v.into_owned());
    let optional = |name: &str| {
        set.has_field_by_name(name)
            .then(|| get(name)?.as_i64())
            .flatten()
    };
    Rule {
        required: get("required").and_then(|v| v.as_bool()).unwrap_or(false),
        min: get("min").and_then(|v| v.as_u32()).unwrap_or(0),
        max: get("max").and_then(|v| v.as_u32()).unwrap_or(0),
        least: optional("least"),
        most: optional("most"),
        format: get("format").and_then(|v| v.as_enum_number()).unwrap_or(0),
    }
}

fn is_number(field: &FieldDescriptor) -> bool {
    field.cardinality() != Cardinality::Repeated
        && !matches!(
            field.kind(),
            Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Enum(_) | Kind::Bool
        )
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::I32(n) => Some(i64::from(*n)),
        Value::I64(n) => Some(*n),
        Value::U32(n) => Some(i64::from(*n)),
        Value::U64(n) => Some(i64::try_from(*n).unwrap_or(i64::MAX)),
        _ => None,
    }
}

fn outside(rule: &Rule, n: i64) -> bool {
    rule.least.is_some_and(|least| n < least) || rule.most.is_some_and(|most| n > most)
}

fn range(rule: &Rule) -> String {
    match (rule.least, rule.most) {
        (Some(least), Some(most)) => format!("must be between {least} and {most}"),
        (Some(least), None) => format!("must be at least {least}"),
        (None, Some(most)) => format!("must be at most {most}"),
        (None, None) => "is out of range".to_owned(),
    }
}

fn count(path: &str, n: usize, rule: &Rule, of: &str, found: &mut Vec<Violation>) {
    if rule.max > 0 && n > rule.max as usize {
        found.push((
            path.to_owned(),
            format!("must have at most {} {of}", rule.max),
        ));
    } else if n < rule.min as usize {
        found.push((
            path.to_owned(),
            format!("must have at least {} {of}", rule.min),
        ));
    }
}

fn timestamp(path: &str, message: &DynamicMessage, found: &mut Vec<Violation>) {
    let number = |name: &str| {
        message
            .get_field_by_name(name)
            .and_then(|v| integer(&v))
            .unwrap_or(0)
    };
    let proto = prost_types::Timestamp {
        seconds: number("seconds"),
        nanos: i32::try_from(number("nanos")).unwrap_or(-1),
    };
    if crate::clock::from_proto(&proto).is_none() {
        found.push((
            path.to_owned(),
            "must be a time between the years 0001 and 9999".to_owned(),
        ));
    }
}

fn check_text(text: &str, rule: &Rule) -> Result<(), String> {
    const SECRET: i32 = 10;
    let longest = rule.max as usize;
    // Bytes first: they are at hand without walking through a text of a megabyte.
    if longest > 0 && (text.len() > longest * 4 || text.chars().count() > longest) {
        return Err(format!("must have at most {longest} characters"));
    }
    if rule.format == SECRET {
        return least_characters(text, rule);
    }
    if rule.required && text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    least_characters(text, rule)?;
    plain(text, rule.format == 1)?;
    if text.is_empty() {
        Ok(())
    } else {
        shape(text, rule.format)
    }
}

fn least_characters(text: &str, rule: &Rule) -> Result<(), String> {
    if text.chars().count() < rule.min as usize {
        return Err(format!("must have at least {} characters", rule.min));
    }
    Ok(())
}

/// Refuses characters that hide, reorder or pile up.
fn plain(text: &str, lines: bool) -> Result<(), String> {
    let mut marks = 0;
    for c in text.chars() {
        let line_break = lines && matches!(c, '\n' | '\r' | '\t');
        let hidden = matches!(
            c,
            '\u{200B}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'
        );
        if (c.is_control() && !line_break) || hidden {
            return Err(format!(
                "must not have the character U+{:04X}",
                u32::from(c)
            ));
        }
        marks = if canonical_combining_class(c) == 0 {
            0
        } else {
            marks + 1
        };
        if marks > 8 {
            return Err("must not pile up combining marks".to_owned());
        }
    }
    Ok(())
}

fn shape(text: &str, format: i32) -> Result<(), String> {
    let fits = |ok: bool, what: &str| if ok { Ok(()) } else { Err(what.to_owned()) };
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    match format {
        2 => fits(
            text.len() == 36 && uuid::Uuid::parse_str(text).is_ok_and(|id| !id.is_nil()),
            "must be a UUID such as 0198c2f0-5b7e-7cc1-9d3e-2f6f6a1b9d10",
        ),
        3 => fits(
            is_email(text),
            "must be a mail address such as namn@example.org",
        ),
        4 => fits(
            is_url(text),
            "must be an address that begins with https:// or http://",
        ),
        5 => fits(
            text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase()),
            "must be a language code of two letters such as sv",
        ),
        6 => fits(is_date(text), "must be a date such as 2026-11-21"),
        7 => fits(
            text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()),
            "must be a currency such as SEK",
        ),
        8 => fits(
            jiff::tz::TimeZone::get(text).is_ok(),
            "must be a time zone such as Europe/Stockholm",
        ),
        9 => fits(
            text.len() <= 64
                && text
                    .bytes()
                    .all(|b| lower(b) || matches!(b, b'-' | b'_' | b'.')),
            "must be a key of lower-case letters, digits, - _ and .",
        ),
        _ => Ok(()),
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let label =
        |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-');
    let domain_char = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    (1..=64).contains(&local.len())
        && text.len() <= 254
        && !local.contains(|c: char| {
            c.is_whitespace() || matches!(c, '@' | '"' | '<' | '>' | ',' | ';' | ':')
        })
        && !local.starts_with('.')
        && !local.ends_with('.')
        && domain.contains('.')
        && domain.chars().all(domain_char)
        && domain.split('.').all(label)
        && !mixes_alphabets(text)
}

/// True if a word has letters of several alphabets. To a reader they look alike: `exеmpel` with a Cyrillic е is
/// another address than the one that it shows.
fn mixes_alphabets(text: &str) -> bool {
    let alphabet = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Some("Latin"),
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Some("Greek"),
        '\u{400}'..='\u{52F}' => Some("Cyrillic"),
        _ => None,
    };
    text.split(|c: char| c.is_ascii_punctuation()).any(|word| {
        let mut known = word.chars().filter_map(alphabet);
        known.next().is_some_and(|first| known.any(|a| a != first))
    })
}

fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|h| !h.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
    })
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && Date::parse(
            text,
            time::macros::format_description!("[year]-[month]-[day]"),
        )
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(format: i32, text: &str) -> bool {
        check_text(
            text,
            &Rule {
                max: 300,
                format,
                ..Rule::default()
            },
        )
        .is_ok()
    }

    #[test]
    fn addresses_and_links_are_told_from_what_only_looks_like_them() {
        for good in [
            "a@b.se",
            "åsa.öberg@exempel.se",
            "a\u{30A}sa@exempel.se",
            "x+y@sub.example.org",
            "info@пример.рф",
            "άννα@example.gr",
        ] {
            assert!(text(3, good), "{good}");
        }
        for bad in [
            "a@b",
            "a b@c.se",
            "@c.se",
            "a@.se",
            "a@c..se",
            "<a@c.se>",
            "a@b@",
            "a,b@c.se",
            "åsа@exempel.se",
            "a@exеmpel.se",
            "nυckel@exempel.se",
            "a\u{30A}\u{430}@exempel.se",
        ] {
            assert!(!text(3, bad), "{bad}");
        }
        for bad in [
            "javascript:alert(1)",
            "ftp://a.se",
            "https://",
            "//a.se",
            "https://u:p@a.se",
            "a.se",
        ] {
            assert!(!text(4, bad), "{bad}");
        }
        assert!(text(4, "https://sv.example.org/wiki/Värmland"));
    }

    #[test]
    fn dates_that_do_not_exist_and_zones_that_nobody_has_are_refused() {
        assert!(text(6, "2024-02-29") && !text(6, "2026-02-29") && !text(6, "2026-2-1"));
        assert!(text(8, "Europe/Stockholm") && !text(8, "Europe/Karlstad"));
    }

    #[test]
    fn text_that_hides_reorders_or_piles_up_is_refused() {
        for bad in [
            "a\0b",
            "a\u{202E}b",
            "a\u{200B}b",
            "a\u{2060}b",
            "two\nlines",
            &format!("e{}", "\u{301}".repeat(40)),
        ] {
            assert!(!text(0, bad), "{bad:?}");
        }
        assert!(
            text(1, "two\nlines") && text(0, "Åsa 👩‍🎨 Öberg") && text(0, "'; drop table x; --<b>")
        );
    }
}

//! Requests that break every rule of the contract that can be broken at once.
use std::collections::BTreeSet;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::contract::{Rule, chosen, is_number, number, rule, timestamp, valid};

/// In what way the fields of a request are wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// Too long, too large, too many, enum values that do not exist.
    TooMuch,
    /// A NUL in texts, one wrong item in lists, numbers too small.
    Hostile,
    /// Blank, of the wrong shape, or missing.
    Misshapen,
}

/// A request in which every field that can break its rule does. `expected` gets the paths that the answer must name.
pub(crate) fn broken(
    descriptor: &MessageDescriptor,
    way: Way,
    choice: usize,
    at: &str,
    expected: &mut BTreeSet<String>,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in chosen(descriptor, choice) {
        let path = format!("{at}{}", field.name());
        let rule = rule(&field);
        if way == Way::Misshapen
            && rule.required
            && (!is_number(&field.kind()) || field.is_list())
            && field.kind() != Kind::String
        {
            expected.insert(path);
        } else if field.is_list() {
            message.set_field(
                &field,
                Value::List(broken_list(&field, &rule, way, choice, &path, expected)),
            );
        } else if let Some(value) = broken_value(&field, &rule, way, choice, &path, expected) {
            message.set_field(&field, value);
        }
    }
    message
}

fn broken_list(
    field: &FieldDescriptor,
    rule: &Rule,
    way: Way,
    choice: usize,
    path: &str,
    expected: &mut BTreeSet<String>,
) -> Vec<Value> {
    if way == Way::TooMuch {
        expected.insert(path.to_owned());
        let valid = valid(field.parent_message(), choice);
        let one = match valid.get_field(field).as_list() {
            Some([one, ..]) => one.clone(),
            // Of a oneof whose other field was chosen.
            _ => panic!("{path} has no valid item"),
        };
        return vec![one; rule.max + 1];
    }
    let item = Rule {
        required: true,
        min: 0,
        max: 300,
        ..rule.clone()
    };
    // Several items, so that the number in the path is seen to be right.
    let items = rule.min.max(2).min(rule.max);
    (0..items)
        .map(|i| {
            let path = format!("{path}[{i}]");
            let value = broken_value(field, &item, way, choice, &path, expected);
            value.unwrap_or_else(|| panic!("an item of {path} cannot break its rule"))
        })
        .collect()
}

/// `None`: left out, because it can break no rule, or because leaving it out does.
fn broken_value(
    field: &FieldDescriptor,
    rule: &Rule,
    way: Way,
    choice: usize,
    path: &str,
    expected: &mut BTreeSet<String>,
) -> Option<Value> {
    let value = match field.kind() {
        Kind::Bool => return None,
        Kind::Message(m) if m.full_name() == "google.protobuf.Timestamp" => {
            Value::Message(timestamp(
                m,
                if way == Way::TooMuch {
                    i64::MAX
                } else {
                    i64::MIN
                },
            ))
        }
        Kind::Message(m) => {
            let inner = broken(&m, way, choice, &format!("{path}."), expected);
            return Some(Value::Message(inner));
        }
        Kind::String => match broken_text(rule, way) {
            Some(text) => Value::String(text),
            None => {
                expected.insert(path.to_owned());
                return None;
            }
        },
        Kind::Bytes if way == Way::Hostile && rule.min > 1 => {
            Value::Bytes(vec![0; rule.min - 1].into())
        }
        Kind::Bytes => Value::Bytes(vec![0; rule.max + 1].into()),
        Kind::Enum(_) => Value::EnumNumber(if way == Way::TooMuch { 99_999 } else { -1 }),
        kind => {
            let above = rule.most.expect("a number has a range") + 1;
            let below = rule.least.expect("a number has a range") - 1;
            match way {
                Way::TooMuch => number(&kind, above)
                    .unwrap_or_else(|| number(&kind, below).expect("one of both fits")),
                _ => number(&kind, below)
                    .filter(|_| below != 0)
                    .unwrap_or_else(|| number(&kind, above).expect("one of both fits")),
            }
        }
    };
    expected.insert(path.to_owned());
    Some(value)
}

/// `None`: a text that must be given is not.
fn broken_text(rule: &Rule, way: Way) -> Option<String> {
    let too_long = "å".repeat(rule.max + 1);
    let secret = rule.format == "FORMAT_SECRET";
    Some(match way {
        Way::TooMuch => too_long,
        // A secret may hold any character.
        Way::Hostile if secret => too_long,
        Way::Hostile => "a\0b".chars().take(rule.max.max(2)).collect(),
        Way::Misshapen if rule.required && secret => return None,
        Way::Misshapen if rule.required => " ".to_owned(),
        Way::Misshapen if matches!(rule.format, "FORMAT_UNSPECIFIED" | "FORMAT_TEXT") => {
            "a\u{202E}b".chars().take(rule.max).collect()
        }
        Way::Misshapen if secret => too_long,
        Way::Misshapen => "Ö ".chars().take(rule.max).collect(),
    })
}

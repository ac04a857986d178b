//! How the fake finds: all words must be there, as written, begun (the last one), misspelt a little or as synonyms.
//! What it ranks by are misspellings, then attributes, then the last ranking rule. Filters are parsed, not guessed.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::meili_fake::Index;

/// One query's result, or why it is refused.
pub(crate) fn search(index: &Index, query: &Value) -> Result<Value, String> {
    let allowed = |list: &str, name: &str| {
        let listed = index.settings[list].as_array();
        if listed.is_some_and(|l| l.iter().any(|v| v == name)) {
            return Ok(());
        }
        Err(format!("`{name}` is not in {list}"))
    };
    let filter = parse(query["filter"].as_str().unwrap_or_default())?;
    for name in filter.attributes() {
        allowed("filterableAttributes", name)?;
    }
    let mut found: Vec<((u32, usize), &Value)> = index
        .documents
        .values()
        .filter(|d| filter.holds(d))
        .filter_map(|d| Some((fit(index, d, query["q"].as_str()?)?, d)))
        .collect();
    found.sort_by_key(|(fit, document)| (*fit, by_rule(index, document)));
    for sort in texts(&query["sort"]).into_iter().rev() {
        let (name, direction) = sort.split_once(':').ok_or("no direction")?;
        allowed("sortableAttributes", name)?;
        assert_eq!(direction, "asc", "all that the service asks for");
        // What lacks the attribute comes last.
        found.sort_by_key(|(_, d)| match &d[name] {
            Value::Null => (1, 0, String::new()),
            Value::String(text) => (0, 0, text.clone()),
            number => (0, number.as_i64().expect("a number"), String::new()),
        });
    }
    let mut distribution = BTreeMap::new();
    for facet in texts(&query["facets"]) {
        allowed("filterableAttributes", facet)?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for value in found.iter().flat_map(|(_, d)| texts(&d[facet])) {
            *counts.entry(value).or_default() += 1;
        }
        distribution.insert(facet, counts);
    }
    let number = |key: &str, usual| query[key].as_u64().map_or(usual, |n| n as usize);
    let (offset, limit) = (number("offset", 0), number("limit", 20));
    let page = found.iter().skip(offset).take(limit);
    let hits: Vec<Value> = page.map(|(_, d)| json!({"id": d["id"]})).collect();
    Ok(json!({
        "hits": hits, "offset": offset, "limit": limit, "estimatedTotalHits": found.len(),
        "facetDistribution": distribution, "facetStats": {}, "processingTimeMs": 1, "query": query["q"],
        "indexUid": query["indexUid"],
    }))
}

/// A text, or those of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn by_rule(index: &Index, document: &Value) -> String {
    let rule = texts(&index.settings["rankingRules"]).pop();
    let name = rule.and_then(|r| r.strip_suffix(":asc"));
    name.and_then(|n| document[n].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// Slips and attributes, the fewer the better; `None`: a word is not there.
fn fit(index: &Index, document: &Value, query: &str) -> Option<(u32, usize)> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let mut all = (0, 0);
    for (i, word) in words.iter().enumerate() {
        let mut meant = vec![word.as_str()];
        meant.extend(texts(&index.settings["synonyms"][word]));
        let last = i + 1 == words.len();
        let mut best: Option<(u32, usize)> = None;
        for (place, attribute) in texts(&index.settings["searchableAttributes"])
            .iter()
            .enumerate()
        {
            let held = texts(&document[*attribute]);
            let held = held.iter().flat_map(|t| t.split_whitespace());
            for there in held {
                let slips = meant.iter().filter_map(|m| slips(m, there, last)).min();
                best = best.into_iter().chain(slips.map(|s| (s, place))).min();
            }
        }
        let best = best?;
        all = (all.0 + best.0, all.1 + best.1);
    }
    Some(all)
}

/// How far a word of the query is from one that is there, if that is forgiven.
fn slips(asked: &str, there: &str, may_be_begun: bool) -> Option<u32> {
    if asked == there || (may_be_begun && there.starts_with(asked)) {
        return Some(0);
    }
    let (a, b): (Vec<char>, Vec<char>) = (asked.chars().collect(), there.chars().collect());
    if a.len() < 4 {
        return None;
    }
    let swapped = (1..a.len()).any(|i| {
        let mut turned = a.clone();
        turned.swap(i - 1, i);
        turned == b
    });
    let without = |list: &[char], i: usize| [&list[..i], &list[i + 1..]].concat();
    let lacks = a.len() + 1 == b.len() && (0..b.len()).any(|i| without(&b, i) == a);
    let doubled = b.len() + 1 == a.len() && (0..a.len()).any(|i| without(&a, i) == b);
    let wrong = a.len() == b.len() && a.iter().zip(&b).filter(|(x, y)| x != y).count() == 1;
    (swapped || lacks || doubled || wrong).then_some(1)
}

/// A filter expression.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    In(String, Vec<String>),
    Lacks(String),
    From(String, i64),
    Before(String, i64),
}

impl Filter {
    fn attributes(&self) -> Vec<&str> {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().flat_map(Self::attributes).collect(),
            Self::In(name, _) | Self::Lacks(name) | Self::From(name, _) | Self::Before(name, _) => {
                vec![name]
            }
        }
    }

    fn holds(&self, document: &Value) -> bool {
        let number = |name: &String| document[name].as_i64();
        match self {
            Self::All(list) => list.iter().all(|f| f.holds(document)),
            Self::Any(list) => list.iter().any(|f| f.holds(document)),
            Self::In(name, values) => texts(&document[name])
                .iter()
                .any(|v| values.iter().any(|w| w == v)),
            Self::Lacks(name) => document[name].is_null(),
            Self::From(name, least) => number(name).is_some_and(|n| n >= *least),
            Self::Before(name, end) => number(name).is_some_and(|n| n < *end),
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    let mut tokens = tokens(text)?;
    tokens.reverse();
    let filter = any(&mut tokens)?;
    match tokens.pop() {
        None => Ok(filter),
        Some(left) => Err(format!("what is `{left}` for?")),
    }
}

/// Words, signs, and quoted values with a quote before them.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' => {}
            '(' | ')' | '[' | ']' | ',' => tokens.push(c.to_string()),
            '"' => {
                let mut value = "\"".to_owned();
                loop {
                    match rest.next().ok_or("a quote that does not end")? {
                        '"' => break,
                        '\\' => value.push(rest.next().ok_or("a sign is missing")?),
                        other => value.push(other),
                    }
                }
                tokens.push(value);
            }
            other => {
                let mut word = other.to_string();
                while let Some(next) = rest.next_if(|n| !" ()[],\"".contains(*n)) {
                    word.push(next);
                }
                tokens.push(word);
            }
        }
    }
    Ok(tokens)
}

fn any(tokens: &mut Vec<String>) -> Result<Filter, String> {
    let mut list = vec![all(tokens)?];
    while tokens.pop_if(|t| t == "OR").is_some() {
        list.push(all(tokens)?);
    }
    Ok(Filter::Any(list))
}

fn all(tokens: &mut Vec<String>) -> Result<Filter, String> {
    let mut list = vec![one(tokens)?];
    while tokens.pop_if(|t| t == "AND").is_some() {
        list.push(one(tokens)?);
    }
    Ok(Filter::All(list))
}

fn one(tokens: &mut Vec<String>) -> Result<Filter, String> {
    let mut next = || tokens.pop().ok_or("the filter ends too early");
    let name = next()?;
    if name == "(" {
        let inner = any(tokens)?;
        tokens.pop_if(|t| t == ")").ok_or("a bracket is missing")?;
        return Ok(inner);
    }
    let operator = next()?;
    let number = |text: String| text.parse::<i64>().map_err(|e| e.to_string());
    match operator.as_str() {
        ">=" => Ok(Filter::From(name, number(next()?)?)),
        "<" => Ok(Filter::Before(name, number(next()?)?)),
        "NOT" if next()? == "EXISTS" => Ok(Filter::Lacks(name)),
        "IN" if next()? == "[" => {
            let mut values = Vec::new();
            loop {
                let value = next()?;
                let value = value.strip_prefix('"').ok_or("a value without quotes")?;
                values.push(value.to_owned());
                match next()?.as_str() {
                    "]" => return Ok(Filter::In(name, values)),
                    "," => {}
                    other => return Err(format!("`{other}` in a list")),
                }
            }
        }
        other => Err(format!("`{other}` is no operator known here")),
    }
}

#[test]
fn a_quoted_value_is_read_as_it_was_meant() {
    let read = parse(r#"terms IN ["a\" OR kinds EXISTS OR \"", "b\\"]"#);
    let values = ["a\" OR kinds EXISTS OR \"", "b\\"].map(str::to_owned);
    let one = Filter::In("terms".to_owned(), values.to_vec());
    assert_eq!(read, Ok(Filter::Any(vec![Filter::All(vec![one])])));
    assert!(parse(r#"terms IN ["a" OR kinds EXISTS OR ""]"#).is_err());
}

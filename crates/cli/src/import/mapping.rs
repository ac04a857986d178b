//! From a record as it stands in a file to a request. What cannot be mapped is refused with every reason; what is not
//! known is told.
use std::collections::BTreeMap;

use contracts::events::v1::ImportGatheringRequest;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Anything that may stand in a record. Records are read loosely, so that one with a fault doesn't end its file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Nothing, `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A text; also a whole number, a date, a time.
    Text(String),
    /// A number with decimals, whose spelling is lost.
    Decimal(f64),
    /// A list.
    List(Vec<Node>),
    /// Named values.
    Map(BTreeMap<String, Node>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Decimal(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Node>()? {
            fields.insert(name, value);
        }
        Ok(Node::Map(fields))
    }
}

/// A record on its way to the gateway.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mapped {
    /// Its number in the file, from 1.
    pub record: i32,
    /// Its name, if it has one.
    pub name: String,
    /// The request, or every reason why there is none.
    pub request: Result<Box<ImportGatheringRequest>, Vec<String>>,
    /// What was left out, one sentence each.
    pub remarks: Vec<String>,
}

/// Maps a record.
pub(crate) fn map(source: &str, record: i32, node: Node) -> Mapped {
    let Node::Map(fields) = node else {
        let why = vec!["a record must be a list of fields such as `name: …`".to_owned()];
        return Mapped {
            record,
            name: String::new(),
            request: Err(why),
            remarks: Vec::new(),
        };
    };
    let mut fields = Fields {
        fields,
        bad: Vec::new(),
    };
    let request = ImportGatheringRequest {
        source: source.to_owned(),
        record,
        name: fields.text("name"),
        details: fields.text("details"),
        links: fields.texts("links"),
        start: fields.text("start"),
        end: fields.text("end"),
        start_date: fields.text("start_date"),
        end_date: fields.text("end_date"),
        country: fields.text("country"),
        city: fields.text("city"),
        state: fields.text("state"),
        styles: fields.texts("styles"),
        workshop: fields.yes("workshop"),
        social: fields.yes("social"),
        performers: fields.texts("bands"),
        callers: fields.texts("callers"),
        price: fields.text("price"),
        organisation: fields.text("organisation"),
        cancelled: fields.yes("cancelled"),
    };
    // The file's own note of where it belongs; we know that.
    fields.fields.remove("source");
    let remarks = fields
        .fields
        .keys()
        .map(|k| format!("the field `{k}` is not known and was left out"))
        .collect();
    let name = request.name.clone();
    let request = if fields.bad.is_empty() {
        Ok(Box::new(request))
    } else {
        Err(fields.bad)
    };
    Mapped {
        record,
        name,
        request,
        remarks,
    }
}

struct Fields {
    fields: BTreeMap<String, Node>,
    bad: Vec<String>,
}

impl Fields {
    fn text(&mut self, name: &str) -> String {
        match self.fields.remove(name) {
            None | Some(Node::Null) => String::new(),
            Some(Node::Text(text)) => text.trim().to_owned(),
            Some(_) => {
                self.bad
                    .push(format!("{name}: must be a text; put it in quotes"));
                String::new()
            }
        }
    }

    fn texts(&mut self, name: &str) -> Vec<String> {
        let items = match self.fields.remove(name) {
            None | Some(Node::Null) => return Vec::new(),
            Some(Node::List(items)) => items,
            Some(_) => {
                self.bad.push(format!("{name}: must be a list"));
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            match item {
                Node::Text(text) => texts.push(text.trim().to_owned()),
                _ => self
                    .bad
                    .push(format!("{name}[{i}]: must be a text; put it in quotes")),
            }
        }
        texts
    }

    fn yes(&mut self, name: &str) -> bool {
        match self.fields.remove(name) {
            None | Some(Node::Null) => false,
            Some(Node::Bool(yes)) => yes,
            Some(_) => {
                self.bad.push(format!("{name}: must be true or false"));
                false
            }
        }
    }
}

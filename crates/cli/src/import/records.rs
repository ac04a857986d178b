//! Reads a file's records one after the other. The parser works on a stream, so a file of any size is never held.
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use tokio::sync::mpsc::Sender;

use crate::import::mapping::{Mapped, Node, map};

/// Why a file could not be read to its end.
#[derive(Debug)]
pub(crate) struct Broken {
    /// How many records were read before.
    pub read: u64,
    /// Where and why it broke off.
    pub why: String,
}

/// Sends every record of a file to `out`; tells how many there were.
pub(crate) fn read(file: &Path, source: &str, out: &Sender<Mapped>) -> Result<u64, Broken> {
    match File::open(file) {
        Ok(opened) => read_from(BufReader::new(opened), source, out),
        Err(error) => Err(Broken {
            read: 0,
            why: format!("it cannot be opened: {error}"),
        }),
    }
}

/// As [`read`], from any reader.
pub(crate) fn read_from(
    reader: impl Read,
    source: &str,
    out: &Sender<Mapped>,
) -> Result<u64, Broken> {
    let mut read = 0;
    // A calendar may be long; what protects against tricks (depth, aliases) stays as it is.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: None,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
        with_snippet: false,
    };
    let whole = serde_saphyr::with_deserializer_from_reader_with_options(reader, options, |yaml| {
        Events {
            source,
            out,
            read: &mut read,
        }
        .deserialize(yaml)
    });
    whole.map(|()| read).map_err(|error| {
        let place = error
            .location()
            .map(|at| format!("line {}: ", at.line()))
            .unwrap_or_default();
        Broken {
            read,
            why: format!("{place}{error}"),
        }
    })
}

/// Where the records stand: in the list `events` of the whole, or one by one in that list.
struct Events<'a> {
    source: &'a str,
    out: &'a Sender<Mapped>,
    read: &'a mut u64,
}

impl<'de> DeserializeSeed<'de> for Events<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list `events`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut whole: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(name) = whole.next_key::<String>()? {
            if name == "events" && !found {
                found = true;
                whole.next_value_seed(Events {
                    source: self.source,
                    out: self.out,
                    read: self.read,
                })?;
            } else {
                whole.next_value::<IgnoredAny>()?;
            }
        }
        if found {
            Ok(())
        } else {
            Err(A::Error::custom("it has no list `events`"))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(node) = list.next_element::<Node>()? {
            *self.read += 1;
            let number = i32::try_from(*self.read)
                .map_err(|_| A::Error::custom("it has too many records"))?;
            let sent = self.out.blocking_send(map(self.source, number, node));
            sent.map_err(|_| A::Error::custom("the import was stopped"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;

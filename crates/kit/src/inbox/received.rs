//! A message as the broker delivered it.
use std::collections::HashMap;

use async_nats::jetstream;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Event, Failure};

/// A message as it came, kept whole in case it is put aside.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) envelope: Envelope,
    pub(super) payload: Bytes,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Envelope {
    subject: String,
    /// Where the stream holds it.
    place: u64,
    headers: HashMap<String, String>,
}

impl Received {
    pub(super) fn new(message: &jetstream::Message, place: u64) -> Self {
        let headers = message.headers.iter().flat_map(|map| map.iter());
        let headers = headers
            .filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string())));
        let envelope = Envelope {
            subject: message.subject.to_string(),
            place,
            headers: headers.collect(),
        };
        Self {
            envelope,
            payload: message.payload.clone(),
        }
    }

    pub(super) fn event(&self) -> Result<Event, Failure> {
        let header = |name: &str| self.envelope.headers.get(name).map(String::as_str);
        Event::parse(&self.envelope.subject, header, self.payload.clone()).map_err(Failure::Poison)
    }

    /// For a message that is no event: enough to put it aside where no real thing waits behind it.
    pub(super) fn stand_in(&self) -> Event {
        let place = format!("{}/{}", self.envelope.subject, self.envelope.place);
        Event {
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes()),
            kind: String::new(),
            source_role: "unreadable".to_owned(),
            noun: "message".to_owned(),
            verb: String::new(),
            subject_id: Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes()),
            revision: 1,
            time: OffsetDateTime::UNIX_EPOCH,
            payload: self.payload.clone(),
            traceparent: None,
        }
    }
}

//! A role's stream as a log that one writer extends: every append names the entry it must follow. Whatever
//! becomes of an answer, the log's end then tells what was stored, however late and however often we ask.
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Info, Stream};
use async_nats::{HeaderMap, Request, header};
use bytes::Bytes;
use futures::StreamExt;
use uuid::Uuid;

use super::{ACK_WAIT, Bus};

/// What is appended: its subject, headers (with `Nats-Msg-Id`) and payload.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
}

/// A role's stream.
pub(crate) struct Log {
    bus: Bus,
    stream: Stream<Info>,
}

impl Log {
    /// Opens the role's stream; makes it if it is gone.
    pub(crate) async fn open(bus: &Bus, role: &str) -> anyhow::Result<Self> {
        bus.ensure_connected()?;
        bus.declare(role, bus.config()).await?;
        let stream = bus.js.get_stream(bus.stream(role)).await?;
        Ok(Self {
            bus: bus.clone(),
            stream,
        })
    }

    /// The number of the last entry; 0 when empty.
    pub(crate) async fn end(&self) -> anyhow::Result<u64> {
        self.bus.ensure_connected()?;
        Ok(self.stream.get_info().await?.state.last_sequence)
    }

    /// The id of one entry. Asks the leader: a direct get may be answered by a replica that lags.
    pub(crate) async fn id_at(&self, sequence: u64) -> anyhow::Result<Option<Uuid>> {
        Ok(id(&self.stream.get_raw_message(sequence).await?.headers))
    }

    /// The ids of at most `limit` entries from `first` to `last`, with their numbers.
    pub(crate) async fn ids(
        &self,
        first: u64,
        last: u64,
        limit: usize,
    ) -> anyhow::Result<Vec<(u64, Option<Uuid>)>> {
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: first,
            },
            headers_only: true,
            ..pull::OrderedConfig::default()
        };
        let mut messages = self
            .stream
            .create_consumer(config)
            .await?
            .messages()
            .await?;
        let mut found = Vec::new();
        let mut next = first;
        while next <= last && found.len() < limit {
            let message = tokio::time::timeout(Duration::from_secs(10), messages.next()).await;
            let message = message.context("the stream's end cannot be read in time")?;
            let message = message.ok_or_else(|| anyhow!("the stream's end cannot be read"))??;
            let sequence = message
                .info()
                .map_err(|e| anyhow!("an entry tells no place: {e}"))?
                .stream_sequence;
            found.push((sequence, message.headers.as_ref().and_then(id)));
            next = sequence + 1;
        }
        Ok(found)
    }

    /// Appends all of these behind entry `after`, or none of them. The first becomes entry `after + 1`. After an
    /// error they may or may not be there: look before appending again.
    pub(crate) async fn append(
        &self,
        mut messages: Vec<Message>,
        after: u64,
    ) -> anyhow::Result<()> {
        self.bus.ensure_connected()?;
        let count = messages.len();
        if let Some(first) = messages.first_mut() {
            first
                .headers
                .insert(header::NATS_EXPECTED_LAST_SEQUENCE, after.to_string());
        }
        if count > 1 {
            let batch = Uuid::now_v7().simple().to_string();
            for (message, place) in messages.iter_mut().zip(1usize..) {
                message
                    .headers
                    .insert(header::NATS_BATCH_ID, batch.as_str());
                message
                    .headers
                    .insert(header::NATS_BATCH_SEQUENCE, place.to_string());
            }
        }
        let Some(mut last) = messages.pop() else {
            return Ok(());
        };
        if count > 1 {
            last.headers
                .insert(header::NATS_BATCH_COMMIT, header::NATS_BATCH_COMMIT_FINAL);
        }
        for message in messages {
            self.bus
                .client
                .publish_with_headers(message.subject, message.headers, message.payload)
                .await?;
        }
        let request = Request::new()
            .headers(last.headers)
            .payload(last.payload)
            .timeout(Some(ACK_WAIT));
        let reply = self.bus.client.send_request(last.subject, request).await?;
        // A refusal comes as an ordinary reply.
        let ack: PublishAck = match serde_json::from_slice(&reply.payload)? {
            Response::Ok(ack) => ack,
            Response::Err { error } => {
                return Err(anyhow::Error::new(error).context("the broker refuses"));
            }
        };
        ensure!(
            !ack.duplicate && ack.sequence == after + count as u64,
            "the broker stored up to {} instead of {}",
            ack.sequence,
            after + count as u64
        );
        Ok(())
    }
}

fn id(headers: &HeaderMap) -> Option<Uuid> {
    Uuid::parse_str(headers.get("ce-id")?.as_str()).ok()
}

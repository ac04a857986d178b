//! Reading a role's stream without a place kept at the broker: for followers who keep their own.
use anyhow::Context;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::Bus;

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With what is stored from now on.
    Now,
    /// With what is stored behind this sequence; 0 is before everything.
    After(u64),
}

/// A stored message.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its place in the stream, rising by one.
    pub sequence: u64,
    /// What was published.
    pub payload: Bytes,
}

impl Bus {
    /// What a role's stream holds from there on, in order, going on as more is stored. A reader that loses the
    /// broker goes on where it was.
    pub async fn read(
        &self,
        role: &str,
        from: From,
    ) -> anyhow::Result<impl Stream<Item = anyhow::Result<Stored>> + Send + use<>> {
        let stream = self
            .js
            .get_stream(self.stream(role))
            .await
            .context("the stream cannot be opened")?;
        let deliver_policy = match from {
            From::Now => DeliverPolicy::New,
            From::After(0) => DeliverPolicy::All,
            From::After(last) => DeliverPolicy::ByStartSequence {
                start_sequence: last + 1,
            },
        };
        let config = pull::OrderedConfig {
            deliver_policy,
            ..pull::OrderedConfig::default()
        };
        let consumer = stream
            .create_consumer(config)
            .await
            .context("the stream cannot be read")?;
        let messages = consumer
            .messages()
            .await
            .context("the stream cannot be read")?;
        Ok(messages.map(|message| {
            let message = message.context("the stream cannot be read on")?;
            let sequence = message
                .info()
                .map_err(|e| anyhow::anyhow!("a message tells no sequence: {e}"))?
                .stream_sequence;
            Ok(Stored {
                sequence,
                payload: message.payload.clone(),
            })
        }))
    }

    /// The newest sequence of a role's stream; 0 before the first.
    pub async fn last_sequence(&self, role: &str) -> anyhow::Result<u64> {
        let mut stream = self
            .js
            .get_stream(self.stream(role))
            .await
            .context("the stream cannot be opened")?;
        Ok(stream
            .info()
            .await
            .context("the stream tells nothing of itself")?
            .state
            .last_sequence)
    }
}

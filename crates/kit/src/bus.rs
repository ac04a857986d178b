//! The broker: a connection to NATS JetStream, and one stream per role that holds all facts the role published.
//!
//! A stream is a copy of its role's outbox. Only that role's relay appends to it (see [`crate::outbox`]), and
//! nothing is ever deleted from it.
mod log;
mod read;

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use async_nats::connection::State;
use async_nats::jetstream::{self, stream};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use bytes::Bytes;
use rand_core::RngCore;

use crate::config;

pub(crate) use log::{Log, Message};
pub use read::{From, Stored};

/// How long the broker may take to confirm that it has stored something.
const ACK_WAIT: Duration = Duration::from_secs(5);

/// A connection to the broker. Clones share it.
#[derive(Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) js: jetstream::Context,
    region: String,
    role: String,
    config: config::Bus,
}

impl Bus {
    /// Connects for `role`. From then on a lost connection is made anew by itself.
    pub async fn connect(config: &config::Bus, region: &str, role: &str) -> anyhow::Result<Self> {
        ensure!(
            is_token(region),
            "region must be one word of small letters, digits and hyphens, not {region:?}"
        );
        ensure!(
            is_token(role),
            "a role's name must be one word of small letters, digits and hyphens, not {role:?}"
        );
        ensure!(
            !config.url.is_empty(),
            "bus.url is not set; write nats://host:port"
        );
        let client = login(config.url.expose())?
            .name(format!("{region}/{role}"))
            .connection_timeout(Duration::from_secs(5))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(reconnect_delay)
            .event_callback(report)
            .connect(config.url.expose())
            .await
            .context("the broker cannot be reached; check bus.url")?;
        let version = client.server_info().version;
        ensure!(
            client.is_server_compatible(2, 14, 0),
            "the broker at bus.url is nats-server {version}; 2.14 or later is needed"
        );
        let js = jetstream::ContextBuilder::new()
            .timeout(ACK_WAIT)
            .build(client.clone());
        js.query_account()
            .await
            .context("the broker at bus.url runs without JetStream; start it with --jetstream")?;
        Ok(Self {
            client,
            js,
            region: region.to_owned(),
            role: role.to_owned(),
            config: config.clone(),
        })
    }

    /// Makes `role`'s stream, or brings it to this configuration. Only the role itself calls this.
    pub async fn declare(&self, role: &str, config: &config::Bus) -> anyhow::Result<()> {
        let wanted = stream::Config {
            name: self.stream(role),
            subjects: vec![format!("kt.{}.{role}.>", self.region)],
            retention: stream::RetentionPolicy::Limits,
            discard: stream::DiscardPolicy::New,
            storage: stream::StorageType::File,
            max_bytes: config.stream_bytes,
            num_replicas: config.replicas,
            duplicate_window: Duration::from_secs(config.duplicate_seconds),
            deny_delete: true,
            deny_purge: true,
            allow_direct: true,
            allow_atomic_publish: true,
            ..stream::Config::default()
        };
        let stored = self.js.create_or_update_stream(wanted.clone()).await;
        let stored = stored
            .with_context(|| format!("the stream {} cannot be declared", wanted.name))?
            .config;
        let differing = differences(&wanted, &stored);
        if !differing.is_empty() {
            bail!(
                "the broker keeps another configuration of the stream {}: {}",
                wanted.name,
                differing.join(", ")
            );
        }
        Ok(())
    }

    /// Tells whether the broker still stores: a small message to a stream of its own must be confirmed. After a
    /// full disk the connection looks fine while nothing is stored until the broker is restarted.
    pub async fn health(&self) -> anyhow::Result<()> {
        self.ensure_connected()?;
        let subject = format!("canary.{}.{}", self.region, self.role);
        let published = self.js.publish(subject.clone(), Bytes::new()).await;
        let stored = match published {
            Ok(stored) => tokio::time::timeout(Duration::from_secs(2), stored).await,
            Err(error) => Ok(Err(error)),
        };
        match stored {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error))
                if error.kind() == jetstream::context::PublishErrorKind::StreamNotFound =>
            {
                let canary = stream::Config {
                    name: format!("{}_CANARY", self.stream(&self.role)),
                    subjects: vec![subject],
                    max_messages: 1,
                    max_bytes: 1 << 16,
                    num_replicas: self.config.replicas,
                    ..stream::Config::default()
                };
                self.js
                    .create_or_update_stream(canary)
                    .await
                    .context("the broker makes no stream")?;
                Ok(())
            }
            Ok(Err(error)) => Err(error).context("the broker does not store"),
            Err(_) => {
                bail!("the broker does not confirm within 2 s; if its disk was full, restart it")
            }
        }
    }

    /// The name of a role's stream.
    pub(crate) fn stream(&self, role: &str) -> String {
        format!("KT_{}_{role}", self.region).to_uppercase()
    }

    /// The stack's name, second part of every subject.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// With what this connection was made.
    pub(crate) fn config(&self) -> &config::Bus {
        &self.config
    }

    /// Refuses at once when the connection is down; the client would keep the message and send it later.
    pub(crate) fn ensure_connected(&self) -> anyhow::Result<()> {
        ensure!(
            self.client.connection_state() == State::Connected,
            "the broker is not connected"
        );
        Ok(())
    }
}

/// True for what may stand between two dots of a subject and in a stream's name.
pub(crate) fn is_token(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !text.is_empty() && text.chars().all(allowed)
}

fn differences(wanted: &stream::Config, stored: &stream::Config) -> Vec<&'static str> {
    [
        ("subjects", wanted.subjects == stored.subjects),
        ("retention", wanted.retention == stored.retention),
        ("discard", wanted.discard == stored.discard),
        ("storage", wanted.storage == stored.storage),
        ("max_bytes", wanted.max_bytes == stored.max_bytes),
        ("replicas", wanted.num_replicas == stored.num_replicas),
        (
            "duplicate_window",
            wanted.duplicate_window == stored.duplicate_window,
        ),
        ("deny_delete", stored.deny_delete),
        ("deny_purge", stored.deny_purge),
        ("allow_direct", stored.allow_direct),
        ("allow_atomic", stored.allow_atomic_publish),
        ("max_age", stored.max_age.is_zero()),
        ("max_msgs", stored.max_messages <= 0),
    ]
    .into_iter()
    .filter_map(|(name, same)| (!same).then_some(name))
    .collect()
}

/// Options with the user and the password of the address, which the client does not take from there by itself.
fn login(url: &str) -> anyhow::Result<ConnectOptions> {
    let address: ServerAddr = url.parse().context(
        "bus.url is no NATS address; write nats://host:port or nats://user:password@host:port",
    )?;
    Ok(match (address.username(), address.password()) {
        (Some(user), Some(password)) => {
            ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        }
        _ => ConnectOptions::new(),
    })
}

/// 10 ms doubling to 2 s, and up to half of it more at random, so that roles do not come back in step.
fn reconnect_delay(attempts: usize) -> Duration {
    let exponent = u32::try_from(attempts.min(8)).unwrap_or(8);
    let base = (10 * 2u64.pow(exponent)).min(2000);
    Duration::from_millis(base + u64::from(rand_core::OsRng.next_u32()) % (base / 2))
}

async fn report(event: Event) {
    match event {
        Event::Disconnected => {
            tracing::warn!("the broker's connection is lost; it is being made anew")
        }
        Event::Connected => tracing::info!("the broker is connected"),
        Event::SlowConsumer(_) => tracing::error!("a subscription is too slow and lost messages"),
        other => tracing::debug!(event = %other, "the broker's connection"),
    }
}

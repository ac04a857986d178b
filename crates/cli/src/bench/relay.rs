//! How many facts a second leave an outbox, beside how many the broker takes at all.
use std::time::{Duration, Instant};

use anyhow::Context;
use async_nats::HeaderMap;
use bytes::Bytes;
use contracts::ticketing::v1::TicketCheckedIn;
use kit::bus::Bus;
use kit::{Db, config, outbox};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::report::{Line, Report};
use super::stack::Stack;

static NONE: sqlx::migrate::Migrator = sqlx::migrate::Migrator::DEFAULT;
const FACTS: usize = 5_000;
const BATCH: usize = 500;

/// A role of the bench's own, with an outbox and a relay like every other.
pub(super) struct Scratch {
    db: Db,
    client: async_nats::Client,
    stop: CancellationToken,
}

impl Scratch {
    pub(super) async fn open(stack: &Stack) -> anyhow::Result<Self> {
        let db_config = config::Db {
            url: kit::Secret::new(stack.postgres.url("kulturtorg")),
            max_connections: 4,
        };
        let db = Db::open(&db_config, "bench", &NONE).await?;
        let bus_config = config::Bus {
            url: kit::Secret::new(stack.nats.url()),
            ..config::Bus::default()
        };
        let bus = Bus::connect(&bus_config, "bench", "bench").await?;
        bus.declare("bench", &bus_config).await?;
        let stop = CancellationToken::new();
        tokio::spawn(outbox::relay(db.clone(), bus, "bench", stop.clone()));
        let client = connect(&stack.nats.url()).await?;
        raw_stream(&client).await?;
        Ok(Self { db, client, stop })
    }

    pub(super) async fn round(&self, report: &mut Report) -> anyhow::Result<()> {
        report.add(Line::RelayRate, self.relay().await?);
        report.add(Line::RawPublishRate, self.raw().await?);
        Ok(())
    }

    /// Commits all facts at once and waits until the relay has had each confirmed.
    async fn relay(&self) -> anyhow::Result<f64> {
        self.db
            .write::<_, sqlx::Error, _>(|tx| {
                Box::pin(async move {
                    for _ in 0..FACTS {
                        let id = Uuid::now_v7();
                        outbox::publish(tx, "ticket", "checked_in", id, 1, &fact(id)).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        let began = Instant::now();
        loop {
            let waiting: bool = sqlx::query_scalar(
                "select exists (select 1 from outbox where published_at is null)",
            )
            .fetch_one(self.db.pool())
            .await?;
            if !waiting {
                return Ok(FACTS as f64 / began.elapsed().as_secs_f64());
            }
            anyhow::ensure!(
                began.elapsed() < Duration::from_secs(60),
                "the relay did not finish within a minute"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The same number of messages of the same size, in batches, with nothing around them.
    async fn raw(&self) -> anyhow::Result<f64> {
        let payload = Bytes::from(prost::Message::encode_to_vec(&fact(Uuid::now_v7())));
        let began = Instant::now();
        for _ in 0..FACTS / BATCH {
            let batch = Uuid::now_v7().to_string();
            for at in 1..=BATCH {
                let mut headers = HeaderMap::new();
                headers.insert("Nats-Msg-Id", Uuid::now_v7().to_string());
                headers.insert("Nats-Batch-Id", batch.as_str());
                headers.insert("Nats-Batch-Sequence", at.to_string());
                if at < BATCH {
                    self.client
                        .publish_with_headers("raw.fact", headers, payload.clone())
                        .await?;
                } else {
                    headers.insert("Nats-Batch-Commit", "1");
                    let stored = self
                        .client
                        .request_with_headers("raw.fact", headers, payload.clone())
                        .await?;
                    let text = String::from_utf8_lossy(&stored.payload);
                    anyhow::ensure!(
                        !text.contains("\"error\""),
                        "the broker refused a batch: {text}"
                    );
                }
            }
        }
        Ok(FACTS as f64 / began.elapsed().as_secs_f64())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn fact(ticket: Uuid) -> TicketCheckedIn {
    TicketCheckedIn {
        ticket_id: ticket.to_string(),
        performance_id: Uuid::nil().to_string(),
    }
}

/// The client itself does not read who we are from the address.
async fn connect(url: &str) -> anyhow::Result<async_nats::Client> {
    let address: async_nats::ServerAddr = url.parse()?;
    let user = address.username().unwrap_or_default().to_owned();
    let password = address.password().unwrap_or_default().to_owned();
    Ok(
        async_nats::ConnectOptions::with_user_and_password(user, password)
            .connect(address)
            .await?,
    )
}

async fn raw_stream(client: &async_nats::Client) -> anyhow::Result<()> {
    use async_nats::jetstream::{self, stream};
    jetstream::new(client.clone())
        .create_stream(stream::Config {
            name: "RAW".to_owned(),
            subjects: vec!["raw.>".to_owned()],
            max_bytes: 256 << 20,
            allow_atomic_publish: true,
            ..stream::Config::default()
        })
        .await
        .context("the raw stream cannot be made")?;
    Ok(())
}

//! A new catalogue from its owners, made beside the one in use.
use std::sync::Arc;

use anyhow::Context;
use kit::Db;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio_util::sync::CancellationToken;

use crate::owners::{Owners, SOURCES};
use crate::store::{self, Tools};

/// Rebuilds in the background when asked to, one at a time in the whole stack.
#[derive(Clone)]
pub(crate) struct Rebuild {
    pub(crate) db: Db,
    pub(crate) owners: Owners,
    pub(crate) tools: Arc<Tools>,
    pub(crate) stop: CancellationToken,
}

impl Rebuild {
    /// Begins, unless one is under way already.
    pub(crate) async fn begin(&self) -> sqlx::Result<()> {
        let Some(guard) = self.alone().await? else {
            return Ok(());
        };
        let this = self.clone();
        tokio::spawn(async move {
            let _guard = guard;
            let stopped = this.stop.clone().cancelled_owned();
            tokio::select! {
                () = stopped => {}
                done = this.run() => match done {
                    Ok(entries) => tracing::info!(entries, "the catalogue was rebuilt"),
                    Err(error) => tracing::error!("the catalogue was not rebuilt; the old one stays: {error:#}"),
                },
            }
        });
        Ok(())
    }

    /// Clears away what a rebuild left that was stopped halfway, here or in another process.
    pub(crate) async fn tidy(&self) -> sqlx::Result<()> {
        let Some(_guard) = self.alone().await? else {
            return Ok(());
        };
        self.db.write(|tx| Box::pin(store::give_up_any(tx))).await
    }

    /// Nobody else rebuilds while this is held; `None`: somebody does.
    async fn alone(&self) -> sqlx::Result<Option<PoolConnection<Postgres>>> {
        let mut guard = self.db.read().await?;
        let free = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock(hashtextextended('search rebuild', 0)) as "free!""#
        )
        .fetch_one(&mut *guard)
        .await?;
        if !free {
            return Ok(None);
        }
        // The lock belongs to the connection: it must not go back to the pool with it.
        guard.close_on_drop();
        Ok(Some(guard))
    }

    async fn run(&self) -> anyhow::Result<usize> {
        let generation = self
            .db
            .write(|tx| Box::pin(store::begin_generation(tx)))
            .await?;
        match self.fill(generation).await {
            Ok(entries) => {
                self.db
                    .write(move |tx| Box::pin(store::swap(tx, generation)))
                    .await?;
                Ok(entries)
            }
            Err(error) => {
                self.db
                    .write(move |tx| Box::pin(store::give_up(tx, generation)))
                    .await?;
                Err(error)
            }
        }
    }

    async fn fill(&self, generation: i64) -> anyhow::Result<usize> {
        let mut count = 0;
        for (source, _) in SOURCES {
            let mut token = String::new();
            loop {
                let page = self.owners.list(source, token).await;
                let page = page.with_context(|| format!("{source} does not list what it shows"))?;
                count += page.entries.len();
                for entry in page.entries {
                    let tools = self.tools.clone();
                    self.db
                        .write(move |tx| {
                            Box::pin(
                                async move { store::put_in(tx, &tools, &entry, generation).await },
                            )
                        })
                        .await?;
                }
                if page.next.is_empty() {
                    break;
                }
                token = page.next;
            }
        }
        Ok(count)
    }
}

//! Keeps the index as the table is. One process of the stack feeds it; the others watch until it is whole.
use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::Db;
use meilisearch_sdk::client::SwapIndexes;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::task_info::TaskInfo;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Engine, index, is_missing};

/// Documents sent at once.
const BATCH: usize = 500;
/// Between looks at the feed.
const LOOK: Duration = Duration::from_millis(200);
/// Between comparisons of index and table.
const COMPARE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(500);
const CALL: Duration = Duration::from_secs(30);
const TASK: Duration = Duration::from_secs(300);

/// Feeds until told to stop.
pub(crate) async fn run(
    engine: Arc<Engine>,
    db: Db,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut failing = false;
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = feed(&engine, &db) => ended,
        };
        match ended {
            Err(error) if !failing => {
                tracing::warn!("Meilisearch is not fed; it is tried again: {error:#}");
                failing = true;
            }
            Err(_) => {}
            Ok(()) => failing = false,
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

/// Feeds as long as all goes well and this process is the one that does it.
async fn feed(engine: &Engine, db: &Db) -> anyhow::Result<()> {
    let mut connection = db.read().await?;
    let first = sqlx::query_scalar!(
        r#"select pg_try_advisory_lock(hashtextextended('search meilisearch', 0)) as "first!""#
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut feeder = Feeder {
        engine,
        db: connection,
        live: 0,
    };
    if !first {
        if !engine.is_whole() {
            engine.set_whole(feeder.holds_the_same().await? == Some(true));
        }
        return Ok(());
    }
    // The lock belongs to the connection: it must not go back to the pool with it.
    feeder.db.close_on_drop();
    let fed = feeder.go_on(db).await;
    engine.set_whole(false);
    fed
}

struct Feeder<'e> {
    engine: &'e Engine,
    db: PoolConnection<Postgres>,
    /// The generation that the index was last compared with.
    live: i64,
}

/// A changed document: its kind, its id and which change.
type Change = (i16, Uuid, i64);

impl Feeder<'_> {
    async fn go_on(&mut self, db: &Db) -> anyhow::Result<()> {
        let engine = self.engine;
        if self.exists(&engine.name).await? {
            let index = engine.client.index(&engine.name);
            self.done(index.set_settings(&engine.settings)).await?;
        }
        self.live = self.live_now().await?;
        loop {
            let since = Instant::now();
            if !self.exists(&engine.name).await? {
                self.refill().await?;
            }
            let same = loop {
                self.drain().await?;
                if let Some(same) = self.holds_the_same().await? {
                    break same;
                }
            };
            if !same {
                self.refill().await?;
                self.drain().await?;
            }
            engine.set_whole(true);
            while since.elapsed() < COMPARE && engine.is_whole() {
                if self.live != self.live_now().await? {
                    self.refill().await?;
                }
                self.drain().await?;
                let _ = tokio::time::timeout(LOOK, db.wrote()).await;
            }
        }
    }

    async fn live_now(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar!("select live from search.catalogue")
            .fetch_one(&mut *self.db)
            .await
    }

    /// Sends what waits. A document that changes meanwhile waits again.
    async fn drain(&mut self) -> anyhow::Result<()> {
        loop {
            let changes = self.changes(BATCH as i64).await?;
            if changes.is_empty() {
                return Ok(());
            }
            let keys: Vec<(i16, Uuid)> = changes.iter().map(|(k, id, _)| (*k, *id)).collect();
            let name = self.engine.name.clone();
            self.send(&name, &keys).await?;
            self.forget(&changes).await?;
        }
    }

    async fn changes(&mut self, most: i64) -> sqlx::Result<Vec<Change>> {
        let rows = sqlx::query!(
            "select kind, id, change from search.feed order by change limit $1",
            most
        )
        .fetch_all(&mut *self.db)
        .await?;
        Ok(rows.into_iter().map(|r| (r.kind, r.id, r.change)).collect())
    }

    async fn forget(&mut self, changes: &[Change]) -> sqlx::Result<()> {
        let kinds: Vec<i16> = changes.iter().map(|c| c.0).collect();
        let ids: Vec<Uuid> = changes.iter().map(|c| c.1).collect();
        let which: Vec<i64> = changes.iter().map(|c| c.2).collect();
        sqlx::query!(
            "delete from search.feed f
             using unnest($1::smallint[], $2::uuid[], $3::bigint[]) as sent (kind, id, change)
             where f.kind = sent.kind and f.id = sent.id and f.change = sent.change",
            &kinds,
            &ids,
            &which
        )
        .execute(&mut *self.db)
        .await?;
        Ok(())
    }

    /// Makes the index hold of these keys what the table holds of them, and waits until it does.
    async fn send(&mut self, name: &str, keys: &[(i16, Uuid)]) -> anyhow::Result<()> {
        let (kinds, ids): (Vec<i16>, Vec<Uuid>) = keys.iter().copied().unzip();
        let documents = index::load(&mut self.db, &kinds, &ids).await?;
        let gone: Vec<String> = keys
            .iter()
            .map(|(kind, id)| index::id(*kind, *id))
            .filter(|id| !documents.iter().any(|d| d.id() == id))
            .collect();
        let index = self.engine.client.index(name);
        if !documents.is_empty() {
            self.done(index.add_or_replace(&documents, Some("id")))
                .await?;
        }
        if !gone.is_empty() {
            self.done(index.delete_documents(&gone)).await?;
        }
        Ok(())
    }

    /// Whether index and table hold as many documents; `None` while some wait to be sent.
    async fn holds_the_same(&mut self) -> anyhow::Result<Option<bool>> {
        let table = sqlx::query!(
            r#"select exists (select from search.feed) as "waiting!",
                   (select count(*) from search.document where generation = (select live from search.catalogue)) as "count!""#
        )
        .fetch_one(&mut *self.db)
        .await?;
        let index = self.engine.client.index(&self.engine.name);
        let held = match self.call(index.get_stats()).await? {
            Err(error) if is_missing(&error) => return Ok(Some(false)),
            stats => stats?.number_of_documents,
        };
        Ok((!table.waiting).then_some(i64::try_from(held) == Ok(table.count)))
    }

    /// Fills a fresh index beside the one in use and lets it take its place. What changes meanwhile waits in the feed.
    async fn refill(&mut self) -> anyhow::Result<()> {
        let client = &self.engine.client;
        let (name, next) = (
            self.engine.name.clone(),
            format!("{}_next", self.engine.name),
        );
        self.live = self.live_now().await?;
        let sent = self.changes(i64::MAX).await?;
        let keys = sqlx::query!(
            "select kind, id from search.document where generation = (select live from search.catalogue)"
        )
        .fetch_all(&mut *self.db)
        .await?;
        let keys: Vec<(i16, Uuid)> = keys.into_iter().map(|k| (k.kind, k.id)).collect();
        if self.exists(&next).await? {
            self.done(client.delete_index(&next)).await?;
        }
        self.done(client.create_index(&next, Some("id"))).await?;
        let index = client.index(&next);
        self.done(index.set_settings(&self.engine.settings)).await?;
        for some in keys.chunks(BATCH) {
            self.send(&next, some).await?;
        }
        if !self.exists(&name).await? {
            self.done(client.create_index(&name, Some("id"))).await?;
        }
        let swap = SwapIndexes {
            indexes: (name, next.clone()),
            rename: None,
        };
        self.done(client.swap_indexes([&swap])).await?;
        self.done(client.delete_index(&next)).await?;
        self.forget(&sent).await?;
        tracing::info!(
            documents = keys.len(),
            "the Meilisearch index was made anew"
        );
        Ok(())
    }

    async fn exists(&self, name: &str) -> anyhow::Result<bool> {
        match self.call(self.engine.client.get_raw_index(name)).await? {
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(true),
        }
    }

    /// Waits until what was asked for is done, not only accepted.
    async fn done(
        &self,
        asked: impl Future<Output = Result<TaskInfo, Error>>,
    ) -> anyhow::Result<()> {
        let task = self.call(asked).await??;
        let waited =
            self.engine
                .client
                .wait_for_task(task, Some(Duration::from_millis(20)), Some(TASK));
        let ended = tokio::time::timeout(TASK, waited).await??;
        if ended.is_failure() {
            return Err(ended.unwrap_failure().into());
        }
        Ok(())
    }

    async fn call<T>(&self, asked: impl Future<Output = T>) -> anyhow::Result<T> {
        Ok(tokio::time::timeout(CALL, asked).await?)
    }
}

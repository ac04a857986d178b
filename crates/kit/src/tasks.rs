//! What runs in the background of a role. A task that ends before it is told to stops the whole role, loudly.
use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The background tasks of one role.
#[derive(Debug)]
pub struct Tasks {
    stop: CancellationToken,
    set: JoinSet<(&'static str, anyhow::Result<()>)>,
}

impl Tasks {
    /// No tasks yet; they are to end when `stop` says so.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            set: JoinSet::new(),
        }
    }

    /// Says when to end.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Starts a task.
    pub fn spawn<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.set.spawn(async move { (name, task.await) });
    }

    /// Ends when told to stop, or with an error when a task ended by itself.
    pub async fn watch(&mut self) -> anyhow::Result<()> {
        tokio::select! {
            () = self.stop.cancelled() => Ok(()),
            Some(ended) = self.set.join_next() => match ended {
                _ if self.stop.is_cancelled() => Ok(()),
                Ok((name, Ok(()))) => anyhow::bail!("the background task `{name}` ended by itself"),
                Ok((name, Err(e))) => Err(e.context(format!("the background task `{name}` failed"))),
                Err(e) => anyhow::bail!("a background task panicked: {e}"),
            },
        }
    }

    /// Waits for the tasks to end, for so long at most; then they are dropped.
    pub async fn finish(mut self, at_most: Duration) {
        self.stop.cancel();
        let all = async { while self.set.join_next().await.is_some() {} };
        if tokio::time::timeout(at_most, all).await.is_err() {
            tracing::warn!(
                left = self.set.len(),
                "background tasks did not end in time"
            );
        }
    }
}

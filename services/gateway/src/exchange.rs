//! A refresh token is exchanged once. Tabs that show the same one at nearly the same time get the same answer, and so
//! does a page that was loaded again before it heard the first: identity would take the third of them for a thief, and
//! of two it would void the token that one of them was just given.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::identity::v1::Tokens;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::Status;

use crate::fault::too_late;

/// So long an answer is given again. A thief who is that fast gets it too, and is noticed when both go on from it
/// at different times.
const KEPT: Duration = Duration::from_secs(10);

/// One token's exchange: held while it goes on, then its answer.
type Slot = Arc<tokio::sync::Mutex<Option<Tokens>>>;

type Table = Mutex<HashMap<String, Slot>>;

/// The exchanges of the last seconds, by the token that was shown.
#[derive(Default)]
pub(crate) struct Exchanges(Arc<Table>);

impl Exchanges {
    /// The answer to this token: that of the exchange under way or just done, or else of this one. An exchange goes on
    /// when its caller leaves, for its answer must not be lost.
    pub(crate) async fn once(
        &self,
        token: &str,
        deadline: Instant,
        exchange: impl Future<Output = Result<Tokens, Status>> + Send + 'static,
    ) -> Result<Tokens, Status> {
        let slot = self.slot(token);
        let (all, token) = (self.0.clone(), token.to_owned());
        let task = tokio::spawn(async move {
            let mut known = slot.lock().await;
            if let Some(tokens) = &*known {
                return Ok(tokens.clone());
            }
            let exchanged = exchange.await;
            if let Ok(tokens) = &exchanged {
                *known = Some(tokens.clone());
                // It may have been taken out by one that failed just before.
                lock(&all).insert(token.clone(), slot.clone());
                tokio::spawn(keep(all, token, slot.clone()));
            } else {
                let mut all = lock(&all);
                // Nobody else waits for it: only the table and this task have it.
                if Arc::strong_count(&slot) <= 2 {
                    all.remove(&token);
                }
            }
            exchanged
        });
        match timeout_at(deadline, task).await {
            Ok(Ok(exchanged)) => exchanged,
            Ok(Err(_)) => Err(Status::internal("the exchange of a token ended early")),
            Err(_) => Err(too_late()),
        }
    }

    /// Gives no answer to this token again.
    pub(crate) fn forget(&self, token: &str) {
        lock(&self.0).remove(token);
    }

    fn slot(&self, token: &str) -> Slot {
        lock(&self.0).entry(token.to_owned()).or_default().clone()
    }
}

/// Leaves the answer in the table for a while.
async fn keep(all: Arc<Table>, token: String, slot: Slot) {
    sleep(KEPT).await;
    let mut all = lock(&all);
    if all.get(&token).is_some_and(|s| Arc::ptr_eq(s, &slot)) {
        all.remove(&token);
    }
}

fn lock(all: &Table) -> MutexGuard<'_, HashMap<String, Slot>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Counted {
        exchanges: Exchanges,
        count: Arc<AtomicUsize>,
    }

    impl Counted {
        /// Shows the token; the exchange takes a second.
        async fn show(&self, token: &str, works: bool) -> Result<String, Status> {
            let count = self.count.clone();
            let exchange = async move {
                let number = count.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_secs(1)).await;
                let refresh_token = format!("next-{number}");
                let tokens = Tokens {
                    refresh_token,
                    ..Tokens::default()
                };
                works.then_some(tokens).ok_or(Status::unauthenticated(""))
            };
            let deadline = Instant::now() + Duration::from_secs(5);
            let answer = self.exchanges.once(token, deadline, exchange).await;
            answer.map(|t| t.refresh_token)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_shows_a_token_within_ten_seconds_gets_the_same_answer() {
        let all = Counted::default();
        let shown = futures::future::join_all((0..5).map(|_| all.show("a", true))).await;
        for answer in shown {
            assert_eq!(answer.expect("exchanged"), "next-0");
        }
        sleep(KEPT - Duration::from_secs(2)).await;
        assert_eq!(all.show("a", true).await.expect("kept"), "next-0");
        assert_eq!(all.show("b", true).await.expect("another"), "next-1");
        sleep(KEPT).await;
        assert_eq!(all.show("a", true).await.expect("again"), "next-2");
        sleep(KEPT * 2).await;
        assert!(lock(&all.exchanges.0).is_empty(), "no token is left behind");
    }

    #[tokio::test(start_paused = true)]
    async fn the_answer_is_kept_for_a_page_that_left() {
        let all = Counted::default();
        tokio::select! {
            _ = all.show("a", true) => panic!("it takes a second"),
            () = sleep(Duration::from_millis(10)) => {}
        }
        assert_eq!(all.show("a", true).await.expect("exchanged"), "next-0");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_not_kept_and_neither_is_what_is_forgotten() {
        let all = Counted::default();
        assert!(all.show("a", false).await.is_err());
        assert_eq!(all.show("a", true).await.expect("tried"), "next-1");
        all.exchanges.forget("a");
        assert_eq!(all.show("a", true).await.expect("tried"), "next-2");
    }
}

//! What keeps a service that is down from making everything slow: no call waits for it, and few are repeated.
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// So many failures in a row open the breaker.
const FAILURES: u32 = 5;
/// So long it stays open; then one call tries.
const PAUSE: Duration = Duration::from_millis(500);
/// A call earns this part of a retry …
const EARNED: f64 = 0.09;
/// … and no more retries than these are saved up, so that some hundred calls already are repeated by no more than a tenth.
const SAVED: f64 = 4.0;
/// The first call may be repeated too.
const FIRST: f64 = 1.0;

/// Per service: after several failures in a row calls are refused at once, one per pause excepted.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    shut_until: Option<Instant>,
}

impl Breaker {
    /// Lets a call try, or says in how long the next one may.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.lock();
        match state.shut_until {
            Some(until) if now < until => Err(until - now),
            // The one that tries; those beside it are refused until it is known how it went.
            Some(_) => {
                state.shut_until = Some(now + PAUSE);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The service answered, whatever it said.
    pub(crate) fn answered(&self) {
        *self.lock() = State::default();
    }

    /// The service could not be reached. Says after how long trying again makes sense.
    pub(crate) fn failed(&self, now: Instant) -> Duration {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.shut_until = Some(now + PAUSE);
        }
        PAUSE
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Per service: at most one call in ten is repeated.
#[derive(Debug)]
pub(crate) struct Retries(Mutex<f64>);

impl Default for Retries {
    fn default() -> Self {
        Self(Mutex::new(FIRST))
    }
}

impl Retries {
    /// A call came in.
    pub(crate) fn earn(&self) {
        let mut saved = self.lock();
        *saved = (*saved + EARNED).min(SAVED);
    }

    /// True if one call may be repeated.
    pub(crate) fn spend(&self) -> bool {
        let mut saved = self.lock();
        let enough = *saved >= 1.0;
        if enough {
            *saved -= 1.0;
        }
        enough
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, f64> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_try_per_pause() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            assert!(breaker.admit(start).is_ok());
            breaker.failed(start);
        }
        assert!(breaker.admit(start).is_err(), "open");
        let after = start + PAUSE;
        assert!(breaker.admit(after).is_ok(), "one tries");
        assert!(breaker.admit(after).is_err(), "and no second one");
        breaker.answered();
        assert!(breaker.admit(after).is_ok(), "closed again");
    }

    #[test]
    fn an_answer_between_failures_keeps_it_closed() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..10 * FAILURES {
            breaker.failed(now);
            breaker.answered();
        }
        assert!(breaker.admit(now).is_ok());
    }

    #[test]
    fn at_most_one_call_in_ten_is_repeated_also_after_a_good_time() {
        let retries = Retries::default();
        for _ in 0..1000 {
            retries.earn();
        }
        let repeated = (0..400).filter(|_| {
            retries.earn();
            retries.spend()
        });
        let repeated = repeated.count();
        assert!((36..=40).contains(&repeated), "{repeated}");
    }
}

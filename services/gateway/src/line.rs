//! The connections that requests come by, and the addresses behind them.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::Settings;

/// Every address that has a connection open.
pub(crate) struct Addresses {
    connections: usize,
    calls: usize,
    known: Mutex<HashMap<IpAddr, Address>>,
}

struct Address {
    connections: usize,
    calls: Arc<Semaphore>,
}

impl Addresses {
    pub(crate) fn new(settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            connections: settings.connections_per_address,
            calls: settings.calls_per_address,
            known: Mutex::default(),
        })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<IpAddr, Address>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection. It lives as long as a call of it, so that closing it frees nothing before its time.
pub(crate) struct Line {
    pub(crate) from: IpAddr,
    /// The address as services are told it.
    pub(crate) forwarded: HeaderValue,
    calls: Arc<Semaphore>,
    addresses: Arc<Addresses>,
    began: Instant,
    /// Answers that are complete and only wait for their reader.
    unread: AtomicUsize,
    /// When the reader last took one of them to its end, in milliseconds since the beginning.
    moved: AtomicU64,
}

impl Line {
    /// A further connection of this address; `None`: it has as many as it may.
    pub(crate) fn open(addresses: &Arc<Addresses>, from: IpAddr) -> Option<Self> {
        let forwarded = HeaderValue::from_str(&from.to_string()).ok()?;
        let mut known = addresses.known();
        let address = known.entry(from).or_insert_with(|| Address {
            connections: 0,
            calls: Arc::new(Semaphore::new(addresses.calls)),
        });
        if address.connections >= addresses.connections {
            return None;
        }
        address.connections += 1;
        Some(Self {
            from,
            forwarded,
            calls: address.calls.clone(),
            addresses: addresses.clone(),
            began: Instant::now(),
            unread: AtomicUsize::new(0),
            moved: AtomicU64::new(0),
        })
    }

    /// One of the address's places for calls.
    pub(crate) fn call(&self) -> Option<OwnedSemaphorePermit> {
        self.calls.clone().try_acquire_owned().ok()
    }

    /// For how long answers have lain ready without one being taken.
    pub(crate) fn unread_for(&self) -> Duration {
        if self.unread.load(Ordering::Relaxed) == 0 {
            return Duration::ZERO;
        }
        let moved = Duration::from_millis(self.moved.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(moved)
    }

    fn moves(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut known = self.addresses.known();
        if let Some(address) = known.get_mut(&self.from) {
            address.connections -= 1;
            if address.connections == 0 {
                known.remove(&self.from);
            }
        }
    }
}

/// A complete answer that its reader has not taken yet.
pub(crate) struct Unread(Arc<Line>);

impl Unread {
    pub(crate) fn new(line: &Arc<Line>) -> Self {
        if line.unread.fetch_add(1, Ordering::Relaxed) == 0 {
            line.moves();
        }
        Self(line.clone())
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.0.unread.fetch_sub(1, Ordering::Relaxed);
        self.0.moves();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn addresses(connections: usize) -> Arc<Addresses> {
        Addresses::new(&Settings {
            connections_per_address: connections,
            calls_per_address: 1,
            ..Settings::default()
        })
    }

    pub(crate) fn line() -> Arc<Line> {
        let line = Line::open(&addresses(1), IpAddr::from([127, 0, 0, 1]));
        Arc::new(line.expect("the first"))
    }

    #[test]
    fn an_address_has_as_many_connections_and_calls_as_it_may_and_leaves_nothing_behind() {
        let addresses = addresses(2);
        let [here, there] = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2])];
        let first = Line::open(&addresses, here).expect("room");
        let second = Line::open(&addresses, here).expect("room");
        assert!(Line::open(&addresses, here).is_none(), "a third");
        assert!(Line::open(&addresses, there).is_some(), "another address");
        let call = first.call().expect("a call");
        assert!(second.call().is_none(), "its connections share their calls");
        drop(call);
        assert!(second.call().is_some());
        drop(first);
        let third = Line::open(&addresses, here).expect("one was given back");
        drop((second, third));
        assert!(addresses.known().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_tells_for_how_long_nothing_was_taken() {
        let line = line();
        let wait = async || tokio::time::sleep(Duration::from_secs(10)).await;
        wait().await;
        assert_eq!(line.unread_for(), Duration::ZERO, "nothing lies ready");
        let first = Unread::new(&line);
        let second = Unread::new(&line);
        wait().await;
        assert_eq!(line.unread_for(), Duration::from_secs(10));
        drop(first);
        assert_eq!(line.unread_for(), Duration::ZERO, "one was taken");
        wait().await;
        assert_eq!(line.unread_for(), Duration::from_secs(10));
        drop(second);
        assert_eq!(line.unread_for(), Duration::ZERO);
    }
}

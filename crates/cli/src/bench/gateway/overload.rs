//! More calls than a service can take. Its capacity is known: so many places, so long a call.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::Bench;
use super::super::report::{Bar, Table};
use super::figures::{count, goodput, rate, shed, took, well_after};
use super::load::{Line, Outcome, Protocol, eager, lines, steady};
use super::service::{LIST, Serve};
use super::stage::{Process, Stage, free_address};

const PLACES: usize = 8;
const WORK_MS: u64 = 20;
const TIMES: f64 = 10.0;
/// Callers come from many addresses, as a crowd does, so that the limits of one address play no part.
const ADDRESSES: usize = 16;
const CROWD: usize = 32;
/// Looked at so long after the crowd has left.
const AFTER: Duration = Duration::from_secs(8);
const WINDOW: Duration = Duration::from_millis(250);
/// Back to normal means within this of the quiet p99.
const NORMAL: f64 = 1.5;

/// A gateway with its usual limits before a service that takes so much.
pub(super) struct Overload {
    gateway: Process,
    _service: Process,
}

impl Overload {
    pub(super) async fn open(stage: &Stage) -> anyhow::Result<Self> {
        let service = Serve {
            places: PLACES,
            work_ms: WORK_MS,
            ..Serve::at(free_address()?)
        };
        let service = stage.service(service).await?;
        Ok(Self {
            gateway: stage.gateway(service.address, service.address, &[]).await?,
            _service: service,
        })
    }

    pub(super) async fn round(&self, bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
        let time = Duration::from_secs(bench.seconds);
        let crowd = crowd(self.gateway.address)?;
        let lone = lines(1, |_| Line::new(self.gateway.address, LIST, Protocol::Grpc))?;

        let mut peak = 0.0_f64;
        for each in [1, 2, 4] {
            peak = peak.max(rate(&eager(&crowd, each, time).await?));
        }
        let probe = peak / 4.0;
        let quiet = took(&steady(&lone, probe, time).await?, 99, Outcome::is_ok);

        let start = Instant::now();
        let coming = tokio::spawn(async move { steady(&crowd, peak * TIMES, time).await });
        tokio::time::sleep(time).await;
        let end = Instant::now();
        let after = steady(&lone, probe, AFTER).await?;
        let calls = coming.await??;

        table.note("most good answers", "/s", None, peak);
        let offered = calls.len() as f64 / time.as_secs_f64();
        table.note("  then so many calls come", "/s", None, offered);
        let part = goodput(&calls, start, time) / peak * 100.0;
        table.note(
            "  good answers, of the most",
            "%",
            Some(Bar::AtLeast(80.0)),
            part,
        );
        let refused = took(&calls, 99, shed);
        table.note(
            "  refused for want of room within, p99",
            "ms",
            Some(Bar::AtMost(50.0)),
            refused,
        );
        let neither = count(&calls, |o| !o.is_ok() && !shed(o));
        let neither = neither as f64 * 100.0 / calls.len() as f64;
        table.note(
            "  neither answered well nor so refused",
            "%",
            Some(Bar::AtMost(0.0)),
            neither,
        );
        let well = well_after(&after, end, WINDOW, quiet * NORMAL).unwrap_or(AFTER);
        table.note(
            "  back to normal after",
            "s",
            Some(Bar::AtMost(5.0)),
            well.as_secs_f64(),
        );
        Ok(())
    }
}

fn crowd(to: SocketAddr) -> anyhow::Result<Vec<Arc<Line>>> {
    lines(CROWD, |number| {
        Ok(Line::new(to, LIST, Protocol::Grpc)?.from(address(number)))
    })
}

fn address(number: usize) -> IpAddr {
    let last = u8::try_from(number % ADDRESSES + 1).unwrap_or(1);
    Ipv4Addr::new(127, 2, 0, last).into()
}

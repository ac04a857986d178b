//! What the way through the gateway costs: the same calls straight to a service, through the gateway and, in gRPC,
//! through nginx, by turns.
use std::time::Duration;

use super::super::Bench;
use super::super::report::{Bar, Table};
use super::figures::{rate, took};
use super::load::{Line, Outcome, Protocol, Sample, eager, lines, steady};
use super::service::{LIST, Serve};
use super::stage::{Process, Stage, free_address};

const CONNECTIONS: usize = 4;
/// All calls come from one address, as they would from a proxy.
const ONE_CALLER: (&str, &str) = ("KT_GATEWAY__CALLS_PER_ADDRESS", "4096");
const WARM_UP: Duration = Duration::from_millis(300);
/// For the bench's other measurements: what a way adds is to be seen where nothing is full.
const PART_OF_CAPACITY: f64 = 0.5;

/// A way to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Straight,
    Gateway,
    Nginx,
}

impl Way {
    fn told(self) -> &'static str {
        match self {
            Self::Straight => "straight to the service",
            Self::Gateway => "through the gateway",
            Self::Nginx => "through nginx",
        }
    }
}

/// All ways, standing.
pub(super) struct Overhead {
    ways: Vec<(Way, Process)>,
    rate: Option<f64>,
}

/// What one way gave in one round.
#[derive(Debug, Default, Clone, Copy)]
struct Found {
    calls: f64,
    lone_p50: f64,
    steady_p50: f64,
    steady_p99: f64,
}

impl Overhead {
    pub(super) async fn open(stage: &Stage, table: &mut Table) -> anyhow::Result<Self> {
        let service = stage.service(Serve::at(free_address()?)).await?;
        let to = service.address;
        let gateway = stage.gateway(to, to, &[ONE_CALLER]).await?;
        let mut ways = vec![(Way::Straight, service), (Way::Gateway, gateway)];
        match (stage.nginx(to).await?, stage.nginx_version().await) {
            (Some(nginx), Some(version)) => {
                ways.push((Way::Nginx, nginx));
                table.tell(format!("beside nginx {version}, grpc_pass"));
            }
            _ => table.tell(
                "not beside nginx, which is missing: install it (Debian: apt-get install nginx)",
            ),
        }
        Ok(Self { ways, rate: None })
    }

    pub(super) async fn round(
        &mut self,
        round: usize,
        bench: &Bench,
        table: &mut Table,
    ) -> anyhow::Result<()> {
        let time = Duration::from_secs(bench.seconds);
        let mut found = vec![Found::default(); self.ways.len()];
        // Each way is first once, second once, last once.
        let order: Vec<_> = (0..self.ways.len())
            .map(|n| (n + round) % self.ways.len())
            .collect();
        for &at in &order {
            let (way, door) = (self.ways[at].0, self.lines(at, Protocol::Grpc)?);
            eager(&door, bench.callers, WARM_UP).await?;
            let many = good(way, eager(&door, bench.callers, time).await?)?;
            let lone = good(way, eager(&door[..1], 1, time).await?)?;
            found[at].calls = rate(&many);
            found[at].lone_p50 = took(&lone, 50, Outcome::is_ok);
        }
        let slowest = found.iter().map(|f| f.calls).fold(f64::MAX, f64::min);
        let rate = *self.rate.get_or_insert(slowest * PART_OF_CAPACITY);
        for &at in &order {
            let door = self.lines(at, Protocol::Grpc)?;
            eager(&door, 1, WARM_UP).await?;
            let calls = good(self.ways[at].0, steady(&door, rate, time).await?)?;
            found[at].steady_p50 = took(&calls, 50, Outcome::is_ok);
            found[at].steady_p99 = took(&calls, 99, Outcome::is_ok);
        }
        self.note(&found, table);
        self.other_protocols(bench, table).await
    }

    fn note(&self, found: &[Found], table: &mut Table) {
        let rate = self.rate.unwrap_or_default();
        let told = || self.ways.iter().map(|(way, _)| *way).zip(found);
        for (way, f) in told() {
            table.note(format!("gRPC calls {}", way.told()), "/s", None, f.calls);
        }
        let of = |way| told().find(|(w, _)| *w == way).map(|(_, f)| *f);
        let (straight, gateway) = (found[0], found[1]);
        let nginx = of(Way::Nginx);
        if let Some(nginx) = nginx {
            let bar = Some(Bar::AtLeast(1.0));
            table.note("  gateway ÷ nginx", "×", bar, gateway.calls / nginx.calls);
        }
        for (way, f) in told() {
            table.note(
                format!("one after the other {}, p50", way.told()),
                "ms",
                None,
                f.lone_p50,
            );
        }
        for (way, f) in told() {
            let name = format!("at half the load {}", way.told());
            table.note(format!("{name}, p50"), "ms", None, f.steady_p50);
            table.note(format!("{name}, p99"), "ms", None, f.steady_p99);
        }
        table.note("  (half of what the slowest way takes)", "/s", None, rate);
        let added = gateway.steady_p99 - straight.steady_p99;
        table.note(
            "  p99 added by the gateway",
            "ms",
            Some(Bar::AtMost(2.0)),
            added,
        );
        if let Some(nginx) = nginx {
            let by_nginx = nginx.steady_p99 - straight.steady_p99;
            table.note("  p99 added by nginx", "ms", None, by_nginx);
            let bar = Some(Bar::AtMost(0.0));
            table.note("  gateway − nginx", "ms", bar, added - by_nginx);
        }
    }

    async fn other_protocols(&self, bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
        let time = Duration::from_secs(bench.seconds);
        for (protocol, name) in [(Protocol::Web, "gRPC-web"), (Protocol::Json, "JSON")] {
            let door = self.lines(1, protocol)?;
            eager(&door, bench.callers, WARM_UP).await?;
            let calls = good(Way::Gateway, eager(&door, bench.callers, time).await?)?;
            table.note(
                format!("{name} calls through the gateway"),
                "/s",
                None,
                rate(&calls),
            );
        }
        Ok(())
    }

    fn lines(&self, at: usize, protocol: Protocol) -> anyhow::Result<Vec<std::sync::Arc<Line>>> {
        let to = self.ways[at].1.address;
        lines(CONNECTIONS, |_| Line::new(to, LIST, protocol))
    }
}

/// A measurement of calls that fail measures nothing.
fn good(way: Way, samples: Vec<Sample>) -> anyhow::Result<Vec<Sample>> {
    let bad = samples.iter().find(|s| !s.outcome.is_ok());
    match bad {
        Some(bad) => anyhow::bail!("a call {} failed: {:?}", way.told(), bad.outcome),
        None => Ok(samples),
    }
}

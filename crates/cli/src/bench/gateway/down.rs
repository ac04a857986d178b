//! A service that is gone, and one that breaks calls off: what its callers hear, what others feel, and how often it
//! is asked again.
use std::sync::Arc;
use std::time::{Duration, Instant};

use contracts::stream::v1::Position;
use contracts::stream::v1::stream_service_client::StreamServiceClient;
use tonic::Code;

use super::super::Bench;
use super::super::report::{Bar, Table};
use super::figures::{count, slower, took};
use super::load::{Line, Outcome, Protocol, Sample, lines, steady};
use super::service::{COUNT, LIST, Serve};
use super::stage::{Process, Stage, free_address};

const RATE: f64 = 200.0;
/// By then the breaker has opened.
const OPENED: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(20);

/// A service that fails in the course of this, one that does not, and the gateway before both.
pub(super) struct Down {
    failing: Option<Process>,
    traits: Serve,
    _other: Process,
    _gateway: Process,
    callers: Vec<Arc<Line>>,
    others: Vec<Arc<Line>>,
}

impl Down {
    pub(super) async fn open(stage: &Stage) -> anyhow::Result<Self> {
        let traits = Serve::at(free_address()?);
        let failing = stage.service(traits.clone()).await?;
        let other = stage.service(Serve::at(free_address()?)).await?;
        let gateway = stage.gateway(failing.address, other.address, &[]).await?;
        let to = gateway.address;
        Ok(Self {
            callers: lines(4, |_| Line::new(to, LIST, Protocol::Grpc))?,
            others: lines(4, |_| Line::new(to, COUNT, Protocol::Grpc))?,
            failing: Some(failing),
            traits,
            _other: other,
            _gateway: gateway,
        })
    }

    pub(super) async fn round(
        &mut self,
        stage: &Stage,
        bench: &Bench,
        table: &mut Table,
    ) -> anyhow::Result<()> {
        let time = Duration::from_secs(bench.seconds);
        let (_, before) = self.both(time).await?;
        if let Some(failing) = self.failing.take() {
            failing.kill().await;
        }
        let (gone, beside) = self.both(time).await?;
        note_gone(&gone, &before, &beside, table);

        self.failing = Some(stage.service(self.traits.clone()).await?);
        let found = self.found_again().await?;
        table.note(
            "found again after",
            "s",
            Some(Bar::AtMost(5.0)),
            found.as_secs_f64(),
        );

        for (every, name) in [
            (2, "every other call broken off"),
            (1, "every call broken off"),
        ] {
            let asked = self.asked_again(stage, every, time).await?;
            let name = format!("{name}: asked ÷ called");
            table.note(name, "×", Some(Bar::AtMost(1.1)), asked);
        }
        self.restart(stage, 0).await?;
        Ok(())
    }

    /// Calls to both services at once.
    async fn both(&self, time: Duration) -> anyhow::Result<(Vec<Sample>, Vec<Sample>)> {
        tokio::try_join!(
            steady(&self.callers, RATE, time),
            steady(&self.others, RATE, time)
        )
    }

    async fn found_again(&self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        while !self.callers[0].call().await.is_ok() {
            anyhow::ensure!(
                start.elapsed() < PATIENCE,
                "the service was not found again"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(start.elapsed())
    }

    /// Calls that reach a service that breaks so many off, for each that is made.
    async fn asked_again(
        &mut self,
        stage: &Stage,
        every: u64,
        time: Duration,
    ) -> anyhow::Result<f64> {
        self.restart(stage, every).await?;
        let calls = steady(&self.callers, RATE, time).await?;
        Ok(self.arrived().await? / calls.len() as f64)
    }

    /// The failing service anew, breaking every so-manieth call off.
    async fn restart(&mut self, stage: &Stage, every: u64) -> anyhow::Result<()> {
        if let Some(failing) = self.failing.take() {
            failing.kill().await;
        }
        let traits = Serve {
            break_every: every,
            ..self.traits.clone()
        };
        self.failing = Some(stage.service(traits).await?);
        Ok(())
    }

    async fn arrived(&self) -> anyhow::Result<f64> {
        let url = format!("http://{}", self.traits.listen);
        let mut service = StreamServiceClient::connect(url).await?;
        let Position { sequence } = service
            .get_position(contracts::stream::v1::GetPositionRequest {})
            .await?
            .into_inner();
        Ok(sequence as f64)
    }
}

fn note_gone(gone: &[Sample], before: &[Sample], beside: &[Sample], table: &mut Table) {
    let start = gone.iter().map(|s| s.due).min();
    let later = gone
        .iter()
        .filter(|s| Some(s.due) > start.map(|s| s + OPENED));
    let later: Vec<_> = later.copied().collect();
    let unavailable = |o| o == Outcome::Said(Code::Unavailable);
    let told = count(&later, unavailable) as f64 * 100.0 / later.len() as f64;
    table.note(
        "gone: its calls that are UNAVAILABLE",
        "%",
        Some(Bar::AtLeast(100.0)),
        told,
    );
    table.note("  within, p99", "ms", None, took(&later, 99, unavailable));
    let quiet = took(before, 99, Outcome::is_ok);
    table.note("  others' p99 before", "ms", None, quiet);
    let ratio = slower(beside, before);
    let bar = Some(Bar::AtMost(2.0));
    table.note("  others' p99 ÷ before", "×", bar, ratio);
    let failed = count(beside, |o| !o.is_ok()) as f64 * 100.0 / beside.len() as f64;
    table.note(
        "  others' calls failed",
        "%",
        Some(Bar::AtMost(0.0)),
        failed,
    );
}

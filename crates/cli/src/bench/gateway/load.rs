//! Callers. One client for every protocol and every door, so that only what stands behind the door differs.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tonic::Code;

/// A call without any answer is given up after this time.
const PATIENCE: Duration = Duration::from_secs(15);

/// In which protocol a call is made, all over HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Grpc,
    Web,
    Json,
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Answered with this status.
    Said(Code),
    /// Without an answer.
    Broken,
}

impl Outcome {
    pub(super) fn is_ok(self) -> bool {
        self == Self::Said(Code::Ok)
    }
}

/// A call that was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// When it was to be made.
    pub(super) due: Instant,
    /// From then to the last byte of the answer.
    pub(super) took: Duration,
    pub(super) outcome: Outcome,
}

/// A connection, opened again when it breaks.
pub(super) struct Line {
    to: SocketAddr,
    from: IpAddr,
    request: Request<()>,
    body: Bytes,
    protocol: Protocol,
    open: Mutex<Option<SendRequest<Bytes>>>,
}

impl Line {
    /// To a door, for an empty request of this method.
    pub(super) fn new(to: SocketAddr, path: &str, protocol: Protocol) -> anyhow::Result<Self> {
        let (kind, body) = match protocol {
            Protocol::Grpc => ("application/grpc", framed(b"")),
            Protocol::Web => ("application/grpc-web+proto", framed(b"")),
            Protocol::Json => ("application/json", Bytes::from_static(b"{}")),
        };
        let mut request = Request::post(format!("http://{to}{path}")).header("content-type", kind);
        if protocol == Protocol::Grpc {
            request = request.header("te", "trailers");
        }
        Ok(Self {
            to,
            from: Ipv4Addr::LOCALHOST.into(),
            request: request.body(())?,
            body,
            protocol,
            open: Mutex::default(),
        })
    }

    /// The same from another address.
    pub(super) fn from(self, from: IpAddr) -> Self {
        Self { from, ..self }
    }

    /// The same with another body and a header.
    pub(super) fn with(
        mut self,
        body: Bytes,
        name: &'static str,
        value: &str,
    ) -> anyhow::Result<Self> {
        self.request.headers_mut().insert(name, value.parse()?);
        Ok(Self { body, ..self })
    }

    /// Makes a call.
    pub(super) async fn call(&self) -> Outcome {
        match timeout(PATIENCE, self.try_call()).await {
            Ok(Ok(code)) => Outcome::Said(code),
            Ok(Err(error)) => {
                tracing::debug!("a call broke: {error:#}");
                Outcome::Broken
            }
            Err(_) => Outcome::Broken,
        }
    }

    async fn try_call(&self) -> anyhow::Result<Code> {
        let (sender, fresh) = self.sender().await?;
        let mut sender = match sender.ready().await {
            Ok(sender) => sender,
            Err(error) => {
                self.forget();
                // A connection that was closed since the last call is nobody's fault.
                anyhow::ensure!(!fresh, error);
                self.sender().await?.0.ready().await?
            }
        };
        let answered = self.exchange(&mut sender).await;
        if answered.is_err() {
            let broken = sender.ready().await.is_err();
            if broken {
                self.forget();
            }
        }
        answered
    }

    async fn exchange(&self, sender: &mut SendRequest<Bytes>) -> anyhow::Result<Code> {
        let (answer, mut body) = sender.send_request(self.request.clone(), false)?;
        body.send_data(self.body.clone(), true)?;
        let (head, mut body) = answer.await?.into_parts();
        if let Some(code) = status(&head.headers) {
            return Ok(code);
        }
        let mut last = Bytes::new();
        while let Some(data) = body.data().await {
            let data = data?;
            let _ = body.flow_control().release_capacity(data.len());
            // The end of a stream may be a frame of its own, without data.
            if !data.is_empty() {
                last = data;
            }
        }
        Ok(match self.protocol {
            Protocol::Grpc => {
                let trailers = body.trailers().await?;
                trailers.as_ref().and_then(status).context("no status")?
            }
            Protocol::Web => told(&last).context("no status")?,
            Protocol::Json => match head.status.as_u16() {
                200 => Code::Ok,
                429 => Code::ResourceExhausted,
                503 => Code::Unavailable,
                504 => Code::DeadlineExceeded,
                _ => Code::Unknown,
            },
        })
    }

    /// A handle of the connection, and whether it was opened just now.
    async fn sender(&self) -> anyhow::Result<(SendRequest<Bytes>, bool)> {
        let open = self.lock().clone();
        if let Some(sender) = open {
            return Ok((sender, false));
        }
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.from, 0).into())?;
        let stream = socket.connect(self.to).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(1 << 20)
            .initial_connection_window_size(16 << 20)
            .handshake(stream)
            .await?;
        tokio::spawn(connection);
        *self.lock() = Some(sender.clone());
        Ok((sender, true))
    }

    fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SendRequest<Bytes>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message in gRPC's frame.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(5 + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("the bench's messages are small"));
    frame.put_slice(message);
    frame.freeze()
}

fn status(headers: &HeaderMap) -> Option<Code> {
    Some(Code::from_bytes(headers.get("grpc-status")?.as_bytes()))
}

/// The status in the last bytes of a gRPC-web answer.
fn told(last: &[u8]) -> Option<Code> {
    const NAME: &[u8] = b"grpc-status:";
    let at = last.windows(NAME.len()).rposition(|w| w == NAME)?;
    let rest = last[at + NAME.len()..].trim_ascii_start();
    let end = rest.iter().position(|b| !b.is_ascii_digit());
    Some(Code::from_bytes(&rest[..end.unwrap_or(rest.len())]))
}

/// So many connections of a kind.
pub(super) fn lines(
    count: usize,
    line: impl Fn(usize) -> anyhow::Result<Line>,
) -> anyhow::Result<Vec<Arc<Line>>> {
    (0..count).map(|at| line(at).map(Arc::new)).collect()
}

/// Callers who call again as soon as they are answered: `each` on every connection.
pub(super) async fn eager(
    lines: &[Arc<Line>],
    each: usize,
    time: Duration,
) -> anyhow::Result<Vec<Sample>> {
    let until = Instant::now() + time;
    let callers = lines.iter().flat_map(|l| std::iter::repeat_n(l, each));
    let callers = callers.map(|line| {
        let line = line.clone();
        tokio::spawn(async move {
            let mut samples = Vec::new();
            loop {
                let due = Instant::now();
                if due >= until {
                    return samples;
                }
                let outcome = line.call().await;
                if outcome == Outcome::Broken {
                    // Whoever finds the door shut does not knock without a pause.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                let took = due.elapsed();
                samples.push(Sample { due, took, outcome });
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    let mut samples = Vec::new();
    for caller in callers {
        samples.extend(caller.await?);
    }
    Ok(samples)
}

/// Calls at a fixed rate, whether those before were answered or not. What counts is when a call was to be made: a door
/// that keeps its callers waiting does not make them fewer.
pub(super) async fn steady(
    lines: &[Arc<Line>],
    rate: f64,
    time: Duration,
) -> anyhow::Result<Vec<Sample>> {
    let (sent, mut received) = tokio::sync::mpsc::unbounded_channel();
    let (lines, runtime) = (lines.to_vec(), tokio::runtime::Handle::current());
    // A thread, because tokio's clock ticks in milliseconds.
    let pace = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        let calls = (rate * time.as_secs_f64()) as u32;
        for (number, line) in (0..calls).zip(lines.iter().cycle()) {
            let due = start + Duration::from_secs_f64(f64::from(number) / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let (line, sent) = (line.clone(), sent.clone());
            runtime.spawn(async move {
                let outcome = line.call().await;
                let took = due.elapsed();
                // The receiver waits for all.
                let _ = sent.send(Sample { due, took, outcome });
            });
        }
    });
    let mut samples = Vec::new();
    while let Some(sample) = received.recv().await {
        samples.push(sample);
    }
    pace.await?;
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_grpc_web_answer_is_read_from_its_end() {
        assert_eq!(told(b"\x80\0\0\0\x0fgrpc-status: 0\r\n"), Some(Code::Ok));
        assert_eq!(
            told(b"xx\x80\0\0\0\x10grpc-status:14\r\ngrpc-message: x\r\n"),
            Some(Code::Unavailable)
        );
        assert_eq!(told(b"\0\0\0\0\x02ab"), None);
    }

    #[test]
    fn a_message_is_framed_by_its_length() {
        assert_eq!(framed(b"ab")[..], *b"\0\0\0\0\x02ab");
    }
}

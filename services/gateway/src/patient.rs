//! How long a connection may stay silent: before it has said which HTTP it speaks, and while it takes nothing of what it is sent.
//! Everything between is bounded by HTTP's own timeouts.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::flood::Flood;

/// How HTTP/2 begins. What only begins so may still become either HTTP, and nothing else looks at the time until then.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that is given up when it is silent for too long.
pub(crate) struct Patient {
    stream: TcpStream,
    greeting: Option<Greeting>,
    /// Of HTTP/2 alone.
    flood: Option<Flood>,
    stalled: Option<Pin<Box<Sleep>>>,
    patience: Patience,
}

/// What a connection has said so far, and until when it must say more.
struct Greeting {
    said: usize,
    end: Pin<Box<Sleep>>,
}

/// What is known after some bytes.
#[derive(Debug, PartialEq)]
enum Heard<'a> {
    /// Nothing yet.
    Beginning,
    /// It is not HTTP/2.
    Other,
    /// It is HTTP/2, and this came behind the preface.
    Http2(&'a [u8]),
}

impl Greeting {
    fn hear<'a>(&mut self, bytes: &'a [u8]) -> Heard<'a> {
        let expected = &PREFACE[self.said..];
        if let Some(rest) = bytes.strip_prefix(expected) {
            return Heard::Http2(rest);
        }
        if bytes.is_empty() || !expected.starts_with(bytes) {
            return Heard::Other;
        }
        self.said += bytes.len();
        Heard::Beginning
    }
}

/// For how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) greeting: Duration,
    pub(crate) stalled: Duration,
}

impl Patient {
    pub(crate) fn new(stream: TcpStream, patience: Patience) -> Self {
        Self {
            stream,
            greeting: Some(Greeting {
                said: 0,
                end: Box::pin(sleep(patience.greeting)),
            }),
            flood: None,
            stalled: None,
            patience,
        }
    }

    fn wrote<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let patience = self.patience.stalled;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        if stalled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let this = &mut *self;
        let came = &buf.filled()[before..];
        let behind = match &mut this.greeting {
            None => came,
            Some(greeting) => {
                let heard = polled.is_ready().then(|| greeting.hear(came));
                let mut over = greeting.end.as_mut();
                match heard {
                    Some(Heard::Http2(behind)) => {
                        this.greeting = None;
                        this.flood = Some(Flood::new());
                        behind
                    }
                    Some(Heard::Other) => {
                        this.greeting = None;
                        came
                    }
                    None | Some(Heard::Beginning) if over.as_mut().poll(cx).is_ready() => {
                        return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                    }
                    None | Some(Heard::Beginning) => came,
                }
            }
        };
        if this.flood.as_mut().is_some_and(|f| f.comes_with(behind)) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        polled
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_greeting_is_over_when_it_is_whole_or_no_longer_that_of_http_2() {
        let cases: [(&[&[u8]], Heard); 7] = [
            (&[b"P"], Heard::Beginning),
            (&[b"PRI * HTTP/2.0\r\n"], Heard::Beginning),
            (&[b"PRI", b" * HTTP"], Heard::Beginning),
            (&[b"P", b"OST / HTTP/1.1"], Heard::Other),
            (&[b"GET"], Heard::Other),
            (
                &[b"PRI * HTTP/2.0\r\n\r\nSM\r\n", b"\r\n\0\0"],
                Heard::Http2(b"\0\0"),
            ),
            (&[b""], Heard::Other),
        ];
        for (pieces, meant) in cases {
            let mut greeting = Greeting {
                said: 0,
                end: Box::pin(sleep(Duration::from_secs(1))),
            };
            let heard = pieces.iter().map(|p| greeting.hear(p)).last();
            assert_eq!(heard, Some(meant), "{pieces:?}");
        }
    }
}

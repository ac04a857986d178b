//! How long a connection may stay silent: before it has said which HTTP it speaks, and while it takes nothing of what it is sent.
//! Everything between is bounded by HTTP's own timeouts.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How HTTP/2 begins. What only begins so may still become either HTTP, and nothing else looks at the time until then.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that is given up when it is silent for too long.
pub(crate) struct Patient {
    stream: TcpStream,
    greeting: Option<Greeting>,
    stalled: Option<Pin<Box<Sleep>>>,
    patience: Patience,
}

/// What a connection has said so far, and until when it must say more.
struct Greeting {
    said: usize,
    end: Pin<Box<Sleep>>,
}

impl Greeting {
    /// True if after these bytes it is known which HTTP it is.
    fn ends_with(&mut self, bytes: &[u8]) -> bool {
        let expected = &PREFACE[self.said..];
        let same = bytes.iter().zip(expected).take_while(|(a, b)| a == b);
        self.said += same.count();
        bytes.is_empty()
            || self.said == PREFACE.len()
            || bytes.len() > expected.len()
            || !expected.starts_with(bytes)
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
        let Some(greeting) = &mut self.greeting else {
            return polled;
        };
        if polled.is_ready() && greeting.ends_with(&buf.filled()[before..]) {
            self.greeting = None;
        } else if greeting.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
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
        let cases: [(&[&[u8]], bool); 7] = [
            (&[b"P"], false),
            (&[b"PRI * HTTP/2.0\r\n"], false),
            (&[b"PRI", b" * HTTP"], false),
            (&[b"P", b"OST / HTTP/1.1"], true),
            (&[b"GET"], true),
            (&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n", b"\r\n\0\0"], true),
            (&[b""], true),
        ];
        for (pieces, over) in cases {
            let mut greeting = Greeting {
                said: 0,
                end: Box::pin(sleep(Duration::from_secs(1))),
            };
            let mut ended = false;
            for piece in pieces {
                ended = ended || greeting.ends_with(piece);
            }
            assert_eq!(ended, over, "{pieces:?}");
        }
    }
}

//! HTTP/2 by hand, for those who do not keep to it.
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

/// A side that takes nothing for so long will take nothing.
const PATIENCE: Duration = Duration::from_secs(2);
/// After the last byte, an end that was on its way has come by then.
const WAIT: Duration = Duration::from_millis(500);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("payloads are small");
    let mut frame = length.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The head of a gRPC call, in HPACK without Huffman and without the table that changes.
pub(super) fn head(path: &str) -> Vec<u8> {
    // Of the table that is given: `:method: POST` and `:scheme: http`.
    let mut block = vec![0x83, 0x86];
    // … and the names `:path`, `:authority` and `content-type`.
    for (name, value) in [
        (&[0x04_u8][..], path),
        (&[0x01][..], "localhost"),
        (&[0x0f, 0x10][..], "application/grpc"),
    ] {
        block.extend(name);
        text(&mut block, value);
    }
    block.push(0);
    text(&mut block, "te");
    text(&mut block, "trailers");
    block
}

fn text(block: &mut Vec<u8>, text: &str) {
    block.push(u8::try_from(text.len()).expect("names and values are short"));
    block.extend(text.as_bytes());
}

/// Opens a connection from this address.
pub(super) async fn connect(to: SocketAddr, from: IpAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What the other side said in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// GOAWAY with this code.
    Away(u32),
    /// It closed without a word.
    Closed,
}

/// A connection that speaks HTTP/2 and hears what is answered.
pub(super) struct Wire {
    write: OwnedWriteHalf,
    heard: JoinHandle<End>,
    resets: Arc<AtomicU64>,
}

impl Wire {
    pub(super) async fn open(to: SocketAddr, from: IpAddr) -> std::io::Result<Self> {
        let (read, mut write) = connect(to, from).await?.into_split();
        write.write_all(PREFACE).await?;
        write.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
        let resets = Arc::new(AtomicU64::new(0));
        let heard = tokio::spawn(hear(read, resets.clone()));
        Ok(Self {
            write,
            heard,
            resets,
        })
    }

    /// Sends, unless the other side has ended it or takes nothing any more.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = timeout(PATIENCE, self.write.write_all(bytes));
        !self.heard.is_finished() && matches!(sent.await, Ok(Ok(())))
    }

    /// How many streams the other side has reset.
    pub(super) fn resets(&self) -> u64 {
        self.resets.load(Ordering::Relaxed)
    }

    /// How it ended; `None`: the other side holds it still.
    pub(super) async fn end(self) -> Option<End> {
        let heard = timeout(WAIT, self.heard);
        heard.await.ok()?.ok()
    }
}

async fn hear(mut read: OwnedReadHalf, resets: Arc<AtomicU64>) -> End {
    let mut end = End::Closed;
    let mut payload = Vec::new();
    loop {
        let mut head = [0; 9];
        if read.read_exact(&mut head).await.is_err() {
            return end;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        payload.resize(length, 0);
        if read.read_exact(&mut payload).await.is_err() {
            return end;
        }
        match (head[3], payload.get(4..8)) {
            (GOAWAY, Some(code)) => {
                let code = u32::from_be_bytes([code[0], code[1], code[2], code[3]]);
                end = End::Away(code);
            }
            (RESET, _) => {
                resets.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_begins_with_its_length_kind_flags_and_stream() {
        assert_eq!(
            frame(DATA, END_STREAM, 3, b"ab"),
            [0, 0, 2, 0, 1, 0, 0, 0, 3, b'a', b'b']
        );
    }

    #[test]
    fn a_head_has_its_values_with_their_lengths() {
        let block = head("/a.B/C");
        assert_eq!(block[..4], [0x83, 0x86, 0x04, 6]);
        assert_eq!(block[4..10], *b"/a.B/C");
        assert!(block.ends_with(b"\x02te\x08trailers"));
    }
}

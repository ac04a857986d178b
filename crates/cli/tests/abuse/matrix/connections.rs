//! Rows 19–22: connections that flood or stall, in frames of HTTP/2 made by hand.
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::framing::search;
use super::trial::{Holds, Row, Trial};
use super::wire::{framed, path};

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 4] = [
    Row { number: 19, input: "a flood of CONTINUATION frames", holds: Holds::NoTrace(|t| continuations(t).boxed_local()) },
    Row { number: 20, input: "calls taken back as soon as they are made", holds: Holds::NoTrace(|t| rapid_reset(t).boxed_local()) },
    Row { number: 21, input: "a flood of SETTINGS and PING, answers never let out", holds: Holds::Slowly(|t| floods(t).boxed_local()) },
    Row { number: 22, input: "heads and bodies at a byte a second, silent sockets", holds: Holds::Slowly(|t| stalling(t).boxed_local()) },
];

/// The server is patient for 30 s, and for 10 more with who still sends what it has refused. A busy machine gets as long
/// again.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nobody is let send more than this while reading nothing: what sockets hold, and some.
const MOST_UNREAD: usize = 32 << 20;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ENHANCE_YOUR_CALM: u32 = 11;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("small").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// How HTTP/2 begins, with these settings.
fn hello(settings: &[u8]) -> Vec<u8> {
    [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        &frame(SETTINGS, 0, 0, settings),
    ]
    .concat()
}

/// The head of a good call: POST and http from HPACK's table, the rest as literals.
fn head(mark: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = u8::try_from(text.len()).expect("short");
        [&[length], text.as_bytes()].concat()
    };
    let path = text(&format!("/{}", path("search/Search")));
    let kind = text("application/grpc");
    let note = [text("x-note"), text(mark)].concat();
    let name = |n: &[u8], value: &[u8]| [n, value].concat();
    [
        vec![0x83, 0x86],
        name(&[0x04], &path),
        name(&[0x01], &text("x")),
        name(&[0x0F, 0x10], &kind),
        name(&[0x00], &note),
    ]
    .concat()
}

/// A connection that says what it is sent while others write to it.
struct Wire {
    write: tokio::net::tcp::OwnedWriteHalf,
    read: JoinHandle<Heard>,
}

/// What a connection heard until it was closed.
#[derive(Debug, Default)]
struct Heard {
    goaway: Option<u32>,
    resets: usize,
}

impl Wire {
    async fn open(t: &Trial<'_>) -> Self {
        let stream = TcpStream::connect(&t.stage.address)
            .await
            .expect("it listens");
        let (read, write) = stream.into_split();
        Self {
            write,
            read: tokio::spawn(listen(read)),
        }
    }

    /// Sends the same again and again; says how often it could before it was cut off.
    async fn flood(&mut self, most: usize, bytes: impl Fn(usize) -> Vec<u8>) -> usize {
        for n in 0..most {
            if self.write.write_all(&bytes(n)).await.is_err() {
                return n;
            }
        }
        most
    }

    /// Waits until the other side closes it.
    async fn closed(self) -> Option<Heard> {
        let _write = self.write;
        timeout(PATIENCE, self.read).await.ok()?.ok()
    }
}

async fn listen(mut read: OwnedReadHalf) -> Heard {
    let mut heard = Heard::default();
    let mut bytes = Vec::new();
    while let Ok(1..) = read.read_buf(&mut bytes).await {
        while bytes.len() >= 9 {
            let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
            if bytes.len() < 9 + length {
                break;
            }
            let whole: Vec<u8> = bytes.drain(..9 + length).collect();
            match whole[3] {
                GOAWAY => {
                    let code = whole[13..17].try_into().expect("four bytes");
                    heard.goaway = Some(u32::from_be_bytes(code));
                }
                RST_STREAM => heard.resets += 1,
                _ => {}
            }
        }
    }
    heard
}

fn calmed(t: &Trial<'_>, what: &str, heard: Option<Heard>) {
    let calm = |h: &Heard| h.goaway.is_none_or(|code| code == ENHANCE_YOUR_CALM);
    // The last frame can be lost when a connection is closed under a flood.
    if !heard.as_ref().is_some_and(calm) {
        t.note(format!("{what} is not told to calm down: {heard:?}"));
    }
}

async fn continuations(t: &Trial<'_>) {
    let note = format!("{:0>110}", t.mark);
    let literal = [&[0x00, 6][..], b"x-note", &[110], note.as_bytes()].concat();
    let mut wire = Wire::open(t).await;
    let first = [hello(&[]), frame(HEADERS, 0, 1, &head(&t.mark))].concat();
    let _ = wire.write.write_all(&first).await;
    let more = frame(CONTINUATION, 0, 1, &literal.repeat(8));
    let sent = wire.flood(100_000, |_| more.clone()).await;
    t.holds("the flood is cut off", sent < 100_000);
    calmed(t, "the flood", wire.closed().await);
}

async fn rapid_reset(t: &Trial<'_>) {
    let head = head(&t.mark);
    for (how, pause) in [("at once", 0), ("one by one", 1)] {
        let mut wire = Wire::open(t).await;
        let _ = wire.write.write_all(&hello(&[])).await;
        let most = if pause == 0 { 20_000 } else { 2_000 };
        let mut opened = 0;
        while opened < most {
            let stream = u32::try_from(2 * opened + 1).expect("small");
            let both = [
                frame(HEADERS, END_HEADERS, stream, &head),
                frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()),
            ];
            if wire.write.write_all(&both.concat()).await.is_err() {
                break;
            }
            opened += 1;
            if pause > 0 {
                sleep(Duration::from_millis(pause)).await;
            }
        }
        t.holds(&format!("who resets {how} is cut off"), opened < most);
        calmed(t, how, wire.closed().await);
    }
}

async fn floods(t: &Trial<'_>) {
    let ping = frame(PING, 0, 0, &t.mark.as_bytes()[..8]);
    let settings = frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]);
    tokio::join!(
        unread(t, "PING", &ping),
        unread(t, "SETTINGS", &settings),
        nothing_let_out(t)
    );
}

/// Floods and never reads what it is answered.
async fn unread(t: &Trial<'_>, what: &str, frame: &[u8]) {
    let mut stream = TcpStream::connect(&t.stage.address)
        .await
        .expect("it listens");
    let _ = stream.write_all(&hello(&[])).await;
    let many = frame.repeat(1000);
    let mut sent = 0;
    let flood = async {
        while sent < MOST_UNREAD && stream.write_all(&many).await.is_ok() {
            sent += many.len();
        }
    };
    let ended = timeout(PATIENCE, flood).await.is_ok();
    t.holds(
        &format!("{what} is not taken without end"),
        sent < MOST_UNREAD,
    );
    t.holds(&format!("who floods with {what} is cut off"), ended);
}

/// Calls a hundred times, says that it is alive, and lets no byte of the answers out.
async fn nothing_let_out(t: &Trial<'_>) {
    let stream = TcpStream::connect(&t.stage.address)
        .await
        .expect("it listens");
    let (mut read, mut write) = stream.into_split();
    let window_0 = [0, 4, 0, 0, 0, 0];
    let _ = write.write_all(&hello(&window_0)).await;
    let message = framed(0, &search(&t.mark));
    for n in 0..100 {
        let call = [
            frame(HEADERS, END_HEADERS, 2 * n + 1, &head(&t.mark)),
            frame(DATA, END_STREAM, 2 * n + 1, &message),
        ];
        let _ = write.write_all(&call.concat()).await;
    }
    let began = Instant::now();
    let answering = async {
        let (mut bytes, mut ended) = (Vec::new(), 0);
        while ended < 100 {
            let Ok(1..) = read.read_buf(&mut bytes).await else {
                return;
            };
            while bytes.len() >= 9 {
                let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
                if bytes.len() < 9 + length {
                    break;
                }
                let whole: Vec<u8> = bytes.drain(..9 + length).collect();
                if whole[3] == PING && whole[4] & ACK == 0 {
                    let _ = write.write_all(&frame(PING, ACK, 0, &whole[9..])).await;
                }
                // A stream ends by a reset, or by trailers, which no window holds back.
                let ends =
                    whole[3] == RST_STREAM || whole[3] == HEADERS && whole[4] & END_STREAM != 0;
                ended += usize::from(ends);
            }
        }
    };
    let ended = timeout(PATIENCE, answering).await.is_ok();
    t.holds(
        &format!(
            "answers that are never let out are given up ({:?})",
            began.elapsed()
        ),
        ended,
    );
}

async fn stalling(t: &Trial<'_>) {
    let mark = &t.mark;
    let json = format!(
        "POST /{} HTTP/1.1\r\nhost: x\r\nx-note: {mark}\r\ncontent-type: application/json\r\n",
        path("search/Search")
    );
    let long = format!("{json}content-length: 1000\r\n\r\n{{\"query\": \"{mark}");
    let head = frame(HEADERS, END_HEADERS, 1, &head(mark));
    let message = frame(DATA, 0, 1, &framed(0, &search(mark))[..7]);
    let cases: [(&str, Vec<u8>, Option<u8>); 8] = [
        ("silent", vec![], None),
        ("half a greeting", b"PRI * HT".to_vec(), None),
        ("half a head", json.clone().into_bytes(), None),
        ("a slow head", json.into_bytes(), Some(b'x')),
        ("half a body", long.clone().into_bytes(), None),
        ("a slow body", long.into_bytes(), Some(b'a')),
        (
            "half a call by HTTP/2",
            [hello(&[]), head.clone(), message].concat(),
            None,
        ),
        (
            "a slow frame of HTTP/2",
            [hello(&[]), frame(DATA, 0, 0, &[0; 999])[..9].to_vec()].concat(),
            Some(0),
        ),
    ];
    let each = cases.iter().map(async |(what, first, drip)| {
        let began = Instant::now();
        let closed = timeout(PATIENCE, until_closed(t, first, *drip)).await;
        t.holds(
            &format!("{what} is given up ({:?})", began.elapsed()),
            closed.is_ok(),
        );
    });
    join_all(each).await;
}

/// Sends this, then this byte each second, until the connection is closed.
async fn until_closed(t: &Trial<'_>, first: &[u8], drip: Option<u8>) {
    let stream = TcpStream::connect(&t.stage.address)
        .await
        .expect("it listens");
    let (mut read, mut write) = stream.into_split();
    let _ = write.write_all(first).await;
    let dripping = async {
        loop {
            sleep(Duration::from_secs(1)).await;
            if let Some(byte) = drip
                && write.write_all(&[byte]).await.is_err()
            {
                return;
            }
        }
    };
    let closed = async {
        let mut told = Vec::new();
        while let Ok(1..) = read.read_buf(&mut told).await {}
    };
    tokio::select! {
        () = dripping => {}
        () = closed => {}
    }
}

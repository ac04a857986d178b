//! Rows 1–10: messages in gRPC's frames, whole or not.
use std::io::Write;

use bytes::Bytes;
use contracts::search::v1::SearchRequest;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::FutureExt;
use prost::Message;
use tonic::Code;

use super::trial::{Expect, Holds, Row, Trial};
use super::wire::{FRAMED, WIRES, Wire, framed};

const SEARCH: &str = "search/Search";

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 10] = [
    Row { number: 1, input: "an empty body", holds: Holds::NoTrace(|t| nothing(t).boxed_local()) },
    Row { number: 2, input: "a frame of 4 GiB announced", holds: Holds::NoTrace(|t| four_gibibytes(t).boxed_local()) },
    Row { number: 3, input: "a frame longer than the body", holds: Holds::NoTrace(|t| cut_off(t).boxed_local()) },
    Row { number: 4, input: "two messages where one belongs", holds: Holds::NoTrace(|t| two_messages(t).boxed_local()) },
    Row { number: 5, input: "reserved flags", holds: Holds::NoTrace(|t| reserved_flags(t).boxed_local()) },
    Row { number: 6, input: "the compressed flag without an encoding", holds: Holds::NoTrace(|t| compressed_how(t).boxed_local()) },
    Row { number: 7, input: "a gzip bomb", holds: Holds::NoTrace(|t| bomb(t).boxed_local()) },
    Row { number: 8, input: "an unknown grpc-encoding", holds: Holds::NoTrace(|t| unknown_encoding(t).boxed_local()) },
    Row { number: 9, input: "bad base64 in grpc-web-text", holds: Holds::NoTrace(|t| bad_base64(t).boxed_local()) },
    Row { number: 10, input: "a body byte by byte", holds: Holds::NoTrace(|t| byte_by_byte(t).boxed_local()) },
];

/// A question that everybody may ask.
pub(crate) fn search(query: &str) -> Vec<u8> {
    let request = SearchRequest {
        query: query.to_owned(),
        ..Default::default()
    };
    request.encode_to_vec()
}

async fn nothing(t: &Trial<'_>) {
    let expect = Expect::Code(Code::Unimplemented);
    for wire in FRAMED {
        let asking = wire.asking(SEARCH, Bytes::new()).with("x-note", &t.mark);
        t.told(&format!("{wire:?}"), asking, expect).await;
    }
}

async fn four_gibibytes(t: &Trial<'_>) {
    let before = peak_of_memory();
    let head = [&[0, 0xFF, 0xFF, 0xFF, 0xFF][..], t.mark.as_bytes()].concat();
    for wire in FRAMED {
        // The rest never comes: the answer cannot wait for it. The text form is judged when it is whole.
        let mut asking = wire.framed(SEARCH, &head);
        asking.unfinished = wire != Wire::Text;
        let expect = Expect::Code(Code::ResourceExhausted);
        t.told(&format!("{wire:?}"), asking, expect).await;
    }
    t.holds(
        "no room is made for it",
        peak_of_memory() - before < 1 << 20,
    );
}

/// The most address space that this process ever had, in KiB.
fn peak_of_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find_map(|l| l.strip_prefix("VmPeak:"));
    let size = line.and_then(|l| l.trim().split(' ').next()?.parse().ok());
    size.expect("a number of KiB")
}

async fn cut_off(t: &Trial<'_>) {
    let whole = framed(0, &search(&t.mark));
    for wire in FRAMED {
        for left in [3, 5, whole.len() - 1] {
            let asking = wire.framed(SEARCH, &whole[..left]);
            let expect = Expect::Code(Code::Internal);
            t.told(&format!("{left} bytes by {wire:?}"), asking, expect)
                .await;
        }
    }
}

async fn two_messages(t: &Trial<'_>) {
    let twice = framed(0, &search(&t.mark)).repeat(2);
    for wire in FRAMED {
        let asking = wire.framed(SEARCH, &twice);
        let expect = Expect::Code(Code::Unimplemented);
        t.told(&format!("{wire:?}"), asking, expect).await;
    }
}

async fn reserved_flags(t: &Trial<'_>) {
    for bit in 1..8 {
        for wire in FRAMED {
            let asking = wire.framed(SEARCH, &framed(1 << bit, &search(&t.mark)));
            let expect = Expect::Code(Code::Internal);
            t.told(&format!("bit {bit} by {wire:?}"), asking, expect)
                .await;
        }
    }
}

async fn compressed_how(t: &Trial<'_>) {
    for wire in FRAMED {
        for asking in [
            wire.framed(SEARCH, &framed(1, &search(&t.mark))),
            wire.framed(SEARCH, &framed(1, &gzip(&search(&t.mark))))
                .with("grpc-encoding", "identity"),
        ] {
            let expect = Expect::Code(Code::Internal);
            t.told(&format!("{wire:?}"), asking, expect).await;
        }
    }
}

async fn bomb(t: &Trial<'_>) {
    // The mark, and then a thousand times as much as is sent.
    let mut plain = search(&t.mark);
    plain.resize(16 << 20, 0);
    let bomb = gzip(&plain);
    t.holds("it is small", bomb.len() < 64 << 10);
    // What gzip itself says of the size stands in its last four bytes, and need not be true.
    let mut lying = bomb.clone();
    let end = lying.len() - 4;
    lying[end..].copy_from_slice(&100u32.to_le_bytes());
    let expect = Expect::Code(Code::ResourceExhausted);
    for wire in FRAMED {
        for (how, bomb) in [("honest", &bomb), ("lying", &lying)] {
            let asking = wire.framed(SEARCH, &framed(1, bomb));
            let asking = asking.with("grpc-encoding", "gzip");
            t.told(&format!("{how} by {wire:?}"), asking, expect).await;
        }
    }
    let text = format!("{{\"query\": \"{}{}\"}}", t.mark, " ".repeat(16 << 20));
    let asking = Wire::Json.asking(SEARCH, gzip(text.as_bytes()));
    t.told("Json", asking.with("content-encoding", "gzip"), expect)
        .await;
    for wire in FRAMED {
        let asking = wire.framed(SEARCH, &framed(1, &gzip(&search(&t.mark))));
        let asking = asking.with("grpc-encoding", "gzip");
        t.told(&format!("no bomb by {wire:?}"), asking, Expect::Fine)
            .await;
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).expect("written to memory");
    encoder.finish().expect("written to memory")
}

async fn unknown_encoding(t: &Trial<'_>) {
    for wire in FRAMED {
        for flags in [0, 1] {
            let asking = wire.framed(SEARCH, &framed(flags, &search(&t.mark)));
            let asking = asking.with("grpc-encoding", "snappy");
            let what = format!("flag {flags} by {wire:?}");
            let expect = Expect::Code(Code::Unimplemented);
            let told = t.told(&what, asking, expect).await;
            let accepted = told.and_then(|t| t.headers.get("grpc-accept-encoding").cloned());
            let gzip = accepted.is_some_and(|a| a.to_str().is_ok_and(|a| a.contains("gzip")));
            t.holds(&format!("{what} is told what is accepted"), gzip);
        }
    }
    let asking = Wire::Json.asking(SEARCH, format!("{{\"query\": \"{}\"}}", t.mark));
    let asking = asking.with("content-encoding", "snappy");
    t.told("Json", asking, Expect::Code(Code::Unimplemented))
        .await;
}

async fn bad_base64(t: &Trial<'_>) {
    let expect = Expect::Code(Code::Internal);
    for text in [
        "A",
        "AAAAAA",
        "!!!!",
        "AA=A",
        "=AAA",
        "AAAA====",
        "AAAAA\nAA",
    ] {
        let asking = Wire::Text.asking(SEARCH, text.to_owned());
        let asking = asking.with("x-note", &t.mark);
        t.told(&format!("{text:?}"), asking, expect).await;
    }
    // Clients may encode piece by piece, so that padding stands within.
    let whole = framed(0, &search(&t.mark));
    let pieces = whole.chunks(4).map(|piece| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(piece)
    });
    let asking = Wire::Text.asking(SEARCH, pieces.collect::<String>());
    t.told("padding between pieces", asking, Expect::Fine).await;
}

async fn byte_by_byte(t: &Trial<'_>) {
    for wire in WIRES {
        let asking = match wire {
            Wire::Json => wire.asking(SEARCH, format!("{{\"query\": \"{}\"}}", t.mark)),
            framed_wire => framed_wire.framed(SEARCH, &framed(0, &search(&t.mark))),
        };
        t.told(&format!("{wire:?}"), asking.in_pieces_of(1), Expect::Fine)
            .await;
    }
}

//! Rows 25, 26, 28 and 29: bytes that are no message.
use bytes::Bytes;
use contracts::ticketing::v1::{CreateHouseRequest, GetHouseRequest};
use futures::FutureExt;
use prost::Message;
use prost_reflect::{Kind, MethodDescriptor};
use serde_json::json;
use tonic::{Code, Status};

use super::stage::id;
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::{Wire, framed};
use crate::contract::{self, each_method, valid};
use crate::region::Door;

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 4] = [
    Row { number: 25, input: "messages nested 101 deep, cut short, or none at all", holds: Holds::NoTrace(|t| nested(t).boxed_local()) },
    Row { number: 26, input: "unknown fields of 100 KiB", holds: Holds::NoTrace(|t| unknown_fields(t).boxed_local()) },
    Row { number: 28, input: "texts that are not UTF-8", holds: Holds::NoTrace(|t| not_utf8(t).boxed_local()) },
    Row { number: 29, input: "overlong UTF-8, lone surrogates, U+0000", holds: Holds::NoTrace(|t| odd_utf8(t).boxed_local()) },
];

pub(crate) const MALFORMED: Expect = Expect::Status(Code::InvalidArgument, "MALFORMED_MESSAGE");
const CREATE: &str = "ticketing/CreateHouse";

/// Service-only methods have no door to the outside.
fn doors(method: &MethodDescriptor) -> Vec<Door> {
    if contract::service_only(method) {
        vec![Door::Role]
    } else {
        vec![Door::Gateway, Door::Role]
    }
}

/// Sends bytes to every method of the contract at each of its doors.
async fn every_method(
    t: &Trial<'_>,
    cases: impl Fn(&MethodDescriptor) -> Vec<(&'static str, Bytes, Code)>,
) {
    let region = &t.stage.region;
    let wrong = each_method(async |method| {
        let token = if contract::service_only(&method) {
            region.service()
        } else {
            t.stage.staff.clone()
        };
        let (path, mut wrong) = (contract::path(&method), Vec::new());
        for (case, bytes, code) in cases(&method) {
            for door in doors(&method) {
                let answered = region.call(door, &path, bytes.clone(), Some(&token)).await;
                if answered.as_ref().err().map(Status::code) != Some(code) {
                    wrong.push(format!("{path} at {door:?}, {case}: {answered:?}"));
                }
            }
        }
        wrong
    });
    wrong.await.into_iter().for_each(|w| t.note(w));
}

async fn nested(t: &Trial<'_>) {
    // Groups within groups: an unknown field, so that nothing but the depth is wrong with it.
    let groups = |depth: usize| {
        let text = [&[0xC2, 0x3E, 18][..], &[b'z'; 18]].concat();
        let whole = [[0xC3, 0x3E].repeat(depth), text, [0xC4, 0x3E].repeat(depth)];
        Bytes::from(whole.concat())
    };
    every_method(t, |method| {
        let mut cases = vec![
            ("101 deep", groups(101), Code::InvalidArgument),
            ("200,000 deep", groups(200_000), Code::InvalidArgument),
            (
                "garbage",
                Bytes::from_static(&[0xFF; 40]),
                Code::InvalidArgument,
            ),
            (
                "1 MiB + 1",
                vec![0; (1 << 20) + 1].into(),
                Code::ResourceExhausted,
            ),
        ];
        let mut cut = valid(&method.input(), 0).encode_to_vec();
        if cut.pop().is_some() {
            cases.push(("cut short", cut.into(), Code::InvalidArgument));
        }
        cases
    })
    .await;
    let deep = format!("{{\"query\": {}\"{}\"", "[".repeat(100_000), t.mark);
    let deep = Wire::Json.asking("search/Search", deep);
    t.told("JSON 100,000 deep", deep, MALFORMED).await;
}

async fn unknown_fields(t: &Trial<'_>) {
    let request = GetHouseRequest {
        house_id: t.stage.house.id.clone(),
    };
    let with = |size: usize| {
        let mut bytes = request.encode_to_vec();
        prost::encoding::string::encode(1000, &t.mark.repeat(size / t.mark.len()), &mut bytes);
        bytes
    };
    let plain = Wire::Web.call("ticketing/GetHouse", &request);
    let plain = t.told("without them", plain, Expect::Fine).await;
    let frames = framed(0, &with(100 << 10));
    let more = Wire::Web.framed("ticketing/GetHouse", &frames);
    let more = t.told("100 KiB", more, Expect::Fine).await;
    t.holds(
        "they change nothing",
        plain.map(|p| p.body) == more.map(|m| m.body),
    );
    let frames = framed(0, &with(1 << 21));
    let too_many = Wire::Web.framed("ticketing/GetHouse", &frames);
    let too_large = Expect::Code(Code::ResourceExhausted);
    t.told("2 MiB", too_many, too_large).await;
    // In JSON an unknown name is a mistyped one.
    let body = json!({ "houseId": request.house_id, "house": t.mark });
    let json = Wire::Json.asking("ticketing/GetHouse", body.to_string());
    t.told("JSON", json, MALFORMED).await;
}

/// A house of this name, whatever bytes that is.
fn named(name: &[u8]) -> Vec<u8> {
    let rest = CreateHouseRequest {
        municipality: "1780".to_owned(),
        request_id: id(),
        ..Default::default()
    };
    let length = u8::try_from(name.len()).expect("short");
    [&[0x0A, length][..], name, &rest.encode_to_vec()].concat()
}

async fn not_utf8(t: &Trial<'_>) {
    every_method(t, |method| {
        let first = method.input().get_field(1).map(|f| f.kind());
        let not_utf8 = Bytes::from_static(&[0x0A, 0x02, 0xC3, 0x28]);
        match first {
            Some(Kind::String) => vec![("not UTF-8", not_utf8, Code::InvalidArgument)],
            _ => Vec::new(),
        }
    })
    .await;
    for tail in [&b"\xFF"[..], b"\x80", b"\xC3", b"\xF5\x80\x80\x80"] {
        let name = [t.mark.as_bytes(), tail].concat();
        let asking = Wire::Web.framed(CREATE, &framed(0, &named(&name)));
        t.told(&format!("{tail:X?}"), asking.by(&t.stage.staff), MALFORMED)
            .await;
        let body = [b"{\"name\": \"", &name[..], b"\"}"].concat();
        let asking = Wire::Json.asking(CREATE, body);
        t.told(
            &format!("{tail:X?} in JSON"),
            asking.by(&t.stage.staff),
            MALFORMED,
        )
        .await;
    }
}

async fn odd_utf8(t: &Trial<'_>) {
    let staff = &t.stage.staff;
    for tail in [
        &b"\xC0\xAF"[..],
        b"\xE0\x80\x80",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
    ] {
        let name = [t.mark.as_bytes(), tail].concat();
        let asking = Wire::Web.framed(CREATE, &framed(0, &named(&name)));
        t.told(&format!("{tail:X?}"), asking.by(staff), MALFORMED)
            .await;
    }
    let zero = named(format!("{}\0", t.mark).as_bytes());
    let asking = Wire::Web.framed(CREATE, &framed(0, &zero));
    t.told("U+0000", asking.by(staff), Expect::Field("name"))
        .await;
    for (escaped, expect) in [
        ("\\ud800", MALFORMED),
        ("\\udfff\\ud800", MALFORMED),
        ("\\u0000", Expect::Field("name")),
    ] {
        let body = format!("{{\"name\": \"{}{escaped}\"}}", t.mark);
        let asking = Wire::Json.asking(CREATE, body);
        t.told(escaped, asking.by(staff), expect).await;
    }
}

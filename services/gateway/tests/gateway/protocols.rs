//! What works, the same by every protocol.
use bytes::Bytes;
use http::HeaderValue;
use http_body_util::BodyExt;
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

use crate::caller::{WIRES, Wire, decode_text, web_trailers};
use crate::gateway::Gateway;
use crate::proto;

#[tokio::test]
async fn a_call_comes_back_with_its_message_headers_and_trailers() {
    let gateway = Gateway::start().await;
    let asked = json!({ "number": "9007199254740993", "blob": "AAEC", "mood": "MOOD_GLAD", "at": "2026-11-21T08:00:00Z" });
    for wire in WIRES {
        let reply = wire.call(&gateway, wire.ask(&asked)).await;
        assert_eq!((reply.http, reply.code()), (200, Code::Ok), "{wire:?}");
        assert_eq!(reply.answers.len(), 1, "{wire:?}");
        for field in ["number", "blob", "mood", "at"] {
            assert_eq!(reply.answers[0][field], asked[field], "{wire:?} {field}");
        }
        assert_eq!(reply.headers["x-leading"], "first", "{wire:?}");
        let trailing = if wire == Wire::Json {
            &reply.headers["trailer-x-trailing"]
        } else {
            &reply.trailers["x-trailing"]
        };
        assert_eq!(trailing, "last", "{wire:?}");
    }
}

#[tokio::test]
async fn an_error_comes_back_with_its_message_and_details() {
    let gateway = Gateway::start().await;
    for how in ["fail", "fail_late"] {
        for wire in WIRES {
            let reply = wire.call(&gateway, wire.ask(&json!({ "how": how }))).await;
            assert_eq!(reply.code(), Code::NotFound, "{wire:?} {how}");
            assert_eq!(
                reply.http,
                if wire == Wire::Json { 404 } else { 200 },
                "{wire:?} {how}"
            );
            assert_eq!(
                reply.status.message(),
                "there is no such probe: å",
                "{wire:?} {how}"
            );
            assert_eq!(reply.reason, "NO_PROBE", "{wire:?} {how}");
            let fields = reply.status.get_details_bad_request().expect("the fields");
            assert_eq!(fields.field_violations[0].field, "how", "{wire:?} {how}");
        }
    }
}

#[tokio::test]
async fn json_errors_say_the_details_in_plain_words_too() {
    let gateway = Gateway::start().await;
    let body = Wire::Json
        .open(&gateway, Wire::Json.ask(&json!({ "how": "fail" })))
        .await
        .into_body();
    let body = body.collect().await.expect("whole").to_bytes();
    let error: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let violations = &error["details"]
        .as_array()
        .expect("details")
        .iter()
        .find(|d| d["type"] == "google.rpc.BadRequest");
    assert_eq!(
        violations.expect("the fields")["debug"]["fieldViolations"][0]["description"],
        "says fail"
    );
}

#[tokio::test]
async fn what_does_not_exist_is_unimplemented() {
    let gateway = Gateway::start().await;
    let paths = [
        "/probe.v1.ProbeService/Nothing",
        "/probe.v1.NoService/Ask",
        "/probe.v2.ProbeService/Ask",
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/probe.v1.ProbeService/ask",
    ];
    for path in paths {
        for wire in WIRES {
            let mut asking = wire.ask(&json!({}));
            asking.path = path.to_owned();
            let reply = wire.call(&gateway, asking).await;
            assert_eq!(reply.code(), Code::Unimplemented, "{wire:?} {path}");
            assert!(!reply.status.message().is_empty(), "{wire:?} {path}");
        }
    }
    assert_eq!(gateway.probe.seen(), 0);
}

#[tokio::test]
async fn a_body_in_single_bytes_is_read_as_one() {
    let gateway = Gateway::start().await;
    for wire in WIRES {
        let mut asking = wire.ask(&json!({ "number": "5", "blob": "AAECAwQFBgc=" }));
        let whole: Bytes = asking.pieces.concat().into();
        asking.pieces = whole.chunks(1).map(Bytes::copy_from_slice).collect();
        let reply = wire.call(&gateway, asking).await;
        assert_eq!(reply.answers[0]["number"], "5", "{wire:?}");
    }
}

#[tokio::test]
async fn an_answer_larger_than_all_windows_arrives_whole() {
    let gateway = Gateway::start().await;
    for wire in WIRES {
        let reply = wire
            .call(&gateway, wire.ask(&json!({ "how": "large" })))
            .await;
        assert_eq!(
            reply.answers[0]["blob"].as_str().map(str::len),
            Some(400_000),
            "{wire:?}"
        );
    }
}

#[tokio::test]
async fn a_stream_arrives_message_by_message() {
    let gateway = Gateway::start().await;
    for wire in [Wire::Grpc, Wire::Web, Wire::Text] {
        let mut asking = wire.ask(&json!({ "number": "3" }));
        asking.path = "/probe.v1.ProbeService/Count".to_owned();
        let response = wire.open(&gateway, asking).await;
        assert_eq!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .split('+')
                .next(),
            wire.content_type().split('+').next()
        );
        let mut body = response.into_body();
        for expected in 0..3 {
            // Only now may the service send the next one, so it cannot have been held back.
            gateway.probe.go.add_permits(1);
            let data = body
                .frame()
                .await
                .expect("goes on")
                .expect("whole")
                .into_data()
                .expect("a message");
            let data = if wire == Wire::Text {
                decode_text(&data)
            } else {
                data.to_vec()
            };
            let answer = proto::decode("AskResponse", &proto::frames(&data)[0].1);
            assert_eq!(
                answer["number"].as_str().unwrap_or("0"),
                expected.to_string(),
                "{wire:?}"
            );
        }
        let last = body.frame().await.expect("the end").expect("whole");
        let trailers = match last.into_trailers() {
            Ok(trailers) => trailers,
            Err(frame) => {
                let data = frame.into_data().expect("a frame");
                let data = if wire == Wire::Text {
                    decode_text(&data)
                } else {
                    data.to_vec()
                };
                web_trailers(&proto::frames(&data)[0].1)
            }
        };
        assert_eq!(trailers["grpc-status"], "0", "{wire:?}");
    }
}

#[tokio::test]
async fn json_cannot_carry_a_stream_and_says_what_can() {
    let gateway = Gateway::start().await;
    let mut asking = Wire::Json.ask(&json!({}));
    asking.path = "/probe.v1.ProbeService/Count".to_owned();
    let reply = Wire::Json.call(&gateway, asking).await;
    assert_eq!(reply.reason, "STREAMED_ANSWER");
    assert!(reply.status.message().contains("gRPC-web"));
}

#[tokio::test]
async fn the_service_hears_only_what_a_client_may_say() {
    let gateway = Gateway::start().await;
    let token = gateway.token();
    for wire in WIRES {
        let mut asking = wire.ask(&json!({}));
        let sent = [
            ("authorization", format!("Bearer {token}")),
            ("accept-language", "sv".to_owned()),
            ("x-user-id", "admin".to_owned()),
            ("x-forwarded-for", "9.9.9.9".to_owned()),
            ("cookie", "a=b".to_owned()),
            ("x-tag-bin", "AAE".to_owned()),
            (wire.timeout(), wire.milliseconds(4_000)),
        ];
        for (name, value) in &sent {
            asking
                .headers
                .insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let reply = wire.call(&gateway, asking).await;
        let arrived: Vec<String> =
            serde_json::from_value(reply.answers[0]["headers"].clone()).expect("texts");
        let has = |line: &str| arrived.iter().any(|a| a == line);
        assert!(
            has(&format!("authorization: Bearer {token}")),
            "{wire:?} {arrived:?}"
        );
        assert!(
            has("accept-language: sv") && has("x-tag-bin: AAE"),
            "{wire:?} {arrived:?}"
        );
        assert!(has("x-forwarded-for: 127.0.0.1"), "{wire:?} {arrived:?}");
        assert!(
            !arrived
                .iter()
                .any(|a| a.contains("admin") || a.contains("9.9.9.9") || a.starts_with("cookie")),
            "{wire:?}"
        );
        let left = arrived
            .iter()
            .find_map(|a| a.strip_prefix("grpc-timeout: "))
            .expect("the time left is passed on");
        let left: u64 = left
            .strip_suffix('m')
            .expect("milliseconds")
            .parse()
            .expect("a number");
        assert!((3_000..=4_000).contains(&left), "{wire:?} {left}");
    }
}

#[tokio::test]
async fn json_follows_the_mapping_of_protobuf() {
    let gateway = Gateway::start().await;
    for body in [
        r#"{"number": 7, "mood": 1}"#,
        r#" {"number": "7", "mood": "MOOD_GLAD", "blob": null} "#,
        r#"{"number": 7.0, "mood": "MOOD_GLAD", "at": null}"#,
    ] {
        let reply = Wire::Json.call(&gateway, Wire::Json.asking(body)).await;
        assert_eq!(reply.code(), Code::Ok, "{body}: {:?}", reply.status);
        assert_eq!(reply.answers[0]["number"], "7", "{body}");
        assert_eq!(reply.answers[0]["mood"], "MOOD_GLAD", "{body}");
    }
}

#[tokio::test]
async fn json_works_over_http_2_too() {
    let gateway = Gateway::start().await;
    let asking = Wire::Json.ask(&json!({ "number": "7" }));
    let response = crate::caller::exchange(&gateway, true, asking)
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    let web = crate::caller::exchange(&gateway, true, Wire::Web.ask(&json!({})))
        .await
        .expect("an answer");
    assert_eq!(web.headers()["content-type"], "application/grpc-web+proto");
}

//! Services that are slow, broken, gone and back.
use std::time::{Duration, Instant};

use http::HeaderValue;
use http_body_util::BodyExt;
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

use crate::caller::{Asking, WIRES, Wire, exchange, web_trailers};
use crate::gateway::{Gateway, until};
use crate::proto;

#[tokio::test]
async fn a_call_that_takes_too_long_ends_at_its_deadline() {
    let gateway = Gateway::start_with(|settings, _| settings.deadline_ms = 300).await;
    for how in ["never", "hang"] {
        for wire in WIRES {
            let reply = wire.call(&gateway, wire.ask(&json!({ "how": how }))).await;
            assert_eq!(reply.code(), Code::DeadlineExceeded, "{how} {wire:?}");
            assert!(
                (250..2_000).contains(&reply.took.as_millis()),
                "{how} {wire:?} {:?}",
                reply.took
            );
        }
    }
}

#[tokio::test]
async fn a_client_may_ask_for_less_time_or_more_up_to_the_bound() {
    let gateway = Gateway::start_with(|s, _| (s.deadline_ms, s.max_deadline_ms) = (200, 600)).await;
    let never = json!({ "how": "never" });
    for (wire, name, less, more) in [
        (Wire::Grpc, "grpc-timeout", "50m", "99999999H"),
        (Wire::Web, "grpc-timeout", "50000u", "5S"),
        (Wire::Json, "connect-timeout-ms", "50", "9999999999"),
    ] {
        for (value, expected) in [(less, 50), (more, 600), ("nonsense", 200), ("-1S", 200)] {
            let mut asking = wire.ask(&never);
            asking.headers.insert(name, HeaderValue::from_static(value));
            let reply = wire.call(&gateway, asking).await;
            assert_eq!(reply.code(), Code::DeadlineExceeded, "{wire:?} {value}");
            let took = reply.took.as_millis();
            assert!(
                took >= expected - 10 && took < expected + 1_500,
                "{wire:?} {value}: {took} ms"
            );
        }
    }
    let before = gateway.probe.seen();
    for value in ["0m", "1n"] {
        let mut asking = Wire::Grpc.ask(&json!({}));
        asking
            .headers
            .insert("grpc-timeout", HeaderValue::from_static(value));
        assert_eq!(
            Wire::Grpc.call(&gateway, asking).await.code(),
            Code::DeadlineExceeded,
            "{value}"
        );
    }
    assert_eq!(
        gateway.probe.seen(),
        before,
        "what is too late is not begun"
    );
}

#[tokio::test]
async fn a_stream_ends_at_its_bound() {
    let gateway = Gateway::start_with(|settings, _| settings.max_stream_seconds = 1).await;
    for wire in [Wire::Grpc, Wire::Web, Wire::Text] {
        let reply = wire.call(&gateway, count(wire)).await;
        assert_eq!(reply.code(), Code::DeadlineExceeded, "{wire:?}");
    }
}

fn count(wire: Wire) -> Asking {
    let mut asking = wire.ask(&json!({ "number": "1000" }));
    asking.path = "/probe.v1.ProbeService/Count".to_owned();
    asking
}

#[tokio::test]
async fn an_answer_without_a_proper_end_gets_one() {
    let gateway = Gateway::start().await;
    for (how, code) in [
        ("no_trailers", Code::Unavailable),
        ("reset", Code::Unavailable),
        ("html", Code::Unavailable),
    ] {
        for wire in WIRES {
            let reply = wire.call(&gateway, wire.ask(&json!({ "how": how }))).await;
            assert_eq!(reply.code(), code, "{how} {wire:?}");
        }
    }
}

#[tokio::test]
async fn half_a_message_is_never_taken_for_a_whole_one() {
    let gateway = Gateway::start().await;
    let half = json!({ "how": "half" });
    let reply = Wire::Json.call(&gateway, Wire::Json.ask(&half)).await;
    assert_eq!(reply.code(), Code::Internal);
    for wire in [Wire::Web, Wire::Text] {
        // It breaks off, before or after its head was read.
        if let Ok(response) = exchange(&gateway, false, wire.ask(&half)).await {
            assert!(
                response.into_body().collect().await.is_err(),
                "{wire:?}: the answer ended well"
            );
        }
    }
}

#[tokio::test]
async fn a_service_that_dies_in_the_middle_of_a_stream_is_told_as_unavailable() {
    let mut gateway = Gateway::start().await;
    for wire in [Wire::Grpc, Wire::Web] {
        gateway.probe.go.add_permits(1);
        let mut body = wire.open(&gateway, count(wire)).await.into_body();
        body.frame().await.expect("goes on").expect("a message");
        gateway.probe.kill().await;
        let rest = body.collect().await.expect("it ends properly");
        let trailers = match wire {
            Wire::Grpc => rest.trailers().cloned().expect("trailers"),
            _ => web_trailers(&proto::frames(&rest.to_bytes())[0].1),
        };
        assert_eq!(trailers["grpc-status"], "14", "{wire:?}");
        gateway.probe.revive().await;
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_told_at_once_and_found_again_when_it_is_back() {
    let mut gateway = Gateway::start().await;
    assert_eq!(
        Wire::Web
            .call(&gateway, Wire::Web.ask(&json!({})))
            .await
            .code(),
        Code::Ok
    );
    gateway.probe.kill().await;
    for _ in 0..10 {
        for wire in WIRES {
            let reply = wire.call(&gateway, wire.ask(&json!({}))).await;
            assert_eq!(reply.code(), Code::Unavailable, "{wire:?}");
            assert!(
                reply.took < Duration::from_secs(1),
                "{wire:?} {:?}",
                reply.took
            );
            let retry = reply
                .status
                .get_details_retry_info()
                .and_then(|r| r.retry_delay)
                .expect("when to try again");
            assert!(retry <= Duration::from_millis(500), "{retry:?}");
        }
    }
    gateway.probe.revive().await;
    let began = Instant::now();
    until("the service is found again", async || {
        Wire::Web
            .call(&gateway, Wire::Web.ask(&json!({})))
            .await
            .code()
            == Code::Ok
    })
    .await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_read_survives_a_restart_of_its_service() {
    let mut gateway = Gateway::start().await;
    let read = || {
        let mut asking = Wire::Web.ask(&json!({}));
        asking.path = "/probe.v1.ProbeService/GetAsk".to_owned();
        asking
    };
    for _ in 0..5 {
        assert_eq!(Wire::Web.call(&gateway, read()).await.code(), Code::Ok);
        gateway.probe.kill().await;
        gateway.probe.revive().await;
    }
}

#[tokio::test]
async fn a_read_that_broke_off_is_repeated_and_a_write_is_not() {
    for (method, code, calls) in [("GetAsk", Code::Ok, 2), ("Ask", Code::Unavailable, 1)] {
        let gateway = Gateway::start().await;
        let mut asking = Wire::Web.ask(&json!({ "how": "cut_first" }));
        asking.path = format!("/probe.v1.ProbeService/{method}");
        let reply = Wire::Web.call(&gateway, asking).await;
        assert_eq!(
            (reply.code(), gateway.probe.seen()),
            (code, calls),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_service_that_hangs_is_given_up_and_leaves_the_others_alone() {
    // Accepted by the kernel, answered by nobody.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", mute.local_addr().expect("bound"));
    let gateway = Gateway::start_with(|settings, common| {
        settings.deadline_ms = 2_200;
        common.peers.0.insert("notify".to_owned(), url);
    })
    .await;
    let hung = || {
        let mut asking = Wire::Json.asking("{}");
        asking.path = "/kulturtorg.notify.v1.NotifyService/ListKeptMail".to_owned();
        Wire::Json.call(&gateway, asking)
    };
    let first = futures::future::join_all((0..8).map(|_| hung())).await;
    assert!(first.iter().all(|r| r.code() == Code::DeadlineExceeded));
    let next = hung().await;
    assert_eq!(next.code(), Code::Unavailable);
    assert!(
        next.took < Duration::from_millis(200),
        "at once: {:?}",
        next.took
    );
    let other = Wire::Json.call(&gateway, Wire::Json.ask(&json!({}))).await;
    assert_eq!(other.code(), Code::Ok);
}

#[tokio::test]
async fn other_services_are_served_while_one_is_down() {
    let gateway = Gateway::start_with(|_, common| {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0")
            .expect("a free port")
            .local_addr()
            .expect("bound");
        common
            .peers
            .0
            .insert("notify".to_owned(), format!("http://{nobody}"));
    })
    .await;
    let mut dead = Wire::Json.asking("{}");
    dead.path = "/kulturtorg.notify.v1.NotifyService/ListKeptMail".to_owned();
    assert_eq!(
        Wire::Json.call(&gateway, dead).await.code(),
        Code::Unavailable
    );
    assert_eq!(
        Wire::Json
            .call(&gateway, Wire::Json.ask(&json!({})))
            .await
            .code(),
        Code::Ok
    );
}

#[tokio::test]
async fn when_told_to_stop_it_ends_what_is_under_way_and_returns() {
    let gateway = Gateway::start().await;
    gateway.probe.go.add_permits(1);
    let mut stream = Wire::Web.open(&gateway, count(Wire::Web)).await.into_body();
    stream.frame().await.expect("goes on").expect("a message");
    let slow = json!({ "how": "slow" });
    let call = Wire::Grpc.call(&gateway, Wire::Grpc.ask(&slow));
    let stopping = async {
        until("the slow call has arrived", async || {
            gateway.probe.seen() == 2
        })
        .await;
        gateway.stop.cancel();
    };
    let (reply, ()) = tokio::join!(call, stopping);
    assert_eq!(reply.code(), Code::Ok, "the call under way was answered");
    let rest = stream
        .collect()
        .await
        .expect("the stream ends properly")
        .to_bytes();
    assert_eq!(
        web_trailers(&proto::frames(&rest)[0].1)["grpc-status"],
        "14"
    );
    let ended = tokio::time::timeout(Duration::from_secs(5), gateway.ended)
        .await
        .expect("it returns");
    ended.expect("no panic").expect("no error");
    assert!(
        tokio::net::TcpStream::connect(gateway.address)
            .await
            .is_err(),
        "it listens no more"
    );
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_after_the_drain() {
    let gateway = Gateway::start_with(|_, common| common.server.drain_seconds = 1).await;
    let never = json!({ "how": "never" });
    let stopping = async {
        until("the call has arrived", async || gateway.probe.seen() == 1).await;
        gateway.stop.cancel();
    };
    let call = exchange(&gateway, false, Wire::Web.ask(&never));
    let (cut, ()) = tokio::join!(call, stopping);
    assert!(cut.is_err(), "the connection was closed");
    tokio::time::timeout(Duration::from_secs(3), gateway.ended)
        .await
        .expect("it returns")
        .expect("no panic")
        .expect("no error");
}

//! Too much of anything is refused at once, and what is within bounds is served meanwhile.
use std::time::{Duration, Instant};

use futures::future::join_all;
use http::HeaderValue;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt;

use crate::caller::{WIRES, Wire};
use crate::gateway::{ASK, Gateway, until};
use crate::probe::Probe;

#[tokio::test]
async fn when_all_places_are_taken_the_next_call_is_refused_at_once() {
    let gateway = Gateway::start_with(|settings, common| {
        common.server.max_calls = 8;
        settings.deadline_ms = 2_000;
    })
    .await;
    let never = json!({ "how": "never" });
    let calls = (0..40).map(|n| {
        let wire = WIRES[n % 4];
        wire.call(&gateway, wire.ask(&never))
    });
    let replies = join_all(calls).await;
    let (held, refused): (Vec<_>, Vec<_>) = replies
        .iter()
        .partition(|r| r.code() == Code::DeadlineExceeded);
    // A single service gets half of all places.
    assert_eq!(held.len(), 4);
    for reply in refused {
        assert_eq!(
            (reply.code(), reply.reason.as_str()),
            (Code::ResourceExhausted, "OVERLOADED")
        );
        assert!(
            reply.status.get_details_retry_info().is_some(),
            "it says when to come again"
        );
        assert!(
            held.iter().all(|h| reply.took < h.took),
            "it waited for a place: {:?}",
            reply.took
        );
    }
    let after = Wire::Json.call(&gateway, Wire::Json.ask(&json!({}))).await;
    assert_eq!(after.code(), Code::Ok, "places are given back");
}

#[tokio::test]
async fn a_service_whose_places_are_taken_leaves_the_others_theirs() {
    let other = Probe::start().await;
    let url = other.url();
    let gateway = Gateway::start_with(|_, common| {
        common.server.max_calls = 8;
        common.peers.0.insert("notify".to_owned(), url);
    })
    .await;
    let held = join_all((0..4).map(|_| {
        let never = Wire::Web.ask(&json!({ "how": "never" }));
        Wire::Web.call(&gateway, never)
    }));
    let meanwhile = async {
        until("its places are taken", async || gateway.probe.seen() == 4).await;
        let fifth = Wire::Web.call(&gateway, Wire::Web.ask(&json!({}))).await;
        assert_eq!(fifth.reason, "OVERLOADED");
        let mut theirs = Wire::Web.ask(&json!({ "how": "fail" }));
        theirs.path = "/kulturtorg.notify.v1.NotifyService/ListKeptMail".to_owned();
        assert_eq!(
            Wire::Web.call(&gateway, theirs).await.code(),
            Code::NotFound
        );
    };
    tokio::select! {
        _ = held => panic!("the held calls ended too early"),
        () = meanwhile => {}
    }
}

#[tokio::test]
async fn who_sends_slowly_holds_no_place_of_the_service() {
    let gateway = Gateway::start_with(|_, common| common.server.max_calls = 2).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let head = format!(
            "POST {ASK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
        );
        let mut stream = TcpStream::connect(gateway.address).await.expect("accepted");
        stream.write_all(head.as_bytes()).await.expect("sent");
        slow.push(stream);
    }
    for _ in 0..8 {
        let reply = Wire::Json.call(&gateway, Wire::Json.ask(&json!({}))).await;
        assert_eq!(reply.code(), Code::Ok);
    }
    drop(slow);
}

#[tokio::test]
async fn who_keeps_the_connection_alive_and_takes_no_answer_is_cut_off() {
    let gateway = Gateway::start().await;
    let mut client = RawHttp2::connect(&gateway, &[0, 4, 0, 0, 0, 0]).await;
    let body = Wire::Grpc.ask(&json!({ "number": "7" })).pieces.concat();
    let head = head();
    client.send(1, 4, 1, &head).await;
    client.send(0, 1, 1, &body).await;
    let began = Instant::now();
    while client.send(6, 0, 0, &[0; 8]).await {
        assert!(began.elapsed() < Duration::from_secs(60), "never cut off");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(began.elapsed() > Duration::from_secs(15), "not at once");
    assert_eq!(gateway.probe.seen(), 1);
}

#[tokio::test]
async fn an_account_and_an_address_have_places_of_their_own() {
    let gateway =
        Gateway::start_with(|s, _| (s.calls_per_account, s.calls_per_address) = (1, 3)).await;
    let token = gateway.token();
    let signed_in = |how: &str| {
        let mut asking = Wire::Web.ask(&json!({ "how": how }));
        asking.headers.insert(
            "authorization",
            HeaderValue::from_str(&format!("Bearer {token}")).unwrap(),
        );
        asking
    };
    let first = Wire::Web.call(&gateway, signed_in("slow"));
    let second = async {
        until("the first call has arrived", async || {
            gateway.probe.seen() == 1
        })
        .await;
        Wire::Web.call(&gateway, signed_in("")).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.code(), Code::Ok);
    assert_eq!(
        (second.code(), second.reason.as_str()),
        (Code::ResourceExhausted, "TOO_MANY_CALLS")
    );

    let slow = json!({ "how": "slow" });
    let replies = join_all((0..6).map(|_| Wire::Web.call(&gateway, Wire::Web.ask(&slow)))).await;
    assert!(replies.iter().any(|r| r.reason == "TOO_MANY_CALLS"));
    assert!(replies.iter().filter(|r| r.code() == Code::Ok).count() >= 3);
}

#[tokio::test]
async fn streams_leave_room_for_calls() {
    let gateway = Gateway::start_with(|settings, _| settings.max_streams = 2).await;
    let stream = || {
        let mut asking = Wire::Web.ask(&json!({ "number": "5" }));
        asking.path = "/probe.v1.ProbeService/Count".to_owned();
        asking
    };
    let open = [
        Wire::Web.open(&gateway, stream()).await,
        Wire::Web.open(&gateway, stream()).await,
    ];
    let third = Wire::Web.open(&gateway, stream()).await;
    assert_eq!(third.headers()["grpc-status"], "8", "no third one");
    assert_eq!(
        Wire::Web
            .call(&gateway, Wire::Web.ask(&json!({})))
            .await
            .code(),
        Code::Ok
    );
    drop(open);
    until(
        "a stream that its client left gives its place back",
        async || {
            Wire::Web
                .open(&gateway, stream())
                .await
                .headers()
                .get("grpc-status")
                .is_none()
        },
    )
    .await;
}

#[tokio::test]
async fn connections_of_one_address_are_bounded() {
    let gateway = Gateway::start_with(|settings, _| settings.connections_per_address = 3).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(gateway.address).await.expect("accepted"));
    }
    until("a fourth connection is closed", async || {
        let mut fourth = TcpStream::connect(gateway.address)
            .await
            .expect("the backlog takes it");
        let _ = fourth
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await;
        let mut read = Vec::new();
        let _ = fourth.read_to_end(&mut read).await;
        read.is_empty()
    })
    .await;
    held.pop();
    until("one that ended makes room", async || {
        let mut again = TcpStream::connect(gateway.address)
            .await
            .expect("the backlog takes it");
        let _ = again
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await;
        let mut read = Vec::new();
        let _ = again.read_to_end(&mut read).await;
        read.starts_with(b"HTTP/1.1 200")
    })
    .await;
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let gateway = Gateway::start().await;
    let began = Instant::now();
    let mut silent = TcpStream::connect(gateway.address).await.expect("accepted");
    let mut half = TcpStream::connect(gateway.address).await.expect("accepted");
    half.write_all(b"P").await.expect("sent");
    let mut read = [0; 1];
    for (what, stream) in [("silent", &mut silent), ("half a greeting", &mut half)] {
        let closed = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut read))
            .await
            .expect(what);
        assert!(matches!(closed, Ok(0) | Err(_)), "{what}");
        assert!(
            began.elapsed() >= Duration::from_secs(8),
            "{what}: too early"
        );
    }
    assert_eq!(
        Wire::Json
            .call(&gateway, Wire::Json.ask(&json!({})))
            .await
            .code(),
        Code::Ok
    );
}

#[tokio::test]
async fn a_connection_without_calls_is_asked_to_leave_and_one_with_a_stream_is_not() {
    let gateway = Gateway::start_with(|settings, _| settings.idle_seconds = 1).await;
    let connect = async || {
        let stream = TcpStream::connect(gateway.address).await.expect("accepted");
        let io = hyper_util::rt::TokioIo::new(stream);
        let executor = hyper_util::rt::TokioExecutor::new();
        hyper::client::conn::http2::handshake(executor, io)
            .await
            .expect("HTTP/2")
    };
    let (mut sender, connection) = connect().await;
    let busy = tokio::spawn(connection);
    let count = http::Request::post(format!(
        "http://{}/probe.v1.ProbeService/Count",
        gateway.address
    ));
    let count = count.header("content-type", "application/grpc");
    let asked = Wire::Grpc.ask(&json!({ "number": "5" })).pieces.concat();
    let count = count.body(http_body_util::Full::new(bytes::Bytes::from(asked)));
    let stream = sender.send_request(count.expect("a request")).await;

    let (_sender, connection) = connect().await;
    let quiet = tokio::time::timeout(Duration::from_secs(10), connection).await;
    quiet.expect("asked to leave").expect("in good order");
    assert!(!busy.is_finished(), "the stream goes on");
    drop(stream);
}

/// A client that writes HTTP/2 frame by frame and never looks at what comes back.
struct RawHttp2(tokio::net::tcp::OwnedWriteHalf);

impl RawHttp2 {
    async fn connect(gateway: &Gateway, settings: &[u8]) -> Self {
        let stream = TcpStream::connect(gateway.address).await.expect("accepted");
        let (mut read, mut write) = stream.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut read, &mut tokio::io::sink()).await });
        write
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .expect("sent");
        let mut client = Self(write);
        assert!(client.send(4, 0, 0, settings).await);
        client
    }

    /// Sends a frame. False: the gateway has closed the connection.
    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let frame = frame(kind, flags, stream, payload);
        self.0.write_all(&frame).await.is_ok()
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("small").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// HPACK: POST and http from the static table, then :path, :authority and content-type as literals.
fn head() -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    [
        &[0x83, 0x86, 0x04][..],
        &text(ASK),
        &[0x01],
        &text("x"),
        &[0x0f, 0x10],
        &text("application/grpc"),
    ]
    .concat()
}

/// Opens streams and takes them back, `at_once` before each pause; says how many of `most` the gateway put up with.
async fn open_and_reset(gateway: &Gateway, most: usize, at_once: usize) -> usize {
    let mut client = RawHttp2::connect(gateway, &[]).await;
    let head = head();
    for opened in 0..most {
        let stream = u32::try_from(2 * opened + 1).expect("small");
        let both = [
            frame(1, 4, stream, &head),
            frame(3, 0, stream, &8u32.to_be_bytes()),
        ]
        .concat();
        if client.0.write_all(&both).await.is_err() {
            return opened;
        }
        if opened % at_once == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    most
}

#[tokio::test]
async fn who_opens_streams_only_to_take_them_back_is_cut_off() {
    let gateway = Gateway::start().await;
    for (most, at_once) in [(1_000, 1), (10_000, 1_000)] {
        let opened = open_and_reset(&gateway, most, at_once).await;
        assert!(opened < most, "{at_once} at once");
    }
    assert_eq!(gateway.probe.seen(), 0);
    assert_eq!(
        Wire::Grpc
            .call(&gateway, Wire::Grpc.ask(&json!({})))
            .await
            .code(),
        Code::Ok
    );
}

#[tokio::test]
async fn headers_without_an_end_are_cut_off() {
    let gateway = Gateway::start().await;
    let mut client = RawHttp2::connect(&gateway, &[]).await;
    // HEADERS without END_HEADERS, then CONTINUATION for ever, each with a header of its own.
    client.send(1, 0, 1, &head()).await;
    let header = [
        &[0x00, 0x03][..],
        b"x-a",
        &[0x7f, 0x81, 0x07],
        &[b'a'; 1024],
    ]
    .concat();
    let mut sent = 0;
    while client.send(9, 0, 1, &header).await {
        sent += 1;
        assert!(sent < 10_000, "10 MB of headers were put up with");
    }
    let reply = Wire::Grpc.call(&gateway, Wire::Grpc.ask(&json!({}))).await;
    assert_eq!(reply.code(), Code::Ok);
    assert_eq!(gateway.probe.seen(), 1);
}

#[tokio::test]
async fn who_only_sends_frames_that_carry_nothing_is_cut_off() {
    let gateway = Gateway::start().await;
    for (kind, flags, payload) in [(6, 0, &[0; 8][..]), (4, 0, &[])] {
        let mut client = RawHttp2::connect(&gateway, &[]).await;
        let mut sent = 0;
        while client.send(kind, flags, 0, payload).await {
            sent += 1;
            assert!(sent < 1_000_000, "frames of kind {kind} were put up with");
        }
    }
    let reply = Wire::Grpc.call(&gateway, Wire::Grpc.ask(&json!({}))).await;
    assert_eq!(reply.code(), Code::Ok);
}

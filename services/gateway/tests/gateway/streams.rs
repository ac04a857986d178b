//! Streams of requests, which only gRPC's own clients send.
use bytes::Bytes;
use futures::channel::mpsc;
use http::{HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tonic::{Code, Status};

use crate::caller::{Asking, Reply, Wire};
use crate::gateway::Gateway;
use crate::proto;

/// A message in its frame.
fn message(number: i64) -> Bytes {
    let message = json!({ "number": number.to_string() });
    proto::framed(&proto::encode("AskRequest", &message))
}

fn to(method: &str, wire: Wire, pieces: Vec<Bytes>) -> Asking {
    Asking {
        path: format!("/probe.v1.ProbeService/{method}"),
        pieces,
        ..wire.asking("")
    }
}

async fn call(gateway: &Gateway, method: &str, wire: Wire, pieces: Vec<Bytes>) -> Reply {
    wire.call(gateway, to(method, wire, pieces)).await
}

#[tokio::test]
async fn a_stream_of_requests_arrives_whole_however_it_is_cut() {
    let gateway = Gateway::start().await;
    let whole = [message(1), message(20), message(300)].concat();
    for wire in [Wire::Grpc, Wire::Web] {
        for cut in [1, 3, 8, 1000] {
            let pieces = whole.chunks(cut).map(Bytes::copy_from_slice).collect();
            let reply = call(&gateway, "Gather", wire, pieces).await;
            assert_eq!(reply.answers[0]["number"], "321", "{wire:?} {cut}");
            assert_eq!(reply.trailers["x-trailing"], "last", "{wire:?}");
        }
        let nothing = call(&gateway, "Gather", wire, Vec::new()).await;
        assert_eq!(nothing.code(), Code::Ok, "a stream of none");
    }
}

/// A call whose messages a test sends one by one.
struct Talk {
    say: mpsc::UnboundedSender<Result<Frame<Bytes>, std::io::Error>>,
    answers: Incoming,
}

impl Talk {
    async fn begin(gateway: &Gateway) -> Self {
        Self::begin_with(gateway, "5S").await
    }

    async fn begin_with(gateway: &Gateway, timeout: &'static str) -> Self {
        let (say, said) = mpsc::unbounded();
        let mut request = Request::post(format!(
            "http://{}/probe.v1.ProbeService/Chat",
            gateway.address
        ))
        .body(StreamBody::new(said))
        .expect("a request");
        let kind = HeaderValue::from_static("application/grpc");
        request.headers_mut().insert("content-type", kind);
        let timeout = HeaderValue::from_static(timeout);
        request.headers_mut().insert("grpc-timeout", timeout);
        let stream = TcpStream::connect(gateway.address).await.expect("accepted");
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .expect("HTTP/2");
        tokio::spawn(connection);
        let answers = sender.send_request(request).await.expect("an answer");
        Self {
            say,
            answers: answers.into_body(),
        }
    }

    fn send(&self, bytes: Bytes) {
        self.say
            .unbounded_send(Ok(Frame::data(bytes)))
            .expect("still open");
    }

    async fn next(&mut self) -> Result<Value, Status> {
        let frame = self.answers.frame().await.expect("goes on").expect("whole");
        match frame.into_data() {
            Ok(data) => Ok(proto::decode("AskResponse", &proto::frames(&data)[0].1)),
            Err(frame) => {
                let trailers = frame.into_trailers().expect("trailers");
                Err(Status::from_header_map(&trailers).expect("a status"))
            }
        }
    }
}

#[tokio::test]
async fn both_sides_may_talk_in_turns() {
    let gateway = Gateway::start().await;
    let mut talk = Talk::begin(&gateway).await;
    for number in 1..=3 {
        // The next message is only sent once this one was answered, so none of them was held back.
        talk.send(message(number));
        let answer = talk.next().await.expect("an answer");
        assert_eq!(answer["number"], number.to_string());
    }
    talk.say.close_channel();
    let ended = talk.next().await.expect_err("the end");
    assert_eq!(ended.code(), Code::Ok);
}

#[tokio::test]
async fn what_is_wrong_in_a_stream_ends_it_with_the_reason_and_is_not_the_services_fault() {
    let gateway = Gateway::start().await;
    let mebi = 1 << 20;
    let cases: [(&str, Bytes, Code); 5] = [
        (
            "too large",
            proto::framed(&vec![0; mebi + 1]),
            Code::ResourceExhausted,
        ),
        (
            "4 GiB announced",
            Bytes::from_static(&[0, 255, 255, 255, 255]),
            Code::ResourceExhausted,
        ),
        (
            "half a message",
            Bytes::from_static(&[0, 0, 0, 0, 9, 1]),
            Code::Internal,
        ),
        (
            "flags that nobody knows",
            Bytes::from_static(&[4, 0, 0, 0, 0]),
            Code::Internal,
        ),
        (
            "packed without a coding",
            Bytes::from_static(&[1, 0, 0, 0, 0]),
            Code::Internal,
        ),
    ];
    for (what, bytes, code) in cases {
        for method in ["Gather", "Chat"] {
            let reply = call(
                &gateway,
                method,
                Wire::Grpc,
                vec![message(1), bytes.clone()],
            )
            .await;
            assert_eq!(reply.code(), code, "{what} to {method}");
        }
    }
    let good = call(&gateway, "Gather", Wire::Grpc, vec![message(1)]).await;
    assert_eq!(good.code(), Code::Ok, "the breaker is closed");
}

#[tokio::test]
async fn a_stream_is_judged_while_it_is_answered() {
    let gateway = Gateway::start().await;
    let mut talk = Talk::begin(&gateway).await;
    talk.send(message(1));
    talk.next().await.expect("an answer");
    talk.send(Bytes::from_static(&[4, 0, 0, 0, 0]));
    let ended = talk.next().await.expect_err("a refusal");
    assert_eq!(ended.code(), Code::Internal);
}

#[tokio::test]
async fn each_message_of_a_stream_may_be_packed() {
    use std::io::Write as _;
    let gateway = Gateway::start().await;
    let packed = |number: i64| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let message = json!({ "number": number.to_string() });
        let message = proto::encode("AskRequest", &message);
        encoder.write_all(&message).expect("packed");
        let mut frame = proto::framed(&encoder.finish().expect("packed")).to_vec();
        frame[0] = 1;
        Bytes::from(frame)
    };
    let mut asking = to(
        "Gather",
        Wire::Grpc,
        vec![packed(1), message(20), packed(300)],
    );
    let gzip = HeaderValue::from_static("gzip");
    asking.headers.insert("grpc-encoding", gzip);
    let reply = Wire::Grpc.call(&gateway, asking).await;
    assert_eq!(reply.answers[0]["number"], "321");
}

#[tokio::test]
async fn a_stream_of_requests_is_not_repeated_and_ends_at_its_deadline() {
    let gateway = Gateway::start().await;
    let mut asking = to("Gather", Wire::Grpc, vec![message(1)]);
    asking.breaks = true;
    // The client has gone; the service must not take what came for the whole.
    let broken = crate::caller::exchange(&gateway, true, asking).await;
    assert!(broken.is_err(), "{broken:?}");
    let mut talk = Talk::begin_with(&gateway, "200m").await;
    talk.send(message(1));
    talk.next().await.expect("an answer");
    let ended = talk.next().await.expect_err("the end");
    assert_eq!(ended.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn forms_that_cannot_carry_a_stream_of_requests_say_what_can() {
    let gateway = Gateway::start().await;
    for wire in [Wire::Text, Wire::Json] {
        for method in ["Gather", "Chat"] {
            let reply = call(&gateway, method, wire, Vec::new()).await;
            assert_eq!(
                (reply.code(), reply.reason.as_str()),
                (Code::Unimplemented, "STREAMED_REQUEST"),
                "{wire:?}"
            );
            assert!(reply.status.message().contains("gRPC"), "{wire:?}");
        }
    }
    assert_eq!(gateway.probe.seen(), 0);
}

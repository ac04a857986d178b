//! gRPC over HTTP/2.
use super::*;

const CASES: &[Case] = &[
    Case {
        says: "a call is answered by its message, and its status comes in the trailers",
        twist: |_| (),
        holds: |raw| {
            assert_eq!(
                (raw.http, raw.header("content-type")),
                (200, "application/grpc")
            );
            assert!(!raw.headers.contains_key("grpc-status"));
            assert_eq!(raw.answer()["number"], "7");
            assert_eq!(values(&raw.trailers, "grpc-status"), ["0"]);
        },
    },
    Case {
        says: "the content type may name the format",
        twist: |a| set(a, "content-type", "application/grpc+proto"),
        holds: |raw| assert_eq!(raw.answer()["number"], "7"),
    },
    Case {
        says: "a content type that does not begin with application/grpc is answered by 415",
        twist: |a| set(a, "content-type", "image/jpeg"),
        holds: |raw| assert_eq!(raw.http, 415),
    },
    Case {
        says: "a format that is not spoken is answered by 415",
        twist: |a| set(a, "content-type", "application/grpc+thrift"),
        holds: |raw| assert_eq!(raw.http, 415),
    },
    Case {
        says: "a verb other than POST is answered by 405",
        twist: |a| a.verb = http::Method::DELETE,
        holds: |raw| assert_eq!(raw.http, 405),
    },
    Case {
        says: "te only finds proxies that do not fit; a call without it is served",
        twist: |a| drop(a.headers.remove("te")),
        holds: |raw| assert_eq!(raw.answer()["number"], "7"),
    },
    Case {
        says: "an empty message is a message",
        twist: |a| send(a, framed(&json!({}))),
        holds: |raw| assert_eq!(status(&raw.trailers).code(), Code::Ok),
    },
    Case {
        says: "messages may be cut anywhere into DATA frames",
        twist: |a| {
            let whole = framed(&asked());
            a.pieces = whole.chunks(3).map(Bytes::copy_from_slice).collect();
        },
        holds: |raw| assert_eq!(raw.answer()["blob"], "AAEC"),
    },
    Case {
        says: "without a message a method that wants one is not implemented",
        twist: |a| a.pieces.clear(),
        holds: |raw| raw.only_status(Code::Unimplemented),
    },
    Case {
        says: "with two messages a method that wants one is not implemented",
        twist: |a| a.pieces.push(framed(&asked())),
        holds: |raw| raw.only_status(Code::Unimplemented),
    },
    Case {
        says: "a stream that ends within a message is an internal error",
        twist: |a| send(a, framed(&asked()).slice(..7)),
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "flags that nobody knows are an internal error",
        twist: |a| send(a, &[2, 0, 0, 0, 0][..]),
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "a message of the largest size is served",
        twist: |a| send(a, framed(&sized(LARGEST))),
        holds: |raw| assert_eq!(status(&raw.trailers).code(), Code::Ok),
    },
    Case {
        says: "a message of one byte more is too much",
        twist: |a| send(a, framed(&sized(LARGEST + 1))),
        holds: |raw| raw.only_status(Code::ResourceExhausted),
    },
    Case {
        says: "4 GiB are too much as soon as they are announced",
        twist: |a| send(a, &[0, 0xff, 0xff, 0xff, 0xff][..]),
        holds: |raw| raw.only_status(Code::ResourceExhausted),
    },
    Case {
        says: "a packed message is unpacked, and its service hears nothing of that",
        twist: |a| {
            set(a, "grpc-encoding", "gzip");
            send(a, packed(&proto::encode("AskRequest", &asked())));
        },
        holds: |raw| {
            assert_eq!(raw.answer()["number"], "7");
            assert!(raw.arrived("grpc-encoding").is_empty());
        },
    },
    Case {
        says: "where a coding is named, messages may still come unpacked",
        twist: |a| set(a, "grpc-encoding", "gzip"),
        holds: |raw| assert_eq!(raw.answer()["number"], "7"),
    },
    Case {
        says: "a coding that is not known is not implemented, and those that are known are named",
        twist: |a| set(a, "grpc-encoding", "snappy"),
        holds: |raw| {
            raw.only_status(Code::Unimplemented);
            assert_eq!(raw.header("grpc-accept-encoding"), "identity, gzip");
        },
    },
    Case {
        says: "a packed message without a coding is an internal error",
        twist: |a| send(a, packed(b"")),
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "a packed message where the coding is identity is an internal error",
        twist: |a| {
            set(a, "grpc-encoding", "identity");
            send(a, packed(b""));
        },
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "what cannot be unpacked is an internal error",
        twist: |a| {
            set(a, "grpc-encoding", "gzip");
            send(a, &[1, 0, 0, 0, 3, 7, 7, 7][..]);
        },
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "the largest size counts for the unpacked message",
        twist: |a| {
            set(a, "grpc-encoding", "gzip");
            send(a, packed(&vec![0; 1000 * LARGEST]));
        },
        holds: |raw| raw.only_status(Code::ResourceExhausted),
    },
    Case {
        says: "a method that is not known is not implemented",
        twist: |a| to_method(a, "Nothing"),
        holds: |raw| raw.only_status(Code::Unimplemented),
    },
    Case {
        says: "a service that is not known is not implemented",
        twist: |a| a.path = "/probe.v1.Nobody/Ask".to_owned(),
        holds: |raw| raw.only_status(Code::Unimplemented),
    },
    Case {
        says: "an error without a message is a status alone, its message percent-encoded",
        twist: |a| send(a, framed(&json!({ "how": "fail" }))),
        holds: |raw| {
            raw.only_status(Code::NotFound);
            assert_eq!(
                raw.header("grpc-message"),
                "there%20is%20no%20such%20probe:%20%C3%A5"
            );
        },
    },
    Case {
        says: "an error after a message comes in the trailers",
        twist: |a| send(a, framed(&json!({ "how": "fail_late", "number": "7" }))),
        holds: |raw| {
            assert_eq!(raw.answer()["number"], "7");
            assert_eq!(status(&raw.trailers).code(), Code::NotFound);
        },
    },
    Case {
        says: "details are a google.rpc.Status in base64, of the same code",
        twist: |a| send(a, framed(&json!({ "how": "fail" }))),
        holds: |raw| {
            let details = raw.header("grpc-status-details-bin");
            let details = STANDARD_NO_PAD.decode(details).expect("base64");
            let details = tonic_types::Status::decode(&details[..]).expect("a status");
            assert_eq!((details.code, details.details.len()), (5, 2));
        },
    },
    Case {
        says: "metadata that is repeated stays so, in its order",
        twist: |a| {
            add(a, "x-tag", "one");
            add(a, "x-tag", "two");
        },
        holds: |raw| assert_eq!(raw.arrived("x-tag"), ["one", "two"]),
    },
    Case {
        says: "binary metadata passes as it was sent, with padding or without",
        twist: |a| {
            add(a, "x-tag-bin", "AAE=");
            add(a, "x-tag-bin", "AAE");
        },
        holds: |raw| assert_eq!(raw.arrived("x-tag-bin"), ["AAE", "AAE="]),
    },
    Case {
        says: "metadata of the answer comes back whole, before and after the message",
        twist: |_| (),
        holds: |raw| {
            assert_eq!(values(&raw.headers, "x-twice"), ["one", "two"]);
            assert_eq!(values(&raw.headers, "x-seal-bin"), ["AAEC"]);
            assert_eq!(values(&raw.trailers, "x-end"), ["one", "two"]);
            assert_eq!(values(&raw.trailers, "x-close-bin"), ["AwQF"]);
        },
    },
    Case {
        says: "the client's name reaches the service",
        twist: |a| set(a, "user-agent", "grpc-test/1"),
        holds: |raw| assert!(raw.arrived("user-agent")[0].starts_with("grpc-test/1")),
    },
    Case {
        says: "the time that is left reaches the service",
        twist: |a| set(a, "grpc-timeout", "2S"),
        holds: |raw| {
            let left = &raw.arrived("grpc-timeout")[0];
            let left: u64 = left
                .strip_suffix('m')
                .expect("ms")
                .parse()
                .expect("a number");
            assert!((1_000..=2_000).contains(&left), "{left}");
        },
    },
    Case {
        says: "a time that nobody asked for is not made up for the service",
        twist: |_| (),
        holds: |raw| assert!(raw.arrived("grpc-timeout").is_empty()),
    },
    Case {
        says: "a time that has passed ends the call",
        twist: |a| {
            set(a, "grpc-timeout", "50m");
            send(a, framed(&json!({ "how": "never" })));
        },
        holds: |raw| raw.only_status(Code::DeadlineExceeded),
    },
    Case {
        says: "a time of more than eight digits means nothing",
        twist: |a| set(a, "grpc-timeout", "000000001n"),
        holds: |raw| assert_eq!(raw.answer()["number"], "7"),
    },
    Case {
        says: "an answer that is no gRPC is judged by its HTTP status",
        twist: |a| send(a, framed(&json!({ "how": "html" }))),
        holds: |raw| raw.only_status(Code::Unavailable),
    },
];

#[tokio::test]
async fn grpc_is_spoken_as_specified() {
    run(Wire::Grpc, true, CASES).await;
}

#[tokio::test]
async fn every_code_of_grpc_passes_with_http_status_200() {
    let gateway = Gateway::start().await;
    for number in 1..=16 {
        let asked = json!({ "how": "code", "number": number.to_string() });
        for wire in [Wire::Grpc, Wire::Web, Wire::Text] {
            let reply = wire.call(&gateway, wire.ask(&asked)).await;
            assert_eq!((reply.http, reply.code() as i32), (200, number), "{wire:?}");
        }
    }
}

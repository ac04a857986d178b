//! gRPC-web, binary and as text, over HTTP/1.1 and HTTP/2.
use super::*;

/// What an answer holds: messages and, last, the trailers.
fn parts(body: &[u8]) -> (Vec<Value>, HeaderMap) {
    let mut frames = proto::frames(body);
    let (flag, block) = frames.pop().expect("a last frame");
    assert_eq!(flag, 0x80, "the last frame holds the trailers");
    let block = std::str::from_utf8(&block).expect("ASCII").to_owned();
    assert!(
        block.ends_with("\r\n") && !block.ends_with("\r\n\r\n"),
        "{block:?}"
    );
    let messages = frames.iter().map(|(flag, message)| {
        assert_eq!(*flag, 0);
        proto::decode("AskResponse", message)
    });
    (messages.collect(), web_trailers(block.as_bytes()))
}

fn binary(raw: &Raw) -> (Vec<Value>, HeaderMap) {
    assert_eq!(raw.http, 200);
    assert_eq!(raw.header("content-type"), "application/grpc-web+proto");
    assert!(raw.trailers.is_empty() && !raw.headers.contains_key("grpc-status"));
    parts(&raw.body)
}

fn text(raw: &Raw) -> (Vec<Value>, HeaderMap) {
    assert_eq!(
        raw.header("content-type"),
        "application/grpc-web-text+proto"
    );
    parts(&decode_text(&raw.body))
}

const BINARY: &[Case] = &[
    Case {
        says: "messages and trailers are frames of the body; the trailers' frame is the last",
        twist: |_| (),
        holds: |raw| {
            let (messages, trailers) = binary(raw);
            assert_eq!(messages[0]["number"], "7");
            assert_eq!(values(&trailers, "grpc-status"), ["0"]);
        },
    },
    Case {
        says: "the content type may leave the format out",
        twist: |a| set(a, "content-type", "application/grpc-web"),
        holds: |raw| assert_eq!(binary(raw).0.len(), 1),
    },
    Case {
        says: "the content type is read whatever its case and parameters",
        twist: |a| {
            set(
                a,
                "content-type",
                "Application/gRPC-Web+proto; charset=utf-8",
            )
        },
        holds: |raw| assert_eq!(binary(raw).0.len(), 1),
    },
    Case {
        says: "a format that is not spoken is answered by 415",
        twist: |a| set(a, "content-type", "application/grpc-web+thrift"),
        holds: |raw| assert_eq!(raw.http, 415),
    },
    Case {
        says: "a verb other than POST is answered by 405",
        twist: |a| a.verb = http::Method::PUT,
        holds: |raw| assert_eq!(raw.http, 405),
    },
    Case {
        says: "names in the trailers' frame are in lower case, repeated ones on lines of their own",
        twist: |_| (),
        holds: |raw| {
            let (_, trailers) = binary(raw);
            assert_eq!(values(&trailers, "x-end"), ["one", "two"]);
            assert_eq!(values(&trailers, "x-close-bin"), ["AwQF"]);
            let body = String::from_utf8_lossy(&raw.body).into_owned();
            let lines = body.rsplit("\r\n").filter_map(|l| l.split_once(':'));
            assert!(
                lines
                    .skip(1)
                    .all(|(name, _)| !name.contains(|c: char| c.is_ascii_uppercase()))
            );
        },
    },
    Case {
        says: "metadata passes in both directions, repeated and binary too",
        twist: |a| {
            add(a, "x-tag", "one");
            add(a, "x-tag", "two");
            add(a, "x-tag-bin", "AAE");
        },
        holds: |raw| {
            let (messages, _) = binary(raw);
            assert_eq!(arrived(&messages[0], "x-tag"), ["one", "two"]);
            assert_eq!(arrived(&messages[0], "x-tag-bin"), ["AAE"]);
            assert_eq!(values(&raw.headers, "x-twice"), ["one", "two"]);
        },
    },
    Case {
        says: "what the protocol itself sends stays at the gateway",
        twist: |a| set(a, "x-grpc-web", "1"),
        holds: |raw| assert!(arrived(&binary(raw).0[0], "x-grpc-web").is_empty()),
    },
    Case {
        says: "an error without a message is a status in the headers and no body",
        twist: |a| send(a, framed(&json!({ "how": "fail" }))),
        holds: |raw| {
            raw.only_status(Code::NotFound);
            assert!(raw.headers.contains_key("grpc-status-details-bin"));
        },
    },
    Case {
        says: "an error after a message comes in the trailers' frame",
        twist: |a| send(a, framed(&json!({ "how": "fail_late" }))),
        holds: |raw| {
            let (messages, trailers) = binary(raw);
            assert_eq!(
                (messages.len(), status(&trailers).code()),
                (1, Code::NotFound)
            );
            assert_eq!(
                values(&trailers, "grpc-message"),
                ["there%20is%20no%20such%20probe:%20%C3%A5"]
            );
        },
    },
    Case {
        says: "a service that breaks off is told in the trailers' frame",
        twist: |a| send(a, framed(&json!({ "how": "no_trailers" }))),
        holds: |raw| assert_eq!(status(&binary(raw).1).code(), Code::Unavailable),
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
        says: "clients send no trailers",
        twist: |a| a.pieces.push(Bytes::from_static(&[0x80, 0, 0, 0, 0])),
        holds: |raw| raw.only_status(Code::Unimplemented),
    },
    Case {
        says: "a trailers' frame is no message",
        twist: |a| send(a, &[0x80, 0, 0, 0, 0][..]),
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "a packed message is unpacked",
        twist: |a| {
            set(a, "grpc-encoding", "gzip");
            send(a, packed(&proto::encode("AskRequest", &asked())));
        },
        holds: |raw| assert_eq!(binary(raw).0[0]["number"], "7"),
    },
    Case {
        says: "a coding that is not known is not implemented, and those that are known are named",
        twist: |a| set(a, "grpc-encoding", "br"),
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
        says: "a message of the largest size is served",
        twist: |a| send(a, framed(&sized(LARGEST))),
        holds: |raw| assert_eq!(binary(raw).0.len(), 1),
    },
    Case {
        says: "a message of one byte more is too much",
        twist: |a| send(a, framed(&sized(LARGEST + 1))),
        holds: |raw| raw.only_status(Code::ResourceExhausted),
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
        says: "what is not known is not implemented",
        twist: |a| to_method(a, "Nothing"),
        holds: |raw| raw.only_status(Code::Unimplemented),
    },
];

const TEXT: &[Case] = &[
    Case {
        says: "all is in base64, both ways",
        twist: |_| (),
        holds: |raw| {
            let (messages, trailers) = text(raw);
            assert_eq!(messages[0]["number"], "7");
            assert_eq!(values(&trailers, "grpc-status"), ["0"]);
        },
    },
    Case {
        says: "the content type may name the format",
        twist: |a| set(a, "content-type", "application/grpc-web-text+proto"),
        holds: |raw| assert_eq!(text(raw).0.len(), 1),
    },
    Case {
        says: "pieces may be encoded by themselves, with padding within",
        twist: |a| {
            let whole = framed(&asked());
            let pieces = whole.chunks(4).map(|c| STANDARD.encode(c).into());
            a.pieces = pieces.collect();
        },
        holds: |raw| assert_eq!(text(raw).0[0]["blob"], "AAEC"),
    },
    Case {
        says: "base64 may be cut anywhere on its way",
        twist: |a| {
            let whole = a.pieces.concat();
            a.pieces = whole.chunks(3).map(Bytes::copy_from_slice).collect();
        },
        holds: |raw| assert_eq!(text(raw).0[0]["blob"], "AAEC"),
    },
    Case {
        says: "what is no base64 is an internal error",
        twist: |a| send(a, "AAA-AAAA"),
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "base64 that ends too early is an internal error",
        twist: |a| send(a, "AAAAAAc"),
        holds: |raw| raw.only_status(Code::Internal),
    },
    Case {
        says: "an error without a message is a status in the headers and no body",
        twist: |a| send(a, STANDARD.encode(framed(&json!({ "how": "fail" })))),
        holds: |raw| raw.only_status(Code::NotFound),
    },
    Case {
        says: "a packed message is unpacked",
        twist: |a| {
            set(a, "grpc-encoding", "gzip");
            send(
                a,
                STANDARD.encode(packed(&proto::encode("AskRequest", &asked()))),
            );
        },
        holds: |raw| assert_eq!(text(raw).0[0]["number"], "7"),
    },
    Case {
        says: "a message of one byte more than the largest is too much",
        twist: |a| send(a, STANDARD.encode(framed(&sized(LARGEST + 1)))),
        holds: |raw| raw.only_status(Code::ResourceExhausted),
    },
];

#[tokio::test]
async fn grpc_web_is_spoken_as_specified() {
    for http2 in [false, true] {
        run(Wire::Web, http2, BINARY).await;
    }
}

#[tokio::test]
async fn grpc_web_text_is_spoken_as_specified() {
    for http2 in [false, true] {
        run(Wire::Text, http2, TEXT).await;
    }
}

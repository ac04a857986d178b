//! Connect, for methods that take and give one message, over HTTP/1.1 and HTTP/2.
use super::*;

impl Raw {
    /// An error of this HTTP status and code, in JSON.
    fn error(&self, http: u16, code: &str) -> Value {
        let error = self.json();
        assert_eq!(
            (self.http, error["code"].as_str()),
            (http, Some(code)),
            "{error}"
        );
        assert_eq!(self.header("content-type"), "application/json");
        error
    }
}

/// The good call in the binary form.
fn in_binary(asking: &mut Asking) {
    set(asking, "content-type", "application/proto");
    send(asking, proto::encode("AskRequest", &asked()));
}

const CASES: &[Case] = &[
    Case {
        says: "a call is answered by 200 and the message in JSON",
        twist: |_| (),
        holds: |raw| {
            assert_eq!(
                (raw.http, raw.header("content-type")),
                (200, "application/json")
            );
            assert_eq!(raw.json()["number"], "7");
            assert_eq!(raw.json()["blob"], "AAEC");
        },
    },
    Case {
        says: "the binary form is answered in the binary form",
        twist: in_binary,
        holds: |raw| {
            assert_eq!(
                (raw.http, raw.header("content-type")),
                (200, "application/proto")
            );
            assert_eq!(proto::decode("AskResponse", &raw.body)["number"], "7");
        },
    },
    Case {
        says: "in the binary form nothing is the empty message",
        twist: |a| {
            in_binary(a);
            a.pieces.clear();
        },
        holds: |raw| assert_eq!(raw.http, 200),
    },
    Case {
        says: "in JSON nothing is no message",
        twist: |a| a.pieces.clear(),
        holds: |raw| drop(raw.error(400, "invalid_argument")),
    },
    Case {
        says: "the version may be told",
        twist: |a| set(a, "connect-protocol-version", "1"),
        holds: |raw| assert_eq!(raw.http, 200),
    },
    Case {
        says: "another version is refused",
        twist: |a| set(a, "connect-protocol-version", "2"),
        holds: |raw| drop(raw.error(400, "invalid_argument")),
    },
    Case {
        says: "a content type that is not spoken is answered by 415, which names those that are",
        twist: |a| set(a, "content-type", "application/foo"),
        holds: |raw| {
            assert_eq!(raw.http, 415);
            assert!(raw.header("accept-post").contains("application/json"));
        },
    },
    Case {
        says: "streams are another content type, which is not spoken",
        twist: |a| set(a, "content-type", "application/connect+json"),
        holds: |raw| assert_eq!(raw.http, 415),
    },
    Case {
        says: "a verb other than POST is answered by 405, which names it",
        twist: |a| a.verb = http::Method::DELETE,
        holds: |raw| assert_eq!((raw.http, raw.header("allow")), (405, "POST, OPTIONS")),
    },
    Case {
        says: "an address that is not known is answered by 404 and unimplemented",
        twist: |a| to_method(a, "Nothing"),
        holds: |raw| drop(raw.error(404, "unimplemented")),
    },
    Case {
        says: "a method with a stream is not implemented",
        twist: |a| to_method(a, "Gather"),
        holds: |raw| drop(raw.error(501, "unimplemented")),
    },
    Case {
        says: "an error is JSON with code, message and details in base64 without padding",
        twist: |a| send(a, r#"{"how": "fail"}"#),
        holds: |raw| {
            let error = raw.error(404, "not_found");
            assert_eq!(error["message"], "there is no such probe: å");
            let details = error["details"].as_array().expect("details");
            let kinds: Vec<_> = details.iter().map(|d| &d["type"]).collect();
            assert_eq!(kinds, ["google.rpc.ErrorInfo", "google.rpc.BadRequest"]);
            for detail in details {
                let value = detail["value"].as_str().expect("a value");
                STANDARD_NO_PAD.decode(value).expect("base64");
            }
        },
    },
    Case {
        says: "an error is JSON in the binary form too",
        twist: |a| {
            in_binary(a);
            send(a, proto::encode("AskRequest", &json!({ "how": "fail" })));
        },
        holds: |raw| drop(raw.error(404, "not_found")),
    },
    Case {
        says: "metadata after the message comes as headers that begin with trailer-",
        twist: |_| (),
        holds: |raw| {
            assert_eq!(values(&raw.headers, "x-twice"), ["one", "two"]);
            assert_eq!(values(&raw.headers, "x-seal-bin"), ["AAEC"]);
            assert_eq!(values(&raw.headers, "trailer-x-end"), ["one", "two"]);
            assert_eq!(values(&raw.headers, "trailer-x-close-bin"), ["AwQF"]);
            assert!(!raw.headers.keys().any(|k| k.as_str().contains("grpc")));
        },
    },
    Case {
        says: "an error after a message keeps its metadata and loses the message",
        twist: |a| send(a, r#"{"how": "fail_late"}"#),
        holds: |raw| {
            raw.error(404, "not_found");
            assert_eq!(values(&raw.headers, "x-twice"), ["one", "two"]);
            assert_eq!(values(&raw.headers, "trailer-x-end"), ["one", "two"]);
            assert!(!raw.headers.contains_key("x-end"), "only once");
        },
    },
    Case {
        says: "metadata reaches the service, repeated and binary too",
        twist: |a| {
            add(a, "x-tag", "one");
            add(a, "x-tag", "two");
            add(a, "x-tag-bin", "AAE");
        },
        holds: |raw| {
            assert_eq!(arrived(&raw.json(), "x-tag"), ["one", "two"]);
            assert_eq!(arrived(&raw.json(), "x-tag-bin"), ["AAE"]);
        },
    },
    Case {
        says: "what the protocol itself sends stays at the gateway",
        twist: |a| {
            set(a, "connect-protocol-version", "1");
            set(a, "connect-timeout-ms", "2000");
        },
        holds: |raw| {
            let headers = raw.json()["headers"].to_string();
            assert!(!headers.contains("connect-"), "{headers}");
            assert_eq!(arrived(&raw.json(), "grpc-timeout").len(), 1);
        },
    },
    Case {
        says: "a time that has passed is answered by 504",
        twist: |a| {
            set(a, "connect-timeout-ms", "50");
            send(a, r#"{"how": "never"}"#);
        },
        holds: |raw| drop(raw.error(504, "deadline_exceeded")),
    },
    Case {
        says: "a time of more than ten digits means nothing",
        twist: |a| set(a, "connect-timeout-ms", "00000000001"),
        holds: |raw| assert_eq!(raw.http, 200),
    },
    Case {
        says: "a packed body is unpacked",
        twist: |a| {
            set(a, "content-encoding", "gzip");
            send(a, gzip(asked().to_string().as_bytes()));
        },
        holds: |raw| assert_eq!(raw.json()["number"], "7"),
    },
    Case {
        says: "a coding that is not known is not implemented, and those that are known are named",
        twist: |a| set(a, "content-encoding", "br"),
        holds: |raw| {
            let error = raw.error(501, "unimplemented");
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|m| m.contains("gzip"))
            );
            assert_eq!(raw.header("accept-encoding"), "identity, gzip");
        },
    },
    Case {
        says: "what cannot be unpacked is an invalid argument",
        twist: |a| set(a, "content-encoding", "gzip"),
        holds: |raw| drop(raw.error(400, "invalid_argument")),
    },
    Case {
        says: "the largest size counts for the unpacked body",
        twist: |a| {
            set(a, "content-encoding", "gzip");
            send(a, gzip(&vec![b' '; 1000 * LARGEST]));
        },
        holds: |raw| drop(raw.error(429, "resource_exhausted")),
    },
    Case {
        says: "a message of one byte more than the largest is too much",
        twist: |a| {
            in_binary(a);
            send(a, proto::encode("AskRequest", &sized(LARGEST + 1)));
        },
        holds: |raw| drop(raw.error(429, "resource_exhausted")),
    },
    Case {
        says: "a field that is not known is refused with its place",
        twist: |a| send(a, r#"{"nummer": 7}"#),
        holds: |raw| {
            let error = raw.error(400, "invalid_argument");
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|m| m.contains("line 1"))
            );
        },
    },
];

#[tokio::test]
async fn connect_is_spoken_as_specified() {
    for http2 in [false, true] {
        run(Wire::Json, http2, CASES).await;
    }
}

#[tokio::test]
async fn every_code_has_the_http_status_that_connect_gives_it() {
    let gateway = Gateway::start().await;
    let statuses = [
        499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
    ];
    for (number, http) in (1..).zip(statuses) {
        let asked = json!({ "how": "code", "number": number.to_string() });
        let reply = Wire::Json.call(&gateway, Wire::Json.ask(&asked)).await;
        assert_eq!((reply.code() as i32, reply.http), (number, http));
    }
}

//! A small gRPC-web client: what `call`, `import`, `stream`, the demo loader and the load generator speak to
//! the gateway with, as a browser would.
use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prost::Message;
use tonic::{Code, Status};

const TRAILERS: u8 = 0x80;

/// A connection to a gateway, as one caller.
#[derive(Clone)]
pub struct Client {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    gateway: String,
    token: Option<String>,
}

impl Client {
    /// Nothing is opened before the first call.
    pub fn new(gateway: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            http: HttpClient::builder(TokioExecutor::new())
                .pool_max_idle_per_host(256)
                .build(connector),
            gateway: gateway.trim_end_matches('/').to_owned(),
            token: None,
        }
    }

    /// The same connection as another caller.
    pub fn with_token(&self, token: Option<String>) -> Self {
        Self {
            token,
            ..self.clone()
        }
    }

    /// The address of the gateway.
    pub fn gateway(&self) -> &str {
        &self.gateway
    }

    /// Calls a method that answers once; `path` is `package.Service/Method`.
    pub async fn unary<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        request: &Q,
    ) -> Result<A, Status> {
        let answer = self
            .unary_bytes(path, request.encode_to_vec().into())
            .await?;
        A::decode(answer).map_err(|e| Status::internal(format!("the answer cannot be read: {e}")))
    }

    /// Calls a method that may be called again: what is refused for a moment only is tried for some ten seconds.
    pub async fn patient<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        request: &Q,
    ) -> Result<A, Status> {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.unary(path, request).await {
                Err(status)
                    if matches!(
                        status.code(),
                        Code::Unavailable | Code::Aborted | Code::ResourceExhausted
                    ) && pause < Duration::from_secs(5) =>
                {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                answered => return answered,
            }
        }
    }

    /// Calls a method that answers once, with messages encoded already.
    pub async fn unary_bytes(&self, path: &str, request: Bytes) -> Result<Bytes, Status> {
        let mut answers = self.stream(path, request).await?;
        let first = answers
            .next()
            .await?
            .ok_or_else(|| Status::internal("the answer is empty"))?;
        // The trailers follow the message and may still say that the call failed.
        while answers.next().await?.is_some() {}
        Ok(first)
    }

    /// Calls a method that answers many times.
    pub async fn stream(&self, path: &str, request: Bytes) -> Result<Answers, Status> {
        let mut framed = BytesMut::with_capacity(request.len() + 5);
        framed.put_u8(0);
        framed.put_u32(
            u32::try_from(request.len())
                .map_err(|_| Status::out_of_range("the message is too large"))?,
        );
        framed.put(request);
        let mut builder = http::Request::post(format!("{}/{path}", self.gateway))
            .header("content-type", "application/grpc-web+proto")
            .header("x-grpc-web", "1");
        if let Some(token) = &self.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        let request = builder
            .body(Full::new(framed.freeze()))
            .map_err(|e| Status::invalid_argument(format!("not an address: {e}")))?;
        let response = self.http.request(request).await.map_err(|e| {
            Status::unavailable(format!(
                "the gateway at {} cannot be reached: {}",
                self.gateway,
                root(&e)
            ))
        })?;
        if let Some(code) = response.headers().get("grpc-status") {
            let told = |name: &str| {
                response
                    .headers()
                    .get(name)
                    .and_then(|v| v.to_str().ok())
                    .map(str::to_owned)
            };
            let code = code.to_str().unwrap_or("2").to_owned();
            ended(&code, told("grpc-message"), told("grpc-status-details-bin"))?;
        } else if !response.status().is_success() {
            return Err(Status::unavailable(format!(
                "the gateway answered HTTP {}",
                response.status()
            )));
        }
        Ok(Answers {
            body: response.into_body(),
            buffer: BytesMut::new(),
            done: false,
        })
    }
}

/// The messages of an answer, one by one.
pub struct Answers {
    body: Incoming,
    buffer: BytesMut,
    done: bool,
}

impl Answers {
    /// The next message; `None` at the end of a call that succeeded.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if self.done {
                return Ok(None);
            }
            if let Some((flags, frame)) = self.frame() {
                if flags & TRAILERS == 0 {
                    return Ok(Some(frame));
                }
                self.done = true;
                let trailers = parse_trailers(&frame);
                let get = |name: &str| trailers.get(name).cloned();
                ended(
                    &get("grpc-status").unwrap_or_else(|| "2".to_owned()),
                    get("grpc-message"),
                    get("grpc-status-details-bin"),
                )?;
                continue;
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(e)) => {
                    return Err(Status::unavailable(format!(
                        "the answer broke off: {}",
                        root(&e)
                    )));
                }
                None if self.buffer.is_empty() => {
                    self.done = true;
                }
                None => return Err(Status::unavailable("the answer broke off")),
            }
        }
    }

    fn frame(&mut self) -> Option<(u8, Bytes)> {
        let head = self.buffer.first_chunk::<5>()?;
        let flags = head[0];
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if self.buffer.len() < 5 + length {
            return None;
        }
        self.buffer.advance(5);
        Some((flags, self.buffer.split_to(length).freeze()))
    }
}

fn parse_trailers(frame: &[u8]) -> HashMap<String, String> {
    String::from_utf8_lossy(frame)
        .split("\r\n")
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect()
}

fn ended(code: &str, message: Option<String>, details: Option<String>) -> Result<(), Status> {
    let code = Code::from_bytes(code.as_bytes());
    if code == Code::Ok {
        return Ok(());
    }
    let details = details.and_then(|d| {
        STANDARD_NO_PAD
            .decode(&d)
            .or_else(|_| STANDARD.decode(&d))
            .ok()
    });
    let message = percent_decode(&message.unwrap_or_default());
    Err(Status::with_details(
        code,
        message,
        details.unwrap_or_default().into(),
    ))
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_letters_of_the_north_comes_back_whole() {
        assert_eq!(percent_decode("%C3%A5 och 100 %"), "å och 100 %");
    }

    #[test]
    fn a_failed_call_keeps_its_code_and_message() {
        let status =
            ended("5", Some("no%20such%20profile".to_owned()), None).expect_err("5 is NOT_FOUND");
        assert_eq!(
            (status.code(), status.message()),
            (Code::NotFound, "no such profile")
        );
        assert!(ended("0", None, None).is_ok());
    }
}

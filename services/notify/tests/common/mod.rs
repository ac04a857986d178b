//! What the tests of notify share: an identity that knows one account, and a mail server.
#![allow(dead_code, reason = "each test file uses a part")]
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use contracts::identity::v1::{Contact, GetContactRequest};
use contracts::notify::v1::notify_service_client::NotifyServiceClient;
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{Address, Param, SendRequest};
use futures::future::BoxFuture;
use testkit::{Client, Stack};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use uuid::Uuid;

/// The account that identity knows.
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(7);

pub(crate) type Notify = NotifyServiceClient<Client>;

pub(crate) fn to_address(email: &str, language: &str) -> SendRequest {
    let address = Address {
        email: email.to_owned(),
        name: "Åsa Öberg".to_owned(),
        language: language.to_owned(),
    };
    confirm(Recipient::Address(address))
}

pub(crate) fn to_account(account: Uuid) -> SendRequest {
    confirm(Recipient::AccountId(account.to_string()))
}

fn confirm(to: Recipient) -> SendRequest {
    let param = |key: &str, value: &str| Param {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    SendRequest {
        request_id: Uuid::now_v7().to_string(),
        recipient: Some(to),
        template: "identity.confirm".to_owned(),
        params: vec![
            param("link", "https://example.org/confirm"),
            param("token", "abc"),
        ],
    }
}

/// An identity that knows [`ACCOUNT`] and tells services alone.
#[derive(Clone)]
struct FakeIdentity;

impl NamedService for FakeIdentity {
    const NAME: &'static str = "kulturtorg.identity.v1.IdentityService";
}

impl UnaryService<GetContactRequest> for FakeIdentity {
    type Response = Contact;
    type Future = BoxFuture<'static, Result<Response<Contact>, Status>>;

    fn call(&mut self, request: Request<GetContactRequest>) -> Self::Future {
        Box::pin(async move {
            if request.metadata().get("authorization").is_none() {
                return Err(Status::unauthenticated("sign in first"));
            }
            if request.get_ref().account_id != ACCOUNT.to_string() {
                return Err(Status::not_found("there is no such account"));
            }
            Ok(Response::new(Contact {
                account_id: ACCOUNT.to_string(),
                email: "asa@example.org".to_owned(),
                name: "Åsa Öberg".to_owned(),
                language: "en".to_owned(),
            }))
        })
    }
}

impl tower::Service<http::Request<Body>> for FakeIdentity {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(Self, request).await) })
    }
}

/// Starts the fake identity for this stack.
pub(crate) async fn identity(stack: &mut Stack) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    stack.set_peer(
        "identity",
        format!("http://{}", listener.local_addr().expect("bound")),
    );
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(FakeIdentity)
            .serve_with_incoming(incoming),
    );
}

/// A mail server that takes what it is told to take.
#[derive(Clone, Default)]
pub(crate) struct MailServer {
    /// Answers to the next recipients; then each is welcome.
    pub(crate) answers: Arc<Mutex<VecDeque<&'static str>>>,
    /// The mails taken, head and body.
    pub(crate) taken: Arc<Mutex<Vec<String>>>,
    /// How many recipients were named.
    pub(crate) tries: Arc<Mutex<usize>>,
}

impl MailServer {
    /// Starts it and tells its address.
    pub(crate) async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let url = format!("smtp://{}", listener.local_addr().expect("bound"));
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.talk(stream).await });
            }
        });
        url
    }

    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("not poisoned").clone()
    }

    pub(crate) fn tries(&self) -> usize {
        *self.tries.lock().expect("not poisoned")
    }

    async fn talk(self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 test\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => "250-test\r\n250-SMTPUTF8\r\n250 8BITMIME",
                "RCPT" => {
                    *self.tries.lock().expect("not poisoned") += 1;
                    self.answers
                        .lock()
                        .expect("not poisoned")
                        .pop_front()
                        .unwrap_or("250 ok")
                }
                "DATA" => "354 go on",
                _ => "250 ok",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await?;
            if answer.starts_with("354") {
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|l| l != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                self.taken.lock().expect("not poisoned").push(mail);
                write.write_all(b"250 taken\r\n").await?;
            }
        }
        Ok(())
    }
}

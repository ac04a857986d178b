//! `kulturtorg health`: whether a role serves. Containers are probed with it, for their image holds no other program.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use clap::Args;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tonic::transport::Endpoint;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::roles::Role;
use crate::settings::Settings;

/// How long the role may take to answer.
const WAIT: Duration = Duration::from_secs(3);

/// Ends with an error unless the role serves.
#[derive(Debug, Args)]
pub struct Health {
    /// The role.
    role: Role,
    /// Where it listens, `http://host:port`; without it, where the configuration says, on this machine.
    #[arg(long)]
    url: Option<String>,
}

/// Runs the command.
pub async fn run(health: Health, settings: &Settings) -> anyhow::Result<()> {
    let role = health.role;
    let listens = if role == Role::Gateway {
        &settings.http
    } else {
        &settings.listen
    };
    let url = health.url.unwrap_or_else(|| reached(listens));
    serves(role, &url).await
}

/// An error unless the role at this address serves.
pub(crate) async fn serves(role: Role, url: &str) -> anyhow::Result<()> {
    let answer = async {
        if role == Role::Gateway {
            front_door(url).await
        } else {
            service(url).await
        }
    };
    let answered = tokio::time::timeout(WAIT, answer).await;
    answered
        .unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {} s", WAIT.as_secs())))
        .with_context(|| format!("{} at {url} does not serve", role.name()))
}

async fn service(url: &str) -> anyhow::Result<()> {
    let channel = Endpoint::from_shared(url.to_owned())
        .context("write http://host:port")?
        .connect()
        .await?;
    let answer = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    let status = answer
        .map_err(|status| anyhow::anyhow!("{}", status.message()))?
        .into_inner()
        .status();
    ensure!(
        status as i32 == ServingStatus::Serving as i32,
        "it is stopping"
    );
    Ok(())
}

async fn front_door(url: &str) -> anyhow::Result<()> {
    let uri = format!("{}/healthz", url.trim_end_matches('/'))
        .parse()
        .context("write http://host:port")?;
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let status = client.get(uri).await?.status();
    ensure!(status.is_success(), "it answered HTTP {status}");
    Ok(())
}

/// How this machine reaches what listens there: on all addresses means also on loopback.
fn reached(listens: &str) -> String {
    let Ok(mut address) = listens.parse::<SocketAddr>() else {
        return format!("http://{listens}");
    };
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use tonic::transport::server::TcpIncoming;

    #[test]
    fn what_listens_everywhere_is_asked_on_loopback() {
        for (listens, url) in [
            ("0.0.0.0:9000", "http://127.0.0.1:9000"),
            ("[::]:9000", "http://[::1]:9000"),
            ("10.0.0.7:9000", "http://10.0.0.7:9000"),
            ("role.example:9000", "http://role.example:9000"),
        ] {
            assert_eq!(reached(listens), url);
        }
    }

    async fn asked(role: Role, url: &str) -> Result<(), String> {
        let health = Health {
            role,
            url: Some(url.to_owned()),
        };
        run(health, &Settings::default())
            .await
            .map_err(|e| format!("{e:#}"))
    }

    #[tokio::test]
    async fn a_role_is_healthy_while_it_serves_and_not_once_it_stops() {
        let (reporter, service) = tonic_health::server::health_reporter();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let server = tonic::transport::Server::builder().add_service(service);
        let server = tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));

        assert_eq!(asked(Role::Events, &url).await, Ok(()));
        reporter
            .set_service_status("", ServingStatus::NotServing)
            .await;
        let told = asked(Role::Events, &url).await.expect_err("it stops");
        assert!(told.contains("stopping"), "{told}");

        server.abort();
        let _ = server.await;
        let told = asked(Role::Events, &url)
            .await
            .expect_err("nobody is there");
        assert!(told.contains("events at http://127.0.0.1"), "{told}");
    }

    #[tokio::test]
    async fn the_gateway_is_healthy_when_its_page_says_so() {
        for (answer, healthy) in [("200 OK", true), ("503 Service Unavailable", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let url = format!("http://{}", listener.local_addr().expect("bound"));
            let asked_for = Arc::new(std::sync::Mutex::new(String::new()));
            let seen = asked_for.clone();
            let page = tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let (mut stream, _) = listener.accept().await.expect("a caller");
                let mut request = vec![0; 1024];
                let length = stream.read(&mut request).await.expect("a request");
                *seen.lock().expect("nobody panics with it") =
                    String::from_utf8_lossy(&request[..length]).into_owned();
                let text =
                    format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(text.as_bytes()).await.expect("answered");
            });
            assert_eq!(
                asked(Role::Gateway, &url).await.is_ok(),
                healthy,
                "{answer}"
            );
            page.await.expect("it does not panic");
            assert!(
                asked_for
                    .lock()
                    .expect("nobody panics with it")
                    .starts_with("GET /healthz ")
            );
        }
    }
}

//! Rows 59 and 60: addresses that lead inside, and more streams than one person may have.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contracts::identity::v1::GetMeRequest;
use contracts::options::v1::Role;
use contracts::profiles::v1::{Contact, CreateProfileRequest, Link, Profile, ProfileContent};
use contracts::stream::v1::{FollowRequest, follow_request};
use futures::FutureExt;
use kulturtorg::grpcweb::Client;
use prost::Message;
use testkit::eventually;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::Code;

use super::stage::{id, must};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::{Wire, path};

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 2] = [
    Row { number: 59, input: "addresses of this machine and its cloud", holds: Holds::Trace("a draft that names them", |t| addresses(t).boxed_local()) },
    Row { number: 60, input: "a stream more than one person may have", holds: Holds::NoTrace(|t| streams(t).boxed_local()) },
];

/// Nothing fetches what people link to, so nothing can be led astray by it. Should that change, whatever fetches has
/// to refuse these.
async fn addresses(t: &Trial<'_>) {
    let listener = TcpListener::bind("[::]:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = visits.clone();
    let counting = tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0177.0.0.1",
        "2130706433",
        "0.0.0.0",
    ];
    let mut urls: Vec<_> = hosts
        .iter()
        .map(|h| format!("http://{h}:{port}/{}", t.mark))
        .collect();
    urls.push(format!("http://169.254.169.254/latest/{}", t.mark));
    let link = |url: String| Link {
        title: t.mark.clone(),
        url,
    };
    let request = CreateProfileRequest {
        request_id: id(),
        content: Some(ProfileContent {
            name: t.mark.clone(),
            art_fields: vec!["stage.music".to_owned()],
            municipality: "1780".to_owned(),
            links: urls.into_iter().map(link).collect(),
            contact: Some(Contact {
                email: "asa@example.org".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    let stranger = t.stage.client(&t.stage.region.person(&[]));
    let _: Profile = must(&stranger, "profiles/CreateProfile", &request).await;
    t.stage.at_rest().await;
    t.holds("nobody visits them", visits.load(Ordering::SeqCst) == 0);
    counting.abort();
}

async fn streams(t: &Trial<'_>) {
    let analyst = t.stage.region.person(&[(Role::Analyst, None)]);
    let client = t.stage.client(&analyst);
    let mut open = JoinSet::new();
    let most = gateway::Settings::default().calls_per_account;
    for _ in 0..most {
        let client = client.clone();
        open.spawn(async move {
            // Our own questions take places too, so a stream may have to come again.
            while followed(&client).await == Err(Code::ResourceExhausted) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        });
    }
    let ask = || {
        Wire::Web
            .call("identity/GetMe", &GetMeRequest {})
            .by(&analyst)
            .send(&t.stage.address)
    };
    eventually("all places to be taken", async || {
        let told = ask().await.ok()?;
        (told.reason() == "TOO_MANY_CALLS").then_some(())
    })
    .await;
    let full = Expect::Status(Code::ResourceExhausted, "TOO_MANY_CALLS");
    let one_more = FollowRequest {
        types: vec![t.mark.clone()],
        ..Default::default()
    };
    t.call(
        "one more stream",
        &analyst,
        "stream/Follow",
        &one_more,
        full,
    )
    .await;
    let others = t.stage.region.person(&[]);
    let found = Expect::Status(Code::NotFound, "NO_SUCH_ACCOUNT");
    t.call(
        "somebody else",
        &others,
        "identity/GetMe",
        &GetMeRequest {},
        found,
    )
    .await;
    t.holds("no stream was lost", open.try_join_next().is_none());
    open.shutdown().await;
    eventually("places to be given back", async || {
        let told = ask().await.ok()?;
        (told.reason() == "NO_SUCH_ACCOUNT").then_some(())
    })
    .await;
}

/// Follows all facts until the stream ends.
async fn followed(client: &Client) -> Result<(), Code> {
    let follow = FollowRequest {
        start: follow_request::Start::Beginning.into(),
        ..Default::default()
    };
    let (path, follow) = (path("stream/Follow"), follow.encode_to_vec().into());
    let stream = client.stream(&path, follow).await;
    let mut facts = stream.map_err(|s| s.code())?;
    while facts.next().await.map_err(|s| s.code())?.is_some() {}
    Ok(())
}

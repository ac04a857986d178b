//! Step 9: what an analyst may see: every exported fact once, in order, with nobody in it.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_nats::jetstream::{self, consumer};
use contracts::options::v1::Role;
use contracts::stream::v1::follow_request::Start;
use contracts::stream::v1::{FollowRequest, FollowResponse, GetPositionRequest, Position};
use futures::StreamExt;
use kulturtorg::roles::Role as StackRole;
use serde_json::Value;
use testkit::eventually;
use tonic::Code;

use crate::gatherings::publish;
use crate::harness::{Person, Town, call, refused, stream};

/// Everything in the analysts' stream so far, as it comes.
async fn dump(analyst: &Person) -> Vec<FollowResponse> {
    let position: Position = call(
        &analyst.client,
        "stream/GetPosition",
        &GetPositionRequest {},
    )
    .await;
    if position.sequence == 0 {
        return Vec::new();
    }
    let request = FollowRequest {
        start: Start::Beginning.into(),
        until: position.sequence,
        ..Default::default()
    };
    stream(&analyst.client, "stream/Follow", &request)
        .await
        .expect("the stream can be followed")
}

/// The ids of the facts in the roles' own streams whose type is exported.
async fn exported(town: &Town) -> BTreeSet<String> {
    let client = async_nats::connect(town.ground.nats.url())
        .await
        .expect("the broker runs");
    let mut ids = BTreeSet::new();
    for role in StackRole::ALL
        .into_iter()
        .filter(|r| *r != StackRole::Stream)
    {
        let name = format!("KT_VARMLAND_{}", role.name().to_uppercase());
        // Some roles publish nothing and have no stream.
        let Ok(stream) = jetstream::new(client.clone()).get_stream(name).await else {
            continue;
        };
        let count = stream.cached_info().state.messages;
        let config = consumer::pull::OrderedConfig::default();
        let consumer = stream
            .create_consumer(config)
            .await
            .expect("a stream can be read");
        let mut messages = consumer.messages().await.expect("a stream can be read");
        for _ in 0..count {
            let message = messages
                .next()
                .await
                .expect("the stream holds more")
                .expect("a message is readable");
            let headers = message.headers.clone().expect("a fact has headers");
            let header = |name: &str| {
                headers
                    .get(name)
                    .expect("every fact has it")
                    .as_str()
                    .to_owned()
            };
            if is_exported(&header("ce-type")) {
                ids.insert(header("ce-id"));
            }
        }
    }
    ids
}

fn is_exported(kind: &str) -> bool {
    let pool = contracts::pool();
    let message = pool
        .get_message_by_name(kind)
        .unwrap_or_else(|| panic!("{kind} is in the contract"));
    let option = pool
        .get_extension_by_name("kulturtorg.options.v1.exported")
        .expect("our option");
    message
        .options()
        .get_extension(&option)
        .as_bool()
        .unwrap_or(false)
}

/// Waits until the analyst has all of these types so many times, then checks the whole stream.
pub(crate) async fn check(town: &Town, analyst: &Person, expected: &[(&str, usize)]) {
    let facts = eventually("every exported fact, and no other", async || {
        let facts = dump(analyst).await;
        let mut counts = BTreeMap::<String, usize>::new();
        for fact in &facts {
            let kind = event(fact)["type"]
                .as_str()
                .expect("a type")
                .replacen("kulturtorg.", "", 1);
            *counts.entry(kind).or_default() += 1;
        }
        let all = expected
            .iter()
            .all(|(kind, count)| counts.get(*kind) == Some(count));
        let ids: BTreeSet<String> = facts.iter().map(|f| text(&event(f), "id")).collect();
        let complete = all && ids == exported(town).await;
        if !complete {
            tracing::info!("not complete yet: {counts:?}");
        }
        complete.then_some(facts)
    })
    .await;
    each_once_and_in_order(&facts);
    nobody_is_in(town, &facts);
}

fn event(fact: &FollowResponse) -> Value {
    serde_json::from_str(&fact.cloud_event).expect("a fact is JSON")
}

fn text(event: &Value, name: &str) -> String {
    event[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {event}"))
        .to_owned()
}

fn each_once_and_in_order(facts: &[FollowResponse]) {
    let mut ids = BTreeSet::new();
    let mut revisions = HashMap::<(String, String), String>::new();
    let mut last = 0;
    for fact in facts {
        let event = event(fact);
        assert!(
            fact.sequence > last,
            "{} stands behind {last}",
            fact.sequence
        );
        last = fact.sequence;
        assert_eq!(
            (
                text(&event, "specversion").as_str(),
                text(&event, "datacontenttype").as_str()
            ),
            ("1.0", "application/json")
        );
        assert!(
            event["data"].is_object()
                && text(&event, "source").starts_with("/kulturtorg/varmland/")
        );
        assert!(ids.insert(text(&event, "id")), "{event} came twice");
        let revision = text(&event, "sequence");
        let before = revisions.insert(
            (text(&event, "source"), text(&event, "subject")),
            revision.clone(),
        );
        assert!(
            before.as_ref().is_none_or(|b| *b < revision),
            "{event} came before {before:?}"
        );
    }
}

fn nobody_is_in(town: &Town, facts: &[FollowResponse]) {
    let whole: String = facts
        .iter()
        .map(|f| f.cloud_event.to_lowercase() + "\n")
        .collect();
    let private = town.all_private();
    assert!(private.len() > 3 && !whole.is_empty());
    for private in private {
        assert!(
            !whole.contains(&private.to_lowercase()),
            "`{private}` is in the analysts' stream"
        );
    }
    assert!(
        !whole.contains('@') && !whole.contains("kulturtorg.identity"),
        "{whole}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_follows_on_and_nobody_without_the_role_does() {
    let town = Town::start().await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let analyst = town
        .staff("analys@prov.example", "Siv Siffra", Role::Analyst, &[])
        .await;
    publish(&town, &adviser, 3).await;
    check(&town, &analyst, &[("events.v1.GatheringPublished", 1)]).await;
    let position: Position = call(
        &analyst.client,
        "stream/GetPosition",
        &GetPositionRequest {},
    )
    .await;

    // Followed from where it stands, only what is new comes.
    let second = publish(&town, &adviser, 4).await;
    let request = FollowRequest {
        start: Start::After.into(),
        after: position.sequence,
        types: vec!["kulturtorg.events.v1.GatheringPublished".to_owned()],
        until: position.sequence + 1,
    };
    let facts: Vec<FollowResponse> = stream(&analyst.client, "stream/Follow", &request)
        .await
        .expect("followed");
    assert_eq!(facts.len(), 1);
    assert_eq!(event(&facts[0])["data"]["gathering_id"], second);
    assert_eq!(
        refused(&town.anybody, "stream/Follow", &request)
            .await
            .code(),
        Code::Unauthenticated
    );
    assert_eq!(
        refused(&adviser.client, "stream/Follow", &request)
            .await
            .code(),
        Code::PermissionDenied
    );
}

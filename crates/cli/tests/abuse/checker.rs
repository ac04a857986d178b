//! Whether database and broker tell the same story: every fact once, in order, and each exported one once in the
//! analysts' stream.
use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, consumer};
use futures::StreamExt;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// Roles with facts of their own, the analysts' stream last.
const ROLES: [&str; 6] = [
    "identity",
    "profiles",
    "review",
    "events",
    "guidance",
    "ticketing",
];
const ANALYSTS: &str = "stream";

/// A fact, as the outbox or the stream has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) noun: String,
    pub(crate) subject: Uuid,
    pub(crate) revision: i64,
}

/// Everything that is wrong between a role's outbox and its stream.
pub(crate) fn compare(role: &str, outbox: &[Fact], stream: &[Fact]) -> Vec<String> {
    let mut times: HashMap<Uuid, usize> = HashMap::new();
    stream
        .iter()
        .for_each(|f| *times.entry(f.id).or_default() += 1);
    let mut wrong = Vec::new();
    for fact in outbox {
        match times.remove(&fact.id) {
            Some(1) => {}
            Some(n) => wrong.push(format!(
                "{role}: {} {} is in the stream {n} times",
                fact.kind, fact.id
            )),
            None => wrong.push(format!("{role}: {} {} is lost", fact.kind, fact.id)),
        }
    }
    wrong.extend(
        times
            .keys()
            .map(|id| format!("{role}: the stream has {id}, which never was")),
    );
    let mut last: HashMap<(&str, Uuid), i64> = HashMap::new();
    for fact in stream {
        let before = last
            .insert((&fact.noun, fact.subject), fact.revision)
            .unwrap_or(0);
        if fact.revision != before + 1 {
            wrong.push(format!(
                "{role}: {} {} has revision {} after {before}",
                fact.noun, fact.subject, fact.revision
            ));
        }
    }
    wrong
}

/// Everything that is wrong with what analysts get of these facts.
pub(crate) fn compare_exported(facts: &[Fact], told: &[Fact]) -> Vec<String> {
    let exported: Vec<_> = facts
        .iter()
        .filter(|f| is_exported(&f.kind))
        .cloned()
        .collect();
    compare("analysts", &exported, told)
        .into_iter()
        // A thing's facts that stay inside leave gaps, so only the direction counts here.
        .filter(|w| !w.contains("has revision"))
        .chain(backwards(told))
        .collect()
}

fn backwards(told: &[Fact]) -> Vec<String> {
    let mut last: HashMap<Uuid, i64> = HashMap::new();
    let mut wrong = Vec::new();
    for fact in told {
        let before = last.insert(fact.subject, fact.revision).unwrap_or(0);
        if fact.revision <= before {
            wrong.push(format!(
                "analysts: {} has revision {} after {before}",
                fact.subject, fact.revision
            ));
        }
    }
    wrong
}

fn is_exported(kind: &str) -> bool {
    let message = contracts::pool()
        .get_message_by_name(kind)
        .expect("a fact of the contract");
    let name = format!("{}.exported", contracts::OPTIONS_PACKAGE);
    let extension = contracts::pool()
        .get_extension_by_name(&name)
        .expect("the option exists");
    message
        .options()
        .get_extension(&extension)
        .as_bool()
        .unwrap_or(false)
}

/// Waits until the relays and the export have caught up, then compares; gives what is wrong and how many facts there are.
pub(crate) async fn check(database: &mut PgConnection, nats: &str) -> (Vec<String>, usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (wrong, facts) = look(database, nats).await;
        if wrong.is_empty() || Instant::now() > deadline {
            return (wrong, facts);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Compares what there is at this moment.
pub(crate) async fn look(database: &mut PgConnection, nats: &str) -> (Vec<String>, usize) {
    let jetstream = jetstream(nats).await;
    let (mut wrong, mut all) = (Vec::new(), Vec::new());
    for role in ROLES {
        // The stream first: what is published meanwhile is not taken for something that never was.
        let stream = read(&jetstream, role, Told::Fact).await;
        let outbox = outbox(database, role).await;
        wrong.extend(compare(role, &outbox, &stream));
        all.extend(outbox);
    }
    let exported = outbox(database, ANALYSTS).await;
    wrong.extend(compare(
        ANALYSTS,
        &exported,
        &read(&jetstream, ANALYSTS, Told::Fact).await,
    ));
    wrong.extend(compare_exported(
        &all,
        &read(&jetstream, ANALYSTS, Told::CloudEvent).await,
    ));
    (wrong, all.len())
}

/// The broker at this URL, whose password async-nats does not take from there by itself.
pub(crate) async fn jetstream(url: &str) -> jetstream::Context {
    let address: async_nats::ServerAddr = url.parse().expect("an address");
    let options = match (address.username(), address.password()) {
        (Some(user), Some(password)) => {
            async_nats::ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        }
        _ => async_nats::ConnectOptions::new(),
    };
    jetstream::new(options.connect(url).await.expect("the broker runs"))
}

async fn outbox(database: &mut PgConnection, role: &str) -> Vec<Fact> {
    let query =
        format!("select id, type, noun, subject_id, revision from {role}.outbox order by seq");
    let rows: Vec<(Uuid, String, String, Uuid, i64)> = sqlx::query_as(AssertSqlSafe(query))
        .fetch_all(database)
        .await
        .expect("the role has an outbox");
    let fact = |(id, kind, noun, subject, revision)| Fact {
        id,
        kind,
        noun,
        subject,
        revision,
    };
    rows.into_iter().map(fact).collect()
}

/// How a stream tells a fact.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    Fact,
    /// By the CloudEvent within.
    CloudEvent,
}

/// The name of a role's stream.
pub(crate) fn stream_name(role: &str) -> String {
    format!("KT_VARMLAND_{}", role.to_uppercase())
}

async fn read(jetstream: &jetstream::Context, role: &str, told: Told) -> Vec<Fact> {
    let stream = jetstream
        .get_stream(stream_name(role))
        .await
        .expect("the role declared its stream");
    let end = stream.cached_info().state.messages;
    let consumer = stream
        .create_consumer(consumer::pull::OrderedConfig::default())
        .await
        .expect("a stream can be read");
    let messages = consumer.messages().await.expect("a stream can be read");
    let messages = messages
        .take(usize::try_from(end).expect("it fits"))
        .map(|m| fact(&m.expect("readable"), told));
    messages.collect().await
}

fn fact(message: &jetstream::Message, told: Told) -> Fact {
    let noun = message
        .subject
        .split('.')
        .nth(3)
        .expect("kt.<region>.<role>.<noun>")
        .to_owned();
    if told == Told::CloudEvent {
        use prost::Message as _;
        let exported = contracts::stream::v1::ExportedFact::decode(message.payload.clone())
            .expect("an exported fact");
        let event: serde_json::Value = serde_json::from_str(&exported.cloud_event).expect("JSON");
        let text = |name: &str| {
            event[name]
                .as_str()
                .unwrap_or_else(|| panic!("a CloudEvent has {name}"))
                .to_owned()
        };
        return Fact {
            id: text("id").parse().expect("a UUID"),
            kind: text("type"),
            noun,
            subject: text("subject").parse().expect("a UUID"),
            revision: text("sequence").parse().expect("a number"),
        };
    }
    let headers = message.headers.as_ref().expect("facts have headers");
    let text = |name: &str| {
        headers
            .get(name)
            .unwrap_or_else(|| panic!("a fact has {name}"))
            .as_str()
            .to_owned()
    };
    Fact {
        id: text("ce-id").parse().expect("a UUID"),
        kind: text("ce-type"),
        noun,
        subject: text("ce-subject").parse().expect("a UUID"),
        revision: text("ce-sequence").parse().expect("a number"),
    }
}

#[test]
fn the_checker_sees_what_is_lost_doubled_reordered_or_foreign() {
    let (subject, other) = (Uuid::now_v7(), Uuid::now_v7());
    let fact = |subject, revision| Fact {
        id: Uuid::now_v7(),
        kind: "kulturtorg.ticketing.v1.OrderPaid".to_owned(),
        noun: "order".to_owned(),
        subject,
        revision,
    };
    let good = vec![fact(subject, 1), fact(other, 1), fact(subject, 2)];
    assert_eq!(compare("r", &good, &good), Vec::<String>::new());
    let lost = &good[..2];
    let doubled = [good.clone(), vec![good[2].clone()]].concat();
    let reordered = [good[2].clone(), good[1].clone(), good[0].clone()];
    let foreign = [good.clone(), vec![fact(Uuid::now_v7(), 1)]].concat();
    for bad in [lost, &doubled, &reordered, &foreign] {
        assert_ne!(compare("r", &good, bad), Vec::<String>::new());
        assert_ne!(compare_exported(&good, bad), Vec::<String>::new());
    }
    assert_eq!(compare_exported(&good, &good), Vec::<String>::new());
}

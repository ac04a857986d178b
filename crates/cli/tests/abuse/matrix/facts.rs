//! Rows 57 and 58: what stands in a stream and is no proper fact. Only roles can write there, so whoever does this has
//! broken into one.
use async_nats::HeaderMap;
use async_nats::jetstream::{self, context::PublishError};
use bytes::Bytes;
use contracts::review::v1::{ApplicationApproved, ApplicationWithdrawn};
use futures::FutureExt;
use prost::{Message, Name};
use testkit::eventually;
use uuid::Uuid;

use super::stage::Stage;
use super::trial::{Holds, Row, Trial};
use crate::checker::jetstream;

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 2] = [
    Row { number: 57, input: "facts that cannot be read, of an unknown type or form, or too large", holds: Holds::Trace("they are put aside", |t| unreadable(t).boxed_local()) },
    Row { number: 58, input: "facts that are missing, old, or told twice in different words", holds: Holds::Trace("the facts that are in order", |t| out_of_order(t).boxed_local()) },
];

/// Reads decisions of review.
const CONSUMER: &str = "profiles-decisions";

/// A message to review's stream.
struct Fact {
    id: String,
    subject: String,
    headers: Vec<(&'static str, String)>,
    payload: Bytes,
}

impl Fact {
    /// One that profiles has nothing to do for.
    fn new(thing: Uuid, revision: i64) -> Self {
        let id = Uuid::now_v7().to_string();
        let of_no_concern = ApplicationWithdrawn {
            application_id: thing.to_string(),
        };
        Self {
            subject: format!("kt.varmland.review.application.withdrawn.{thing}"),
            headers: vec![
                ("ce-specversion", "1.0".to_owned()),
                ("ce-id", id.clone()),
                ("ce-type", ApplicationWithdrawn::full_name()),
                ("ce-source", "/kulturtorg/varmland/review".to_owned()),
                ("ce-time", "2026-11-21T08:00:00Z".to_owned()),
                ("ce-subject", thing.to_string()),
                ("ce-sequence", format!("{revision:020}")),
            ],
            payload: of_no_concern.encode_to_vec().into(),
            id,
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        let header = self.headers.iter_mut().find(|(n, _)| *n == name);
        header.expect("a header of facts").1 = value.to_owned();
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| *n != name);
        self
    }

    fn at(mut self, subject: &str) -> Self {
        self.subject = format!("kt.varmland.review.application.{subject}");
        self
    }

    fn saying(self, kind: &str, payload: impl Into<Bytes>) -> Self {
        Self {
            payload: payload.into(),
            ..self.with("ce-type", kind)
        }
    }

    async fn publish(&self, js: &jetstream::Context) -> Result<(), PublishError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(*name, value.as_str());
        }
        let sent = js.publish_with_headers(self.subject.clone(), headers, self.payload.clone());
        sent.await?.await.map(drop)
    }

    /// Whether the consumer was done with it, one way or the other.
    async fn noted(&self, stage: &Stage) -> bool {
        let noted = format!(
            "profiles.inbox where consumer = '{CONSUMER}' and event_id = '{}'",
            self.id
        );
        stage.count(&noted).await == 1
    }

    async fn wait(&self, stage: &Stage) {
        eventually("a fact to be read", async || {
            self.noted(stage).await.then_some(())
        })
        .await;
    }
}

async fn put_aside(stage: &Stage) -> i64 {
    stage
        .count(&format!(
            "profiles.dead_letter where consumer = '{CONSUMER}'"
        ))
        .await
}

async fn unreadable(t: &Trial<'_>) {
    let js = jetstream(&t.stage.region.nats.url()).await;
    let fresh = || Fact::new(Uuid::now_v7(), 1);
    let approved = ApplicationApproved::full_name();
    let damaged = [&[0x0A, 0xFF][..], t.mark.as_bytes()].concat();
    let strange = Uuid::now_v7();
    let bad = [
        ("no message", fresh().saying(&approved, damaged)),
        ("a text", fresh().saying(&approved, t.mark.clone())),
        ("no id", fresh().without("ce-id")),
        ("no type", fresh().without("ce-type")),
        ("no time", fresh().without("ce-time")),
        ("no sequence", fresh().without("ce-sequence")),
        ("an id that is none", fresh().with("ce-id", &t.mark)),
        (
            "an overlong sign in the id",
            fresh().with("ce-id", &format!("{}%C0%A0", t.mark)),
        ),
        ("a time that is none", fresh().with("ce-time", &t.mark)),
        ("the sequence 0", fresh().with("ce-sequence", "0")),
        (
            "a sequence beyond all numbers",
            fresh().with("ce-sequence", "99999999999999999999"),
        ),
        ("a version to come", fresh().with("ce-specversion", "2.0")),
        // The subject is where a fact stands, and is told.
        ("no thing", fresh().at("withdrawn.seven")),
        (
            "a longer subject",
            fresh().at(&format!("withdrawn.{strange}.1")),
        ),
    ];
    for (what, fact) in bad {
        let before = put_aside(t.stage).await;
        if let Err(error) = fact.publish(&js).await {
            t.note(format!("{what} did not reach the stream: {error:?}"));
            continue;
        }
        // A later one shows that the reader has passed it.
        let next = fresh();
        next.publish(&js).await.expect("published");
        next.wait(t.stage).await;
        t.holds(
            &format!("{what} is put aside"),
            put_aside(t.stage).await == before + 1,
        );
    }
    let before = put_aside(t.stage).await;
    let newer = fresh().saying("kulturtorg.review.v1.ApplicationPraised", t.mark.clone());
    newer.publish(&js).await.expect("published");
    newer.wait(t.stage).await;
    t.holds(
        "a type to come is passed over",
        put_aside(t.stage).await == before,
    );
    let large = fresh().saying(&approved, vec![b'z'; (1 << 20) + 1]);
    t.holds(
        "the broker takes no megabyte",
        large.publish(&js).await.is_err(),
    );
}

async fn out_of_order(t: &Trial<'_>) {
    let js = jetstream(&t.stage.region.nats.url()).await;
    let thing = Uuid::now_v7();
    let fact = |revision| Fact::new(thing, revision);
    let before = put_aside(t.stage).await;
    let (first, second, third) = (fact(1), fact(2), fact(3));
    first.publish(&js).await.expect("published");
    third.publish(&js).await.expect("published");
    first.wait(t.stage).await;
    let other = Fact::new(Uuid::now_v7(), 1);
    other.publish(&js).await.expect("published");
    other.wait(t.stage).await;
    t.holds(
        "what comes too early waits and holds up nothing else",
        !third.noted(t.stage).await,
    );
    second.publish(&js).await.expect("published");
    third.wait(t.stage).await;
    t.holds(
        "with the missing one, both take effect",
        revision(t.stage, thing).await == 3,
    );
    // From here on, this would be an approval of what was withdrawn.
    let approval = ApplicationApproved {
        application_id: t.mark.clone(),
        profile_id: t.stage.profile.clone(),
        ..Default::default()
    };
    let approved =
        |fact: Fact| fact.saying(&ApplicationApproved::full_name(), approval.encode_to_vec());
    let old = approved(fact(2));
    old.publish(&js).await.expect("published");
    old.wait(t.stage).await;
    let mut doubled = approved(fact(4)).with("ce-id", &third.id);
    doubled.id.clone_from(&third.id);
    doubled.publish(&js).await.expect("published");
    let last = fact(4);
    last.publish(&js).await.expect("published");
    last.wait(t.stage).await;
    t.holds(
        "none of it goes back or is told twice",
        revision(t.stage, thing).await == 4,
    );
    t.holds(
        "none of it is an obstacle",
        put_aside(t.stage).await == before,
    );
    let published = format!(
        "profiles.profile where id = '{}' and approved_at is null",
        t.stage.profile
    );
    t.holds(
        "the profile is still a draft",
        t.stage.count(&published).await == 1,
    );
}

/// The last revision of the thing that took effect.
async fn revision(stage: &Stage, thing: Uuid) -> i64 {
    let at = |revision: i64| {
        format!(
            "profiles.inbox_revision where consumer = '{CONSUMER}' and subject_id = '{thing}' and revision >= {revision}"
        )
    };
    let mut reached = 0;
    while stage.count(&at(reached + 1)).await > 0 {
        reached += 1;
    }
    reached
}

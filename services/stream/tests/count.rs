//! How often things happened, by days of the region.
use contracts::options::v1::Role;
use contracts::review::v1::ApplicationSubmitted;
use contracts::stream::v1::count_facts_request::Step;
use contracts::stream::v1::stream_service_client::StreamServiceClient;
use contracts::stream::v1::{CountFactsRequest, FactCount};
use prost_types::Timestamp;
use testkit::{Client, Stack, bad_fields, eventually};
use tonic::Code;
use uuid::Uuid;

const SUBMITTED: &str = "kulturtorg.review.v1.ApplicationSubmitted";

async fn stack() -> Stack {
    let mut stack = Stack::new().await;
    stack
        .start("stream", |start, region, listener| {
            stream::serve(start, region, stream::Settings::default(), listener)
        })
        .await;
    stack
}

fn of(stack: &Stack, role: Role) -> StreamServiceClient<Client> {
    StreamServiceClient::new(stack.person("stream", Uuid::from_u128(9), &[(role, None)]))
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("a time"))
}

fn between(start: &str, end: &str, step: Step) -> CountFactsRequest {
    CountFactsRequest {
        start_time: at(start),
        end_time: at(end),
        step: step.into(),
        types: Vec::new(),
    }
}

async fn count(stack: &Stack, request: CountFactsRequest) -> Vec<(String, String, i64)> {
    let counted = of(stack, Role::Administrator).count_facts(request).await;
    let told = |c: FactCount| {
        let start = c.start_time.expect("a period begins").to_string();
        (start, c.r#type, c.count)
    };
    let counts = counted.expect("may count").into_inner().counts;
    counts.into_iter().map(told).collect()
}

async fn note(stack: &Stack, kind: &str, times: &[&str]) {
    let mut db = stack.database.connect().await;
    for time in times {
        sqlx::query("insert into stream.exported values ($1, $2, $3::text::timestamptz)")
            .bind(Uuid::now_v7())
            .bind(kind)
            .bind(time)
            .execute(&mut db)
            .await
            .expect("a fact");
    }
}

#[tokio::test]
async fn what_is_exported_is_counted_once_on_its_day() {
    let stack = stack().await;
    for id in (1..=3).map(Uuid::from_u128) {
        let submitted = ApplicationSubmitted {
            application_id: id.to_string(),
            ..Default::default()
        };
        stack
            .publish("review", "application", "submitted", id, 1, submitted)
            .await;
    }
    let day = || {
        between(
            "2026-11-01T00:00:00Z",
            "2026-12-01T00:00:00Z",
            Step::Unspecified,
        )
    };
    let counted = eventually("three facts", async || {
        let counted = count(&stack, day()).await;
        counted.first().is_some_and(|c| c.2 == 3).then_some(counted)
    })
    .await;
    // Midnight in Stockholm, in winter.
    let expected = ("2026-11-20T23:00:00Z".to_owned(), SUBMITTED.to_owned(), 3);
    assert_eq!(counted, [expected]);
}

#[tokio::test]
async fn periods_begin_at_midnight_of_the_region_across_the_change_of_clocks() {
    let stack = stack().await;
    let times = [
        "2026-10-24 21:59:59Z", // the last second of Saturday, summer time
        "2026-10-24 22:00:00Z", // Sunday, a day of 25 hours
        "2026-10-25 22:59:59Z",
        "2026-10-25 23:00:00Z", // Monday, winter time
    ];
    note(&stack, "a", &times).await;
    note(&stack, "b", &times[3..]).await;
    let days = between(
        "2026-10-01T00:00:00Z",
        "2026-11-01T00:00:00Z",
        Step::Unspecified,
    );
    let row = |start: &str, kind: &str, n| (start.to_owned(), kind.to_owned(), n);
    assert_eq!(
        count(&stack, days.clone()).await,
        [
            row("2026-10-23T22:00:00Z", "a", 1),
            row("2026-10-24T22:00:00Z", "a", 2),
            row("2026-10-25T23:00:00Z", "a", 1),
            row("2026-10-25T23:00:00Z", "b", 1),
        ]
    );
    let step = |step: Step| CountFactsRequest {
        step: step.into(),
        types: vec!["a".to_owned()],
        ..days.clone()
    };
    assert_eq!(
        count(&stack, step(Step::Week)).await,
        [
            row("2026-10-18T22:00:00Z", "a", 3),
            row("2026-10-25T23:00:00Z", "a", 1)
        ]
    );
    assert_eq!(
        count(&stack, step(Step::Month)).await,
        [row("2026-09-30T22:00:00Z", "a", 4)]
    );
    let before = between(
        "2026-10-24T22:00:00Z",
        "2026-10-25T23:00:00Z",
        Step::Unspecified,
    );
    assert_eq!(
        count(&stack, before).await,
        [row("2026-10-24T22:00:00Z", "a", 2)],
        "the end is not in it"
    );
}

#[tokio::test]
async fn too_long_a_time_or_a_backward_one_is_refused_and_so_are_strangers() {
    let stack = stack().await;
    let mut client = of(&stack, Role::Analyst);
    for (start, end, step) in [
        (
            "2026-01-02T00:00:00Z",
            "2026-01-01T00:00:00Z",
            Step::Unspecified,
        ),
        (
            "2024-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            Step::Unspecified,
        ),
        ("1990-01-01T00:00:00Z", "2026-01-01T00:00:00Z", Step::Month),
    ] {
        let refused = client.count_facts(between(start, end, step)).await;
        assert_eq!(bad_fields(&refused.expect_err("no")), ["end_time"]);
    }
    let years = between("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z", Step::Week);
    client.count_facts(years.clone()).await.expect("105 weeks");
    let refused = of(&stack, Role::House).count_facts(years).await;
    assert_eq!(
        refused.expect_err("not a house").code(),
        Code::PermissionDenied
    );
}

//! What analysts get: every exported fact once, in order, and nothing about a person.
use contracts::identity::v1::RoleGranted;
use contracts::options::v1::Role;
use contracts::review::v1::{ApplicationApproved, ApplicationSubmitted};
use contracts::stream::v1::follow_request::Start;
use contracts::stream::v1::stream_service_client::StreamServiceClient;
use contracts::stream::v1::{FollowRequest, FollowResponse, GetPositionRequest};
use serde_json::Value;
use testkit::{Client, Stack, eventually};
use tonic::Code;
use uuid::Uuid;

async fn stack() -> Stack {
    let mut stack = Stack::new().await;
    stack
        .start("stream", |start, region, listener| {
            stream::serve(start, region, stream::Settings::default(), listener)
        })
        .await;
    stack
}

fn analyst(stack: &Stack) -> StreamServiceClient<Client> {
    StreamServiceClient::new(stack.person("stream", Uuid::from_u128(9), &[(Role::Analyst, None)]))
}

/// Everything stored so far, from `after` on.
async fn follow(stack: &Stack, after: i64, types: &[&str]) -> Vec<(i64, Value)> {
    let mut client = analyst(stack);
    let position = client
        .get_position(GetPositionRequest {})
        .await
        .expect("may ask");
    let until = position.into_inner().sequence;
    if until == 0 {
        return Vec::new();
    }
    let request = FollowRequest {
        start: Start::After.into(),
        after,
        types: types.iter().map(|t| (*t).to_owned()).collect(),
        until,
    };
    let mut answers = client
        .follow(request)
        .await
        .expect("may follow")
        .into_inner();
    let mut told = Vec::new();
    while let Some(FollowResponse {
        sequence,
        cloud_event,
    }) = answers.message().await.expect("goes on")
    {
        told.push((sequence, serde_json::from_str(&cloud_event).expect("JSON")));
    }
    told
}

async fn apply(stack: &Stack, id: Uuid) {
    let application_id = id.to_string();
    let submitted = ApplicationSubmitted {
        application_id: application_id.clone(),
        ..Default::default()
    };
    stack
        .publish("review", "application", "submitted", id, 1, submitted)
        .await;
    let approved = ApplicationApproved {
        application_id,
        days: 12,
        ..Default::default()
    };
    stack
        .publish("review", "application", "approved", id, 2, approved)
        .await;
}

#[tokio::test]
async fn every_exported_fact_arrives_once_and_in_order() {
    let stack = stack().await;
    let ids: Vec<Uuid> = (1..=20).map(Uuid::from_u128).collect();
    for id in &ids {
        apply(&stack, *id).await;
    }
    let told = eventually("40 facts", async || {
        let told = follow(&stack, 0, &[]).await;
        (told.len() >= 40).then_some(told)
    })
    .await;
    assert_eq!(told.len(), 40);
    for id in ids {
        let of: Vec<&str> = told
            .iter()
            .filter(|(_, event)| event["subject"] == id.to_string())
            .map(|(_, event)| event["type"].as_str().expect("a type"))
            .collect();
        assert_eq!(
            of,
            [
                "kulturtorg.review.v1.ApplicationSubmitted",
                "kulturtorg.review.v1.ApplicationApproved"
            ]
        );
    }
}

#[tokio::test]
async fn a_follower_goes_on_where_it_ended_and_may_choose_types() {
    let stack = stack().await;
    apply(&stack, Uuid::from_u128(1)).await;
    let first = eventually("two facts", async || {
        let told = follow(&stack, 0, &[]).await;
        (told.len() == 2).then_some(told)
    })
    .await;
    assert!(
        follow(&stack, first[1].0, &[]).await.is_empty(),
        "nothing is repeated"
    );
    let rest = follow(&stack, first[0].0, &[]).await;
    assert_eq!(rest, first[1..]);
    let chosen = follow(&stack, 0, &["kulturtorg.review.v1.ApplicationApproved"]).await;
    assert_eq!(chosen, first[1..]);
}

#[tokio::test]
async fn a_follower_from_now_on_gets_what_happens_next_and_nothing_before() {
    let stack = stack().await;
    apply(&stack, Uuid::from_u128(1)).await;
    eventually("the first facts", async || {
        (follow(&stack, 0, &[]).await.len() == 2).then_some(())
    })
    .await;
    let mut answers = analyst(&stack)
        .follow(FollowRequest::default())
        .await
        .expect("may follow")
        .into_inner();
    apply(&stack, Uuid::from_u128(2)).await;
    let next = answers
        .message()
        .await
        .expect("goes on")
        .expect("does not end");
    assert!(
        next.cloud_event.contains(&Uuid::from_u128(2).to_string()),
        "{}",
        next.cloud_event
    );
}

#[tokio::test]
async fn facts_about_accounts_are_never_exported() {
    let stack = stack().await;
    let account = Uuid::from_u128(77);
    let granted = RoleGranted {
        account_id: account.to_string(),
        ..Default::default()
    };
    stack
        .publish("identity", "account", "role_granted", account, 1, granted)
        .await;
    apply(&stack, Uuid::from_u128(1)).await;
    let told = eventually("the other facts", async || {
        let told = follow(&stack, 0, &[]).await;
        (told.len() >= 2).then_some(told)
    })
    .await;
    assert!(!format!("{told:?}").contains(&account.to_string()));
}

#[tokio::test]
async fn only_analysts_administrators_and_operators_may_follow() {
    let stack = stack().await;
    let mut anonymous = StreamServiceClient::new(stack.anonymous("stream"));
    let refused = anonymous
        .follow(FollowRequest::default())
        .await
        .expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    for role in [Role::Reviewer, Role::House] {
        let mut client =
            StreamServiceClient::new(stack.person("stream", Uuid::from_u128(1), &[(role, None)]));
        let refused = client
            .follow(FollowRequest::default())
            .await
            .expect_err("another role");
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
}

#[tokio::test]
async fn every_bad_field_of_a_request_is_named() {
    let stack = stack().await;
    let request = FollowRequest {
        start: 99,
        after: -1,
        types: vec!["x".repeat(301)],
        until: -5,
    };
    let refused = analyst(&stack)
        .follow(request)
        .await
        .expect_err("four bad fields");
    assert_eq!(
        testkit::bad_fields(&refused),
        ["after", "start", "types[0]", "until"]
    );
}

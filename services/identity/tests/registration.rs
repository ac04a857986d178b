//! From an address to an account.
mod common;

use std::sync::Arc;

use common::*;
use contracts::identity::v1::*;
use contracts::notify::v1::send_request::Recipient;
use contracts::options::v1::Role;
use testkit::{Stack, bad_fields, reason};
use tonic::Code;
use uuid::Uuid;

#[tokio::test]
async fn a_confirmed_address_can_sign_in_and_the_fact_is_published() {
    let app = App::start().await;
    app.anybody()
        .register(registration("asa@example.org"))
        .await
        .expect("registered");
    assert_eq!(
        reason(
            &app.try_sign_in("asa@example.org", PASSWORD)
                .await
                .expect_err("not confirmed")
        ),
        "WRONG_CREDENTIALS"
    );

    let mail = app
        .mails("identity.confirm")
        .await
        .pop()
        .expect("a mail was left");
    assert_eq!(
        param(&mail, "link"),
        format!("http://localhost:8080/confirm?token={}", token(&mail))
    );
    let answer = app
        .anybody()
        .confirm_email(ConfirmEmailRequest {
            token: token(&mail),
        })
        .await
        .expect("confirmed");
    let id: Uuid = answer.into_inner().account_id.parse().expect("an id");

    let tokens = app
        .try_sign_in("ASA@Example.org", PASSWORD)
        .await
        .expect("signed in");
    let me = app
        .holder(&tokens)
        .get_me(GetMeRequest {})
        .await
        .expect("signed in")
        .into_inner();
    assert_eq!(
        (me.id, me.email.as_str(), me.name.as_str()),
        (id.to_string(), "asa@example.org", "Åsa Öberg")
    );
    assert!(me.grants.is_empty());
    let fact = app.stack.fact("identity", "AccountConfirmed", id).await;
    assert_eq!(fact.revision, 1);
    assert_eq!(app.audited().await, ["account_confirmed"]);
}

#[tokio::test]
async fn registering_a_known_address_gets_the_same_answer_and_tells_its_owner() {
    let app = App::start().await;
    let id = app.account("known@example.org").await;
    let known = app
        .anybody()
        .register(registration("KNOWN@example.org"))
        .await
        .expect("the same answer");
    let unknown = app
        .anybody()
        .register(registration("unknown@example.org"))
        .await
        .expect("the same answer");
    assert_eq!(known.get_ref(), unknown.get_ref());
    let names = |r: &tonic::Response<RegisterResponse>| {
        r.metadata()
            .keys()
            .map(|k| format!("{k:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&known), names(&unknown));

    let told = app.mails("identity.already_registered").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].recipient,
        Some(Recipient::AccountId(id.to_string()))
    );
    assert_eq!(app.confirm_tokens("KNOWN@example.org").await.len(), 0);
    app.sign_in("known@example.org").await;
}

#[tokio::test]
async fn a_repeated_request_registers_once_and_its_id_serves_no_other() {
    let app = App::start().await;
    let request = registration("asa@example.org");
    for _ in 0..3 {
        app.anybody()
            .register(request.clone())
            .await
            .expect("the same answer");
    }
    assert_eq!(app.confirm_tokens("asa@example.org").await.len(), 1);
    let other = RegisterRequest {
        email: "other@example.org".to_owned(),
        ..request
    };
    let refused = app
        .anybody()
        .register(other)
        .await
        .expect_err("the id is taken");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
}

#[tokio::test]
async fn nothing_that_is_kept_of_a_request_depends_on_its_password() {
    let app = App::start().await;
    let request = registration("asa@example.org");
    app.anybody()
        .register(request.clone())
        .await
        .expect("registered");
    // Were the password part of the kept fingerprint, this would be another request.
    app.anybody()
        .register(RegisterRequest {
            password: "something else".to_owned(),
            ..request
        })
        .await
        .expect("the same answer");
}

#[tokio::test]
async fn before_registration_opens_only_the_first_administrator_registers() {
    let mut stack = Stack::new().await;
    let mut region = (*stack.region).clone();
    region.launch.registration_opens = stack.clock.now() + time::Duration::hours(1);
    stack.region = Arc::new(region);
    let app = App::with(stack).await;
    let refused = app
        .anybody()
        .register(registration("asa@example.org"))
        .await
        .expect_err("not open");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "REGISTRATION_NOT_OPEN")
    );

    let administrator = app.account(ADMINISTRATOR).await;
    let me = app
        .person(administrator)
        .get_me(GetMeRequest {})
        .await
        .expect("an account")
        .into_inner();
    assert_eq!(
        me.grants.iter().map(Grant::role).collect::<Vec<_>>(),
        [Role::Administrator]
    );
    app.stack
        .fact("identity", "RoleGranted", administrator)
        .await;

    app.stack.clock.advance(3600);
    app.anybody()
        .register(registration("asa@example.org"))
        .await
        .expect("open now");
}

#[tokio::test]
async fn of_two_registrations_the_one_whose_token_is_used_becomes_the_account() {
    let app = App::start().await;
    let strangers = RegisterRequest {
        password: "the stranger's".to_owned(),
        ..registration("asa@example.org")
    };
    app.anybody().register(strangers).await.expect("registered");
    app.anybody()
        .register(registration("asa@example.org"))
        .await
        .expect("registered");
    let tokens = app.confirm_tokens("asa@example.org").await;

    let confirm = |token: &String| {
        let (mut client, token) = (app.anybody(), token.clone());
        async move { client.confirm_email(ConfirmEmailRequest { token }).await }
    };
    let first = confirm(&tokens[1]).await.expect("confirmed").into_inner();
    assert_eq!(
        confirm(&tokens[1])
            .await
            .expect("the same answer")
            .into_inner(),
        first
    );
    assert_eq!(
        reason(&confirm(&tokens[0]).await.expect_err("another one won")),
        "INVALID_TOKEN"
    );
    app.sign_in("asa@example.org").await;
    assert!(
        app.try_sign_in("asa@example.org", "the stranger's")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn tokens_of_one_address_used_at_once_make_one_account() {
    let app = App::start().await;
    for _ in 0..4 {
        app.anybody()
            .register(registration("asa@example.org"))
            .await
            .expect("registered");
    }
    let tokens = app.confirm_tokens("asa@example.org").await;
    let all = tokens.into_iter().map(|token| {
        let mut client = app.anybody();
        async move { client.confirm_email(ConfirmEmailRequest { token }).await }
    });
    let answers = futures::future::join_all(all).await;
    assert_eq!(
        answers.iter().filter(|a| a.is_ok()).count(),
        1,
        "{answers:?}"
    );
    for refused in answers.iter().filter_map(|a| a.as_ref().err()) {
        assert_eq!(reason(refused), "INVALID_TOKEN");
    }
}

#[tokio::test]
async fn one_token_used_at_once_gets_one_answer() {
    let app = App::start().await;
    app.anybody()
        .register(registration("asa@example.org"))
        .await
        .expect("registered");
    let token = app.confirm_tokens("asa@example.org").await.remove(0);
    let all = (0..4).map(|_| {
        let (mut client, token) = (app.anybody(), token.clone());
        async move { client.confirm_email(ConfirmEmailRequest { token }).await }
    });
    let answers = futures::future::join_all(all).await;
    let ids: Vec<_> = answers
        .into_iter()
        .map(|a| a.expect("confirmed").into_inner().account_id)
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn a_token_ends_after_a_day_and_a_new_one_can_be_had() {
    let app = App::start().await;
    app.anybody()
        .register(registration("asa@example.org"))
        .await
        .expect("registered");
    app.stack.clock.advance(23 * 3600);
    for email in ["asa@example.org", "nobody@example.org"] {
        let email = email.to_owned();
        app.anybody()
            .resend_confirmation(ResendConfirmationRequest { email })
            .await
            .expect("the same answer");
    }
    app.stack.clock.advance(3600);
    let tokens = app.confirm_tokens("asa@example.org").await;
    assert_eq!(tokens.len(), 2);
    let confirm = |token: &str| ConfirmEmailRequest {
        token: token.to_owned(),
    };
    assert_eq!(
        reason(
            &app.anybody()
                .confirm_email(confirm(&tokens[0]))
                .await
                .expect_err("too old")
        ),
        "INVALID_TOKEN"
    );
    assert_eq!(
        reason(
            &app.anybody()
                .confirm_email(confirm("made-up"))
                .await
                .expect_err("unknown")
        ),
        "INVALID_TOKEN"
    );
    app.anybody()
        .confirm_email(confirm(&tokens[1]))
        .await
        .expect("confirmed");
    assert!(app.confirm_tokens("nobody@example.org").await.is_empty());
}

#[tokio::test]
async fn strangers_cannot_flood_an_address_whether_it_has_an_account_or_not() {
    let app = App::start().await;
    app.account("known@example.org").await;
    let mut refusals = Vec::new();
    for email in ["known@example.org", "unknown@example.org"] {
        // One mail was spent on making the known account.
        let free = if email.starts_with("known") { 9 } else { 10 };
        for _ in 0..free {
            app.anybody()
                .register(registration(email))
                .await
                .expect("within the limit");
        }
        refusals.push(
            app.anybody()
                .register(registration(email))
                .await
                .expect_err("too many"),
        );
    }
    assert_eq!(
        (refusals[0].code(), reason(&refusals[0]).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_TRIES")
    );
    assert_eq!(bytes(&refusals[0]), bytes(&refusals[1]));
    app.stack.clock.advance(600);
    app.anybody()
        .register(registration("known@example.org"))
        .await
        .expect("one more after ten minutes");
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let app = App::start().await;
    let refused = app
        .anybody()
        .register(RegisterRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(
        bad_fields(&refused),
        ["email", "name", "password", "request_id"]
    );
    let bad = RegisterRequest {
        email: "asa".to_owned(),
        password: "1234567".to_owned(),
        name: "x".repeat(201),
        language: "svenska".to_owned(),
        request_id: "1".to_owned(),
    };
    let refused = app.anybody().register(bad).await.expect_err("bad");
    assert_eq!(
        bad_fields(&refused),
        ["email", "language", "name", "password", "request_id"]
    );
    let foreign = RegisterRequest {
        language: "nl".to_owned(),
        ..registration("asa@example.org")
    };
    assert_eq!(
        bad_fields(
            &app.anybody()
                .register(foreign)
                .await
                .expect_err("not of the region")
        ),
        ["language"]
    );
}

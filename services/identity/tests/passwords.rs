//! A new password for somebody who forgot the old one.
mod common;

use common::*;
use contracts::identity::v1::*;
use testkit::{bad_fields, reason};
use tonic::Code;

const NEW: &str = "ett nytt lösenord";

async fn reset_token(app: &App, email: &str) -> String {
    let email = email.to_owned();
    app.anybody()
        .request_password_reset(RequestPasswordResetRequest { email })
        .await
        .expect("the same answer");
    app.mails("identity.password_reset")
        .await
        .last()
        .map(token)
        .expect("a mail was left")
}

fn reset(token: &str) -> ResetPasswordRequest {
    ResetPasswordRequest {
        token: token.to_owned(),
        password: NEW.to_owned(),
    }
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one_and_ends_every_session() {
    let app = App::start().await;
    let id = app.account("asa@example.org").await;
    let sessions = [
        app.sign_in("asa@example.org").await,
        app.sign_in("asa@example.org").await,
    ];
    let earlier = reset_token(&app, "asa@example.org").await;
    let token = reset_token(&app, "ASA@example.org").await;
    app.anybody()
        .reset_password(reset(&token))
        .await
        .expect("reset");

    for session in &sessions {
        assert_eq!(
            reason(&app.refresh(session).await.expect_err("over")),
            "INVALID_REFRESH_TOKEN"
        );
    }
    assert!(app.try_sign_in("asa@example.org", PASSWORD).await.is_err());
    app.try_sign_in("asa@example.org", NEW)
        .await
        .expect("signed in");
    for used in [&token, &earlier] {
        assert_eq!(
            reason(
                &app.anybody()
                    .reset_password(reset(used))
                    .await
                    .expect_err("used")
            ),
            "INVALID_TOKEN"
        );
    }
    assert_eq!(app.mails("identity.password_changed").await.len(), 1);
    let ended = testkit::eventually("two facts", async || {
        let facts = app.stack.facts("identity").await;
        let ended: Vec<_> = facts
            .into_iter()
            .filter(|f| f.kind.ends_with("SessionEnded") && f.subject_id == id)
            .collect();
        (ended.len() == 2).then_some(ended)
    });
    assert_eq!(
        ended.await.iter().map(|f| f.revision).collect::<Vec<_>>(),
        [2, 3]
    );
    let log = app.audited().await;
    assert_eq!(
        log[1..],
        [
            "password_reset_requested",
            "password_reset_requested",
            "password_reset",
            "session_ended",
            "session_ended"
        ]
    );
}

#[tokio::test]
async fn asking_for_a_reset_tells_nothing_of_the_address() {
    let app = App::start().await;
    app.account("known@example.org").await;
    let ask = async |email: &str| {
        let request = RequestPasswordResetRequest {
            email: email.to_owned(),
        };
        app.anybody().request_password_reset(request).await
    };
    let known = ask("known@example.org")
        .await
        .expect("the same answer")
        .into_inner();
    assert_eq!(
        known,
        ask("unknown@example.org")
            .await
            .expect("the same answer")
            .into_inner()
    );
    assert_eq!(app.mails("identity.password_reset").await.len(), 1);

    let mut refused = Vec::new();
    for email in ["known@example.org", "unknown@example.org"] {
        let mut last = ask(email).await;
        for _ in 0..10 {
            last = ask(email).await;
        }
        refused.push(last.expect_err("too many"));
    }
    assert_eq!(refused[0].code(), Code::ResourceExhausted);
    assert_eq!(bytes(&refused[0]), bytes(&refused[1]));
}

#[tokio::test]
async fn a_token_sets_one_password_even_when_used_twice_at_once() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    for _ in 0..10 {
        app.stack.clock.advance(600);
        let token = reset_token(&app, "asa@example.org").await;
        let (mut first, mut second) = (app.anybody(), app.anybody());
        let (a, b) = tokio::join!(
            first.reset_password(reset(&token)),
            second.reset_password(reset(&token))
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    }
}

#[tokio::test]
async fn an_old_token_or_a_short_password_is_refused() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    let token = reset_token(&app, "asa@example.org").await;
    let short = ResetPasswordRequest {
        password: "1234567".to_owned(),
        ..reset(&token)
    };
    assert_eq!(
        bad_fields(
            &app.anybody()
                .reset_password(short)
                .await
                .expect_err("short")
        ),
        ["password"]
    );
    app.stack.clock.advance(3600);
    let refused = app
        .anybody()
        .reset_password(reset(&token))
        .await
        .expect_err("old");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "INVALID_TOKEN")
    );
    app.sign_in("asa@example.org").await;
}

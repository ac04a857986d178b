//! Signing in, staying signed in, signing out.
mod common;

use std::time::{Duration, Instant};

use common::*;
use contracts::identity::v1::*;
use contracts::options::v1::Role;
use testkit::{bad_fields, reason};
use tonic::Code;
use uuid::Uuid;

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer_after_the_same_work() {
    let app = App::start().await;
    app.account("known@example.org").await;
    let mut fastest = [Duration::MAX; 2];
    let mut answers = Vec::new();
    for _ in 0..5 {
        for (i, email) in ["known@example.org", "unknown@example.org"]
            .into_iter()
            .enumerate()
        {
            let began = Instant::now();
            answers.push(
                app.try_sign_in(email, "wrong password")
                    .await
                    .expect_err("refused"),
            );
            fastest[i] = fastest[i].min(began.elapsed());
        }
    }
    assert_eq!(
        (answers[0].code(), reason(&answers[0]).as_str()),
        (Code::Unauthenticated, "WRONG_CREDENTIALS")
    );
    for answer in &answers {
        assert_eq!(bytes(answer), bytes(&answers[0]));
    }
    // Without the hash the answer would come some twenty times sooner.
    assert!(
        fastest[1] * 3 > fastest[0],
        "known: {:?}, unknown: {:?}",
        fastest[0],
        fastest[1]
    );
}

#[tokio::test]
async fn refreshing_gives_new_tokens_with_the_roles_held_now() {
    let app = App::start().await;
    let administrator = app.account(ADMINISTRATOR).await;
    app.account("asa@example.org").await;
    let first = app.sign_in("asa@example.org").await;
    let refused = app
        .holder(&first)
        .list_grants(list_all())
        .await
        .expect_err("no administrator");
    assert_eq!(refused.code(), Code::PermissionDenied);

    let account = Some(grant_role_request::Account::Email(
        "asa@example.org".to_owned(),
    ));
    let role = Role::Administrator.into();
    let grant = GrantRoleRequest {
        account,
        role,
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    app.administrator(administrator)
        .grant_role(grant)
        .await
        .expect("granted");
    assert!(
        app.holder(&first).list_grants(list_all()).await.is_err(),
        "a token says what was so when it was made"
    );
    let second = app.refresh(&first).await.expect("refreshed");
    assert_ne!(second.refresh_token, first.refresh_token);
    app.holder(&second)
        .list_grants(list_all())
        .await
        .expect("an administrator now");
    app.refresh(&second).await.expect("refreshed again");
}

fn list_all() -> ListGrantsRequest {
    ListGrantsRequest::default()
}

#[tokio::test]
async fn an_access_token_ends_after_five_minutes() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    let tokens = app.sign_in("asa@example.org").await;
    let ends = tokens.expire_time.expect("given").seconds;
    assert_eq!(ends, app.stack.clock.now().unix_timestamp() + 300);
    app.stack.clock.advance(299);
    app.holder(&tokens)
        .get_me(GetMeRequest {})
        .await
        .expect("still good");
    app.stack.clock.advance(1);
    assert_eq!(
        app.holder(&tokens)
            .get_me(GetMeRequest {})
            .await
            .expect_err("ended")
            .code(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_its_session() {
    let app = App::start().await;
    let id = app.account("asa@example.org").await;
    let first = app.sign_in("asa@example.org").await;
    let other = app.sign_in("asa@example.org").await;
    let second = app.refresh(&first).await.expect("refreshed");
    let third = app.refresh(&second).await.expect("refreshed");
    let replayed = app.refresh(&first).await.expect_err("used");
    assert_eq!(
        (replayed.code(), reason(&replayed).as_str()),
        (Code::Unauthenticated, "REFRESH_TOKEN_REPLAYED")
    );
    for token in [&first, &second, &third] {
        assert_eq!(
            reason(&app.refresh(token).await.expect_err("the session is over")),
            "INVALID_REFRESH_TOKEN"
        );
    }
    app.refresh(&other).await.expect("another session lives on");
    app.stack.fact("identity", "SessionEnded", id).await;
    assert_eq!(app.audited().await, ["account_confirmed", "session_ended"]);
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_once_within_a_minute() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    let first = app.sign_in("asa@example.org").await;
    let lost = app.refresh(&first).await.expect("refreshed");
    app.stack.clock.advance(60);
    let second = app.refresh(&first).await.expect("the answer was lost");
    let third = app.refresh(&second).await.expect("goes on");
    assert_eq!(
        reason(
            &app.refresh(&lost)
                .await
                .expect_err("somebody has it after all")
        ),
        "REFRESH_TOKEN_REPLAYED"
    );
    assert_eq!(
        reason(&app.refresh(&third).await.expect_err("over")),
        "INVALID_REFRESH_TOKEN"
    );
}

#[tokio::test]
async fn a_lost_answer_is_too_late_after_a_minute_and_given_only_once_more() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    let late = app.sign_in("asa@example.org").await;
    app.refresh(&late).await.expect("refreshed");
    app.stack.clock.advance(61);
    assert_eq!(
        reason(&app.refresh(&late).await.expect_err("too late")),
        "REFRESH_TOKEN_REPLAYED"
    );

    let greedy = app.sign_in("asa@example.org").await;
    app.refresh(&greedy).await.expect("refreshed");
    app.refresh(&greedy).await.expect("lost");
    assert_eq!(
        reason(&app.refresh(&greedy).await.expect_err("twice")),
        "REFRESH_TOKEN_REPLAYED"
    );
}

#[tokio::test]
async fn refreshes_at_once_leave_one_good_token_or_none() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    for at_once in [2, 8] {
        let tokens = app.sign_in("asa@example.org").await;
        let all = futures::future::join_all((0..at_once).map(|_| app.refresh(&tokens))).await;
        let got: Vec<_> = all.into_iter().filter_map(Result::ok).collect();
        assert_eq!(got.len(), 2, "the rotation and one retry");
        let mut db = app.stack.database.connect().await;
        let good: i64 = sqlx::query_scalar(
            "select count(*) from identity.refresh_token t join identity.session s on s.id = t.session_id
             where s.id = (select id from identity.session order by id desc limit 1) and t.used_at is null and s.ended_at is null",
        )
        .fetch_one(&mut db)
        .await
        .expect("readable");
        assert_eq!(good, if at_once == 2 { 1 } else { 0 });
    }
}

#[tokio::test]
async fn signing_out_ends_this_session_and_may_be_repeated() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    let here = app.sign_in("asa@example.org").await;
    let there = app.sign_in("asa@example.org").await;
    for _ in 0..2 {
        app.holder(&here)
            .sign_out(SignOutRequest {})
            .await
            .expect("signed out");
    }
    assert_eq!(
        reason(&app.refresh(&here).await.expect_err("over")),
        "INVALID_REFRESH_TOKEN"
    );
    app.refresh(&there).await.expect("lives on");
    assert_eq!(app.audited().await, ["account_confirmed", "session_ended"]);
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions_alone() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    app.account("other@example.org").await;
    let first = app.sign_in("asa@example.org").await;
    app.stack.clock.advance(1);
    let second = app.sign_in("asa@example.org").await;
    let others = app.sign_in("other@example.org").await;

    let page = async |page_token: String| {
        let request = ListSessionsRequest {
            page_size: 1,
            page_token,
        };
        app.holder(&second)
            .list_sessions(request)
            .await
            .expect("listed")
            .into_inner()
    };
    let newest = page(String::new()).await;
    let oldest = page(newest.next_page_token.clone()).await;
    assert!(oldest.next_page_token.is_empty());
    assert_eq!(
        (newest.sessions[0].current, oldest.sessions[0].current),
        (true, false)
    );
    let foreign = ListSessionsRequest {
        page_size: 1,
        page_token: newest.next_page_token,
    };
    assert_eq!(
        bad_fields(
            &app.holder(&others)
                .list_sessions(foreign)
                .await
                .expect_err("not theirs")
        ),
        ["page_token"]
    );

    let end = EndSessionRequest {
        session_id: oldest.sessions[0].id.clone(),
    };
    let refused = app
        .holder(&others)
        .end_session(end.clone())
        .await
        .expect_err("not theirs");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::NotFound, "NO_SUCH_SESSION")
    );
    app.holder(&second)
        .end_session(end.clone())
        .await
        .expect("ended");
    assert_eq!(
        app.holder(&second)
            .end_session(end)
            .await
            .expect_err("ended")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        reason(&app.refresh(&first).await.expect_err("over")),
        "INVALID_REFRESH_TOKEN"
    );
    assert_eq!(page(String::new()).await.sessions.len(), 1);
}

#[tokio::test]
async fn a_session_lasts_thirty_days_however_often_it_is_refreshed() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    let mut tokens = app.sign_in("asa@example.org").await;
    for _ in 0..29 {
        app.stack.clock.advance(24 * 3600);
        tokens = app.refresh(&tokens).await.expect("refreshed");
    }
    app.stack.clock.advance(24 * 3600);
    assert_eq!(
        reason(&app.refresh(&tokens).await.expect_err("over")),
        "INVALID_REFRESH_TOKEN"
    );
}

#[tokio::test]
async fn guessing_one_accounts_password_ends_soon_and_hinders_nobody_else() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    app.account("other@example.org").await;
    for _ in 0..5 {
        let guesses = (0..20).map(|_| app.try_sign_in("asa@example.org", "a guess at it"));
        for guess in futures::future::join_all(guesses).await {
            assert_eq!(reason(&guess.expect_err("wrong")), "WRONG_CREDENTIALS");
        }
    }
    for email in ["asa@example.org", "Asa@Example.Org"] {
        let refused = app
            .try_sign_in(email, PASSWORD)
            .await
            .expect_err("too many tries");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::ResourceExhausted, "TOO_MANY_TRIES")
        );
    }
    app.sign_in("other@example.org").await;
    app.stack.clock.advance(20);
    for _ in 0..3 {
        // The right password gives its try back.
        app.sign_in("asa@example.org").await;
    }
}

#[tokio::test]
async fn more_sign_ins_than_can_be_worked_off_are_refused_and_count_as_no_try() {
    let app = App::start().await;
    app.account("asa@example.org").await;
    for _ in 0..4 {
        let many = (0..90).map(|_| app.try_sign_in("asa@example.org", PASSWORD));
        let many = futures::future::join_all(many).await;
        let refused: Vec<_> = many.into_iter().filter_map(Result::err).collect();
        assert!(!refused.is_empty(), "90 at once are more than 34");
        for refused in &refused {
            assert_eq!(reason(refused), "BUSY", "{refused:?}");
        }
    }
}

#[tokio::test]
async fn bad_tokens_and_bad_fields_are_refused() {
    let app = App::start().await;
    let refused = app
        .anybody()
        .sign_in(SignInRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(bad_fields(&refused), ["email", "password"]);
    let refused = app
        .anybody()
        .refresh(RefreshRequest {
            refresh_token: "x".repeat(101),
        })
        .await
        .expect_err("too long");
    assert_eq!(bad_fields(&refused), ["refresh_token"]);
    let refused = app
        .anybody()
        .refresh(RefreshRequest {
            refresh_token: "made-up".to_owned(),
        })
        .await
        .expect_err("unknown");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unauthenticated, "INVALID_REFRESH_TOKEN")
    );
    let refused = app
        .anybody()
        .get_me(GetMeRequest {})
        .await
        .expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let refused = app
        .person(Uuid::now_v7())
        .get_me(GetMeRequest {})
        .await
        .expect_err("no such account");
    assert_eq!(refused.code(), Code::NotFound);
}

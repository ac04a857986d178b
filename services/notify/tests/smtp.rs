//! Where mail is sent.
mod common;

use common::*;
use contracts::notify::v1::ListKeptMailRequest;
use kit::Secret;
use notify::Settings;
use testkit::{Stack, eventually, reason};
use tonic::Code;

async fn start(server: &MailServer) -> Stack {
    let mut stack = Stack::new().await;
    identity(&mut stack).await;
    let settings = Settings {
        smtp_url: Secret::new(server.start().await),
        tries: 3,
        ..Settings::default()
    };
    stack
        .start("notify", |start, region, listener| {
            notify::serve(start, region, settings, listener)
        })
        .await;
    stack
}

async fn send(stack: &Stack) {
    let mut client = Notify::new(stack.service("notify", "identity"));
    client
        .send(to_address("asa@exempel.se", "sv"))
        .await
        .expect("taken");
}

async fn waiting(stack: &Stack) -> i64 {
    let mut db = stack.database.connect().await;
    sqlx::query_scalar("select count(*) from notify.mail")
        .fetch_one(&mut db)
        .await
        .expect("readable")
}

async fn nothing_waits(stack: &Stack) {
    eventually("nothing waits", async || {
        (waiting(stack).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_sent_once_and_forgotten() {
    let server = MailServer::default();
    let stack = start(&server).await;
    let mut client = Notify::new(stack.service("notify", "identity"));
    let request = to_address("asa@exempel.se", "sv");
    for _ in 0..3 {
        client.send(request.clone()).await.expect("taken");
    }
    nothing_waits(&stack).await;
    client.send(request).await.expect("the same answer");
    assert_eq!((waiting(&stack).await, server.taken().len()), (0, 1));
    let mail = &server.taken()[0];
    for part in [
        "From: Kulturtorg <noreply@kulturtorg.example>",
        "<asa@exempel.se>",
        "Message-ID: <",
        "Sat, 21 Nov 2026 08:00:00",
    ] {
        assert!(mail.contains(part), "{part} is not in:\n{mail}");
    }
    let refused = Notify::new(stack.anonymous("notify"))
        .list_kept_mail(ListKeptMailRequest::default())
        .await
        .expect_err("sent");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "MAIL_IS_SENT")
    );
}

#[tokio::test]
async fn a_mail_that_is_put_off_is_tried_again_later() {
    let server = MailServer::default();
    server
        .answers
        .lock()
        .expect("not poisoned")
        .push_back("451 later");
    let stack = start(&server).await;
    send(&stack).await;
    eventually("a first try", async || (server.tries() == 1).then_some(())).await;
    assert_eq!(waiting(&stack).await, 1);
    stack.clock.advance(120);
    nothing_waits(&stack).await;
    assert_eq!((server.tries(), server.taken().len()), (2, 1));
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_given_up_and_forgotten() {
    let server = MailServer::default();
    server
        .answers
        .lock()
        .expect("not poisoned")
        .extend(["451 later"; 10]);
    let stack = start(&server).await;
    send(&stack).await;
    for tries in 1..3 {
        eventually("a try", async || (server.tries() == tries).then_some(())).await;
        assert_eq!(waiting(&stack).await, 1);
        stack.clock.advance(3600);
    }
    nothing_waits(&stack).await;
    assert_eq!((server.tries(), server.taken().len()), (3, 0));
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_not_tried_again() {
    let server = MailServer::default();
    server
        .answers
        .lock()
        .expect("not poisoned")
        .push_back("550 no such mailbox");
    let stack = start(&server).await;
    send(&stack).await;
    nothing_waits(&stack).await;
    assert_eq!((server.tries(), server.taken().len()), (1, 0));
}

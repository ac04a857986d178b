//! Where mail is kept for reading.
mod common;

use common::*;
use contracts::notify::v1::{KeptMail, ListKeptMailRequest, SendRequest};
use contracts::options::v1::Role;
use notify::{Mode, Settings};
use testkit::{Stack, bad_fields, reason};
use tonic::Code;
use uuid::Uuid;

async fn start() -> Stack {
    let mut stack = Stack::new().await;
    identity(&mut stack).await;
    let settings = Settings {
        mode: Mode::Keep,
        ..Settings::default()
    };
    stack
        .start("notify", |start, region, listener| {
            notify::serve(start, region, settings, listener)
        })
        .await;
    stack
}

fn service(stack: &Stack) -> Notify {
    Notify::new(stack.service("notify", "identity"))
}

async fn kept(stack: &Stack) -> Vec<KeptMail> {
    let all = ListKeptMailRequest::default();
    Notify::new(stack.anonymous("notify"))
        .list_kept_mail(all)
        .await
        .expect("anybody may read")
        .into_inner()
        .mails
}

#[tokio::test]
async fn a_mail_is_written_in_the_readers_language_and_kept() {
    let stack = start().await;
    service(&stack)
        .send(to_address("asa@exempel.se", "sv"))
        .await
        .expect("taken");
    stack.clock.advance(1);
    service(&stack)
        .send(to_account(ACCOUNT))
        .await
        .expect("taken");
    stack.clock.advance(1);
    service(&stack)
        .send(to_address("jan@example.org", "nl"))
        .await
        .expect("taken");
    let mails = kept(&stack).await;
    let seen: Vec<_> = mails
        .iter()
        .map(|m| (m.address.as_str(), m.subject.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("jan@example.org", "Bekräfta din adress"),
            ("asa@example.org", "Confirm your address"),
            ("asa@exempel.se", "Bekräfta din adress"),
        ]
    );
    assert_eq!(mails[2].template, "identity.confirm");
    assert_eq!(
        mails[2].send_time.expect("given").seconds,
        stack.clock.now().unix_timestamp() - 2
    );
    for part in [
        "Hej Åsa Öberg!",
        "Kulturtorg Värmland",
        "\nhttps://example.org/confirm\n",
        "\nabc\n",
    ] {
        assert!(
            mails[2].text.contains(part),
            "{part} is not in:\n{}",
            mails[2].text
        );
    }
}

#[tokio::test]
async fn a_repeated_request_is_one_mail_and_its_id_serves_no_other() {
    let stack = start().await;
    let request = to_address("asa@exempel.se", "sv");
    let all = futures::future::join_all((0..4).map(|_| {
        let (mut client, request) = (service(&stack), request.clone());
        async move { client.send(request).await }
    }));
    for answer in all.await {
        answer.expect("the same answer");
    }
    assert_eq!(kept(&stack).await.len(), 1);
    let other = SendRequest {
        request_id: request.request_id,
        ..to_address("other@exempel.se", "sv")
    };
    let refused = service(&stack)
        .send(other)
        .await
        .expect_err("the id is taken");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
}

#[tokio::test]
async fn what_a_mail_lacks_is_named_at_once() {
    let stack = start().await;
    let refused = service(&stack)
        .send(SendRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(bad_fields(&refused), ["request_id", "template"]);
    let lacking = SendRequest {
        recipient: None,
        params: Vec::new(),
        ..to_account(ACCOUNT)
    };
    let refused = service(&stack).send(lacking).await.expect_err("lacking");
    assert_eq!(bad_fields(&refused), ["params", "params", "recipient"]);
    let unknown = SendRequest {
        template: "identity.no_such".to_owned(),
        ..to_account(ACCOUNT)
    };
    assert_eq!(
        bad_fields(&service(&stack).send(unknown).await.expect_err("unknown")),
        ["template"]
    );
    let refused = service(&stack)
        .send(to_account(Uuid::now_v7()))
        .await
        .expect_err("unknown");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::NotFound, "NO_SUCH_ACCOUNT")
    );
    assert!(kept(&stack).await.is_empty());
}

#[tokio::test]
async fn only_services_send() {
    let stack = start().await;
    let roles = [Role::Administrator, Role::Operator].map(|r| (r, None));
    let refused = Notify::new(stack.person("notify", ACCOUNT, &roles))
        .send(to_account(ACCOUNT))
        .await
        .expect_err("a person");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = Notify::new(stack.anonymous("notify"))
        .send(to_account(ACCOUNT))
        .await
        .expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn kept_mail_is_read_page_by_page_and_by_address() {
    let stack = start().await;
    for i in 0..5 {
        service(&stack)
            .send(to_address(&format!("a{}@exempel.se", i % 2), "sv"))
            .await
            .expect("taken");
    }
    let read = async |address: &str, page_token: String| {
        let request = ListKeptMailRequest {
            page_size: 2,
            page_token,
            address: address.to_owned(),
        };
        Notify::new(stack.anonymous("notify"))
            .list_kept_mail(request)
            .await
    };
    let mut ids = Vec::new();
    let mut token = String::new();
    loop {
        let page = read("A0@exempel.se", token)
            .await
            .expect("listed")
            .into_inner();
        assert!(page.mails.iter().all(|m| m.address == "a0@exempel.se"));
        ids.extend(page.mails.into_iter().map(|m| m.id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(ids.len(), 3);
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first: {ids:?}");
    let token = read("", String::new())
        .await
        .expect("listed")
        .into_inner()
        .next_page_token;
    assert_eq!(
        bad_fields(
            &read("a0@exempel.se", token)
                .await
                .expect_err("of another query")
        ),
        ["page_token"]
    );
}

//! How many enquiries, how late, and to whom.
use contracts::profiles::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::support::*;

const BUYER: Uuid = Uuid::from_u128(0xE);

#[tokio::test]
async fn an_unconfirmed_enquiry_lapses_after_a_week() {
    let app = App::start().await;
    let p = app.published().await;
    let sent = app
        .public()
        .send_enquiry(enquiry(&p.id))
        .await
        .expect("sent")
        .into_inner();
    let token = app.token(&sent.enquiry_id).await;
    app.stack.clock.advance(7 * 24 * 3600 + 1);
    unknown(
        app.public()
            .confirm_enquiry(ConfirmEnquiryRequest { token })
            .await,
    );
}

#[tokio::test]
async fn one_address_sends_only_so_many_enquiries_in_an_hour_however_it_is_spelt() {
    let settings = profiles::Settings {
        enquiries_per_buyer: 5,
        ..profiles::Settings::default()
    };
    let app = App::start_with(settings).await;
    let mut asked = Vec::new();
    for _ in 0..8 {
        asked.push(app.published().await.id);
    }
    let spelt = [BUYER_EMAIL.to_owned(), BUYER_EMAIL.to_uppercase()];
    let send = |n: usize| {
        let request = SendEnquiryRequest {
            buyer_email: spelt[n % 2].clone(),
            ..enquiry(&asked[n])
        };
        let mut client = app.public();
        async move { client.send_enquiry(request).await }
    };
    let all = futures::future::join_all((0..8).map(send)).await;
    assert_eq!(all.iter().filter(|r| r.is_ok()).count(), 5);
    let many = (Code::ResourceExhausted, "TOO_MANY_ENQUIRIES".to_owned());
    assert_eq!(refusal(send(0).await), many);
    app.stack.clock.advance(3600);
    send(1).await.expect("an hour later");
}

#[tokio::test]
async fn a_producer_gets_only_so_many_enquiries_in_a_day() {
    let settings = profiles::Settings {
        enquiries_per_profile: 2,
        ..profiles::Settings::default()
    };
    let app = App::start_with(settings).await;
    let p = app.published().await;
    let waiting = app
        .public()
        .send_enquiry(enquiry(&p.id))
        .await
        .expect("unconfirmed")
        .into_inner();
    let token = app.token(&waiting.enquiry_id).await;
    for n in 0..2 {
        let request = SendEnquiryRequest {
            buyer_email: format!("k{n}@example.se"),
            ..enquiry(&p.id)
        };
        app.of(BUYER).send_enquiry(request).await.expect("sent");
    }
    let many = (Code::ResourceExhausted, "TOO_MANY_ENQUIRIES".to_owned());
    assert_eq!(
        refusal(app.of(BUYER).send_enquiry(enquiry(&p.id)).await),
        many
    );
    assert_eq!(
        refusal(
            app.public()
                .confirm_enquiry(ConfirmEnquiryRequest {
                    token: token.clone()
                })
                .await
        ),
        many
    );
    app.stack.clock.advance(24 * 3600);
    app.public()
        .confirm_enquiry(ConfirmEnquiryRequest { token })
        .await
        .expect("the day after");
}

#[tokio::test]
async fn an_unpublished_profile_takes_no_enquiries() {
    let app = App::start().await;
    let draft = app.draft().await;
    unknown(app.public().send_enquiry(enquiry(&draft.id)).await);
    assert_eq!(
        refusal(app.owner().send_enquiry(enquiry(&draft.id)).await).1,
        "NOT_PUBLISHED"
    );
    let p = app.published().await;
    let sent = app
        .public()
        .send_enquiry(enquiry(&p.id))
        .await
        .expect("sent")
        .into_inner();
    let token = app.token(&sent.enquiry_id).await;
    app.owner()
        .hide_profile(HideProfileRequest {
            profile_id: p.id.clone(),
        })
        .await
        .expect("hidden");
    unknown(app.public().send_enquiry(enquiry(&p.id)).await);
    let refused = refusal(
        app.public()
            .confirm_enquiry(ConfirmEnquiryRequest { token })
            .await,
    );
    assert_eq!(
        refused,
        (Code::FailedPrecondition, "NOT_PUBLISHED".to_owned())
    );
    let elsewhere = SendEnquiryRequest {
        offer_id: app.offer(&draft.id).await.id,
        ..enquiry(&app.published().await.id)
    };
    unknown(app.public().send_enquiry(elsewhere).await);
}

#[tokio::test]
async fn one_account_sends_only_so_many_enquiries_in_an_hour_under_whatever_addresses() {
    let settings = profiles::Settings {
        enquiries_per_buyer: 3,
        ..profiles::Settings::default()
    };
    let app = App::start_with(settings).await;
    let mut asked = Vec::new();
    for _ in 0..6 {
        asked.push(app.published().await.id);
    }
    let send = |n: usize| {
        let request = SendEnquiryRequest {
            buyer_email: format!("k{n}@example.se"),
            ..enquiry(&asked[n])
        };
        let mut client = app.of(BUYER);
        async move { client.send_enquiry(request).await }
    };
    let all = futures::future::join_all((0..6).map(send)).await;
    assert_eq!(all.iter().filter(|r| r.is_ok()).count(), 3);
}

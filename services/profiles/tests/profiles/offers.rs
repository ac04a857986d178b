//! Offers: added, changed, withdrawn.
use contracts::profiles::v1::*;
use tonic::Code;

use crate::support::*;

#[tokio::test]
async fn an_offer_is_read_back_whole_and_its_facts_count_on_with_the_profile() {
    let app = App::start().await;
    let p = app.published().await;
    let offer = app.offer(&p.id).await;
    assert_eq!(offer.state(), offer::State::Open);
    let mut expected = offer_content();
    expected.titles.sort_by(|a, b| a.language.cmp(&b.language));
    assert_eq!(offer.content, Some(expected));
    let request = ListOffersRequest {
        profile_id: p.id.clone(),
    };
    assert_eq!(
        app.public()
            .list_offers(request)
            .await
            .expect("public")
            .into_inner()
            .offers,
        vec![offer.clone()]
    );
    assert_eq!(app.mine(&p.id).await.offers, vec![offer.clone()]);

    let on_request = OfferContent {
        price: Some(offer_content::Price::OnRequest(PriceOnRequest {})),
        ..offer_content()
    };
    let update = UpdateOfferRequest {
        offer_id: offer.id.clone(),
        etag: offer.etag.clone(),
        content: Some(on_request.clone()),
    };
    let changed = app
        .owner()
        .update_offer(update.clone())
        .await
        .expect("changed")
        .into_inner();
    assert_eq!(
        changed.content.as_ref().and_then(|c| c.price.clone()),
        on_request.price
    );
    assert_eq!(
        refusal(app.owner().update_offer(update).await),
        (Code::Aborted, "STALE".to_owned())
    );

    let withdraw = WithdrawOfferRequest {
        offer_id: offer.id.clone(),
    };
    for _ in 0..2 {
        let withdrawn = app
            .owner()
            .withdraw_offer(withdraw.clone())
            .await
            .expect("withdrawn")
            .into_inner();
        assert_eq!(withdrawn.state(), offer::State::Withdrawn);
    }
    let fact = app
        .stack
        .fact("profiles", "OfferWithdrawn", id(&p.id))
        .await;
    assert_eq!(
        fact.revision, 5,
        "created, published, offer changed twice, withdrawn once"
    );
}

#[tokio::test]
async fn a_withdrawn_offer_is_seen_by_its_owner_alone_and_cannot_come_back() {
    let app = App::start().await;
    let p = app.published().await;
    let offer = app.offer(&p.id).await;
    let withdraw = WithdrawOfferRequest {
        offer_id: offer.id.clone(),
    };
    let withdrawn = app
        .owner()
        .withdraw_offer(withdraw)
        .await
        .expect("withdrawn")
        .into_inner();
    assert_eq!(
        app.public()
            .get_profile(get(&p.id))
            .await
            .expect("public")
            .into_inner()
            .offers,
        []
    );
    assert_eq!(app.mine(&p.id).await.offers, vec![withdrawn.clone()]);
    let update = UpdateOfferRequest {
        offer_id: offer.id.clone(),
        etag: withdrawn.etag,
        content: Some(offer_content()),
    };
    let refused = refusal(app.owner().update_offer(update).await);
    assert_eq!(
        refused,
        (Code::FailedPrecondition, "OFFER_WITHDRAWN".to_owned())
    );
    let ask = SendEnquiryRequest {
        offer_id: offer.id,
        ..enquiry(&p.id)
    };
    unknown(app.public().send_enquiry(ask).await);
}

#[tokio::test]
async fn offers_are_changed_by_their_owner_alone() {
    let app = App::start().await;
    let p = app.published().await;
    let offer = app.offer(&p.id).await;
    let mut other = app.of(OTHER);
    let create = CreateOfferRequest {
        request_id: new_id(),
        profile_id: p.id.clone(),
        content: Some(offer_content()),
    };
    unknown(other.create_offer(create.clone()).await);
    let update = UpdateOfferRequest {
        offer_id: offer.id.clone(),
        etag: offer.etag.clone(),
        content: Some(offer_content()),
    };
    unknown(other.update_offer(update).await);
    unknown(
        other
            .withdraw_offer(WithdrawOfferRequest {
                offer_id: offer.id.clone(),
            })
            .await,
    );
    assert_eq!(
        refusal(app.public().create_offer(create).await).0,
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn a_profile_has_at_most_its_number_of_open_offers_however_many_are_added_at_once() {
    let settings = profiles::Settings {
        offers_per_profile: 2,
        ..profiles::Settings::default()
    };
    let app = App::start_with(settings).await;
    let p = app.draft().await;
    let add = || async {
        let request = CreateOfferRequest {
            request_id: new_id(),
            profile_id: p.id.clone(),
            content: Some(offer_content()),
        };
        app.owner().create_offer(request).await
    };
    let all = futures::future::join_all((0..5).map(|_| add())).await;
    let added: Vec<_> = all
        .into_iter()
        .filter_map(Result::ok)
        .map(|r| r.into_inner())
        .collect();
    assert_eq!(added.len(), 2);
    assert_eq!(
        refusal(add().await),
        (Code::ResourceExhausted, "TOO_MANY_OFFERS".to_owned())
    );
    app.owner()
        .withdraw_offer(WithdrawOfferRequest {
            offer_id: added[0].id.clone(),
        })
        .await
        .expect("withdrawn");
    add().await.expect("there is room again");
}

#[tokio::test]
async fn a_repeated_addition_adds_one_offer() {
    let app = App::start().await;
    let p = app.draft().await;
    let request = CreateOfferRequest {
        request_id: new_id(),
        profile_id: p.id.clone(),
        content: Some(offer_content()),
    };
    let first = app
        .owner()
        .create_offer(request.clone())
        .await
        .expect("added")
        .into_inner();
    let again = app
        .owner()
        .create_offer(request.clone())
        .await
        .expect("the same")
        .into_inner();
    assert_eq!(first, again);
    assert_eq!(app.mine(&p.id).await.offers.len(), 1);
    let other = CreateOfferRequest {
        content: Some(OfferContent {
            minutes: 41,
            ..offer_content()
        }),
        ..request
    };
    assert_eq!(
        refusal(app.owner().create_offer(other).await),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
}

//! Bad input: every bad field is named.
use contracts::common::v1::Money;
use contracts::profiles::v1::*;
use testkit::bad_fields;

use crate::support::*;

#[tokio::test]
async fn every_bad_field_of_a_profile_is_named() {
    let app = App::start().await;
    let bad = ProfileContent {
        name: " ".to_owned(),
        municipality: "17 80".to_owned(),
        links: vec![Link {
            title: String::new(),
            url: "javascript:alert(1)".to_owned(),
        }],
        contact: Some(Contact {
            email: "ingen".to_owned(),
            ..Contact::default()
        }),
        ..ProfileContent::default()
    };
    let request = CreateProfileRequest {
        request_id: "1".to_owned(),
        content: Some(bad),
    };
    let status = app.owner().create_profile(request).await.expect_err("bad");
    assert_eq!(
        bad_fields(&status),
        [
            "content.art_fields",
            "content.contact.email",
            "content.links[0].title",
            "content.links[0].url",
            "content.municipality",
            "content.name",
            "request_id"
        ]
    );
    let bad = ProfileContent {
        art_fields: vec![
            "stage.music".to_owned(),
            "stage.yoga".to_owned(),
            "stage.music".to_owned(),
        ],
        municipality: "0180".to_owned(),
        texts: vec![text("sv", "a"), text("sv", "b"), text("fr", "c")],
        ..content()
    };
    let draft = app.draft().await;
    let request = UpdateProfileRequest {
        profile_id: draft.id,
        etag: draft.etag,
        content: Some(bad),
    };
    let status = app.owner().update_profile(request).await.expect_err("bad");
    assert_eq!(
        bad_fields(&status),
        [
            "content.art_fields[1]",
            "content.art_fields[2]",
            "content.municipality",
            "content.texts[1].language",
            "content.texts[2].language"
        ]
    );
}

#[tokio::test]
async fn every_bad_field_of_an_offer_is_named() {
    let app = App::start().await;
    let p = app.draft().await;
    let create = |content| CreateOfferRequest {
        request_id: new_id(),
        profile_id: p.id.clone(),
        content: Some(content),
    };
    let money = |currency: &str, minor_units| {
        Some(offer_content::Price::FixedPrice(Money {
            currency: currency.to_owned(),
            minor_units,
        }))
    };
    let bad = OfferContent {
        minutes: -1,
        group_size_max: 1_000_000,
        price: money("SEK", -1),
        needs: Some(TechnicalNeeds {
            stage_width_cm: -5,
            power_amperes: i32::MAX,
            ..TechnicalNeeds::default()
        }),
        ..OfferContent::default()
    };
    let status = app
        .owner()
        .create_offer(create(bad))
        .await
        .expect_err("bad");
    assert_eq!(
        bad_fields(&status),
        [
            "content.audiences",
            "content.fixed_price.minor_units",
            "content.group_size_max",
            "content.kind",
            "content.minutes",
            "content.needs.power_amperes",
            "content.needs.stage_width_cm",
            "content.titles"
        ]
    );
    let bad = OfferContent {
        kind: "yoga".to_owned(),
        audiences: vec!["adults".to_owned(), "adults".to_owned()],
        titles: vec![text("sv", "två\nrader"), text("en", &"x".repeat(121))],
        price: None,
        travels_everywhere: true,
        ..offer_content()
    };
    let status = app
        .owner()
        .create_offer(create(bad))
        .await
        .expect_err("bad");
    assert_eq!(
        bad_fields(&status),
        [
            "content.audiences[1]",
            "content.kind",
            "content.price",
            "content.titles[0].text",
            "content.titles[1].text",
            "content.travels_to"
        ]
    );
    let euros = OfferContent {
        price: money("EUR", 100),
        ..offer_content()
    };
    let status = app
        .owner()
        .create_offer(create(euros))
        .await
        .expect_err("bad");
    assert_eq!(bad_fields(&status), ["content.fixed_price.currency"]);
}

#[tokio::test]
async fn every_bad_field_of_an_enquiry_is_named() {
    let app = App::start().await;
    let p = app.published().await;
    let bad = SendEnquiryRequest {
        buyer_email: "a@b".to_owned(),
        offer_id: "x".to_owned(),
        ..SendEnquiryRequest::default()
    };
    let status = app.public().send_enquiry(bad).await.expect_err("bad");
    let named = [
        "buyer_email",
        "buyer_kind",
        "buyer_name",
        "offer_id",
        "profile_id",
        "request_id",
        "text",
    ];
    assert_eq!(bad_fields(&status), named);
    let bad = SendEnquiryRequest {
        buyer_kind: "robot".to_owned(),
        buyer_name: BUYER_EMAIL.to_owned(),
        language: "fr".to_owned(),
        ..enquiry(&p.id)
    };
    let status = app.public().send_enquiry(bad).await.expect_err("bad");
    assert_eq!(
        bad_fields(&status),
        ["buyer_kind", "buyer_name", "language"]
    );
    for (enquiry_id, token) in [(String::new(), String::new()), (new_id(), "x".to_owned())] {
        let both = ReplyToEnquiryRequest {
            request_id: new_id(),
            enquiry_id,
            token,
            text: "?".to_owned(),
        };
        let status = app
            .public()
            .reply_to_enquiry(both)
            .await
            .expect_err("neither or both");
        assert_eq!(bad_fields(&status), ["enquiry_id", "token"]);
    }
}

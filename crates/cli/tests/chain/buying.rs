//! Step 5: a buyer without an account searches, asks and gets an answer; no address is seen before it.
use contracts::options::v1::Role;
use contracts::profiles::v1::enquiry::State;
use contracts::profiles::v1::{
    AnswerEnquiryRequest, ConfirmEnquiryRequest, Enquiry, GetEnquiryByTokenRequest,
    GetEnquiryRequest, GetProfileRequest, ListEnquiriesRequest, ListEnquiriesResponse, Profile,
    ReplyToEnquiryRequest, SendEnquiryRequest, SendEnquiryResponse,
};
use contracts::review::v1::{Route, Verdict};
use contracts::search::v1::{Kind, SearchRequest, SearchResponse};
use tonic::Code;

use crate::files::pdf;
use crate::harness::{Town, call, id, keys, refused};
use crate::producing::{About, DANCER, PAINTER, Producer};
use crate::reviewing::{appoint_reviewers, panel, vote};

const BUYER: &str = "inkop-skolan@prov.example";

/// A buyer asks, confirms by mail, is answered and goes on.
pub(crate) async fn walk(town: &Town, producer: &Producer, about: &About) {
    let request = SendEnquiryRequest {
        request_id: id(),
        profile_id: producer.profile.clone(),
        offer_id: producer.offer.clone(),
        buyer_kind: "school".to_owned(),
        buyer_name: town.private("Frideborg Inköpare"),
        buyer_email: town.private(BUYER),
        language: "sv".to_owned(),
        text: town.private("Kan ni komma till vår gymnastiksal i mars?"),
    };
    let sent: SendEnquiryResponse = call(&town.anybody, "profiles/SendEnquiry", &request).await;
    assert!(sent.confirmation_needed);
    assert!(
        enquiries(producer).await.is_empty(),
        "unconfirmed, the producer hears nothing"
    );
    let token = town.code(BUYER, "profiles.enquiry_confirm").await;
    let request = ConfirmEnquiryRequest {
        token: token.clone(),
    };
    let confirmed: Enquiry = call(&town.anybody, "profiles/ConfirmEnquiry", &request).await;
    assert_eq!(confirmed.state(), State::Sent);

    // Before the answer: neither has the other's address, in no view and no mail.
    let received = enquiries(producer).await.remove(0);
    assert_eq!(
        (received.buyer_name.as_str(), received.buyer_email.as_str()),
        ("Frideborg Inköpare", "")
    );
    let buyers = by_token(town, &token).await;
    assert!(buyers.producer_contact.is_none());
    let mail = town.mail(about.email, "profiles.enquiry_received").await;
    assert!(
        mail.text.contains("gymnastiksal") && !mail.text.contains(BUYER),
        "{}",
        mail.text
    );
    let mail = town.mail(BUYER, "profiles.enquiry_confirm").await;
    assert!(
        !mail.text.contains(about.contact) && !mail.text.contains(about.email),
        "{}",
        mail.text
    );

    let text = town.private("Gärna, om golvet är bonat.");
    let request = AnswerEnquiryRequest {
        request_id: id(),
        enquiry_id: sent.enquiry_id.clone(),
        text,
    };
    let answered: Enquiry = call(&producer.person.client, "profiles/AnswerEnquiry", &request).await;
    assert_eq!(
        (answered.state(), answered.buyer_email.as_str()),
        (State::Answered, BUYER)
    );
    let contact = by_token(town, &token)
        .await
        .producer_contact
        .expect("both see each other now");
    assert_eq!(contact.email, about.contact);
    let mail = town.mail(BUYER, "profiles.enquiry_answered").await;
    assert!(
        mail.text.contains("bonat") && mail.text.contains(about.contact),
        "{}",
        mail.text
    );

    let text = town.private("Det bonar vi själva.");
    let request = ReplyToEnquiryRequest {
        request_id: id(),
        token,
        text,
        ..Default::default()
    };
    let replied: Enquiry = call(&town.anybody, "profiles/ReplyToEnquiry", &request).await;
    assert_eq!(replied.messages.len(), 3);
    let request = GetEnquiryRequest {
        enquiry_id: sent.enquiry_id,
    };
    assert_ne!(
        refused(&town.anybody, "profiles/GetEnquiry", &request)
            .await
            .code(),
        Code::Ok
    );
}

async fn enquiries(producer: &Producer) -> Vec<Enquiry> {
    let request = ListEnquiriesRequest {
        profile_id: producer.profile.clone(),
        ..Default::default()
    };
    let list: ListEnquiriesResponse =
        call(&producer.person.client, "profiles/ListEnquiries", &request).await;
    list.enquiries
}

async fn by_token(town: &Town, token: &str) -> Enquiry {
    let request = GetEnquiryByTokenRequest {
        token: token.to_owned(),
    };
    call(&town.anybody, "profiles/GetEnquiryByToken", &request).await
}

async fn approved(town: &Town, reviewers: &[crate::harness::Person], about: &About) -> Producer {
    let producer = Producer::new(town, about).await;
    let application = producer
        .apply(town, about, Route::Education, &[pdf("examen.pdf")])
        .await
        .id;
    let members = panel(reviewers, &application).await;
    for member in &members[..2] {
        vote(town, member, &application, Verdict::Approve, "Ja.").await;
    }
    producer
}

fn ids(found: &SearchResponse) -> Vec<&str> {
    found.results.iter().map(|r| r.id.as_str()).collect()
}

fn count(found: &SearchResponse, filter: &str, key: &str) -> i64 {
    let facet = found.facets.iter().find(|f| f.filter == filter);
    facet
        .and_then(|f| f.values.iter().find(|v| v.key == key))
        .map_or(0, |v| v.count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_finds_by_misspelt_words_swedish_letters_and_filters_with_counts() {
    let town = Town::start().await;
    let reviewers = appoint_reviewers(&town).await;
    let dancer = approved(&town, &reviewers, &DANCER).await;
    let painter = approved(&town, &reviewers, &PAINTER).await;
    town.searchable("", &dancer.offer).await;
    town.searchable("", &painter.offer).await;

    let words = async |query: &str| {
        town.search(&SearchRequest {
            query: query.to_owned(),
            ..Default::default()
        })
        .await
    };
    for query in [
        "Klarälvens",
        "KLARÄLVENS",
        "Klara\u{308}lvens",
        "klarälven",
        "klarälvns dansteatr",
        "dansteater",
    ] {
        assert_eq!(
            ids(&words(query).await).first(),
            Some(&dancer.profile.as_str()),
            "`{query}` finds the dancer"
        );
    }
    for query in ["björkblad", "BJÖRKBLAD", "bjorkblad", "björkbald"] {
        assert!(
            ids(&words(query).await).contains(&painter.offer.as_str()),
            "`{query}` finds the painter's offer"
        );
    }
    assert!(words("ishockeyrink").await.results.is_empty());

    let all = SearchRequest::default();
    let filtered = async |request: SearchRequest| town.search(&request).await;
    let dancers = [dancer.profile.as_str(), dancer.offer.as_str()];
    let only = |found: &SearchResponse, wanted: &[&str], what: &str| {
        let mut got = ids(found);
        let mut wanted = wanted.to_vec();
        got.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(
            (got, found.total_size),
            (wanted.clone(), wanted.len() as i64),
            "{what}"
        );
    };
    only(
        &filtered(SearchRequest {
            art_fields: keys(&["stage"]),
            ..all.clone()
        })
        .await,
        &dancers,
        "whole field",
    );
    only(
        &filtered(SearchRequest {
            art_fields: keys(&["stage.dance"]),
            ..all.clone()
        })
        .await,
        &dancers,
        "field",
    );
    only(
        &filtered(SearchRequest {
            municipalities: keys(&["1780"]),
            ..all.clone()
        })
        .await,
        &dancers,
        "municipality",
    );
    only(
        &filtered(SearchRequest {
            audiences: keys(&["families"]),
            ..all.clone()
        })
        .await,
        &dancers,
        "audience",
    );
    only(
        &filtered(SearchRequest {
            terms: keys(&["performance"]),
            ..all.clone()
        })
        .await,
        &[dancers[1]],
        "term",
    );
    let offers = SearchRequest {
        kinds: vec![Kind::Offer.into()],
        ..all.clone()
    };
    only(
        &filtered(offers.clone()).await,
        &[&dancer.offer, &painter.offer],
        "kind",
    );
    let travels = SearchRequest {
        municipalities: keys(&["1785"]),
        ..offers.clone()
    };
    only(
        &filtered(travels).await,
        &[&dancer.offer, &painter.offer],
        "both travel to Säffle",
    );

    let found = filtered(all.clone()).await;
    assert_eq!(count(&found, "kinds", "KIND_PRODUCER"), 2);
    assert_eq!(count(&found, "kinds", "KIND_OFFER"), 2);
    // A producer is for those whom its offers are for.
    assert_eq!(count(&found, "audiences", "adults"), 2);
    assert_eq!(count(&found, "terms", "workshop"), 1);
    // A filter's own choice does not empty its other counts, but those of other filters.
    let found = filtered(SearchRequest {
        art_fields: keys(&["visual"]),
        ..all
    })
    .await;
    assert_eq!(count(&found, "audiences", "families"), 0);
    assert!(
        count(&found, "art_fields", "stage.dance") > 0,
        "{:?}",
        found.facets
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn buyer_and_producer_see_each_others_address_only_after_the_answer() {
    let town = Town::start().await;
    let reviewers = appoint_reviewers(&town).await;
    let dancer = approved(&town, &reviewers, &DANCER).await;
    town.searchable("dansteater", &dancer.profile).await;
    let request = GetProfileRequest {
        profile_id: dancer.profile.clone(),
    };
    let opened: Profile = call(&town.anybody, "profiles/GetProfile", &request).await;
    assert!(opened.content.expect("it has content").contact.is_none());
    walk(&town, &dancer, &DANCER).await;
    let stranger = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let request = ListEnquiriesRequest {
        profile_id: dancer.profile,
        ..Default::default()
    };
    assert_eq!(
        refused(&stranger.client, "profiles/ListEnquiries", &request)
            .await
            .code(),
        Code::NotFound
    );
}

//! Nobody sees the other's address before the answer, and nobody but its owner sees a protected profile.
use contracts::notify::v1::send_request::Recipient;
use contracts::options::v1::Role;
use contracts::profiles::v1::*;
use prost::Message;
use tonic::Response;

use crate::support::*;

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|w| w.eq_ignore_ascii_case(text.as_bytes()))
}

/// What one side has been told, by every method and mail.
#[derive(Default)]
struct Told(Vec<(String, Vec<u8>)>);

impl Told {
    fn reply<M: Message>(&mut self, what: &str, reply: Result<Response<M>, tonic::Status>) {
        match reply {
            Ok(reply) => self
                .0
                .push((what.to_owned(), reply.into_inner().encode_to_vec())),
            Err(status) => self
                .0
                .push((what.to_owned(), format!("{status:?}").into_bytes())),
        }
    }

    fn holding(&self, text: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(_, bytes)| holds(bytes, text))
            .map(|(what, _)| what.as_str())
            .collect()
    }
}

/// Everything that the producer can read of an enquiry and its profile.
async fn told_to_producer(app: &App, p: &Profile, enquiry_id: &str) -> Told {
    let mut told = Told::default();
    let mut owner = app.owner();
    let list = ListEnquiriesRequest {
        profile_id: p.id.clone(),
        ..ListEnquiriesRequest::default()
    };
    told.reply(
        "GetEnquiry",
        owner
            .get_enquiry(GetEnquiryRequest {
                enquiry_id: enquiry_id.to_owned(),
            })
            .await,
    );
    told.reply("ListEnquiries", owner.list_enquiries(list).await);
    told.reply(
        "ListEnquiries, sent",
        owner.list_enquiries(ListEnquiriesRequest::default()).await,
    );
    told.reply("GetProfile", owner.get_profile(get(&p.id)).await);
    told.reply(
        "ListMyProfiles",
        owner.list_my_profiles(ListMyProfilesRequest {}).await,
    );
    told.reply(
        "ListOffers",
        owner
            .list_offers(ListOffersRequest {
                profile_id: p.id.clone(),
            })
            .await,
    );
    let reply = ReplyToEnquiryRequest {
        request_id: new_id(),
        enquiry_id: enquiry_id.to_owned(),
        text: "?".to_owned(),
        ..ReplyToEnquiryRequest::default()
    };
    told.reply("ReplyToEnquiry", owner.reply_to_enquiry(reply).await);
    mails(
        app,
        &mut told,
        |to| matches!(to, Recipient::AccountId(id) if *id == OWNER.to_string()),
    )
    .await;
    told
}

/// Everything that the buyer can read of an enquiry and the profile that was asked.
async fn told_to_buyer(app: &App, p: &Profile, token: &str) -> Told {
    let mut told = Told::default();
    let mut buyer = app.public();
    let token = || token.to_owned();
    told.reply(
        "GetEnquiryByToken",
        buyer
            .get_enquiry_by_token(GetEnquiryByTokenRequest { token: token() })
            .await,
    );
    told.reply(
        "ConfirmEnquiry",
        buyer
            .confirm_enquiry(ConfirmEnquiryRequest { token: token() })
            .await,
    );
    told.reply(
        "SendEnquiry",
        buyer
            .send_enquiry(SendEnquiryRequest {
                buyer_email: "annan@example.se".to_owned(),
                ..enquiry(&p.id)
            })
            .await,
    );
    told.reply("GetProfile", buyer.get_profile(get(&p.id)).await);
    told.reply(
        "ListOffers",
        buyer
            .list_offers(ListOffersRequest {
                profile_id: p.id.clone(),
            })
            .await,
    );
    told.reply(
        "GetCatalogueEntry",
        app.search()
            .get_catalogue_entry(GetCatalogueEntryRequest {
                profile_id: p.id.clone(),
            })
            .await,
    );
    told.reply(
        "ListCatalogue",
        app.search()
            .list_catalogue(ListCatalogueRequest::default())
            .await,
    );
    let reply = ReplyToEnquiryRequest {
        request_id: new_id(),
        token: token(),
        text: "?".to_owned(),
        ..ReplyToEnquiryRequest::default()
    };
    told.reply("ReplyToEnquiry", buyer.reply_to_enquiry(reply).await);
    mails(app, &mut told, |to| matches!(to, Recipient::Address(_))).await;
    told
}

async fn mails(app: &App, told: &mut Told, theirs: impl Fn(&Recipient) -> bool) {
    for mail in app.mails().await {
        if mail.recipient.as_ref().is_some_and(&theirs) {
            told.0.push((mail.template.clone(), mail.encode_to_vec()));
        }
    }
}

#[tokio::test]
async fn neither_side_is_told_the_others_address_before_the_answer() {
    let app = App::start().await;
    let p = app.published().await;
    app.offer(&p.id).await;
    let nothing: [&str; 0] = [];

    let sent = app
        .public()
        .send_enquiry(enquiry(&p.id))
        .await
        .expect("sent")
        .into_inner();
    let token = app.token(&sent.enquiry_id).await;
    assert_eq!(
        told_to_producer(&app, &p, &sent.enquiry_id)
            .await
            .holding(BUYER_EMAIL),
        nothing,
        "unconfirmed"
    );
    // Reading as the buyer confirms it, too.
    assert_eq!(
        told_to_buyer(&app, &p, &token)
            .await
            .holding(PRODUCER_EMAIL),
        nothing,
        "unconfirmed"
    );
    assert_eq!(
        told_to_producer(&app, &p, &sent.enquiry_id)
            .await
            .holding(BUYER_EMAIL),
        nothing,
        "sent"
    );
    assert_eq!(
        told_to_buyer(&app, &p, &token)
            .await
            .holding(PRODUCER_EMAIL),
        nothing,
        "sent"
    );

    let (declined, its_token) = app.enquiry(&p.id).await;
    let decline = DeclineEnquiryRequest {
        request_id: new_id(),
        enquiry_id: declined.id.clone(),
        text: String::new(),
    };
    let mut told = told_to_producer(&app, &p, &declined.id).await;
    told.reply("DeclineEnquiry", app.owner().decline_enquiry(decline).await);
    assert_eq!(told.holding(BUYER_EMAIL), nothing, "declined");
    assert_eq!(
        told_to_buyer(&app, &p, &its_token)
            .await
            .holding(PRODUCER_EMAIL),
        nothing,
        "declined"
    );

    for fact in app.stack.facts("profiles").await {
        assert!(
            !holds(&fact.payload, BUYER_EMAIL) && !holds(&fact.payload, PRODUCER_EMAIL),
            "{}",
            fact.kind
        );
    }

    // The same looks find the addresses once they may be there: so the test can see them.
    app.owner()
        .answer_enquiry(answer(&sent.enquiry_id))
        .await
        .expect("answered");
    let shown = told_to_producer(&app, &p, &sent.enquiry_id).await;
    assert_eq!(
        shown.holding(BUYER_EMAIL),
        ["GetEnquiry", "ListEnquiries", "ReplyToEnquiry"]
    );
    let shown = told_to_buyer(&app, &p, &token).await;
    let places = [
        "GetEnquiryByToken",
        "ConfirmEnquiry",
        "ReplyToEnquiry",
        "profiles.enquiry_answered",
    ];
    assert_eq!(shown.holding(PRODUCER_EMAIL), places);
}

#[tokio::test]
async fn what_a_stranger_wrote_is_not_mailed_to_an_address_that_is_not_confirmed() {
    let app = App::start().await;
    let p = app.published().await;
    let spam = SendEnquiryRequest {
        buyer_name: "KÖP NU".to_owned(),
        text: "http://spam.example".to_owned(),
        ..enquiry(&p.id)
    };
    app.public().send_enquiry(spam).await.expect("sent");
    let mails = app.mails().await;
    assert_eq!(mails.len(), 1);
    let bytes = mails[0].encode_to_vec();
    assert!(!holds(&bytes, "KÖP NU") && !holds(&bytes, "spam.example"));
}

#[tokio::test]
async fn a_protected_profile_is_shown_to_its_owner_alone_and_published_nowhere() {
    let app = App::start().await;
    let p = app.published().await;
    let offer = app.offer(&p.id).await;
    let (asked, token) = app.enquiry(&p.id).await;
    let (answered, its_token) = app.enquiry(&p.id).await;
    app.owner()
        .answer_enquiry(answer(&answered.id))
        .await
        .expect("answered");
    let protect = |protected| SetProtectionRequest {
        profile_id: p.id.clone(),
        protected,
    };
    for mut other in [
        app.owner(),
        app.with(Role::Reviewer),
        app.with(Role::Analyst),
    ] {
        assert_eq!(
            refusal(other.set_protection(protect(true)).await).0,
            tonic::Code::PermissionDenied
        );
    }
    app.with(Role::Administrator)
        .set_protection(protect(true))
        .await
        .expect("protected");
    app.with(Role::Administrator)
        .set_protection(protect(true))
        .await
        .expect("again");
    let hidden = app.stack.fact("profiles", "ProfileHidden", id(&p.id)).await;

    for mut other in [
        app.public(),
        app.of(OTHER),
        app.with(Role::Administrator),
        app.with(Role::Reviewer),
    ] {
        unknown(other.get_profile(get(&p.id)).await);
        unknown(
            other
                .list_offers(ListOffersRequest {
                    profile_id: p.id.clone(),
                })
                .await,
        );
        unknown(other.send_enquiry(enquiry(&p.id)).await);
    }
    unknown(
        app.with(Role::Administrator)
            .show_profile(ShowProfileRequest {
                profile_id: p.id.clone(),
            })
            .await,
    );
    unknown(
        app.search()
            .get_catalogue_entry(GetCatalogueEntryRequest {
                profile_id: p.id.clone(),
            })
            .await,
    );
    let list = app
        .search()
        .list_catalogue(ListCatalogueRequest::default())
        .await
        .expect("listed")
        .into_inner();
    assert_eq!(list.entries, []);
    let mine = app.mine(&p.id).await;
    assert!(mine.protected && mine.state() == profile::State::Hidden);

    // Its owner goes on; nothing of it is told, and no address leaves any more.
    let change = UpdateProfileRequest {
        profile_id: p.id.clone(),
        etag: mine.etag,
        content: Some(content()),
    };
    app.owner().update_profile(change).await.expect("changed");
    app.owner()
        .withdraw_offer(WithdrawOfferRequest { offer_id: offer.id })
        .await
        .expect("withdrawn");
    app.approve(&p.id).await;
    app.published().await;
    let refused = refusal(app.owner().answer_enquiry(answer(&asked.id)).await);
    assert_eq!(refused.1, "PROTECTED");
    for token in [token, its_token] {
        let seen = app
            .public()
            .get_enquiry_by_token(GetEnquiryByTokenRequest { token })
            .await
            .expect("seen")
            .into_inner();
        assert_eq!(seen.producer_contact, None);
    }
    let facts = app.stack.facts("profiles").await;
    let last = facts
        .iter()
        .filter(|f| f.subject_id == id(&p.id))
        .map(|f| f.revision)
        .max();
    assert_eq!(last, Some(hidden.revision));

    app.with(Role::Administrator)
        .set_protection(protect(false))
        .await
        .expect("no longer protected");
    app.public()
        .get_profile(get(&p.id))
        .await
        .expect("shown again");
    testkit::eventually("the profile to be told of again", async || {
        let facts = app.stack.facts("profiles").await;
        facts
            .into_iter()
            .find(|f| f.kind.ends_with("ProfilePublished") && f.revision == hidden.revision + 1)
    })
    .await;
}

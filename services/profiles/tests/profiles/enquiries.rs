//! Enquiries from the first question to the last reply.
use contracts::notify::v1::send_request::Recipient;
use contracts::profiles::v1::enquiry::State;
use contracts::profiles::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::support::*;

const BUYER: Uuid = Uuid::from_u128(0xE);

fn read(id: &str) -> GetEnquiryRequest {
    GetEnquiryRequest {
        enquiry_id: id.to_owned(),
    }
}

fn to(profile_id: &str) -> ListEnquiriesRequest {
    ListEnquiriesRequest {
        profile_id: profile_id.to_owned(),
        ..ListEnquiriesRequest::default()
    }
}

fn reply(enquiry_id: &str, token: &str, text: &str) -> ReplyToEnquiryRequest {
    ReplyToEnquiryRequest {
        request_id: new_id(),
        enquiry_id: enquiry_id.to_owned(),
        token: token.to_owned(),
        text: text.to_owned(),
    }
}

fn decline(enquiry_id: &str) -> DeclineEnquiryRequest {
    DeclineEnquiryRequest {
        request_id: new_id(),
        enquiry_id: enquiry_id.to_owned(),
        text: "Tyvärr.".to_owned(),
    }
}

#[tokio::test]
async fn a_buyer_without_an_account_confirms_asks_and_is_answered() {
    let app = App::start().await;
    let p = app.published().await;
    let offer = app.offer(&p.id).await;
    let request = SendEnquiryRequest {
        offer_id: offer.id.clone(),
        ..enquiry(&p.id)
    };
    let sent = app
        .public()
        .send_enquiry(request)
        .await
        .expect("sent")
        .into_inner();
    assert!(sent.confirmation_needed);
    unknown(app.owner().get_enquiry(read(&sent.enquiry_id)).await);
    let list = app
        .owner()
        .list_enquiries(to(&p.id))
        .await
        .expect("listed")
        .into_inner();
    assert_eq!(list.enquiries, [], "the producer does not know of it");
    unknown(app.owner().answer_enquiry(answer(&sent.enquiry_id)).await);

    let token = app.token(&sent.enquiry_id).await;
    for _ in 0..2 {
        let request = ConfirmEnquiryRequest {
            token: token.clone(),
        };
        let confirmed = app
            .public()
            .confirm_enquiry(request)
            .await
            .expect("confirmed")
            .into_inner();
        assert_eq!(
            (confirmed.state(), confirmed.sent_by_caller),
            (State::Sent, true)
        );
    }
    let mails = app.mails().await;
    assert_eq!(mails.len(), 2, "confirming again sends no second mail");
    assert_eq!(mails[1].template, "profiles.enquiry_received");
    assert_eq!(
        mails[1].recipient,
        Some(Recipient::AccountId(OWNER.to_string()))
    );
    assert_eq!(param(&mails[1], "offer"), Some("Musik i mörker"));
    assert_eq!(
        app.stack
            .fact("profiles", "EnquirySent", id(&sent.enquiry_id))
            .await
            .revision,
        1
    );

    let answered = app
        .owner()
        .answer_enquiry(answer(&sent.enquiry_id))
        .await
        .expect("answered")
        .into_inner();
    assert_eq!(
        (answered.state(), answered.buyer_email.as_str()),
        (State::Answered, BUYER_EMAIL)
    );
    assert_eq!(
        app.stack
            .fact("profiles", "EnquiryAnswered", id(&sent.enquiry_id))
            .await
            .revision,
        2
    );
    let by_token = GetEnquiryByTokenRequest {
        token: token.clone(),
    };
    let seen = app
        .public()
        .get_enquiry_by_token(by_token)
        .await
        .expect("the buyer")
        .into_inner();
    assert_eq!(
        seen.producer_contact.expect("shown now").email,
        PRODUCER_EMAIL
    );
    assert_eq!(
        seen.messages
            .iter()
            .map(|m| m.text.as_str())
            .collect::<Vec<_>>(),
        ["Kan ni komma i maj?", "Ja, gärna."]
    );

    app.public()
        .reply_to_enquiry(reply("", &token, "Den 5 maj?"))
        .await
        .expect("the buyer goes on");
    let last = app
        .owner()
        .reply_to_enquiry(reply(&sent.enquiry_id, "", "Bokat!"))
        .await
        .expect("so does the producer");
    let sides: Vec<_> = last
        .into_inner()
        .messages
        .iter()
        .map(|m| m.side())
        .collect();
    use enquiry_message::Side::{Buyer, Producer};
    assert_eq!(sides, [Buyer, Producer, Buyer, Producer]);
    let templates: Vec<_> = app
        .mails()
        .await
        .into_iter()
        .skip(2)
        .map(|m| (m.template, m.recipient))
        .collect();
    let reply_mail = "profiles.enquiry_reply".to_owned();
    assert_eq!(templates[0].0, "profiles.enquiry_answered");
    assert_eq!(
        templates[1],
        (
            reply_mail.clone(),
            Some(Recipient::AccountId(OWNER.to_string()))
        )
    );
    assert!(
        matches!(&templates[2], (t, Some(Recipient::Address(a))) if *t == reply_mail && a.email == BUYER_EMAIL)
    );
}

#[tokio::test]
async fn a_buyer_with_an_account_needs_no_confirmation_and_gets_mail_there() {
    let app = App::start().await;
    let p = app.published().await;
    let mut buyer = app.of(BUYER);
    let request = enquiry(&p.id);
    let sent = buyer
        .send_enquiry(request.clone())
        .await
        .expect("sent")
        .into_inner();
    assert!(!sent.confirmation_needed);
    assert_eq!(
        buyer
            .send_enquiry(request.clone())
            .await
            .expect("repeated")
            .into_inner(),
        sent
    );
    let other = SendEnquiryRequest {
        text: "Annat".to_owned(),
        ..request
    };
    assert_eq!(
        refusal(buyer.send_enquiry(other).await),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
    assert_eq!(app.mails().await.len(), 1);

    let mine = buyer
        .list_enquiries(to(""))
        .await
        .expect("listed")
        .into_inner()
        .enquiries;
    assert_eq!(
        mine,
        [buyer
            .get_enquiry(read(&sent.enquiry_id))
            .await
            .expect("own")
            .into_inner()]
    );
    assert!(mine[0].sent_by_caller && mine[0].producer_contact.is_none());
    let answering = answer(&sent.enquiry_id);
    app.owner()
        .answer_enquiry(answering.clone())
        .await
        .expect("answered");
    app.owner()
        .answer_enquiry(answering)
        .await
        .expect("repeated");
    let mails = app.mails().await;
    assert_eq!(mails.len(), 2);
    assert_eq!(
        mails[1].recipient,
        Some(Recipient::AccountId(BUYER.to_string()))
    );
    buyer
        .reply_to_enquiry(reply(&sent.enquiry_id, "", "Tack!"))
        .await
        .expect("by account");
}

#[tokio::test]
async fn an_enquiry_is_seen_by_its_two_sides_alone() {
    let app = App::start().await;
    let p = app.published().await;
    let (asked, token) = app.enquiry(&p.id).await;
    let admin = app.with(contracts::options::v1::Role::Administrator);
    for mut stranger in [app.of(OTHER), admin] {
        unknown(stranger.get_enquiry(read(&asked.id)).await);
        unknown(stranger.list_enquiries(to(&p.id)).await);
        unknown(stranger.answer_enquiry(answer(&asked.id)).await);
        unknown(stranger.decline_enquiry(decline(&asked.id)).await);
        unknown(stranger.reply_to_enquiry(reply(&asked.id, "", "?")).await);
    }
    assert_eq!(
        refusal(app.public().get_enquiry(read(&asked.id)).await).0,
        Code::Unauthenticated
    );
    assert_eq!(
        refusal(
            app.public()
                .reply_to_enquiry(reply(&asked.id, "", "?"))
                .await
        )
        .0,
        Code::Unauthenticated
    );
    unknown(app.owner().get_enquiry(read(&new_id())).await);
    let forged = format!("{}A", &token[..token.len() - 1]);
    let forged = if forged == token {
        format!("{}B", &token[..token.len() - 1])
    } else {
        forged
    };
    for token in ["x".to_owned(), forged] {
        unknown(
            app.public()
                .get_enquiry_by_token(GetEnquiryByTokenRequest {
                    token: token.clone(),
                })
                .await,
        );
        unknown(
            app.public()
                .confirm_enquiry(ConfirmEnquiryRequest {
                    token: token.clone(),
                })
                .await,
        );
        unknown(app.public().reply_to_enquiry(reply("", &token, "?")).await);
    }
}

#[tokio::test]
async fn an_enquiry_is_decided_once() {
    let app = App::start().await;
    let p = app.published().await;
    let (asked, token) = app.enquiry(&p.id).await;
    let early = refusal(
        app.public()
            .reply_to_enquiry(reply("", &token, "Hallå?"))
            .await,
    );
    assert_eq!(early, (Code::FailedPrecondition, "NOT_ANSWERED".to_owned()));
    let (mut one, mut two) = (app.owner(), app.owner());
    let (a, d) = tokio::join!(
        one.answer_enquiry(answer(&asked.id)),
        two.decline_enquiry(decline(&asked.id))
    );
    let lost = if a.is_ok() { d } else { a };
    let (code, reason) = refusal(lost);
    assert_eq!(code, Code::FailedPrecondition);
    assert!(
        ["ENQUIRY_ANSWERED", "ENQUIRY_DECLINED"].contains(&reason.as_str()),
        "{reason}"
    );
    assert_eq!(
        app.mails().await.len(),
        3,
        "the buyer hears of one decision"
    );

    let (asked, token) = app.enquiry(&p.id).await;
    app.owner()
        .decline_enquiry(decline(&asked.id))
        .await
        .expect("declined");
    let declined = (Code::FailedPrecondition, "ENQUIRY_DECLINED".to_owned());
    assert_eq!(
        refusal(app.owner().answer_enquiry(answer(&asked.id)).await),
        declined
    );
    assert_eq!(
        refusal(
            app.owner()
                .reply_to_enquiry(reply(&asked.id, "", "Men"))
                .await
        ),
        declined
    );
    assert_eq!(
        refusal(
            app.public()
                .reply_to_enquiry(reply("", &token, "Men"))
                .await
        ),
        declined
    );
}

#[tokio::test]
async fn enquiries_are_listed_newest_first_by_state_and_page() {
    let app = App::start().await;
    let p = app.published().await;
    let mut sent = Vec::new();
    for n in 0..5 {
        let request = SendEnquiryRequest {
            buyer_email: format!("k{n}@example.se"),
            ..enquiry(&p.id)
        };
        sent.push(
            app.of(BUYER)
                .send_enquiry(request)
                .await
                .expect("sent")
                .into_inner()
                .enquiry_id,
        );
    }
    sent.reverse();
    app.owner()
        .answer_enquiry(answer(&sent[1]))
        .await
        .expect("answered");
    let mut seen = Vec::new();
    let mut request = ListEnquiriesRequest {
        page_size: 2,
        ..to(&p.id)
    };
    loop {
        let page = app
            .owner()
            .list_enquiries(request.clone())
            .await
            .expect("a page")
            .into_inner();
        seen.extend(page.enquiries.into_iter().map(|e| e.id));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, sent);
    let answered = ListEnquiriesRequest {
        state: State::Answered.into(),
        ..to(&p.id)
    };
    let found = app
        .owner()
        .list_enquiries(answered)
        .await
        .expect("listed")
        .into_inner()
        .enquiries;
    assert_eq!(found.iter().map(|e| &e.id).collect::<Vec<_>>(), [&sent[1]]);
    assert_eq!(found[0].messages.len(), 2);
}

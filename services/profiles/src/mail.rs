//! Mail about enquiries. It leaves with the transaction as an errand to notify. What one side gets never holds the
//! other's address, except [`answered`], which is what sharing addresses means.
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{Address, Param, SendRequest};
use kit::db::Tx;
use kit::errand;
use region::Region;
use uuid::Uuid;

use crate::enquiry::{Enquiry, Side};
use crate::offer::Offer;
use crate::profile::Profile;
use kit::seal::Tokens;

/// What links in mail are made from.
#[derive(Clone)]
pub(crate) struct Links {
    pub site: String,
    pub tokens: Tokens,
}

impl Links {
    /// The token stands behind `#`, so that browsers keep it out of requests and logs.
    fn buyers(&self, enquiry: &Enquiry) -> String {
        format!("{}/enquiry#{}", self.site, self.tokens.make(enquiry.id))
    }

    fn producers(&self, enquiry: &Enquiry) -> String {
        format!("{}/enquiries/{}", self.site, enquiry.id)
    }
}

/// Asks a buyer without an account to confirm the address. Nothing that the sender wrote is in it, because the
/// address may be a stranger's.
pub(crate) async fn confirm(
    tx: &mut Tx,
    links: &Links,
    enquiry: &Enquiry,
    profile: &Profile,
) -> sqlx::Result<()> {
    let token = links.tokens.make(enquiry.id);
    let params = [
        ("profile", profile.name.as_str()),
        ("link", &links.buyers(enquiry)),
        ("token", &token),
    ];
    send(tx, to_buyer(enquiry), "profiles.enquiry_confirm", &params).await
}

/// Tells the producer of a new enquiry.
pub(crate) async fn received(
    tx: &mut Tx,
    links: &Links,
    region: &Region,
    enquiry: &Enquiry,
    profile: &Profile,
    offer: Option<&Offer>,
    text: &str,
) -> sqlx::Result<()> {
    let language = region.main_language();
    let kind = region
        .buyer_kinds
        .iter()
        .find(|k| k.key == enquiry.buyer_kind);
    let params = [
        ("profile", profile.name.as_str()),
        ("buyer_name", &enquiry.buyer_name),
        (
            "buyer_kind",
            kind.map_or("", |k| region::name(&k.name, language, language)),
        ),
        ("offer", offer.map_or("–", |o| o.title(language))),
        ("text", text),
        ("link", &links.producers(enquiry)),
    ];
    send(
        tx,
        to_producer(profile),
        "profiles.enquiry_received",
        &params,
    )
    .await
}

/// Brings the buyer the producer's answer and address.
pub(crate) async fn answered(
    tx: &mut Tx,
    links: &Links,
    enquiry: &Enquiry,
    profile: &Profile,
    text: &str,
) -> sqlx::Result<()> {
    let contact = &profile.contact;
    let params = [
        ("profile", profile.name.as_str()),
        ("text", text),
        ("contact_name", or_dash(&contact.name)),
        ("contact_email", &contact.email),
        ("contact_phone", or_dash(&contact.phone)),
        ("link", &links.buyers(enquiry)),
    ];
    send(tx, to_buyer(enquiry), "profiles.enquiry_answered", &params).await
}

/// Tells the buyer that the producer declined.
pub(crate) async fn declined(
    tx: &mut Tx,
    links: &Links,
    enquiry: &Enquiry,
    profile: &Profile,
    text: &str,
) -> sqlx::Result<()> {
    let params = [
        ("profile", profile.name.as_str()),
        ("text", or_dash(text)),
        ("link", &links.buyers(enquiry)),
    ];
    send(tx, to_buyer(enquiry), "profiles.enquiry_declined", &params).await
}

/// Brings one side what the other wrote after the answer.
pub(crate) async fn replied(
    tx: &mut Tx,
    links: &Links,
    enquiry: &Enquiry,
    profile: &Profile,
    from: Side,
    text: &str,
) -> sqlx::Result<()> {
    let (recipient, name, link) = match from {
        Side::Buyer => (
            to_producer(profile),
            &enquiry.buyer_name,
            links.producers(enquiry),
        ),
        Side::Producer => (to_buyer(enquiry), &profile.name, links.buyers(enquiry)),
    };
    let params = [("from", name.as_str()), ("text", text), ("link", &link)];
    send(tx, recipient, "profiles.enquiry_reply", &params).await
}

fn or_dash(text: &str) -> &str {
    if text.trim().is_empty() { "–" } else { text }
}

/// The producer's account, whose address was confirmed; the contact in a profile was not.
fn to_producer(profile: &Profile) -> Recipient {
    Recipient::AccountId(profile.owner.to_string())
}

/// A buyer with an account is written to there: the address in the enquiry was not confirmed by anybody.
fn to_buyer(enquiry: &Enquiry) -> Recipient {
    match enquiry.buyer_account {
        Some(account) => Recipient::AccountId(account.to_string()),
        None => Recipient::Address(Address {
            email: enquiry.buyer_email.clone(),
            name: String::new(),
            language: enquiry.language.clone(),
        }),
    }
}

async fn send(
    tx: &mut Tx,
    recipient: Recipient,
    template: &str,
    params: &[(&str, &str)],
) -> sqlx::Result<()> {
    let params = params.iter().map(|(key, value)| Param {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    });
    let mail = SendRequest {
        request_id: Uuid::now_v7().to_string(),
        recipient: Some(recipient),
        template: template.to_owned(),
        params: params.collect(),
    };
    errand::leave(
        tx,
        "notify",
        "/kulturtorg.notify.v1.NotifyService/Send",
        &mail,
    )
    .await
}

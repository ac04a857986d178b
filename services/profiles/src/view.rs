//! What each viewer gets to see, as the contract's messages.
use contracts::common::v1::{LocalText, Money};
use contracts::profiles::v1 as pb;
use kit::clock::to_proto;
use region::Region;

use crate::content::{Contact, Texts};
use crate::enquiry::{self, Enquiry, Message, Side};
use crate::offer::{Needs, Offer};
use crate::profile::{self, Profile, State, Viewer};

/// A profile with its offers. Contact, hints and protection are the owner's alone.
pub(crate) fn profile(
    region: &Region,
    p: &Profile,
    offers: &[Offer],
    viewer: Viewer,
) -> pb::Profile {
    let owner = viewer == Viewer::Owner;
    let hints = if owner {
        profile::hints(p, offers, &region.languages)
    } else {
        Vec::new()
    };
    pb::Profile {
        id: p.id.to_string(),
        state: state(p.state()).into(),
        etag: p.version.to_string(),
        content: Some(pb::ProfileContent {
            name: p.name.clone(),
            art_fields: p.art_fields.clone(),
            municipality: p.municipality.clone(),
            texts: texts(&p.texts),
            links: p
                .links
                .iter()
                .map(|l| pb::Link {
                    title: l.title.clone(),
                    url: l.url.clone(),
                })
                .collect(),
            contact: owner.then(|| contact(&p.contact)),
        }),
        image_id: p.image_id.map(|id| id.to_string()).unwrap_or_default(),
        image_alt: texts(&p.image_alt),
        offers: offers_for(region, offers, viewer),
        create_time: Some(to_proto(p.created_at)),
        update_time: Some(to_proto(p.updated_at)),
        owned_by_caller: owner,
        hints: hints.into_iter().map(hint).collect(),
        protected: owner && p.protected,
        approve_time: p.approved_at.map(to_proto),
    }
}

/// The offers that a viewer sees: the owner all, others those that can be booked.
pub(crate) fn offers_for(region: &Region, offers: &[Offer], viewer: Viewer) -> Vec<pb::Offer> {
    offers
        .iter()
        .filter(|o| viewer == Viewer::Owner || !o.withdrawn)
        .map(|o| offer(region, o))
        .collect()
}

/// An offer.
pub(crate) fn offer(region: &Region, o: &Offer) -> pb::Offer {
    use pb::offer_content::Price;
    let price = match o.price {
        Some(minor_units) => Price::FixedPrice(Money {
            currency: region.currency.clone(),
            minor_units,
        }),
        None => Price::OnRequest(pb::PriceOnRequest {}),
    };
    let state = if o.withdrawn {
        pb::offer::State::Withdrawn
    } else {
        pb::offer::State::Open
    };
    pb::Offer {
        id: o.id.to_string(),
        state: state.into(),
        etag: o.version.to_string(),
        profile_id: o.profile_id.to_string(),
        content: Some(pb::OfferContent {
            kind: o.kind.clone(),
            audiences: o.audiences.clone(),
            titles: texts(&o.titles),
            texts: texts(&o.texts),
            minutes: o.minutes,
            price: Some(price),
            group_size_max: o.group_size_max,
            needs: Some(needs(&o.needs)),
            travels_everywhere: o.travels_everywhere,
            travels_to: o.travels_to.clone(),
        }),
        create_time: Some(to_proto(o.created_at)),
    }
}

/// An enquiry as one side sees it. `profile` gives the producer's contact, which a protected profile shares never.
pub(crate) fn enquiry(
    e: &Enquiry,
    messages: &[Message],
    profile: &Profile,
    side: Side,
) -> pb::Enquiry {
    let shown = e.addresses_shown();
    let buyer_email = if side == Side::Buyer || shown {
        e.buyer_email.clone()
    } else {
        String::new()
    };
    let contact_shown = side == Side::Producer || (shown && !profile.protected);
    pb::Enquiry {
        id: e.id.to_string(),
        state: enquiry_state(e.state).into(),
        profile_id: e.profile_id.to_string(),
        offer_id: e.offer_id.map(|id| id.to_string()).unwrap_or_default(),
        buyer_kind: e.buyer_kind.clone(),
        buyer_name: e.buyer_name.clone(),
        buyer_email,
        producer_contact: contact_shown.then(|| contact(&profile.contact)),
        messages: messages
            .iter()
            .filter(|m| m.enquiry_id == e.id)
            .map(message)
            .collect(),
        create_time: Some(to_proto(e.created_at)),
        sent_by_caller: side == Side::Buyer,
    }
}

fn message(m: &Message) -> pb::EnquiryMessage {
    use pb::enquiry_message::Side as Wrote;
    let side = match m.side {
        Side::Buyer => Wrote::Buyer,
        Side::Producer => Wrote::Producer,
    };
    pb::EnquiryMessage {
        side: side.into(),
        text: m.text.clone(),
        create_time: Some(to_proto(m.at)),
    }
}

/// The stored state that a request's filter means; `None`: any.
pub(crate) fn wanted_state(state: i32) -> Option<enquiry::State> {
    use pb::enquiry::State as Asked;
    match Asked::try_from(state).unwrap_or_default() {
        Asked::Unspecified => None,
        Asked::Unconfirmed => Some(enquiry::State::Unconfirmed),
        Asked::Sent => Some(enquiry::State::Sent),
        Asked::Answered => Some(enquiry::State::Answered),
        Asked::Declined => Some(enquiry::State::Declined),
    }
}

fn enquiry_state(state: enquiry::State) -> pb::enquiry::State {
    match state {
        enquiry::State::Unconfirmed => pb::enquiry::State::Unconfirmed,
        enquiry::State::Sent => pb::enquiry::State::Sent,
        enquiry::State::Answered => pb::enquiry::State::Answered,
        enquiry::State::Declined => pb::enquiry::State::Declined,
    }
}

fn state(state: State) -> pb::profile::State {
    match state {
        State::Draft => pb::profile::State::Draft,
        State::Published => pb::profile::State::Published,
        State::Hidden => pb::profile::State::Hidden,
    }
}

fn hint(hint: profile::Hint) -> pb::Hint {
    pb::Hint {
        missing: hint.missing.into(),
        language: hint.language.unwrap_or_default(),
        offer_id: hint.offer.map(|id| id.to_string()).unwrap_or_default(),
    }
}

fn contact(c: &Contact) -> pb::Contact {
    pb::Contact {
        name: c.name.clone(),
        email: c.email.clone(),
        phone: c.phone.clone(),
    }
}

fn needs(n: &Needs) -> pb::TechnicalNeeds {
    pb::TechnicalNeeds {
        stage_width_cm: n.stage_width_cm,
        stage_depth_cm: n.stage_depth_cm,
        stage_height_cm: n.stage_height_cm,
        power_amperes: n.power_amperes,
        darkness: n.darkness,
        load_in_minutes: n.load_in_minutes,
        own_sound: n.own_sound,
        own_light: n.own_light,
        notes: texts(&n.notes),
    }
}

fn texts(texts: &Texts) -> Vec<LocalText> {
    texts
        .iter()
        .map(|(language, text)| LocalText {
            language: language.clone(),
            text: text.clone(),
        })
        .collect()
}

//! Facts: those that leave, and the decisions of review that take effect here.
use std::sync::Arc;

use contracts::profiles::v1 as pb;
use contracts::review::v1::ApplicationApproved;
use kit::Clock;
use kit::db::Tx;
use kit::inbox::{Event, Failure, Handler};
use kit::outbox;
use uuid::Uuid;

use crate::enquiry::Enquiry;
use crate::offer::Offer;
use crate::profile::{Profile, State};
use crate::store::profiles;

/// What happened to a profile.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Happened<'a> {
    Created,
    Changed,
    OfferChanged(&'a Offer),
    OfferWithdrawn(&'a Offer),
}

/// Puts a fact about a locked profile into the outbox; save the profile afterwards, for it takes the next revision.
/// Of a protected profile nothing is told.
pub(crate) async fn profile(
    tx: &mut Tx,
    profile: &mut Profile,
    happened: Happened<'_>,
) -> sqlx::Result<()> {
    if profile.protected {
        return Ok(());
    }
    profile.revision += 1;
    let (id, revision) = (profile.id, profile.revision);
    let profile_id = id.to_string();
    let (art_fields, municipality) = (profile.art_fields.clone(), profile.municipality.clone());
    match happened {
        Happened::Created => {
            let fact = pb::ProfileCreated {
                profile_id,
                art_fields,
                municipality,
            };
            outbox::publish(tx, "profile", "created", id, revision, &fact).await
        }
        Happened::Changed => {
            let fact = pb::ProfileChanged {
                profile_id,
                art_fields,
                municipality,
            };
            outbox::publish(tx, "profile", "changed", id, revision, &fact).await
        }
        Happened::OfferChanged(offer) => {
            let fact = pb::OfferChanged {
                profile_id,
                offer_id: offer.id.to_string(),
                kind: offer.kind.clone(),
                audiences: offer.audiences.clone(),
            };
            outbox::publish(tx, "profile", "offer_changed", id, revision, &fact).await
        }
        Happened::OfferWithdrawn(offer) => {
            let fact = pb::OfferWithdrawn {
                profile_id,
                offer_id: offer.id.to_string(),
            };
            outbox::publish(tx, "profile", "offer_withdrawn", id, revision, &fact).await
        }
    }
}

/// Tells when a locked profile came into sight or went out of it; save the profile afterwards.
pub(crate) async fn sight(tx: &mut Tx, profile: &mut Profile, before: State) -> sqlx::Result<()> {
    let (was, is) = (
        before == State::Published,
        profile.state() == State::Published,
    );
    if was == is {
        return Ok(());
    }
    profile.revision += 1;
    let (id, revision) = (profile.id, profile.revision);
    let profile_id = id.to_string();
    if is {
        let (art_fields, municipality) = (profile.art_fields.clone(), profile.municipality.clone());
        let fact = pb::ProfilePublished {
            profile_id,
            art_fields,
            municipality,
        };
        outbox::publish(tx, "profile", "published", id, revision, &fact).await
    } else {
        outbox::publish(
            tx,
            "profile",
            "hidden",
            id,
            revision,
            &pb::ProfileHidden { profile_id },
        )
        .await
    }
}

/// The producer got an enquiry; save it afterwards.
pub(crate) async fn enquiry_sent(tx: &mut Tx, enquiry: &mut Enquiry) -> sqlx::Result<()> {
    enquiry.revision += 1;
    let fact = pb::EnquirySent {
        enquiry_id: enquiry.id.to_string(),
        profile_id: enquiry.profile_id.to_string(),
        offer_id: enquiry
            .offer_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        buyer_kind: enquiry.buyer_kind.clone(),
    };
    outbox::publish(tx, "enquiry", "sent", enquiry.id, enquiry.revision, &fact).await
}

/// The producer answered an enquiry; save it afterwards.
pub(crate) async fn enquiry_answered(tx: &mut Tx, enquiry: &mut Enquiry) -> sqlx::Result<()> {
    enquiry.revision += 1;
    let fact = pb::EnquiryAnswered {
        enquiry_id: enquiry.id.to_string(),
        profile_id: enquiry.profile_id.to_string(),
    };
    outbox::publish(
        tx,
        "enquiry",
        "answered",
        enquiry.id,
        enquiry.revision,
        &fact,
    )
    .await
}

/// Takes review's decisions: an approved application publishes its profile. Other facts of an application change
/// nothing here.
pub(crate) fn decisions(clock: Clock) -> Handler {
    Arc::new(move |tx, event| {
        let clock = clock.clone();
        Box::pin(async move { decided(tx, event, &clock).await })
    })
}

async fn decided(tx: &mut Tx, event: Event, clock: &Clock) -> Result<(), Failure> {
    let Some(approved) = event.read::<ApplicationApproved>()? else {
        return Ok(());
    };
    let poison = || {
        Failure::Poison(format!(
            "an approved application names the unknown profile {}",
            approved.profile_id
        ))
    };
    let id = Uuid::parse_str(&approved.profile_id).map_err(|_| poison())?;
    let mut profile = profiles::lock(tx, id).await?.ok_or_else(poison)?;
    let before = profile.state();
    profile.approve(clock.now());
    sight(tx, &mut profile, before).await?;
    profiles::save(tx, &profile).await?;
    Ok(())
}

//! The facts that leave. Each takes the next revision of its thing, so the thing is saved afterwards.
use contracts::events::v1 as pb;
use kit::clock::to_proto;
use kit::db::Tx;
use kit::outbox;

use crate::gathering::Gathering;
use crate::registration::{Registration, State};

/// A locked gathering was published.
pub(crate) async fn gathering_published(
    tx: &mut Tx,
    gathering: &mut Gathering,
) -> sqlx::Result<()> {
    gathering.revision += 1;
    let fact = pb::GatheringPublished {
        gathering_id: gathering.id.to_string(),
        format: gathering.format.clone(),
        municipality: gathering.municipality.clone(),
        start_time: Some(to_proto(gathering.start_at)),
        capacity: gathering.capacity,
    };
    outbox::publish(
        tx,
        "gathering",
        "published",
        gathering.id,
        gathering.revision,
        &fact,
    )
    .await
}

/// A locked, published gathering says something else.
pub(crate) async fn gathering_changed(tx: &mut Tx, gathering: &mut Gathering) -> sqlx::Result<()> {
    gathering.revision += 1;
    let fact = pb::GatheringChanged {
        gathering_id: gathering.id.to_string(),
        start_time: Some(to_proto(gathering.start_at)),
        capacity: gathering.capacity,
    };
    outbox::publish(
        tx,
        "gathering",
        "changed",
        gathering.id,
        gathering.revision,
        &fact,
    )
    .await
}

/// A locked, published gathering was cancelled.
pub(crate) async fn gathering_cancelled(
    tx: &mut Tx,
    gathering: &mut Gathering,
) -> sqlx::Result<()> {
    gathering.revision += 1;
    let fact = pb::GatheringCancelled {
        gathering_id: gathering.id.to_string(),
    };
    outbox::publish(
        tx,
        "gathering",
        "cancelled",
        gathering.id,
        gathering.revision,
        &fact,
    )
    .await
}

/// Somebody registered.
pub(crate) async fn registration_made(
    tx: &mut Tx,
    registration: &mut Registration,
) -> sqlx::Result<()> {
    registration.revision += 1;
    let fact = pb::RegistrationMade {
        registration_id: registration.id.to_string(),
        gathering_id: registration.gathering_id.to_string(),
        waiting: registration.state == State::Waiting,
    };
    outbox::publish(
        tx,
        "registration",
        "made",
        registration.id,
        registration.revision,
        &fact,
    )
    .await
}

/// Somebody who waited got a place; their row has the fact's revision already.
pub(crate) async fn registration_promoted(
    tx: &mut Tx,
    registration: &Registration,
) -> sqlx::Result<()> {
    let fact = pb::RegistrationPromoted {
        registration_id: registration.id.to_string(),
        gathering_id: registration.gathering_id.to_string(),
    };
    outbox::publish(
        tx,
        "registration",
        "promoted",
        registration.id,
        registration.revision,
        &fact,
    )
    .await
}

/// Somebody does not come after all.
pub(crate) async fn registration_cancelled(
    tx: &mut Tx,
    registration: &mut Registration,
) -> sqlx::Result<()> {
    registration.revision += 1;
    let fact = pb::RegistrationCancelled {
        registration_id: registration.id.to_string(),
        gathering_id: registration.gathering_id.to_string(),
    };
    outbox::publish(
        tx,
        "registration",
        "cancelled",
        registration.id,
        registration.revision,
        &fact,
    )
    .await
}

//! The facts that leave here, each with the application's next revision, and what is made of identity's.
use std::sync::Arc;

use contracts::identity::v1::{RoleGranted, RoleRevoked};
use contracts::options::v1::Role;
use contracts::review::v1 as api;
use kit::db::Tx;
use kit::inbox::{Event, Failure, Handler, Subscription};
use kit::outbox;
use uuid::Uuid;

use crate::application::Application;
use crate::store;
use crate::store::panel::Decision;
use crate::view;
use crate::vote::Verdict;

const NOUN: &str = "application";

/// Who becomes a reviewer, and who is one no longer.
pub(crate) const REVIEWERS: Subscription = Subscription {
    name: "review-reviewers",
    from: &[("identity", "account")],
};

/// It was handed in, and so many reviewers were drawn.
pub(crate) async fn submitted(tx: &mut Tx, a: &mut Application, drawn: usize) -> sqlx::Result<()> {
    let fact = api::ApplicationSubmitted {
        application_id: a.id.to_string(),
        profile_id: a.profile_id.to_string(),
        route: view::route(a.route).into(),
        art_fields: a.art_fields.clone(),
        panel_size: view::count(drawn),
    };
    publish(tx, a, "submitted", &fact).await
}

/// The panel asked for more.
pub(crate) async fn more_asked(tx: &mut Tx, a: &mut Application) -> sqlx::Result<()> {
    let fact = api::MoreAsked {
        application_id: a.id.to_string(),
    };
    publish(tx, a, "more_asked", &fact).await
}

/// The applicant answered.
pub(crate) async fn more_answered(tx: &mut Tx, a: &mut Application) -> sqlx::Result<()> {
    let fact = api::MoreAnswered {
        application_id: a.id.to_string(),
    };
    publish(tx, a, "more_answered", &fact).await
}

/// A member voted.
pub(crate) async fn vote_cast(
    tx: &mut Tx,
    a: &mut Application,
    votes: usize,
    quorum: u8,
) -> sqlx::Result<()> {
    let fact = api::VoteCast {
        application_id: a.id.to_string(),
        votes: view::count(votes),
        quorum: quorum.into(),
    };
    publish(tx, a, "vote_cast", &fact).await
}

/// It was taken back.
pub(crate) async fn withdrawn(tx: &mut Tx, a: &mut Application) -> sqlx::Result<()> {
    let fact = api::ApplicationWithdrawn {
        application_id: a.id.to_string(),
    };
    publish(tx, a, "withdrawn", &fact).await
}

/// It was decided.
pub(crate) async fn decided(
    tx: &mut Tx,
    a: &mut Application,
    decision: &Decision,
) -> sqlx::Result<()> {
    let application_id = a.id.to_string();
    let profile_id = a.profile_id.to_string();
    let art_fields = a.art_fields.clone();
    let route = view::route(a.route).into();
    let days = decision.days;
    match decision.verdict {
        Verdict::Approve => {
            let fact = api::ApplicationApproved {
                application_id,
                profile_id,
                art_fields,
                route,
                days,
            };
            publish(tx, a, "approved", &fact).await
        }
        Verdict::Reject => {
            let fact = api::ApplicationRejected {
                application_id,
                profile_id,
                art_fields,
                route,
                days,
            };
            publish(tx, a, "rejected", &fact).await
        }
    }
}

async fn publish<M: prost::Message + prost::Name>(
    tx: &mut Tx,
    a: &mut Application,
    verb: &'static str,
    fact: &M,
) -> sqlx::Result<()> {
    a.revision += 1;
    outbox::publish(tx, NOUN, verb, a.id, a.revision, fact).await
}

/// Keeps the copy of who may be drawn. Panels are looked at again in the background.
pub(crate) fn reviewers() -> Handler {
    Arc::new(|tx, event| Box::pin(async move { appoint(tx, event).await }))
}

async fn appoint(tx: &mut Tx, event: Event) -> Result<(), Failure> {
    let account =
        |id: &str| Uuid::parse_str(id).map_err(|_| Failure::Poison(format!("{id} is no account")));
    if let Some(granted) = event.read::<RoleGranted>()? {
        if granted.role() == Role::Reviewer {
            store::panel::appoint(tx, account(&granted.account_id)?, &granted.art_fields).await?;
        }
    } else if let Some(revoked) = event.read::<RoleRevoked>()?
        && revoked.role() == Role::Reviewer
    {
        store::panel::dismiss(tx, account(&revoked.account_id)?).await?;
    }
    Ok(())
}

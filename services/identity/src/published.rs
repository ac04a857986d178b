//! The facts about accounts, each with the account's next revision. Counting locks the account's row.
use contracts::identity::v1::{AccountConfirmed, RoleGranted, RoleRevoked, SessionEnded};
use kit::db::Tx;
use kit::outbox;
use uuid::Uuid;

use crate::role::Grant;
use crate::store::accounts;

const NOUN: &str = "account";

/// The account confirmed its address.
pub(crate) async fn account_confirmed(tx: &mut Tx, account_id: Uuid) -> sqlx::Result<()> {
    let revision = accounts::next_revision(tx, account_id).await?;
    let fact = AccountConfirmed {
        account_id: account_id.to_string(),
    };
    outbox::publish(tx, NOUN, "confirmed", account_id, revision, &fact).await
}

/// The account holds the role, with these art fields.
pub(crate) async fn role_granted(tx: &mut Tx, grant: &Grant) -> sqlx::Result<()> {
    let revision = accounts::next_revision(tx, grant.account_id).await?;
    let fact = RoleGranted {
        account_id: grant.account_id.to_string(),
        role: grant.role.into(),
        organisation_id: organisation(grant),
        art_fields: grant.art_fields.clone(),
    };
    outbox::publish(tx, NOUN, "role-granted", grant.account_id, revision, &fact).await
}

/// The account holds the role no more.
pub(crate) async fn role_revoked(tx: &mut Tx, grant: &Grant) -> sqlx::Result<()> {
    let revision = accounts::next_revision(tx, grant.account_id).await?;
    let fact = RoleRevoked {
        account_id: grant.account_id.to_string(),
        role: grant.role.into(),
        organisation_id: organisation(grant),
    };
    outbox::publish(tx, NOUN, "role-revoked", grant.account_id, revision, &fact).await
}

/// A session of the account ended before its time.
pub(crate) async fn session_ended(
    tx: &mut Tx,
    account_id: Uuid,
    session_id: Uuid,
) -> sqlx::Result<()> {
    let revision = accounts::next_revision(tx, account_id).await?;
    let fact = SessionEnded {
        account_id: account_id.to_string(),
        session_id: session_id.to_string(),
    };
    outbox::publish(tx, NOUN, "session-ended", account_id, revision, &fact).await
}

fn organisation(grant: &Grant) -> String {
    grant
        .organisation_id
        .map(|id| id.to_string())
        .unwrap_or_default()
}

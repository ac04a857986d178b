//! The audit log: who did what to which account and when, each entry chained to the one before it by its hash.
use futures::TryStreamExt;
use kit::db::Tx;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    AccountConfirmed,
    RoleGranted,
    RoleRevoked,
    SessionEnded,
    PasswordResetRequested,
    PasswordReset,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::AccountConfirmed => "account_confirmed",
            Self::RoleGranted => "role_granted",
            Self::RoleRevoked => "role_revoked",
            Self::SessionEnded => "session_ended",
            Self::PasswordResetRequested => "password_reset_requested",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// The first entry that does not fit the chain.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// An entry was changed, taken out or put in.
    #[error("the audit log was tampered with: entry {seq} does not follow from the one before it")]
    At {
        /// The entry's number.
        seq: i64,
    },
    /// Entries at the end were taken out.
    #[error(
        "the audit log was tampered with: it ends at entry {last}, but {expected} were written"
    )]
    End {
        /// The last entry that is there.
        last: i64,
        /// The last entry that was written.
        expected: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Appends an entry. Call it last in the transaction: until the commit nobody else can append.
/// `actor` is the account that did it; `None` is the system itself or somebody who has not signed in.
pub(crate) async fn append(
    tx: &mut Tx,
    now: OffsetDateTime,
    actor: Option<Uuid>,
    action: Action,
    account: Uuid,
    detail: &str,
) -> sqlx::Result<()> {
    let head = sqlx::query!("select seq, hash from identity.audit_head for update")
        .fetch_one(&mut **tx)
        .await?;
    let seq = head.seq + 1;
    let at = now.replace_microsecond(now.microsecond()).unwrap_or(now);
    let hash = hash(&head.hash, seq, at, actor, action.name(), account, detail);
    sqlx::query!(
        "insert into identity.audit (seq, at, actor_id, action, account_id, detail, prev, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        seq,
        at,
        actor,
        action.name(),
        account,
        detail,
        head.hash,
        hash
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update identity.audit_head set seq = $1, hash = $2",
        seq,
        hash
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}

/// Checks the whole chain and tells how many entries it has.
pub async fn verify(db: &mut PgConnection) -> Result<i64, Broken> {
    let head = sqlx::query!("select seq, hash from identity.audit_head")
        .fetch_one(&mut *db)
        .await?;
    let mut last = 0;
    let mut prev = vec![0];
    let mut rows = sqlx::query!(
        "select seq, at, actor_id, action, account_id, detail, prev, hash from identity.audit where seq <= $1 order by seq",
        head.seq
    )
    .fetch(&mut *db);
    while let Some(row) = rows.try_next().await? {
        let expected = hash(
            &prev,
            last + 1,
            row.at,
            row.actor_id,
            &row.action,
            row.account_id,
            &row.detail,
        );
        if row.seq != last + 1 || row.prev != prev || row.hash != expected {
            return Err(Broken::At { seq: last + 1 });
        }
        (last, prev) = (row.seq, row.hash);
    }
    if last != head.seq || prev != head.hash {
        return Err(Broken::End {
            last,
            expected: head.seq,
        });
    }
    Ok(last)
}

fn hash(
    prev: &[u8],
    seq: i64,
    at: OffsetDateTime,
    actor: Option<Uuid>,
    action: &str,
    account: Uuid,
    detail: &str,
) -> Vec<u8> {
    let microseconds = (at.unix_timestamp_nanos() / 1000).to_be_bytes();
    let mut hash = Sha256::new();
    // Each part with its length, so that no two entries read the same.
    for part in [
        prev,
        &seq.to_be_bytes(),
        &microseconds,
        actor.as_ref().map_or(&[][..], |a| a.as_bytes()),
        action.as_bytes(),
        account.as_bytes(),
        detail.as_bytes(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

//! How often something may be tried: so many times at once, then one more every so many seconds. The limits are
//! generous enough that nobody can lock somebody else out for long, and stop guessing and flooding.
use kit::Db;
use kit::db::Tx;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::error::Error;

/// A limit: `burst` tries, and one more every `seconds`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    kind: &'static str,
    burst: f64,
    seconds: f64,
}

/// Failed sign-ins to one account.
pub(crate) const SIGN_INS: Limit = Limit {
    kind: "sign-in",
    burst: 100.0,
    seconds: 20.0,
};
/// Failed sign-ins from one network address.
pub(crate) const SIGN_INS_FROM: Limit = Limit {
    kind: "sign-in from",
    burst: 200.0,
    seconds: 5.0,
};
/// Registrations from one network address.
pub(crate) const REGISTRATIONS_FROM: Limit = Limit {
    kind: "registration from",
    burst: 300.0,
    seconds: 10.0,
};
/// Mails that strangers can have sent to one address.
pub(crate) const MAILS: Limit = Limit {
    kind: "mail",
    burst: 10.0,
    seconds: 600.0,
};

impl Limit {
    fn key(&self, what: &str) -> Vec<u8> {
        Sha256::new()
            .chain_update(self.kind)
            .chain_update([0])
            .chain_update(what)
            .finalize()
            .to_vec()
    }
}

/// Takes one try, or refuses.
pub(crate) async fn take(
    tx: &mut Tx,
    limit: Limit,
    what: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let taken = sqlx::query_scalar!(
        "insert into identity.throttle as t (key, tokens, at) values ($1, $2::float8 - 1, $4)
         on conflict (key) do update set at = $4,
             tokens = least($2, t.tokens + greatest(0, extract(epoch from $4 - t.at)::float8) / $3) - 1
         where least($2, t.tokens + greatest(0, extract(epoch from $4 - t.at)::float8) / $3::float8) >= 1
         returning tokens",
        limit.key(what),
        limit.burst,
        limit.seconds,
        now,
    )
    .fetch_optional(&mut **tx)
    .await?;
    taken.map(drop).ok_or(Error::TooManyTries {
        seconds: limit.seconds as u64,
    })
}

/// Takes one try of each, in a transaction of its own, so that it counts however the call goes on.
pub(crate) async fn take_all(
    db: &Db,
    limits: Vec<(Limit, String)>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    db.write(move |tx| {
        Box::pin(async move {
            for (limit, what) in limits {
                take(tx, limit, &what, now).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Gives tries back that turned out to be rightful.
pub(crate) async fn give_back(tx: &mut Tx, limits: Vec<(Limit, String)>) -> Result<(), Error> {
    for (limit, what) in limits {
        sqlx::query!(
            "update identity.throttle set tokens = least($2, tokens + 1) where key = $1",
            limit.key(&what),
            limit.burst
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Gives tries back that came to nothing through no fault of the caller.
pub(crate) async fn give_back_all(db: &Db, limits: Vec<(Limit, String)>) -> Result<(), Error> {
    db.write(move |tx| Box::pin(give_back(tx, limits))).await
}

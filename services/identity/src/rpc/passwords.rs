//! A new password for somebody who forgot the old one.
use contracts::identity::v1::*;
use kit::db::Tx;
use time::OffsetDateTime;
use tonic::{Request, Response};

use super::{Answer, IdentityRpc, sessions};
use crate::account::email_key;
use crate::audit::{self, Action};
use crate::error::Error;
use crate::store::{accounts, resets, sessions as stored_sessions};
use crate::{mail, throttle, token};

impl IdentityRpc {
    pub(super) async fn send_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Answer<RequestPasswordResetResponse> {
        let now = self.clock.now();
        let key = email_key(&request.get_ref().email);
        let site = self.site.clone();
        self.db
            .write(move |tx| Box::pin(async move { request_reset(tx, &key, &site, now).await }))
            .await?;
        Ok(Response::new(RequestPasswordResetResponse {}))
    }

    pub(super) async fn set_new_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Answer<ResetPasswordResponse> {
        let now = self.clock.now();
        let request = request.into_inner();
        let hash = token::hash(&request.token);
        // Looked up before the password is hashed, so that made-up tokens cost nothing.
        let mut db = self.db.read().await.map_err(Error::from)?;
        let owner = resets::owner(&mut db, &hash, now)
            .await
            .map_err(Error::from)?;
        drop(db);
        owner.ok_or(Error::InvalidToken)?;
        let password_hash = self.hasher.hash(request.password).await?;
        let site = self.site.clone();
        self.db
            .write(move |tx| {
                Box::pin(async move { reset(tx, &hash, &password_hash, &site, now).await })
            })
            .await?;
        Ok(Response::new(ResetPasswordResponse {}))
    }
}

async fn request_reset(
    tx: &mut Tx,
    email_key: &str,
    site: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    throttle::take(tx, throttle::MAILS, email_key, now).await?;
    let Some(account) = accounts::by_email(tx, email_key).await? else {
        return Ok(());
    };
    let (token, hash) = token::new();
    resets::insert(tx, &hash, account.id, now).await?;
    mail::password_reset(tx, site, account.id, &token).await?;
    Ok(audit::append(
        tx,
        now,
        None,
        Action::PasswordResetRequested,
        account.id,
        "",
    )
    .await?)
}

async fn reset(
    tx: &mut Tx,
    token_hash: &[u8],
    password_hash: &str,
    site: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let owner = resets::owner(tx, token_hash, now)
        .await?
        .ok_or(Error::InvalidToken)?;
    accounts::lock(tx, owner).await?;
    // Of two calls with one token, the second finds it gone once it has the lock.
    resets::owner(tx, token_hash, now)
        .await?
        .ok_or(Error::InvalidToken)?;
    resets::clear(tx, owner).await?;
    accounts::set_password(tx, owner, password_hash).await?;
    mail::password_changed(tx, site, owner).await?;
    let ended = stored_sessions::end_all(tx, owner, now).await?;
    audit::append(tx, now, None, Action::PasswordReset, owner, "").await?;
    for session in ended {
        sessions::tell_ended(tx, None, owner, session, "password reset", now).await?;
    }
    Ok(())
}

//! From an address to an account.
use contracts::identity::v1::*;
use contracts::options::v1::Role;
use kit::db::Tx;
use kit::{fault, idempotency};
use time::OffsetDateTime;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Answer, IdentityRpc, client_address, roles};
use crate::account::{Registration, email_key};
use crate::audit::{self, Action};
use crate::error::Error;
use crate::role::Grant;
use crate::store::{accounts, grants, registrations};
use crate::{mail, published, throttle, token};

impl IdentityRpc {
    pub(super) async fn begin_registration(
        &self,
        request: Request<RegisterRequest>,
    ) -> Answer<RegisterResponse> {
        let now = self.clock.now();
        let from = client_address(&request);
        let request = request.into_inner();
        let key = email_key(&request.email);
        self.check_registration(&request, &key, now)?;
        let limits = from
            .map(|from| (throttle::REGISTRATIONS_FROM, from))
            .into_iter()
            .collect();
        throttle::take_all(&self.db, limits, now).await?;
        // Hashed in every case, so that an address that has an account is not answered faster.
        let password_hash = self.hasher.hash(request.password.clone()).await?;
        let new = Registration {
            email: request.email.trim().to_owned(),
            name: request.name.trim().to_owned(),
            language: if request.language.is_empty() {
                self.region.main_language().to_owned()
            } else {
                request.language.clone()
            },
            password_hash,
        };
        let site = self.site.clone();
        self.db
            .write(move |tx| {
                Box::pin(async move { register(tx, request, new, &key, &site, now).await })
            })
            .await?;
        Ok(Response::new(RegisterResponse {}))
    }

    fn check_registration(
        &self,
        request: &RegisterRequest,
        email_key: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        if !request.language.is_empty() && !self.region.languages.contains(&request.language) {
            let what = format!("must be one of: {}", self.region.languages.join(", "));
            return Err(Error::Fields(vec![("language".to_owned(), what)]));
        }
        // Somebody has to appoint reviewers before the first producer registers.
        if !self.region.registration_open(now) && email_key != self.first_administrator {
            return Err(Error::RegistrationNotOpen {
                opens: self.region.launch.registration_opens,
            });
        }
        Ok(())
    }

    pub(super) async fn end_registration(
        &self,
        request: Request<ConfirmEmailRequest>,
    ) -> Answer<ConfirmEmailResponse> {
        let now = self.clock.now();
        let hash = token::hash(&request.get_ref().token);
        let administrator = self.first_administrator.clone();
        let account_id = self
            .db
            .write(move |tx| Box::pin(async move { confirm(tx, &hash, &administrator, now).await }))
            .await?;
        Ok(Response::new(ConfirmEmailResponse {
            account_id: account_id.to_string(),
        }))
    }

    pub(super) async fn send_confirmation_again(
        &self,
        request: Request<ResendConfirmationRequest>,
    ) -> Answer<ResendConfirmationResponse> {
        let now = self.clock.now();
        let key = email_key(&request.get_ref().email);
        let site = self.site.clone();
        self.db
            .write(move |tx| Box::pin(async move { resend(tx, &key, &site, now).await }))
            .await?;
        Ok(Response::new(ResendConfirmationResponse {}))
    }

    /// Gives the first administrator the role if the address was confirmed before it was configured. A region that
    /// has an administrator is left as it is.
    pub(crate) async fn appoint_first_administrator(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let key = self.first_administrator.clone();
        let appoint = async move |tx: &mut Tx| -> Result<(), Error> {
            let Some(found) = accounts::by_email(tx, &key).await? else {
                return Ok(());
            };
            accounts::lock(tx, found.id).await?;
            if grants::lock_administrators(tx).await?.is_empty() {
                make_administrator(tx, found.id, now).await?;
            }
            Ok(())
        };
        Ok(self
            .db
            .write(move |tx| Box::pin(async move { appoint(tx).await }))
            .await?)
    }
}

async fn register(
    tx: &mut Tx,
    mut request: RegisterRequest,
    new: Registration,
    email_key: &str,
    site: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let request_id =
        fault::id("request_id", &request.request_id).map_err(|_| Error::RequestIdReused)?;
    let key = idempotency::Key {
        caller: "anonymous".to_owned(),
        method: "Register",
        request_id,
    };
    // What is kept of a request must not help to guess its password.
    request.password.clear();
    if idempotency::begin::<_, RegisterResponse>(tx, &key, &request)
        .await?
        .is_some()
    {
        return Ok(());
    }
    throttle::take(tx, throttle::MAILS, email_key, now).await?;
    if let Some(account) = accounts::by_email(tx, email_key).await? {
        mail::already_registered(tx, site, account.id).await?;
    } else {
        send_token(tx, email_key, &new, site, now).await?;
    }
    Ok(idempotency::finish(tx, &key, &RegisterResponse {}).await?)
}

async fn resend(
    tx: &mut Tx,
    email_key: &str,
    site: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    throttle::take(tx, throttle::MAILS, email_key, now).await?;
    if let Some(account) = accounts::by_email(tx, email_key).await? {
        mail::already_registered(tx, site, account.id).await?;
    } else if let Some(waiting) = registrations::newest(tx, email_key, now).await? {
        send_token(tx, email_key, &waiting, site, now).await?;
    }
    Ok(())
}

async fn send_token(
    tx: &mut Tx,
    email_key: &str,
    new: &Registration,
    site: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let (token, hash) = token::new();
    registrations::insert(tx, &hash, email_key, new, now).await?;
    Ok(mail::confirm(tx, site, new, &token).await?)
}

async fn confirm(
    tx: &mut Tx,
    token_hash: &[u8],
    administrator: &str,
    now: OffsetDateTime,
) -> Result<Uuid, Error> {
    let waiting = registrations::lock(tx, token_hash, now)
        .await?
        .ok_or(Error::InvalidToken)?;
    if let Some(account_id) = waiting.account_id {
        return Ok(account_id);
    }
    let account_id = Uuid::now_v7();
    if !accounts::insert(
        tx,
        account_id,
        &waiting.registration,
        &waiting.email_key,
        now,
    )
    .await?
    {
        return Err(Error::InvalidToken);
    }
    registrations::close(tx, &waiting, account_id).await?;
    published::account_confirmed(tx, account_id).await?;
    audit::append(tx, now, None, Action::AccountConfirmed, account_id, "").await?;
    if waiting.email_key == administrator {
        make_administrator(tx, account_id, now).await?;
    }
    Ok(account_id)
}

async fn make_administrator(
    tx: &mut Tx,
    account_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let grant = Grant {
        account_id,
        role: Role::Administrator,
        organisation_id: None,
        art_fields: Vec::new(),
        granted_at: now,
    };
    roles::put(tx, None, &grant).await
}

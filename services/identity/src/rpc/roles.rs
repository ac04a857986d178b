//! Appointing people.
use contracts::identity::v1::grant_role_request::Account;
use contracts::identity::v1::*;
use contracts::options::v1::Role;
use kit::auth::Caller;
use kit::db::Tx;
use kit::{clock, fault, idempotency, page};
use time::OffsetDateTime;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Answer, IdentityRpc};
use crate::account::email_key;
use crate::audit::{self, Action};
use crate::error::Error;
use crate::store::{accounts, grants};
use crate::{published, role};

impl IdentityRpc {
    pub(super) async fn give_role(&self, request: Request<GrantRoleRequest>) -> Answer<Grant> {
        let caller = Caller::of(&request);
        let me = caller.account()?;
        let now = self.clock.now();
        let request = request.into_inner();
        let organisation = fault::optional_id("organisation_id", &request.organisation_id)?;
        let mut bad = role::violations(
            request.role(),
            organisation.is_some(),
            &request.art_fields,
            &self.region,
        );
        if named(&request).is_empty() {
            bad.insert(
                0,
                (
                    "account".to_owned(),
                    "must be given: an id or an address".to_owned(),
                ),
            );
        }
        if !bad.is_empty() {
            return Err(Error::Fields(bad).into());
        }
        let request_id = fault::id("request_id", &request.request_id)?;
        let key = idempotency::Key {
            caller: caller.key(),
            method: "GrantRole",
            request_id,
        };
        let grant = self
            .db
            .write(move |tx| {
                Box::pin(async move { grant(tx, me, request, organisation, &key, now).await })
            })
            .await?;
        Ok(Response::new(grant))
    }

    pub(super) async fn take_role(
        &self,
        request: Request<RevokeRoleRequest>,
    ) -> Answer<RevokeRoleResponse> {
        let me = Caller::of(&request).account()?;
        let now = self.clock.now();
        let request = request.into_inner();
        let account = fault::id("account_id", &request.account_id)?;
        let organisation = fault::optional_id("organisation_id", &request.organisation_id)?;
        let role = request.role();
        self.db
            .write(move |tx| {
                Box::pin(async move { revoke(tx, me, account, role, organisation, now).await })
            })
            .await?;
        Ok(Response::new(RevokeRoleResponse {}))
    }

    pub(super) async fn all_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Answer<ListGrantsResponse> {
        let request = request.into_inner();
        let place = self.pager.place(&request.role, &request.page_token)?;
        let only = Some(request.role()).filter(|r| *r != Role::Unspecified);
        let size = page::size(request.page_size);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let mut found = grants::list(&mut db, only, place, size + 1)
            .await
            .map_err(Error::from)?;
        let more = found.len() as i64 > size;
        found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let next_page_token = match found.last() {
            Some(last) if more => self.pager.token(&request.role, &last.id),
            _ => String::new(),
        };
        let shown = |l: grants::Listed| Grant {
            email: l.email,
            name: l.name,
            ..to_proto(l.grant)
        };
        Ok(Response::new(ListGrantsResponse {
            grants: found.into_iter().map(shown).collect(),
            next_page_token,
        }))
    }
}

fn named(request: &GrantRoleRequest) -> &str {
    match &request.account {
        Some(Account::AccountId(text) | Account::Email(text)) => text,
        None => "",
    }
}

async fn grant(
    tx: &mut Tx,
    actor: Uuid,
    request: GrantRoleRequest,
    organisation_id: Option<Uuid>,
    key: &idempotency::Key,
    now: OffsetDateTime,
) -> Result<Grant, Error> {
    if let Some(answer) = idempotency::begin(tx, key, &request).await? {
        return Ok(answer);
    }
    let account_id = match &request.account {
        Some(Account::Email(email)) => accounts::by_email(tx, &email_key(email))
            .await?
            .map(|a| a.id),
        Some(Account::AccountId(id)) => Uuid::parse_str(id).ok(),
        None => None,
    };
    let account = accounts::lock(tx, account_id.ok_or(Error::NoSuchAccount)?)
        .await?
        .ok_or(Error::NoSuchAccount)?;
    let wanted = role::Grant {
        account_id: account.id,
        role: request.role(),
        organisation_id,
        art_fields: role::tidy(request.art_fields),
        granted_at: now,
    };
    put(tx, Some(actor), &wanted).await?;
    let held = grants::of(tx, account.id).await?;
    let held = held
        .into_iter()
        .find(|g| g.role == wanted.role && g.organisation_id == wanted.organisation_id);
    let answer = to_proto(held.unwrap_or(wanted));
    idempotency::finish(tx, key, &answer).await?;
    Ok(answer)
}

/// Stores a grant, publishes and logs it. One that is held just so already is left as it is.
pub(super) async fn put(
    tx: &mut Tx,
    actor: Option<Uuid>,
    grant: &role::Grant,
) -> Result<(), Error> {
    if grants::put(tx, grant).await? {
        published::role_granted(tx, grant).await?;
        audit::append(
            tx,
            grant.granted_at,
            actor,
            Action::RoleGranted,
            grant.account_id,
            &told(grant),
        )
        .await?;
    }
    Ok(())
}

async fn revoke(
    tx: &mut Tx,
    actor: Uuid,
    account: Uuid,
    role: Role,
    organisation: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    accounts::lock(tx, account)
        .await?
        .ok_or(Error::NoSuchGrant)?;
    if role == Role::Administrator && grants::lock_administrators(tx).await? == [account] {
        return Err(Error::LastAdministrator);
    }
    let taken = grants::delete(tx, account, role, organisation)
        .await?
        .ok_or(Error::NoSuchGrant)?;
    published::role_revoked(tx, &taken).await?;
    Ok(audit::append(
        tx,
        now,
        Some(actor),
        Action::RoleRevoked,
        account,
        &told(&taken),
    )
    .await?)
}

/// A grant in the audit log.
fn told(grant: &role::Grant) -> String {
    let mut told = grant.role.as_str_name().to_owned();
    if let Some(organisation) = grant.organisation_id {
        told.push_str(&format!(" in {organisation}"));
    }
    if !grant.art_fields.is_empty() {
        told.push_str(&format!(" for {}", grant.art_fields.join(", ")));
    }
    told
}

pub(super) fn to_proto(grant: role::Grant) -> Grant {
    Grant {
        account_id: grant.account_id.to_string(),
        role: grant.role.into(),
        organisation_id: grant
            .organisation_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        art_fields: grant.art_fields,
        grant_time: Some(clock::to_proto(grant.granted_at)),
        ..Grant::default()
    }
}

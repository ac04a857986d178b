//! Reading accounts.
use contracts::identity::v1::{
    Account, Contact, FindAccountRequest, GetContactRequest, GetMeRequest,
};
use kit::auth::Caller;
use kit::{clock, fault};
use sqlx::PgConnection;
use tonic::{Request, Response};

use super::{Answer, IdentityRpc, roles};
use crate::account::{self, email_key};
use crate::error::Error;
use crate::store::{accounts, grants};

impl IdentityRpc {
    pub(super) async fn own_account(&self, request: Request<GetMeRequest>) -> Answer<Account> {
        let me = Caller::of(&request).account()?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let found = accounts::find(&mut db, me)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NoSuchAccount)?;
        Ok(Response::new(with_grants(&mut db, found).await?))
    }

    pub(super) async fn account_of_address(
        &self,
        request: Request<FindAccountRequest>,
    ) -> Answer<Account> {
        let key = email_key(&request.get_ref().email);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let found = accounts::by_email(&mut db, &key)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NoSuchAccount)?;
        Ok(Response::new(with_grants(&mut db, found).await?))
    }

    pub(super) async fn contact(&self, request: Request<GetContactRequest>) -> Answer<Contact> {
        let id = fault::id("account_id", &request.get_ref().account_id)?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let found = accounts::find(&mut db, id)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NoSuchAccount)?;
        Ok(Response::new(Contact {
            account_id: found.id.to_string(),
            email: found.email,
            name: found.name,
            language: found.language,
        }))
    }
}

async fn with_grants(db: &mut PgConnection, found: account::Account) -> Result<Account, Error> {
    let grants = grants::of(db, found.id).await?;
    Ok(Account {
        id: found.id.to_string(),
        email: found.email,
        name: found.name,
        language: found.language,
        grants: grants.into_iter().map(roles::to_proto).collect(),
        confirm_time: Some(clock::to_proto(found.confirmed_at)),
    })
}

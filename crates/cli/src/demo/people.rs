//! Accounts: registered, confirmed by the mail they got, given their roles by the administrator.
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, bail};
use contracts::identity::v1::{
    ConfirmEmailRequest, ConfirmEmailResponse, Grant, GrantRoleRequest, RegisterRequest,
    RegisterResponse, grant_role_request,
};
use contracts::notify::v1::{ListKeptMailRequest, ListKeptMailResponse};
use contracts::options::v1::Role;
use futures::{StreamExt, TryStreamExt};
use prost::Message;

use super::data::{self, Account};
use super::{AT_ONCE, PASSWORD, request_id};
use crate::access::sign_in;
use crate::call::told;
use crate::grpcweb::Client;

const IDENTITY: &str = "kulturtorg.identity.v1.IdentityService";
/// Access tokens last five minutes; a client older than this signs in again.
const FRESH: Duration = Duration::from_secs(200);

/// The region as the demo's people reach it.
pub(super) struct Region {
    gateway: Client,
    emails: HashMap<String, String>,
    signed_in: Mutex<HashMap<String, (std::time::Instant, Client)>>,
}

impl Region {
    /// Registers everybody and grants the roles that need no house.
    pub(super) async fn open(gateway: &Client, accounts: &[Account]) -> anyhow::Result<Self> {
        let region = Self {
            gateway: gateway.clone(),
            emails: accounts
                .iter()
                .map(|a| (a.key.clone(), a.email.clone()))
                .collect(),
            signed_in: Mutex::default(),
        };
        // The administrator alone first: everybody else gets roles from them.
        for account in accounts {
            region
                .register(&account.email, &account.name, &account.language)
                .await?;
        }
        for account in accounts {
            for role in account
                .roles
                .iter()
                .filter(|r| r.house.is_none() && r.role != "administrator")
            {
                region.grant(account, role, "").await?;
            }
        }
        Ok(region)
    }

    /// The gateway, called by nobody in particular.
    pub(super) fn anonymous(&self) -> &Client {
        &self.gateway
    }

    /// The gateway, called by the holder of the account with this key.
    pub(super) async fn staff(&self, key: &str) -> anyhow::Result<Client> {
        let email = self
            .emails
            .get(key)
            .with_context(|| format!("there is no account {key}"))?;
        self.person(email).await
    }

    /// The gateway, called by the holder of this address.
    pub(super) async fn person(&self, email: &str) -> anyhow::Result<Client> {
        if let Some((since, client)) = self
            .signed_in
            .lock()
            .expect("nobody panics holding it")
            .get(email)
            && since.elapsed() < FRESH
        {
            return Ok(client.clone());
        }
        let client = sign_in(&self.gateway, email, PASSWORD).await?;
        let entry = (std::time::Instant::now(), client.clone());
        self.signed_in
            .lock()
            .expect("nobody panics holding it")
            .insert(email.to_owned(), entry);
        Ok(client)
    }

    /// Registers and confirms, unless the account is there.
    pub(super) async fn register(
        &self,
        email: &str,
        name: &str,
        language: &str,
    ) -> anyhow::Result<()> {
        if self.person(email).await.is_ok() {
            return Ok(());
        }
        let request = RegisterRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            name: name.to_owned(),
            language: language.to_owned(),
            request_id: request_id("register", email),
        };
        let _: RegisterResponse =
            call(&self.gateway, &format!("{IDENTITY}/Register"), &request).await?;
        let token = self.token_in_mail(email, "identity.confirm").await?;
        let path = format!("{IDENTITY}/ConfirmEmail");
        let _: ConfirmEmailResponse =
            call(&self.gateway, &path, &ConfirmEmailRequest { token }).await?;
        Ok(())
    }

    /// Gives an account a role; `house` is the id of the house in which it is held, or empty.
    pub(super) async fn grant(
        &self,
        account: &Account,
        role: &data::Role,
        house: &str,
    ) -> anyhow::Result<()> {
        let name = format!("ROLE_{}", role.role.to_uppercase());
        let request = GrantRoleRequest {
            account: Some(grant_role_request::Account::Email(account.email.clone())),
            role: Role::from_str_name(&name)
                .with_context(|| format!("there is no role {}", role.role))?
                .into(),
            organisation_id: house.to_owned(),
            art_fields: role.art_fields.clone(),
            request_id: request_id("grant", &format!("{}/{}/{house}", account.key, role.role)),
        };
        let administrator = self.staff("administrator").await?;
        let _: Grant = call(&administrator, &format!("{IDENTITY}/GrantRole"), &request).await?;
        // The next call signs in again and so carries the role.
        self.signed_in
            .lock()
            .expect("nobody panics holding it")
            .remove(&account.email);
        Ok(())
    }

    /// The code in the newest mail of this template, as the receiver would copy it.
    pub(super) async fn token_in_mail(
        &self,
        address: &str,
        template: &str,
    ) -> anyhow::Result<String> {
        let request = ListKeptMailRequest {
            address: address.to_owned(),
            ..Default::default()
        };
        for _ in 0..200 {
            let mails: ListKeptMailResponse = call(
                &self.gateway,
                "kulturtorg.notify.v1.NotifyService/ListKeptMail",
                &request,
            )
            .await?;
            let token = mails
                .mails
                .iter()
                .find(|m| m.template == template)
                .and_then(|m| token(&m.text));
            if let Some(token) = token {
                return Ok(token);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("no mail `{template}` came within ten seconds")
    }
}

/// The code stands alone on a line.
fn token(text: &str) -> Option<String> {
    let alone = |l: &&str| {
        l.len() >= 32
            && l.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.lines().map(str::trim).find(alone).map(str::to_owned)
}

/// Calls a method, with patience: every step of the demo may be repeated.
pub(super) async fn call<Q: Message, A: Message + Default>(
    client: &Client,
    path: &str,
    request: &Q,
) -> anyhow::Result<A> {
    client
        .patient(path, request)
        .await
        .map_err(told)
        .with_context(|| path.to_owned())
}

/// Runs the same work for many things, some at once; the first error ends it.
pub(super) async fn for_each<T, F>(
    things: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    futures::stream::iter(things)
        .map(work)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_line_that_holds_nothing_else() {
        let text = "Hej!\n\nhttp://localhost:8080/confirm?token=abc\n\nq3Zk0Xr-9_aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4\n\nHälsningar";
        assert_eq!(
            token(text).as_deref(),
            Some("q3Zk0Xr-9_aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4")
        );
        assert_eq!(token("Hej!"), None);
    }
}

//! Calls the gateway as whoever imports: signs in again when the token has ended, and outlasts a short outage.
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use contracts::events::v1::{ImportGatheringRequest, ImportGatheringResponse};
use tokio::sync::Mutex;
use tonic::{Code, Status};

use crate::access::{Access, sign_in};
use crate::call::told;
use crate::grpcweb::Client;

const METHOD: &str = "kulturtorg.events.v1.EventsService/ImportGathering";
/// An outage of about a minute is outlasted.
const TRIES: u32 = 14;

/// Why a record was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// It breaks a rule.
    Refused(String),
    /// It could not be sent, and no other can.
    NotSent(String),
}

/// Whoever imports. Clones share the sign-in.
#[derive(Clone)]
pub(crate) struct Session {
    account: Option<Arc<Account>>,
    current: Arc<Mutex<(u64, Client)>>,
}

struct Account {
    email: String,
    password: String,
}

impl Session {
    /// Signs in, if an address was given. The password is asked for once, for an import may outlast many tokens.
    pub(crate) async fn open(access: Access) -> anyhow::Result<Self> {
        let plain = Client::new(&access.gateway);
        let Some(email) = access.login else {
            return Ok(Self {
                account: None,
                current: Arc::new(Mutex::new((0, plain.with_token(access.token)))),
            });
        };
        let password = match std::env::var("KT_PASSWORD") {
            Ok(password) => password,
            Err(_) => rpassword::prompt_password(format!("Password of {email}: "))
                .context("the password cannot be read; set KT_PASSWORD")?,
        };
        let client = sign_in(&plain, &email, &password).await?;
        Ok(Self {
            account: Some(Arc::new(Account { email, password })),
            current: Arc::new(Mutex::new((0, client))),
        })
    }

    /// Imports a record. It may be sent several times, which changes nothing.
    pub(crate) async fn import(
        &self,
        request: &ImportGatheringRequest,
    ) -> Result<ImportGatheringResponse, Failed> {
        let mut tries = 0;
        let mut renewed = false;
        loop {
            let (age, client) = self.current.lock().await.clone();
            let status = match client.unary(METHOD, request).await {
                Ok(answer) => return Ok(answer),
                Err(status) => status,
            };
            match status.code() {
                Code::Unauthenticated if self.account.is_some() && !renewed => {
                    renewed = true;
                    self.renew(age)
                        .await
                        .map_err(|e| Failed::NotSent(format!("{e:#}")))?;
                }
                code if passing(code) && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(pause(tries)).await;
                }
                Code::InvalidArgument | Code::OutOfRange => {
                    return Err(Failed::Refused(fields(&status)));
                }
                _ => return Err(Failed::NotSent(one_line(&format!("{:#}", told(status))))),
            }
        }
    }

    /// Signs in again, unless another lane did since the client of this age was taken.
    async fn renew(&self, age: u64) -> anyhow::Result<()> {
        let Some(account) = &self.account else {
            return Ok(());
        };
        let mut current = self.current.lock().await;
        if current.0 == age {
            let client = sign_in(
                &current.1.with_token(None),
                &account.email,
                &account.password,
            )
            .await?;
            *current = (age + 1, client);
        }
        Ok(())
    }
}

/// True for what goes away by itself.
fn passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::Aborted | Code::DeadlineExceeded | Code::ResourceExhausted
    )
}

/// 0.2 s, doubling to 8 s.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(200 * 2u64.pow(tries.saturating_sub(1).min(6)))
        .min(Duration::from_secs(8))
}

/// Every bad field with what it must be, on one line.
fn fields(status: &Status) -> String {
    use tonic_types::StatusExt;
    let Some(bad) = status
        .get_details_bad_request()
        .filter(|b| !b.field_violations.is_empty())
    else {
        return status.message().to_owned();
    };
    bad.field_violations
        .iter()
        .map(|v| format!("{}: {}", v.field, v.description))
        .collect::<Vec<_>>()
        .join("; ")
}

fn one_line(text: &str) -> String {
    text.split('\n')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("; ")
}

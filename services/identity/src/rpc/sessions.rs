//! Signing in, staying signed in, signing out.
use contracts::identity::v1::*;
use kit::auth::{self, Caller};
use kit::db::Tx;
use kit::{clock, fault, page};
use time::OffsetDateTime;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Answer, IdentityRpc, client_address};
use crate::account::email_key;
use crate::audit::{self, Action};
use crate::error::Error;
use crate::role::Grant;
use crate::session::{self, ACCESS_SECONDS, Verdict};
use crate::store::{accounts, grants, sessions};
use crate::throttle::{self, Limit};
use crate::{published, token};

const LONGEST_AGENT: usize = 200;

/// What the tokens are made from.
struct Issued {
    account_id: Uuid,
    session_id: Uuid,
    refresh_token: String,
    grants: Vec<Grant>,
}

impl IdentityRpc {
    pub(super) async fn begin_session(&self, request: Request<SignInRequest>) -> Answer<Tokens> {
        let now = self.clock.now();
        let agent = agent(&request);
        let from = client_address(&request);
        let request = request.into_inner();
        let key = email_key(&request.email);
        let mut limits = vec![(throttle::SIGN_INS, key.clone())];
        limits.extend(from.map(|from| (throttle::SIGN_INS_FROM, from)));
        throttle::take_all(&self.db, limits.clone(), now).await?;

        let mut db = self.db.read().await.map_err(Error::from)?;
        let account = accounts::by_email(&mut db, &key)
            .await
            .map_err(Error::from)?;
        // Not kept while the password is hashed: connections are few.
        drop(db);
        let stored = account.as_ref().map(|a| a.password_hash.clone());
        let right = match self.hasher.verify(request.password, stored).await {
            Err(Error::Busy) => {
                throttle::give_back_all(&self.db, limits).await?;
                return Err(Error::Busy.into());
            }
            compared => compared?,
        };
        let account = account.filter(|_| right).ok_or(Error::WrongCredentials)?;
        let issued = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    sign_in(tx, account.id, &account.password_hash, &agent, limits, now).await
                })
            })
            .await?;
        Ok(Response::new(self.tokens(issued, now)))
    }

    pub(super) async fn continue_session(
        &self,
        request: Request<RefreshRequest>,
    ) -> Answer<Tokens> {
        let now = self.clock.now();
        let hash = token::hash(&request.get_ref().refresh_token);
        // A replay is an error for the caller and yet changes something: the transaction is committed either way.
        let outcome = self
            .db
            .write(move |tx| Box::pin(async move { refresh(tx, &hash, now).await }))
            .await?;
        Ok(Response::new(self.tokens(outcome?, now)))
    }

    pub(super) async fn end_own_session(
        &self,
        request: Request<SignOutRequest>,
    ) -> Answer<SignOutResponse> {
        let caller = Caller::of(&request);
        let me = caller.account()?;
        if let Some(session) = caller.session() {
            match self.end(me, session, "signed out").await {
                Ok(()) | Err(Error::NoSuchSession | Error::NoSuchAccount) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Response::new(SignOutResponse {}))
    }

    pub(super) async fn end_named_session(
        &self,
        request: Request<EndSessionRequest>,
    ) -> Answer<EndSessionResponse> {
        let me = Caller::of(&request).account()?;
        let session = fault::id("session_id", &request.get_ref().session_id)?;
        self.end(me, session, "ended by its owner").await?;
        Ok(Response::new(EndSessionResponse {}))
    }

    pub(super) async fn own_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Answer<ListSessionsResponse> {
        let caller = Caller::of(&request);
        let me = caller.account()?;
        let request = request.into_inner();
        let place = self.pager.place(&me, &request.page_token)?;
        let size = page::size(request.page_size);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let mut found = sessions::live(&mut db, me, self.clock.now(), place, size + 1)
            .await
            .map_err(Error::from)?;
        let more = found.len() as i64 > size;
        found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let next_page_token = match found.last() {
            Some(last) if more => self.pager.token(&me, &(last.began_at, last.id)),
            _ => String::new(),
        };
        let sessions = found
            .into_iter()
            .map(|s| to_proto(s, caller.session()))
            .collect();
        Ok(Response::new(ListSessionsResponse {
            sessions,
            next_page_token,
        }))
    }

    async fn end(&self, account: Uuid, session: Uuid, why: &'static str) -> Result<(), Error> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    accounts::lock(tx, account)
                        .await?
                        .ok_or(Error::NoSuchAccount)?;
                    if !sessions::end(tx, account, session, now).await? {
                        return Err(Error::NoSuchSession);
                    }
                    tell_ended(tx, Some(account), account, session, why, now).await
                })
            })
            .await
    }

    fn tokens(&self, issued: Issued, now: OffsetDateTime) -> Tokens {
        let grants = issued.grants.into_iter().map(|g| auth::Grant {
            role: g.role.as_str_name().to_owned(),
            organisation: g.organisation_id,
        });
        let claims = auth::person(
            issued.account_id,
            issued.session_id,
            grants.collect(),
            now,
            ACCESS_SECONDS,
        );
        Tokens {
            access_token: self.signer.sign(&claims),
            expire_time: Some(prost_types::Timestamp {
                seconds: claims.exp,
                nanos: 0,
            }),
            refresh_token: issued.refresh_token,
        }
    }
}

async fn sign_in(
    tx: &mut Tx,
    account_id: Uuid,
    password_hash: &str,
    agent: &str,
    limits: Vec<(Limit, String)>,
    now: OffsetDateTime,
) -> Result<Issued, Error> {
    let account = accounts::lock(tx, account_id).await?;
    // The password may have been changed while it was being compared.
    account
        .filter(|a| a.password_hash == password_hash)
        .ok_or(Error::WrongCredentials)?;
    let session_id = Uuid::now_v7();
    let (refresh_token, hash) = token::new();
    sessions::insert(tx, session_id, account_id, agent, now).await?;
    sessions::add_token(tx, &hash, session_id).await?;
    throttle::give_back(tx, limits).await?;
    let grants = grants::of(tx, account_id).await?;
    Ok(Issued {
        account_id,
        session_id,
        refresh_token,
        grants,
    })
}

async fn refresh(
    tx: &mut Tx,
    hash: &[u8],
    now: OffsetDateTime,
) -> Result<Result<Issued, Error>, Error> {
    let Some(account_id) = sessions::owner(tx, hash).await? else {
        return Ok(Err(Error::InvalidRefreshToken));
    };
    accounts::lock(tx, account_id).await?;
    let Some(shown) = sessions::shown(tx, hash, now).await? else {
        return Ok(Err(Error::InvalidRefreshToken));
    };
    let session_id = shown.session_id;
    let (refresh_token, successor) = token::new();
    match shown.judge(now) {
        Verdict::Over => return Ok(Err(Error::InvalidRefreshToken)),
        Verdict::Replay => {
            sessions::end(tx, account_id, session_id, now).await?;
            tell_ended(
                tx,
                None,
                account_id,
                session_id,
                "refresh token replayed",
                now,
            )
            .await?;
            return Ok(Err(Error::RefreshTokenReplayed));
        }
        Verdict::Rotate => sessions::rotate(tx, hash, &successor, session_id, now).await?,
        Verdict::Retry => sessions::retry(tx, hash, &successor, session_id, now).await?,
    }
    let grants = grants::of(tx, account_id).await?;
    Ok(Ok(Issued {
        account_id,
        session_id,
        refresh_token,
        grants,
    }))
}

/// Publishes and logs the end of a session.
pub(super) async fn tell_ended(
    tx: &mut Tx,
    actor: Option<Uuid>,
    account: Uuid,
    session: Uuid,
    why: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    published::session_ended(tx, account, session).await?;
    audit::append(
        tx,
        now,
        actor,
        Action::SessionEnded,
        account,
        &format!("{session}: {why}"),
    )
    .await?;
    Ok(())
}

/// How the caller's program calls itself.
fn agent<T>(request: &Request<T>) -> String {
    let given = request
        .metadata()
        .get("user-agent")
        .and_then(|a| a.to_str().ok())
        .unwrap_or_default();
    given
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_AGENT)
        .collect()
}

fn to_proto(session: session::Session, current: Option<Uuid>) -> Session {
    Session {
        id: session.id.to_string(),
        agent: session.agent,
        begin_time: Some(clock::to_proto(session.began_at)),
        use_time: Some(clock::to_proto(session.used_at)),
        expire_time: Some(clock::to_proto(session.expires_at)),
        current: current == Some(session.id),
    }
}

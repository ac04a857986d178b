//! The methods.
use std::collections::HashMap;
use std::sync::Arc;

use contracts::identity::v1::GetContactRequest;
use contracts::identity::v1::identity_service_client::IdentityServiceClient;
use contracts::notify::v1::notify_service_server::NotifyService;
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{
    Address, KeptMail, ListKeptMailRequest, ListKeptMailResponse, SendRequest, SendResponse,
};
use kit::auth::Caller;
use kit::page::{self, Pager};
use kit::peers::Peers;
use kit::{Clock, Db, clock, fault, idempotency};
use region::Region;
use time::OffsetDateTime;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;
use crate::store::{self, Mail};
use crate::{compose, smtp};

pub(crate) struct NotifyRpc {
    pub(crate) db: Db,
    pub(crate) peers: Peers,
    pub(crate) clock: Clock,
    pub(crate) pager: Pager,
    pub(crate) keep: bool,
    pub(crate) region: Arc<Region>,
}

#[tonic::async_trait]
impl NotifyService for NotifyRpc {
    async fn send(&self, request: Request<SendRequest>) -> Result<Response<SendResponse>, Status> {
        let caller = Caller::of(&request).key();
        let request = request.into_inner();
        self.check(&request)?;
        let key = idempotency::Key {
            caller,
            method: "Send",
            request_id: fault::id("request_id", &request.request_id)?,
        };
        let to = self.recipient(&request).await?;
        let mail = self.compose(&request, to)?;
        let kept = self.keep;
        self.db
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    if idempotency::begin::<_, SendResponse>(tx, &key, &request)
                        .await?
                        .is_none()
                    {
                        store::insert(tx, &mail, kept).await?;
                        idempotency::finish(tx, &key, &SendResponse {}).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(Response::new(SendResponse {}))
    }

    async fn list_kept_mail(
        &self,
        request: Request<ListKeptMailRequest>,
    ) -> Result<Response<ListKeptMailResponse>, Status> {
        if !self.keep {
            return Err(Error::MailIsSent.into());
        }
        let request = request.into_inner();
        let place: Option<(OffsetDateTime, Uuid)> =
            self.pager.place(&request.address, &request.page_token)?;
        let address = (!request.address.is_empty()).then_some(request.address.as_str());
        let size = page::size(request.page_size);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let mut mails = store::kept(&mut db, address, place, size + 1)
            .await
            .map_err(Error::from)?;
        let more = mails.len() as i64 > size;
        mails.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let next_page_token = match mails.last() {
            Some(last) if more => self.pager.token(&request.address, &(last.at, last.id)),
            _ => String::new(),
        };
        Ok(Response::new(ListKeptMailResponse {
            mails: mails.into_iter().map(kept_mail).collect(),
            next_page_token,
        }))
    }
}

impl NotifyRpc {
    /// What the contract's rules cannot say.
    fn check(&self, request: &SendRequest) -> Result<(), Error> {
        let mut bad = Vec::new();
        match &request.recipient {
            None => bad.push(("recipient".to_owned(), "must be given".to_owned())),
            Some(Recipient::AccountId(id)) if id.is_empty() => {
                bad.push(("account_id".to_owned(), "must be given".to_owned()))
            }
            Some(Recipient::Address(to)) if !smtp::is_deliverable(&to.email) => {
                bad.push((
                    "address.email".to_owned(),
                    "is not an address that mail can go to".to_owned(),
                ));
            }
            Some(_) => {}
        }
        match compose::find(&request.template, &self.languages("")) {
            None => bad.push(("template".to_owned(), "is no known template".to_owned())),
            Some(template) => {
                for name in template.params() {
                    if !compose::GIVEN.contains(&name)
                        && !request.params.iter().any(|p| p.key == name)
                    {
                        bad.push(("params".to_owned(), format!("must have `{name}`")));
                    }
                }
            }
        }
        if bad.is_empty() {
            Ok(())
        } else {
            Err(Error::Fields(bad))
        }
    }

    async fn recipient(&self, request: &SendRequest) -> Result<Address, Status> {
        let account_id = match &request.recipient {
            Some(Recipient::Address(address)) => return Ok(address.clone()),
            Some(Recipient::AccountId(id)) => id.clone(),
            None => String::new(),
        };
        let mut identity = IdentityServiceClient::new(self.peers.as_service("identity")?);
        let contact = identity
            .get_contact(GetContactRequest { account_id })
            .await
            .map_err(|status| match status.code() {
                Code::NotFound => Error::NoSuchAccount,
                code => {
                    tracing::warn!(?code, "identity did not tell a contact");
                    Error::IdentityAway
                }
            })?;
        let contact = contact.into_inner();
        Ok(Address {
            email: contact.email,
            name: contact.name,
            language: contact.language,
        })
    }

    /// The languages to look for a template in, the wanted one first.
    fn languages<'a>(&'a self, wanted: &'a str) -> Vec<&'a str> {
        std::iter::once(wanted)
            .chain(self.region.languages.iter().map(String::as_str))
            .collect()
    }

    fn compose(&self, request: &SendRequest, to: Address) -> Result<Mail, Error> {
        let template =
            compose::find(&request.template, &self.languages(&to.language)).ok_or_else(|| {
                Error::Fields(vec![(
                    "template".to_owned(),
                    "is no known template".to_owned(),
                )])
            })?;
        let name = compose::one_line(&to.name);
        let region = region::name(&self.region.name, &to.language, self.region.main_language());
        let mut values = HashMap::from([("recipient", name.as_str()), ("region", region)]);
        values.extend(
            request
                .params
                .iter()
                .map(|p| (p.key.as_str(), p.value.as_str())),
        );
        let text = template.fill(&values);
        Ok(Mail {
            id: Uuid::now_v7(),
            template: request.template.clone(),
            address: to.email,
            name,
            subject: text.subject,
            body: text.body,
            at: self.clock.now(),
        })
    }
}

fn kept_mail(mail: Mail) -> KeptMail {
    KeptMail {
        id: mail.id.to_string(),
        address: mail.address,
        name: mail.name,
        template: mail.template,
        subject: mail.subject,
        text: mail.body,
        send_time: Some(clock::to_proto(mail.at)),
    }
}

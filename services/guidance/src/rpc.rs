//! `GuidanceService`: each method from request to answer.
mod directory;
mod show;

use std::sync::Arc;

use contracts::guidance::v1 as proto;
use contracts::guidance::v1::guidance_service_server::GuidanceService;
use kit::auth::Caller;
use kit::db::Tx;
use kit::idempotency::{self, Key};
use kit::page::Pager;
use kit::seal::Tokens;
use kit::{Clock, Db, fault, outbox};
use region::Region;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::case::{Case, MOST_MESSAGES, State};
use crate::error::Error;
use crate::mail;
use crate::store::{self, Message, Wanted};

pub(crate) struct GuidanceRpc {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) pager: Pager,
    pub(crate) tokens: Tokens,
    pub(crate) site: Arc<str>,
    pub(crate) region: Arc<Region>,
}

impl GuidanceRpc {
    /// The token stands behind `#`, so that browsers keep it out of requests and logs.
    fn link(&self, case: Uuid) -> (String, String) {
        let token = self.tokens.make(case);
        (format!("{}/guidance#{token}", self.site), token)
    }

    fn case_of(&self, token: &str) -> Result<Uuid, Error> {
        self.tokens
            .read(token.trim())
            .ok_or(Error::NotFound("case"))
    }

    async fn answer(&self, case: Case, caller: &Caller) -> Result<Response<proto::Case>, Status> {
        let mut db = self.db.read().await.map_err(Error::from)?;
        Ok(Response::new(
            show::whole(&mut db, case, caller.maybe_account())
                .await
                .map_err(Error::from)?,
        ))
    }

    fn new_case(&self, request: &proto::OpenCaseRequest, id: Uuid) -> Result<Case, Error> {
        let mut bad = show::unknown_keys(
            &self.region,
            "",
            &request.art_fields,
            &request.municipalities,
        );
        if !self.region.themes.iter().any(|t| t.key == request.theme) {
            bad.push(("theme".to_owned(), "is no theme of this region".to_owned()));
        }
        if !request.language.is_empty() && !self.region.languages.contains(&request.language) {
            bad.push((
                "language".to_owned(),
                "is no language of this region".to_owned(),
            ));
        }
        if !bad.is_empty() {
            return Err(Error::Fields(bad));
        }
        let language = if request.language.is_empty() {
            self.region.main_language()
        } else {
            &request.language
        };
        Ok(Case {
            id,
            state: State::Open,
            theme: request.theme.clone(),
            art_fields: request.art_fields.clone(),
            municipalities: request.municipalities.clone(),
            asker_name: request.asker_name.trim().to_owned(),
            asker_email: request.asker_email.clone(),
            language: language.to_owned(),
            adviser: None,
            helped: false,
            created_at: self.clock.now(),
            answered_at: None,
            revision: 1,
        })
    }
}

fn key(caller: String, method: &'static str, request_id: &str) -> Result<Key, Status> {
    Ok(Key {
        caller,
        method,
        request_id: fault::id("request_id", request_id)?,
    })
}

async fn locked(tx: &mut Tx, id: Uuid) -> Result<Case, Error> {
    store::lock(tx, id).await?.ok_or(Error::NotFound("case"))
}

async fn say(
    tx: &mut Tx,
    case: Uuid,
    from_adviser: bool,
    text: String,
    at: OffsetDateTime,
) -> Result<(), Error> {
    match store::add_message(
        tx,
        case,
        &Message {
            from_adviser,
            text,
            at,
        },
    )
    .await
    {
        Err(e) if fault::constraint(&e) == Some("message_number_check") => {
            Err(Error::TooManyMessages)
        }
        said => Ok(said.map(|number| debug_assert!(number as usize <= MOST_MESSAGES))?),
    }
}

#[tonic::async_trait]
impl GuidanceService for GuidanceRpc {
    async fn open_case(
        &self,
        request: Request<proto::OpenCaseRequest>,
    ) -> Result<Response<proto::OpenCaseResponse>, Status> {
        let key = key(
            Caller::of(&request).key(),
            "OpenCase",
            &request.get_ref().request_id,
        )?;
        let request = request.into_inner();
        let case = self.new_case(&request, Uuid::now_v7())?;
        let (link, token) = self.link(case.id);
        let opened = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                if let Some(had) = idempotency::begin(tx, &key, &request).await? {
                    return Ok(had);
                }
                store::insert(tx, &case).await?;
                say(tx, case.id, false, request.text.clone(), case.created_at).await?;
                let fact = proto::CaseOpened {
                    case_id: case.id.to_string(),
                    theme: case.theme.clone(),
                    art_fields: case.art_fields.clone(),
                    municipalities: case.municipalities.clone(),
                };
                outbox::publish(tx, "case", "opened", case.id, case.revision, &fact).await?;
                mail::opened(tx, &case, &link, &token, &request.text).await?;
                let answer = proto::OpenCaseResponse {
                    case_id: case.id.to_string(),
                };
                idempotency::finish(tx, &key, &answer).await?;
                Ok(answer)
            })
        });
        Ok(Response::new(opened.await?))
    }

    async fn get_my_case(
        &self,
        request: Request<proto::GetMyCaseRequest>,
    ) -> Result<Response<proto::Case>, Status> {
        let id = self.case_of(&request.into_inner().token)?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let case = store::find(&mut db, id)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NotFound("case"))?;
        Ok(Response::new(
            show::whole(&mut db, case, None)
                .await
                .map_err(Error::from)?,
        ))
    }

    async fn add_question(
        &self,
        request: Request<proto::AddQuestionRequest>,
    ) -> Result<Response<proto::Case>, Status> {
        let request = request.into_inner();
        let id = self.case_of(&request.token)?;
        let key = key(id.to_string(), "AddQuestion", &request.request_id)?;
        let now = self.clock.now();
        let case = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let mut case = locked(tx, id).await?;
                if idempotency::begin::<_, proto::OpenCaseResponse>(tx, &key, &request)
                    .await?
                    .is_some()
                {
                    return Ok(case);
                }
                say(tx, id, false, request.text, now).await?;
                case.ask_further();
                store::save(tx, &case).await?;
                idempotency::finish(
                    tx,
                    &key,
                    &proto::OpenCaseResponse {
                        case_id: id.to_string(),
                    },
                )
                .await?;
                Ok(case)
            })
        });
        self.answer(case.await?, &Caller::default()).await
    }

    async fn close_case(
        &self,
        request: Request<proto::CloseCaseRequest>,
    ) -> Result<Response<proto::Case>, Status> {
        let request = request.into_inner();
        let id = self.case_of(&request.token)?;
        let case = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let mut case = locked(tx, id).await?;
                if case.close(request.helped)? {
                    let fact = proto::CaseClosed {
                        case_id: id.to_string(),
                        helped: request.helped,
                    };
                    outbox::publish(tx, "case", "closed", id, case.next_revision(), &fact).await?;
                    store::save(tx, &case).await?;
                }
                Ok(case)
            })
        });
        self.answer(case.await?, &Caller::default()).await
    }

    async fn list_cases(
        &self,
        request: Request<proto::ListCasesRequest>,
    ) -> Result<Response<proto::ListCasesResponse>, Status> {
        let caller = Caller::of(&request).account()?;
        let request = request.into_inner();
        let query = (request.state, request.mine, caller);
        let limit = kit::page::size(request.page_size);
        let states = match request.state {
            0 => vec![
                State::Open as i32,
                State::Taken as i32,
                State::Answered as i32,
            ],
            one => vec![one],
        };
        let after: Option<(i128, Uuid)> = self.pager.place(&query, &request.page_token)?;
        let after = after
            .and_then(|(at, id)| Some((OffsetDateTime::from_unix_timestamp_nanos(at).ok()?, id)));
        let wanted = Wanted {
            states,
            adviser: request.mine.then_some(caller),
            after,
            limit: limit + 1,
        };
        let mut db = self.db.read().await.map_err(Error::from)?;
        let mut cases = store::list(&mut db, &wanted).await.map_err(Error::from)?;
        let more = cases.len() as i64 > limit;
        cases.truncate(limit as usize);
        let next_page_token = match cases.last() {
            Some(last) if more => self
                .pager
                .token(&query, &(last.created_at.unix_timestamp_nanos(), last.id)),
            _ => String::new(),
        };
        let cases = cases
            .into_iter()
            .map(|case| show::head(case, Some(caller)))
            .collect();
        Ok(Response::new(proto::ListCasesResponse {
            cases,
            next_page_token,
        }))
    }

    async fn get_case(
        &self,
        request: Request<proto::GetCaseRequest>,
    ) -> Result<Response<proto::Case>, Status> {
        let caller = Caller::of(&request);
        let id = fault::id("case_id", &request.get_ref().case_id)?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let case = store::find(&mut db, id)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NotFound("case"))?;
        drop(db);
        self.answer(case, &caller).await
    }

    async fn take_case(
        &self,
        request: Request<proto::TakeCaseRequest>,
    ) -> Result<Response<proto::Case>, Status> {
        let caller = Caller::of(&request);
        let adviser = caller.account()?;
        let request = request.into_inner();
        let id = fault::id("case_id", &request.case_id)?;
        let case = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let mut case = locked(tx, id).await?;
                if case.take(adviser, request.take_over)? {
                    let fact = proto::CaseTaken {
                        case_id: id.to_string(),
                    };
                    outbox::publish(tx, "case", "taken", id, case.next_revision(), &fact).await?;
                    store::save(tx, &case).await?;
                }
                Ok(case)
            })
        });
        self.answer(case.await?, &caller).await
    }

    async fn answer_case(
        &self,
        request: Request<proto::AnswerCaseRequest>,
    ) -> Result<Response<proto::Case>, Status> {
        let caller = Caller::of(&request);
        let adviser = caller.account()?;
        let key = key(caller.key(), "AnswerCase", &request.get_ref().request_id)?;
        let request = request.into_inner();
        let id = fault::id("case_id", &request.case_id)?;
        let leads = show::new_leads(&request.leads)?;
        let (link, token) = self.link(id);
        let now = self.clock.now();
        let case = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let mut case = locked(tx, id).await?;
                if idempotency::begin::<_, proto::OpenCaseResponse>(tx, &key, &request)
                    .await?
                    .is_some()
                {
                    return Ok(case);
                }
                case.answer(adviser, now)?;
                give_leads(tx, &mut case, &leads).await?;
                say(tx, id, true, request.text.clone(), now).await?;
                let fact = proto::CaseAnswered {
                    case_id: id.to_string(),
                    hours: case.hours(),
                };
                outbox::publish(tx, "case", "answered", id, case.next_revision(), &fact).await?;
                store::save(tx, &case).await?;
                mail::answered(tx, &case, &link, &token, &request.text).await?;
                idempotency::finish(
                    tx,
                    &key,
                    &proto::OpenCaseResponse {
                        case_id: id.to_string(),
                    },
                )
                .await?;
                Ok(case)
            })
        });
        self.answer(case.await?, &caller).await
    }

    async fn suggest_leads(
        &self,
        request: Request<proto::SuggestLeadsRequest>,
    ) -> Result<Response<proto::SuggestLeadsResponse>, Status> {
        self.suggest(request).await
    }

    async fn create_entry(
        &self,
        request: Request<proto::CreateEntryRequest>,
    ) -> Result<Response<proto::DirectoryEntry>, Status> {
        self.create(request).await
    }

    async fn update_entry(
        &self,
        request: Request<proto::UpdateEntryRequest>,
    ) -> Result<Response<proto::DirectoryEntry>, Status> {
        self.update(request).await
    }

    async fn retire_entry(
        &self,
        request: Request<proto::RetireEntryRequest>,
    ) -> Result<Response<proto::DirectoryEntry>, Status> {
        self.retire(request).await
    }

    async fn list_entries(
        &self,
        request: Request<proto::ListEntriesRequest>,
    ) -> Result<Response<proto::ListEntriesResponse>, Status> {
        self.entries(request).await
    }
}

/// Notes each lead and tells that it was given.
async fn give_leads(
    tx: &mut Tx,
    case: &mut Case,
    leads: &[(Option<Uuid>, String)],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = leads.iter().filter_map(|(entry, _)| *entry).collect();
    let entries = store::entries_of(tx, &ids).await?;
    for (i, (entry, note)) in leads.iter().enumerate() {
        let named = entry
            .map(|id| entries.iter().find(|e| e.id == id).ok_or(id))
            .transpose();
        let named = named.map_err(|_| {
            Error::Fields(vec![(
                format!("leads[{i}].entry_id"),
                "is no entry of the directory".to_owned(),
            )])
        })?;
        store::add_lead(tx, case.id, *entry, note).await?;
        let kind = named.map(|e| show::kind_key(e.kind)).unwrap_or_default();
        let fact = proto::LeadGiven {
            case_id: case.id.to_string(),
            kind: kind.to_owned(),
        };
        outbox::publish(
            tx,
            "case",
            "lead_given",
            case.id,
            case.next_revision(),
            &fact,
        )
        .await?;
    }
    Ok(())
}

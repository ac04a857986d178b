//! The methods. Each handler tells its whole story; this file says where it is.
mod attendees;
mod calendar;
mod catalogue;
mod gatherings;
mod import;
mod registrations;

use std::sync::Arc;

use contracts::events::v1 as pb;
use contracts::events::v1::events_service_server::EventsService;
use kit::auth::Caller;
use kit::db::Tx;
use kit::idempotency::Key;
use kit::page::Pager;
use kit::{Clock, Db};
use region::Region;
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;
use crate::gathering::{self, Gathering};
use crate::mail::{About, Mailer};
use crate::registration::Registration;
use crate::{published, store};
use kit::seal::Tokens;

/// Serves the methods.
#[derive(Clone)]
pub(crate) struct EventsRpc {
    pub db: Db,
    pub clock: Clock,
    pub pager: Pager,
    pub mailer: Mailer,
    pub tokens: Tokens,
    pub region: Arc<Region>,
    pub import_format: Arc<str>,
}

impl EventsRpc {
    /// Whether the caller sees this gathering.
    fn sees(&self, caller: &Caller, gathering: &Gathering) -> bool {
        gathering.seen_by(
            gathering::is_staff(caller),
            self.region.launched(self.clock.now()),
        )
    }

    /// The gathering, if the caller sees it.
    async fn visible(
        &self,
        db: &mut PgConnection,
        caller: &Caller,
        id: Uuid,
    ) -> Result<Gathering, Error> {
        let gathering = store::gatherings::find(db, id)
            .await?
            .ok_or(Error::NotFound("gathering"))?;
        if self.sees(caller, &gathering) {
            Ok(gathering)
        } else {
            Err(Error::NotFound("gathering"))
        }
    }

    /// The registration that the caller may reach: by its token, or by its id as the account that made it. Somebody
    /// else's is as unknown as none.
    async fn reach(
        &self,
        db: &mut PgConnection,
        caller: &Caller,
        token: &str,
        id: &str,
    ) -> Result<Registration, Error> {
        if token.is_empty() == id.is_empty() {
            let what = "must be given, or registration_id; not both";
            return Err(Error::Fields(vec![
                ("token".to_owned(), what.to_owned()),
                (
                    "registration_id".to_owned(),
                    what.replace("registration_id", "token"),
                ),
            ]));
        }
        let unknown = Error::NotFound("registration");
        let wanted = if id.is_empty() {
            self.tokens.read(token)
        } else {
            Uuid::parse_str(id).ok()
        };
        let Some(wanted) = wanted else {
            return Err(unknown);
        };
        let registration = store::registrations::find(db, wanted).await?;
        let own = |r: &Registration| {
            !token.is_empty() || (r.account.is_some() && r.account == caller.maybe_account())
        };
        registration.filter(own).ok_or(unknown)
    }
}

/// Gives `moved` free places of a locked gathering to the first who wait: fact and mail for each.
async fn promote(
    tx: &mut Tx,
    mailer: &Mailer,
    gathering: &Gathering,
    moved: i32,
) -> Result<(), Error> {
    if moved == 0 {
        return Ok(());
    }
    for registration in store::registrations::promote(tx, gathering.id, moved).await? {
        published::registration_promoted(tx, &registration).await?;
        mailer
            .send(tx, gathering, &registration, About::Promoted)
            .await?;
    }
    Ok(())
}

fn key(caller: &Caller, method: &'static str, request_id: &str) -> Result<Key, Status> {
    Ok(Key {
        caller: caller.key(),
        method,
        request_id: kit::fault::id("request_id", request_id)?,
    })
}

/// The rows of a page, and whether more follow: one more was asked for than is shown.
fn page<T>(mut rows: Vec<T>, size: i64) -> (Vec<T>, bool) {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    (rows, more)
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl EventsService for EventsRpc {
    async fn create_gathering(
        &self,
        request: Request<pb::CreateGatheringRequest>,
    ) -> Answer<pb::Gathering> {
        gatherings::create(self, request).await.map(Response::new)
    }
    async fn update_gathering(
        &self,
        request: Request<pb::UpdateGatheringRequest>,
    ) -> Answer<pb::Gathering> {
        gatherings::update(self, request).await.map(Response::new)
    }
    async fn publish_gathering(
        &self,
        request: Request<pb::PublishGatheringRequest>,
    ) -> Answer<pb::Gathering> {
        gatherings::publish(self, request).await.map(Response::new)
    }
    async fn cancel_gathering(
        &self,
        request: Request<pb::CancelGatheringRequest>,
    ) -> Answer<pb::Gathering> {
        gatherings::cancel(self, request).await.map(Response::new)
    }
    async fn get_gathering(
        &self,
        request: Request<pb::GetGatheringRequest>,
    ) -> Answer<pb::Gathering> {
        gatherings::get(self, request).await.map(Response::new)
    }
    async fn list_gatherings(
        &self,
        request: Request<pb::ListGatheringsRequest>,
    ) -> Answer<pb::ListGatheringsResponse> {
        gatherings::list(self, request).await.map(Response::new)
    }
    async fn register(
        &self,
        request: Request<pb::RegisterRequest>,
    ) -> Answer<pb::RegisterResponse> {
        registrations::register(self, request)
            .await
            .map(Response::new)
    }
    async fn get_registration(
        &self,
        request: Request<pb::GetRegistrationRequest>,
    ) -> Answer<pb::Registration> {
        registrations::get(self, request).await.map(Response::new)
    }
    async fn list_my_registrations(
        &self,
        request: Request<pb::ListMyRegistrationsRequest>,
    ) -> Answer<pb::ListMyRegistrationsResponse> {
        registrations::list_mine(self, request)
            .await
            .map(Response::new)
    }
    async fn update_consent(
        &self,
        request: Request<pb::UpdateConsentRequest>,
    ) -> Answer<pb::Registration> {
        registrations::update_consent(self, request)
            .await
            .map(Response::new)
    }
    async fn cancel_registration(
        &self,
        request: Request<pb::CancelRegistrationRequest>,
    ) -> Answer<pb::Registration> {
        registrations::cancel(self, request)
            .await
            .map(Response::new)
    }
    async fn list_attendees(
        &self,
        request: Request<pb::ListAttendeesRequest>,
    ) -> Answer<pb::ListAttendeesResponse> {
        attendees::list(self, request).await.map(Response::new)
    }
    async fn list_registrations(
        &self,
        request: Request<pb::ListRegistrationsRequest>,
    ) -> Answer<pb::ListRegistrationsResponse> {
        attendees::list_registrations(self, request)
            .await
            .map(Response::new)
    }
    async fn get_calendar(
        &self,
        request: Request<pb::GetCalendarRequest>,
    ) -> Answer<pb::GetCalendarResponse> {
        calendar::get(self, request).await.map(Response::new)
    }
    async fn get_catalogue_entry(
        &self,
        request: Request<pb::GetCatalogueEntryRequest>,
    ) -> Answer<pb::CatalogueEntry> {
        catalogue::get(self, request).await.map(Response::new)
    }
    async fn list_catalogue(
        &self,
        request: Request<pb::ListCatalogueRequest>,
    ) -> Answer<pb::ListCatalogueResponse> {
        catalogue::list(self, request).await.map(Response::new)
    }
    async fn import_gathering(
        &self,
        request: Request<pb::ImportGatheringRequest>,
    ) -> Answer<pb::ImportGatheringResponse> {
        import::import(self, request).await.map(Response::new)
    }
}

//! The directory's methods.
use contracts::guidance::v1 as proto;
use kit::auth::Caller;
use kit::{fault, idempotency};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{GuidanceRpc, key, show};
use crate::directory::Entry;
use crate::error::Error;
use crate::store;

/// Most entries that are suggested.
const SUGGESTED: usize = 10;

impl GuidanceRpc {
    pub(super) async fn suggest(
        &self,
        request: Request<proto::SuggestLeadsRequest>,
    ) -> Result<Response<proto::SuggestLeadsResponse>, Status> {
        let id = fault::id("case_id", &request.get_ref().case_id)?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let case = store::find(&mut db, id)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NotFound("case"))?;
        let entries = store::entries_in_use(&mut db).await.map_err(Error::from)?;
        let fit = |entry: Entry| Some((entry.fit(&case.art_fields, &case.municipalities)?, entry));
        let mut fitting: Vec<_> = entries.into_iter().filter_map(fit).collect();
        fitting.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.cmp(&y.name)));
        let entries = fitting
            .into_iter()
            .take(SUGGESTED)
            .map(|(_, entry)| show::entry(entry))
            .collect();
        Ok(Response::new(proto::SuggestLeadsResponse { entries }))
    }

    pub(super) async fn create(
        &self,
        request: Request<proto::CreateEntryRequest>,
    ) -> Result<Response<proto::DirectoryEntry>, Status> {
        let key = key(
            Caller::of(&request).key(),
            "CreateEntry",
            &request.get_ref().request_id,
        )?;
        let request = request.into_inner();
        let entry = self.entry(
            Uuid::now_v7(),
            request.content.clone().unwrap_or_default(),
            1,
        )?;
        let made = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                if let Some(had) = idempotency::begin(tx, &key, &request).await? {
                    return Ok(had);
                }
                store::insert_entry(tx, &entry).await?;
                let answer = show::entry(entry);
                idempotency::finish(tx, &key, &answer).await?;
                Ok(answer)
            })
        });
        Ok(Response::new(made.await?))
    }

    pub(super) async fn update(
        &self,
        request: Request<proto::UpdateEntryRequest>,
    ) -> Result<Response<proto::DirectoryEntry>, Status> {
        let request = request.into_inner();
        let id = fault::id("entry_id", &request.entry_id)?;
        let read: i64 = request.etag.parse().map_err(|_| Error::Stale)?;
        let content = self.entry(
            id,
            request.content.unwrap_or_default(),
            read.saturating_add(1),
        )?;
        let kept = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let had = store::entries_of(tx, &[id])
                    .await?
                    .pop()
                    .ok_or(Error::NotFound("entry"))?;
                let entry = Entry {
                    retired: had.retired,
                    given: had.given,
                    ..content
                };
                if !store::update_entry(tx, &entry).await? {
                    return Err(Error::Stale);
                }
                Ok(entry)
            })
        });
        Ok(Response::new(show::entry(kept.await?)))
    }

    pub(super) async fn retire(
        &self,
        request: Request<proto::RetireEntryRequest>,
    ) -> Result<Response<proto::DirectoryEntry>, Status> {
        let id = fault::id("entry_id", &request.get_ref().entry_id)?;
        let retired = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let mut entry = store::entries_of(tx, &[id])
                    .await?
                    .pop()
                    .ok_or(Error::NotFound("entry"))?;
                if !entry.retired {
                    entry.retired = true;
                    entry.revision += 1;
                    if !store::update_entry(tx, &entry).await? {
                        return Err(Error::Stale);
                    }
                }
                Ok(entry)
            })
        });
        Ok(Response::new(show::entry(retired.await?)))
    }

    pub(super) async fn entries(
        &self,
        request: Request<proto::ListEntriesRequest>,
    ) -> Result<Response<proto::ListEntriesResponse>, Status> {
        let request = request.into_inner();
        let limit = kit::page::size(request.page_size);
        let after: Option<(String, Uuid)> = self
            .pager
            .place(&request.retired_too, &request.page_token)?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let mut entries = store::list_entries(&mut db, request.retired_too, after, limit + 1)
            .await
            .map_err(Error::from)?;
        let more = entries.len() as i64 > limit;
        entries.truncate(limit as usize);
        let next_page_token = match entries.last() {
            Some(last) if more => self
                .pager
                .token(&request.retired_too, &(last.name.to_lowercase(), last.id)),
            _ => String::new(),
        };
        let entries = entries.into_iter().map(show::entry).collect();
        Ok(Response::new(proto::ListEntriesResponse {
            entries,
            next_page_token,
        }))
    }

    fn entry(&self, id: Uuid, content: proto::EntryContent, revision: i64) -> Result<Entry, Error> {
        let bad = show::unknown_keys(
            &self.region,
            "content.",
            &content.art_fields,
            &content.municipalities,
        );
        if !bad.is_empty() {
            return Err(Error::Fields(bad));
        }
        Ok(Entry {
            id,
            kind: content.kind,
            name: content.name,
            text: content.text,
            art_fields: content.art_fields,
            municipalities: content.municipalities,
            url: content.url,
            email: content.email,
            retired: false,
            revision,
            given: 0,
        })
    }
}

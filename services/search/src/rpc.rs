//! `SearchService`.
use std::sync::Arc;

use contracts::common::v1::Money;
use contracts::search::v1 as pb;
use contracts::search::v1::search_service_server::SearchService;
use kit::auth::Caller;
use kit::clock::{from_proto, to_proto};
use kit::page::Pager;
use kit::{Clock, Db};
use prost::Message;
use region::Region;
use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::meili::Engine;
use crate::query::{Found, Hit, Order, Wanted};
use crate::rebuild::Rebuild;
use crate::store::Tools;
use crate::{facets, misses, order, postgres, words};

const PAGE: i64 = 24;

pub(crate) struct SearchRpc {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) pager: Pager,
    pub(crate) region: Arc<Region>,
    pub(crate) tools: Arc<Tools>,
    pub(crate) rebuild: Rebuild,
    pub(crate) meili: Option<Arc<Engine>>,
}

#[tonic::async_trait]
impl SearchService for SearchRpc {
    async fn search(
        &self,
        request: Request<pb::SearchRequest>,
    ) -> Result<Response<pb::SearchResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let (wanted, bound) = self.wanted(&request)?;
        if !self.region.launched(self.clock.now()) && !caller.is_staff() {
            return Ok(Response::new(pb::SearchResponse::default()));
        }
        let (found, degraded) = self.find(&wanted).await.map_err(Error::from)?;
        if found.total == 0 && !filtered(&wanted) {
            misses::note(&self.db, &request.query, self.clock.now());
        }
        let language = self.language(&request.language);
        let next = found
            .next
            .as_ref()
            .map(|place| self.pager.token(&bound, place));
        Ok(Response::new(pb::SearchResponse {
            facets: facets::facets(&self.region, &self.tools.orders, language, &found.counts),
            results: found
                .hits
                .into_iter()
                .map(|h| result(h, language, self.region.main_language()))
                .collect(),
            total_size: found.total,
            next_page_token: next.unwrap_or_default(),
            degraded,
        }))
    }

    async fn rebuild(
        &self,
        _: Request<pb::RebuildRequest>,
    ) -> Result<Response<pb::RebuildResponse>, Status> {
        self.rebuild.begin().await.map_err(Error::from)?;
        Ok(Response::new(pb::RebuildResponse {}))
    }

    async fn list_misses(
        &self,
        request: Request<pb::ListMissesRequest>,
    ) -> Result<Response<pb::ListMissesResponse>, Status> {
        let size = kit::page::size(request.get_ref().page_size);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let misses = misses::list(&mut db, size).await.map_err(Error::from)?;
        let misses = misses
            .into_iter()
            .map(|(query, count)| pb::Miss { query, count })
            .collect();
        Ok(Response::new(pb::ListMissesResponse { misses }))
    }
}

impl SearchRpc {
    /// What is found, and whether it is another engine than the usual one that found it.
    async fn find(&self, wanted: &Wanted) -> sqlx::Result<(Found, bool)> {
        if let Some(meili) = &self.meili
            && let Some(found) = meili.search(&self.db, wanted).await?
        {
            return Ok((found, false));
        }
        let mut db = self.db.read().await?;
        let found = postgres::search(&mut db, &self.tools, wanted).await?;
        Ok((found, self.meili.is_some()))
    }

    /// The reader's language if the region or its neighbours use it, else the region's first.
    fn language<'r>(&'r self, asked: &'r str) -> &'r str {
        let known =
            self.region.languages.iter().any(|l| l == asked) || order::LANGUAGES.contains(&asked);
        if known {
            asked
        } else {
            self.region.main_language()
        }
    }

    /// What is asked for, and what a page token is bound to. Every key must be one of the region's.
    fn wanted(&self, request: &pb::SearchRequest) -> Result<(Wanted, Vec<u8>), Status> {
        let mut bad = Vec::new();
        let region = &self.region;
        unknown(&mut bad, "art_fields", &request.art_fields, |k| {
            region.art_field(k).is_some()
        });
        unknown(&mut bad, "municipalities", &request.municipalities, |k| {
            region.municipality(k).is_some()
        });
        unknown(&mut bad, "audiences", &request.audiences, |k| {
            region.audiences.iter().any(|t| t.key == k)
        });
        let terms = region
            .offer_kinds
            .iter()
            .chain(&region.gathering_formats)
            .chain(&region.genres);
        unknown(&mut bad, "terms", &request.terms, |k| {
            terms.clone().any(|t| t.key == k)
        });
        for (i, kind) in request.kinds.iter().enumerate() {
            if !matches!(kind, 1..=4) {
                bad.push((format!("kinds[{i}]"), "must be a kind of result".to_owned()));
            }
        }
        let mut time = |field: &str, at: &Option<prost_types::Timestamp>| {
            let read = at.as_ref().and_then(from_proto);
            if at.is_some() && read.is_none() {
                bad.push((
                    field.to_owned(),
                    "must be a time between the years 1 and 9999".to_owned(),
                ));
            }
            read
        };
        let start_from = time("start_from", &request.start_from);
        let start_before = time("start_before", &request.start_before);
        if let (Some(from), Some(before)) = (start_from, start_before)
            && from >= before
        {
            bad.push((
                "start_before".to_owned(),
                "must be after start_from".to_owned(),
            ));
        }
        if !bad.is_empty() {
            return Err(Error::Fields(bad).into());
        }
        let bound = pb::SearchRequest {
            page_token: String::new(),
            page_size: 0,
            ..request.clone()
        }
        .encode_to_vec();
        let place = self.pager.place(&bound, &request.page_token)?;
        let language = self.language(&request.language);
        let mut languages = vec![language.to_owned(), region.main_language().to_owned()];
        languages.dedup();
        let words = words::words(&request.query);
        let order = match request.order() {
            pb::search_request::Order::Name => Order::Name,
            pb::search_request::Order::Start => Order::Start,
            pb::search_request::Order::Unspecified => Order::Rank,
        };
        let wanted = Wanted {
            words,
            languages,
            column: order::column(language),
            kinds: request
                .kinds
                .iter()
                .filter_map(|k| i16::try_from(*k).ok())
                .collect(),
            art_fields: request.art_fields.clone(),
            municipalities: request.municipalities.clone(),
            audiences: request.audiences.clone(),
            terms: request.terms.clone(),
            now: self.clock.now(),
            start_from,
            start_before,
            order,
            size: if request.page_size > 0 {
                i64::from(request.page_size)
            } else {
                PAGE
            },
            place,
        };
        Ok((wanted, bound))
    }
}

fn unknown(
    bad: &mut Vec<(String, String)>,
    field: &str,
    keys: &[String],
    known: impl Fn(&str) -> bool,
) {
    for (i, key) in keys.iter().enumerate() {
        if !known(key) {
            bad.push((
                format!("{field}[{i}]"),
                "must be one of the region's keys".to_owned(),
            ));
        }
    }
}

fn filtered(wanted: &Wanted) -> bool {
    let lists = [
        &wanted.art_fields,
        &wanted.municipalities,
        &wanted.audiences,
        &wanted.terms,
    ];
    lists.iter().any(|l| !l.is_empty())
        || !wanted.kinds.is_empty()
        || wanted.start_from.is_some()
        || wanted.start_before.is_some()
        || wanted.place.is_some()
}

fn result(hit: Hit, language: &str, main: &str) -> pb::Result {
    let shown = hit.shown;
    pb::Result {
        kind: hit.kind.into(),
        id: hit.id.to_string(),
        profile_id: shown.profile.map(|p| p.to_string()).unwrap_or_default(),
        title: region::name(&shown.titles, language, main).to_owned(),
        subtitle: shown.subtitle,
        summary: region::name(&shown.summaries, language, main).to_owned(),
        art_fields: shown.art_fields,
        municipality: shown.municipality,
        audiences: hit.audiences,
        term: hit.term,
        start_time: hit.starts_at.map(to_proto),
        price_from: shown.price.map(|(currency, minor_units)| Money {
            currency,
            minor_units,
        }),
        image_id: shown.image,
    }
}

//! Halls, and the productions that are shown in them.
use contracts::common::v1::LocalText;
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::{fault, idempotency, page};
use region::Names;
use sqlx::types::Json;
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, call_key, convert, cut, none_of, works_for};
use crate::error::Error;
use crate::store::houses::{self as store, Hall as HallRow, Production as ProductionRow};
use crate::store::performances;
use crate::{published, seat_plan};

/// The house that a request names, if the caller works for it.
fn own_house(caller: &Caller, house_id: &str) -> Result<Uuid, Status> {
    let house = fault::id("house_id", house_id)?;
    if works_for(caller, house) {
        Ok(house)
    } else {
        Err(Error::OtherHouse.into())
    }
}

pub(super) async fn create(
    rpc: &TicketingRpc,
    caller: Caller,
    request: CreateHallRequest,
) -> Result<Hall, Status> {
    let house_id = own_house(&caller, &request.house_id)?;
    let key = call_key(&caller, "CreateHall", &request.request_id)?;
    let seats = seat_plan::parse(&request.sections).map_err(Error::Fields)?;
    let numbered = !seats.is_empty();
    let what = match (numbered, request.free_places > 0) {
        (true, true) => Some("must be 0 in a hall with numbered seats"),
        (false, false) => Some("must be at least 1 in a hall without numbered seats"),
        _ => None,
    };
    none_of(
        what.map(|w| ("free_places".to_owned(), w.to_owned()))
            .into_iter()
            .collect(),
    )?;
    let capacity = if numbered {
        i32::try_from(seats.len()).unwrap_or(i32::MAX)
    } else {
        request.free_places
    };
    let row = HallRow {
        id: Uuid::now_v7(),
        house_id,
        name: request.name.clone(),
        numbered,
        capacity,
        version: 1,
    };
    let hall = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(done) = idempotency::begin(tx, &key, &request).await? {
                return Ok(done);
            }
            store::house(tx, house_id)
                .await?
                .ok_or(Error::NotFound("house"))?;
            store::insert_hall(tx, &row, &seats).await?;
            let hall = convert::hall(&row, seat_plan::to_proto(&seats));
            idempotency::finish(tx, &key, &hall).await?;
            Ok::<_, Error>(hall)
        })
    });
    Ok(hall.await?)
}

pub(super) async fn get(
    rpc: &TicketingRpc,
    caller: Caller,
    request: GetHallRequest,
) -> Result<Hall, Status> {
    let id = fault::id("hall_id", &request.hall_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let row = store::hall(&mut db, id).await.map_err(Error::from)?;
    let row = row
        .filter(|h| works_for(&caller, h.house_id))
        .ok_or(Error::NotFound("hall"))?;
    let seats = store::seats(&mut db, id).await.map_err(Error::from)?;
    Ok(convert::hall(&row, seat_plan::to_proto(&seats)))
}

pub(super) async fn list(
    rpc: &TicketingRpc,
    caller: Caller,
    request: ListHallsRequest,
) -> Result<ListHallsResponse, Status> {
    let house = own_house(&caller, &request.house_id)?;
    let (size, query) = (page::size(request.page_size), ("halls", house));
    let after = rpc
        .pager
        .place(&query, &request.page_token)?
        .unwrap_or(Uuid::nil());
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    existing_house(&mut db, house).await?;
    let mut rows = store::list_halls(&mut db, house, after, size + 1)
        .await
        .map_err(Error::from)?;
    let next = cut(&mut rows, size).map(|last| rpc.pager.token(&query, &last.id));
    let halls = rows
        .iter()
        .map(|row| convert::hall(row, Vec::new()))
        .collect();
    Ok(ListHallsResponse {
        halls,
        next_page_token: next.unwrap_or_default(),
    })
}

pub(super) async fn update(
    rpc: &TicketingRpc,
    caller: Caller,
    request: UpdateHallRequest,
) -> Result<Hall, Status> {
    let id = fault::id("hall_id", &request.hall_id)?;
    let hall = rpc.db.write(move |tx| {
        Box::pin(async move {
            let old = store::hall(tx, id)
                .await?
                .filter(|h| works_for(&caller, h.house_id))
                .ok_or(Error::NotFound("hall"))?;
            let new = HallRow {
                name: request.name,
                version: old.version + 1,
                ..old
            };
            if request.etag != old.version.to_string()
                || !store::save_hall(tx, &new, old.version).await?
            {
                return Err(Error::Stale);
            }
            Ok(convert::hall(&new, Vec::new()))
        })
    });
    Ok(hall.await?)
}

pub(super) async fn create_production(
    rpc: &TicketingRpc,
    caller: Caller,
    request: CreateProductionRequest,
) -> Result<Production, Status> {
    let house_id = own_house(&caller, &request.house_id)?;
    let key = call_key(&caller, "CreateProduction", &request.request_id)?;
    let (titles, texts) = told(rpc, &request.titles, &request.texts, &request.genre)?;
    let row = ProductionRow {
        id: Uuid::now_v7(),
        house_id,
        titles,
        texts,
        genre: request.genre.clone(),
        minutes: request.minutes,
        age_from: request.age_from,
        version: 1,
    };
    let production = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(done) = idempotency::begin(tx, &key, &request).await? {
                return Ok(done);
            }
            store::house(tx, house_id)
                .await?
                .ok_or(Error::NotFound("house"))?;
            store::insert_production(tx, &row).await?;
            let production = convert::production(&row);
            idempotency::finish(tx, &key, &production).await?;
            Ok::<_, Error>(production)
        })
    });
    Ok(production.await?)
}

/// Titles and texts of a production, or every mistake in what is told of it.
fn told(
    rpc: &TicketingRpc,
    titles: &[LocalText],
    texts: &[LocalText],
    genre: &str,
) -> Result<(Json<Names>, Json<Names>), Error> {
    let mut mistakes = Vec::new();
    let titles = convert::names("titles", titles, &rpc.region, &mut mistakes);
    let texts = convert::names("texts", texts, &rpc.region, &mut mistakes);
    if !rpc.region.genres.iter().any(|g| g.key == genre) {
        mistakes.push((
            "genre".to_owned(),
            "must be the key of a genre of this region".to_owned(),
        ));
    }
    none_of(mistakes)?;
    Ok((Json(titles), Json(texts)))
}

pub(super) async fn update_production(
    rpc: &TicketingRpc,
    caller: Caller,
    request: UpdateProductionRequest,
) -> Result<Production, Status> {
    let id = fault::id("production_id", &request.production_id)?;
    let (titles, texts) = told(rpc, &request.titles, &request.texts, &request.genre)?;
    let (region, now) = (rpc.region.clone(), rpc.clock.now());
    let production = rpc.db.write(move |tx| {
        Box::pin(async move {
            let old = store::production(tx, id)
                .await?
                .filter(|p| works_for(&caller, p.house_id))
                .ok_or(Error::NotFound("production"))?;
            let new = ProductionRow {
                titles,
                texts,
                genre: request.genre,
                minutes: request.minutes,
                age_from: request.age_from,
                version: old.version + 1,
                ..old
            };
            if request.etag != old.version.to_string()
                || !store::save_production(tx, &new, old.version).await?
            {
                return Err(Error::Stale);
            }
            // Whoever shows a performance shows what its production tells.
            let touched = performances::touch_on_sale(tx, old.house_id, Some(id), now).await?;
            for shown in performances::on_sale_of(tx, id, now).await? {
                shown.performance.vat_permille(&region)?;
            }
            published::performances_changed(tx, &touched).await?;
            Ok(convert::production(&new))
        })
    });
    Ok(production.await?)
}

pub(super) async fn list_productions(
    rpc: &TicketingRpc,
    caller: Caller,
    request: ListProductionsRequest,
) -> Result<ListProductionsResponse, Status> {
    let house = own_house(&caller, &request.house_id)?;
    let (size, query) = (page::size(request.page_size), ("productions", house));
    let before = rpc
        .pager
        .place(&query, &request.page_token)?
        .unwrap_or(Uuid::max());
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    existing_house(&mut db, house).await?;
    let mut rows = store::list_productions(&mut db, house, before, size + 1)
        .await
        .map_err(Error::from)?;
    let next = cut(&mut rows, size).map(|last| rpc.pager.token(&query, &last.id));
    let productions = rows.iter().map(convert::production).collect();
    Ok(ListProductionsResponse {
        productions,
        next_page_token: next.unwrap_or_default(),
    })
}

/// An empty list of a house that does not exist would look like a house without anything in it.
pub(super) async fn existing_house(db: &mut sqlx::PgConnection, house: Uuid) -> Result<(), Error> {
    store::house(db, house)
        .await?
        .map(drop)
        .ok_or(Error::NotFound("house"))
}

//! Houses.
use contracts::options::v1::Role;
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::{fault, idempotency, page};
use sqlx::types::Json;
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, call_key, convert, cut, none_of, works_for};
use crate::error::Error;
use crate::store::houses::{self as store, House as Row};
use crate::{published, store as sql};

pub(super) async fn create(
    rpc: &TicketingRpc,
    caller: Caller,
    request: CreateHouseRequest,
) -> Result<House, Status> {
    let key = call_key(&caller, "CreateHouse", &request.request_id)?;
    let row = row(
        rpc,
        Uuid::now_v7(),
        &request.name,
        &request.municipality,
        &request.texts,
    )?;
    let house = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(done) = idempotency::begin(tx, &key, &request).await? {
                return Ok(done);
            }
            store::insert_house(tx, &row).await?;
            published::house_opened(tx, row.id, &row.municipality).await?;
            let house = convert::house(&row);
            idempotency::finish(tx, &key, &house).await?;
            Ok::<_, Error>(house)
        })
    });
    Ok(house.await?)
}

pub(super) async fn get(
    rpc: &TicketingRpc,
    _: Caller,
    request: GetHouseRequest,
) -> Result<House, Status> {
    let id = fault::id("house_id", &request.house_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let row = store::house(&mut db, id)
        .await
        .map_err(Error::from)?
        .ok_or(Error::NotFound("house"))?;
    Ok(convert::house(&row))
}

pub(super) async fn list(
    rpc: &TicketingRpc,
    _: Caller,
    request: ListHousesRequest,
) -> Result<ListHousesResponse, Status> {
    let size = page::size(request.page_size);
    let after = rpc
        .pager
        .place(&"houses", &request.page_token)?
        .unwrap_or(Uuid::nil());
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let mut rows = store::list_houses(&mut db, after, size + 1)
        .await
        .map_err(Error::from)?;
    let next = cut(&mut rows, size).map(|last| rpc.pager.token(&"houses", &last.id));
    Ok(ListHousesResponse {
        houses: rows.iter().map(convert::house).collect(),
        next_page_token: next.unwrap_or_default(),
    })
}

pub(super) async fn update(
    rpc: &TicketingRpc,
    caller: Caller,
    request: UpdateHouseRequest,
) -> Result<House, Status> {
    let id = fault::id("house_id", &request.house_id)?;
    let new = row(
        rpc,
        id,
        &request.name,
        &request.municipality,
        &request.texts,
    )?;
    let may = works_for(&caller, id) || caller.holds_in_region(Role::Administrator.as_str_name());
    let now = rpc.clock.now();
    let house = rpc.db.write(move |tx| {
        Box::pin(async move {
            let old = store::house(tx, id)
                .await?
                .ok_or(Error::NotFound("house"))?;
            if !may {
                return Err(Error::OtherHouse);
            }
            let new = Row {
                version: old.version + 1,
                ..new
            };
            if request.etag != old.version.to_string()
                || !store::save_house(tx, &new, old.version).await?
            {
                return Err(Error::Stale);
            }
            // Whoever shows a performance shows its house's name beside it.
            let touched = sql::performances::touch_on_sale(tx, id, None, now).await?;
            published::performances_changed(tx, &touched).await?;
            Ok(convert::house(&new))
        })
    });
    Ok(house.await?)
}

/// A house that keeps the region's rules, or every mistake in it.
fn row(
    rpc: &TicketingRpc,
    id: Uuid,
    name: &str,
    municipality: &str,
    texts: &[contracts::common::v1::LocalText],
) -> Result<Row, Error> {
    let mut mistakes = Vec::new();
    if rpc.region.municipality(municipality).is_none() {
        mistakes.push((
            "municipality".to_owned(),
            "must be the key of a municipality of this region".to_owned(),
        ));
    }
    let texts = convert::names("texts", texts, &rpc.region, &mut mistakes);
    none_of(mistakes)?;
    Ok(Row {
        id,
        name: name.to_owned(),
        municipality: municipality.to_owned(),
        texts: Json(texts),
        version: 1,
    })
}

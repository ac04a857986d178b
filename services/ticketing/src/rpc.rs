//! The methods, by noun. Each tells its whole story: parse → load → rule → save + publish → reply.
mod catalogue;
mod convert;
mod door;
mod halls;
mod houses;
mod pay;
mod performances;
mod programme;
mod sale;
mod sales;

use std::sync::Arc;

use contracts::options::v1::Role;
use contracts::ticketing::v1::ticketing_service_server::TicketingService;
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::page::Pager;
use kit::{Clock, Db, fault, idempotency};
use region::Region;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;
use crate::ticket::Signer;

/// What handlers need.
pub struct TicketingRpc {
    /// The database.
    pub db: Db,
    /// The time, for sales windows and doors. Holds go by the database's.
    pub clock: Clock,
    /// Page tokens.
    pub pager: Pager,
    /// Ticket codes and secrets of orders.
    pub signer: Signer,
    /// How long seats stay held.
    pub hold: time::Duration,
    /// Where the web app is.
    pub site: String,
    /// The region.
    pub region: Arc<Region>,
}

/// True if the caller works for this house.
fn works_for(caller: &Caller, house: Uuid) -> bool {
    caller.holds_in(Role::House.as_str_name(), house)
}

/// Under what a call that creates or pays is recognised when it is repeated.
fn call_key(
    caller: &Caller,
    method: &'static str,
    request_id: &str,
) -> Result<idempotency::Key, Status> {
    Ok(idempotency::Key {
        caller: caller.key(),
        method,
        request_id: fault::id("request_id", request_id)?,
    })
}

/// What a page of a list ends with: whether more follows, and after what.
fn cut<T>(rows: &mut Vec<T>, size: i64) -> Option<&T> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if rows.len() <= size {
        return None;
    }
    rows.truncate(size);
    rows.last()
}

/// Makes mistakes that a request's rules could not find into one answer that names them all.
fn none_of(mistakes: Vec<(String, String)>) -> Result<(), Error> {
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(Error::Fields(mistakes))
    }
}

macro_rules! methods {
    ($($method:ident($request:ty) -> $answer:ty = $handler:path;)*) => {
        #[tonic::async_trait]
        impl TicketingService for TicketingRpc {
            $(async fn $method(&self, request: Request<$request>) -> Result<Response<$answer>, Status> {
                let caller = Caller::of(&request);
                $handler(self, caller, request.into_inner()).await.map(Response::new)
            })*
        }
    };
}

methods! {
    create_house(CreateHouseRequest) -> House = houses::create;
    get_house(GetHouseRequest) -> House = houses::get;
    list_houses(ListHousesRequest) -> ListHousesResponse = houses::list;
    update_house(UpdateHouseRequest) -> House = houses::update;
    create_hall(CreateHallRequest) -> Hall = halls::create;
    get_hall(GetHallRequest) -> Hall = halls::get;
    list_halls(ListHallsRequest) -> ListHallsResponse = halls::list;
    update_hall(UpdateHallRequest) -> Hall = halls::update;
    create_production(CreateProductionRequest) -> Production = halls::create_production;
    list_productions(ListProductionsRequest) -> ListProductionsResponse = halls::list_productions;
    update_production(UpdateProductionRequest) -> Production = halls::update_production;
    create_performance(CreatePerformanceRequest) -> Performance = performances::create;
    update_performance(UpdatePerformanceRequest) -> Performance = performances::update;
    open_performance(OpenPerformanceRequest) -> Performance = performances::open;
    cancel_performance(CancelPerformanceRequest) -> Performance = performances::cancel;
    get_performance(GetPerformanceRequest) -> Performance = programme::get;
    list_performances(ListPerformancesRequest) -> ListPerformancesResponse = programme::list;
    get_seats(GetSeatsRequest) -> Seats = programme::seats;
    hold_seats(HoldSeatsRequest) -> Order = sale::hold;
    extend_hold(ExtendHoldRequest) -> Order = sale::extend;
    release_hold(ReleaseHoldRequest) -> Order = sale::release;
    pay_order(PayOrderRequest) -> Order = pay::pay;
    get_order(GetOrderRequest) -> Order = sale::get;
    get_ticket(GetTicketRequest) -> Ticket = door::ticket;
    get_sales(GetSalesRequest) -> Sales = sales::get;
    check_in(CheckInRequest) -> CheckInResponse = door::check_in;
    get_attendance(GetAttendanceRequest) -> Attendance = door::attendance;
    get_door_keys(GetDoorKeysRequest) -> DoorKeys = door::keys;
    get_catalogue_entry(GetCatalogueEntryRequest) -> CatalogueEntry = catalogue::get;
    list_catalogue(ListCatalogueRequest) -> ListCatalogueResponse = catalogue::list;
}

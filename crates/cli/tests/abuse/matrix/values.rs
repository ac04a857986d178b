//! Rows 27 and 32–35: values that make no sense.
use contracts::common::v1::{LocalText, Money};
use contracts::events::v1::{CreateGatheringRequest, GatheringContent, ImportGatheringRequest};
use contracts::identity::v1::EndSessionRequest;
use contracts::profiles::v1::GetProfileRequest;
use contracts::ticketing::v1::{
    CreatePerformanceRequest, GetHouseRequest, GetOrderRequest, HoldSeatsRequest, Mode,
    PlaceChoice, PriceCategory,
};
use futures::FutureExt;
use prost_types::Timestamp;
use serde_json::json;
use tonic::Code;

use super::messages::MALFORMED;
use super::stage::{id, texts};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::Wire;

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 5] = [
    Row { number: 27, input: "an unknown value of an enum", holds: Holds::NoTrace(|t| unknown_values(t).boxed_local()) },
    Row { number: 32, input: "quantities of nothing, less, and far too much", holds: Holds::NoTrace(|t| quantities(t).boxed_local()) },
    Row { number: 33, input: "prices too high, negative, in another currency", holds: Holds::NoTrace(|t| prices(t).boxed_local()) },
    Row { number: 34, input: "days and times that do not exist, ends before starts", holds: Holds::NoTrace(|t| times(t).boxed_local()) },
    Row { number: 35, input: "ids that are nil, no ids, or of somebody else's", holds: Holds::NoTrace(|t| foreign_ids(t).boxed_local()) },
];

async fn unknown_values(t: &Trial<'_>) {
    for mode in [99, -1, i32::MAX, i32::MIN] {
        let request = CreatePerformanceRequest {
            mode,
            ..performance(t)
        };
        let method = "ticketing/CreatePerformance";
        let (what, staff) = (mode.to_string(), &t.stage.staff);
        t.call(&what, staff, method, &request, Expect::Field("mode"))
            .await;
    }
    for value in [json!("MODE_ODD"), json!(t.mark), json!("1"), json!([1])] {
        let body = json!({ "mode": value });
        let asking = Wire::Json.asking("ticketing/CreatePerformance", body.to_string());
        t.told(&body.to_string(), asking.by(&t.stage.staff), MALFORMED)
            .await;
    }
}

async fn quantities(t: &Trial<'_>) {
    for count in [0, -1, i32::MIN, 256, i32::MAX] {
        let request = HoldSeatsRequest {
            performance_id: t.stage.house.free.clone(),
            places: vec![PlaceChoice {
                category: "a".to_owned(),
                count,
                ..Default::default()
            }],
            request_id: id(),
            ..Default::default()
        };
        let expect = Expect::Field("places[0].count");
        t.call(
            &count.to_string(),
            "",
            "ticketing/HoldSeats",
            &request,
            expect,
        )
        .await;
    }
    for count in ["9223372036854775807", "1e99", "0.5", "\"many\""] {
        let body = format!(
            "{{\"places\": [{{\"category\": \"{}\", \"count\": {count}}}]}}",
            t.mark
        );
        let asking = Wire::Json.asking("ticketing/HoldSeats", body);
        t.told(count, asking, MALFORMED).await;
    }
}

/// A performance that would be taken, as it stands.
fn performance(t: &Trial<'_>) -> CreatePerformanceRequest {
    let price = PriceCategory {
        key: "a".to_owned(),
        names: texts(&t.mark),
        price: Some(Money {
            currency: "SEK".to_owned(),
            minor_units: 10_000,
        }),
        ..Default::default()
    };
    CreatePerformanceRequest {
        production_id: t.stage.house.production.clone(),
        hall_id: t.stage.house.hall.clone(),
        start_time: Some(in_days(20)),
        time_zone: "Europe/Stockholm".to_owned(),
        mode: Mode::Venue.into(),
        prices: vec![price],
        request_id: id(),
        ..Default::default()
    }
}

fn in_days(days: i64) -> Timestamp {
    let at = kit::Clock::system().now() + time::Duration::days(days);
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: 0,
    }
}

async fn prices(t: &Trial<'_>) {
    let units = "prices[0].price.minor_units";
    let currency = "prices[0].price.currency";
    for (code, minor_units, field) in [
        ("SEK", -1, units),
        ("SEK", i64::MIN, units),
        ("SEK", 100_000_000_001, units),
        ("SEK", i64::MAX, units),
        ("EUR", 10_000, currency),
        ("sek", 10_000, currency),
        ("", 10_000, currency),
    ] {
        let mut request = performance(t);
        request.prices[0].price = Some(Money {
            currency: code.to_owned(),
            minor_units,
        });
        let (staff, method) = (&t.stage.staff, "ticketing/CreatePerformance");
        t.call(
            &format!("{minor_units} {code}"),
            staff,
            method,
            &request,
            Expect::Field(field),
        )
        .await;
    }
}

async fn times(t: &Trial<'_>) {
    let staff = &t.stage.staff;
    for seconds in [i64::MIN, i64::MAX, -62_135_596_801, 253_402_300_800] {
        let request = CreatePerformanceRequest {
            start_time: Some(Timestamp { seconds, nanos: 0 }),
            ..performance(t)
        };
        let (method, expect) = ("ticketing/CreatePerformance", Expect::Field("start_time"));
        t.call(&seconds.to_string(), staff, method, &request, expect)
            .await;
    }
    for text in [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:61Z",
        "2027-02-29T12:00:00Z",
        "2027-01-01",
        "25:00",
    ] {
        let body = json!({ "startTime": text, "timeZone": t.mark }).to_string();
        let asking = Wire::Json.asking("ticketing/CreatePerformance", body);
        t.told(text, asking.by(staff), MALFORMED).await;
    }
    let gathering = |start, end, zone: &str| GatheringContent {
        titles: vec![LocalText {
            language: "sv".to_owned(),
            text: t.mark.clone(),
        }],
        format: "breakfast".to_owned(),
        start_time: Some(in_days(start)),
        end_time: Some(in_days(end)),
        time_zone: zone.to_owned(),
        place: "Torget".to_owned(),
        municipality: "1780".to_owned(),
        ..Default::default()
    };
    for (content, field) in [
        (gathering(20, 19, "Europe/Stockholm"), "content.end_time"),
        (gathering(20, 60, "Europe/Stockholm"), "content.end_time"),
        (gathering(20, 21, "Europe/Atlantis"), "content.time_zone"),
        (gathering(20, 21, "../../etc/passwd"), "content.time_zone"),
    ] {
        let request = CreateGatheringRequest {
            request_id: id(),
            content: Some(content),
        };
        t.call(
            field,
            staff,
            "events/CreateGathering",
            &request,
            Expect::Field(field),
        )
        .await;
    }
    imported_times(t).await;
}

/// The only times that come in as local ones, or as texts, are those of other calendars.
async fn imported_times(t: &Trial<'_>) {
    let record = ImportGatheringRequest {
        source: "matrix".to_owned(),
        record: 1,
        name: t.mark.clone(),
        country: "Sweden".to_owned(),
        city: "Karlstad".to_owned(),
        ..Default::default()
    };
    let day = |start: &str, end: &str| ImportGatheringRequest {
        start_date: start.to_owned(),
        end_date: end.to_owned(),
        ..record.clone()
    };
    let time = |start: &str, end: &str| ImportGatheringRequest {
        start: start.to_owned(),
        end: end.to_owned(),
        ..record.clone()
    };
    for (request, field) in [
        (day("0000-00-00", "2027-01-01"), "start_date"),
        (day("2027-02-29", "2027-03-01"), "start_date"),
        (day("2027-3-1", "2027-03-01"), "start_date"),
        (day("2027-03-02", "2027-03-01"), "end_date"),
        (
            time("2027-06-15T12:00:60Z", "2027-06-15T13:00:00Z"),
            "start",
        ),
        (time("2027-01-01T12:00:00", "2027-01-01T13:00:00"), "start"),
        (
            time("2027-01-01T12:00:00+99:00", "2027-01-01T13:00:00Z"),
            "start",
        ),
        (time("2027-01-01T12:00:00Z", "2027-01-01T11:00:00Z"), "end"),
    ] {
        let what = format!(
            "{}{} to {}{}",
            request.start, request.start_date, request.end, request.end_date
        );
        let (staff, method) = (&t.stage.staff, "events/ImportGathering");
        t.call(&what, staff, method, &request, Expect::Field(field))
            .await;
    }
}

async fn foreign_ids(t: &Trial<'_>) {
    let nil = uuid::Uuid::nil().to_string();
    let braced = format!("{{{}}}", id());
    for house_id in [
        "",
        &nil,
        &t.mark,
        "1",
        &braced,
        &id().to_uppercase().replace('-', ""),
    ] {
        let request = GetHouseRequest {
            house_id: house_id.to_owned(),
        };
        let expect = Expect::Field("house_id");
        t.call(house_id, "", "ticketing/GetHouse", &request, expect)
            .await;
    }
    // Whoever may not know of a thing is told that there is none, as of a thing that there really is not.
    let stranger = t.stage.region.person(&[]);
    let unknown = Expect::Code(Code::NotFound);
    for profile_id in [t.stage.profile.clone(), id()] {
        let request = GetProfileRequest { profile_id };
        t.call(
            "a draft",
            &stranger,
            "profiles/GetProfile",
            &request,
            unknown,
        )
        .await;
    }
    let session = t.stage.count("identity.session").await;
    let request = EndSessionRequest { session_id: id() };
    t.call(
        "a session",
        &stranger,
        "identity/EndSession",
        &request,
        unknown,
    )
    .await;
    t.holds(
        "sessions stay",
        t.stage.count("identity.session").await == session,
    );
    for order_id in [t.stage.held.id.clone(), id()] {
        let request = GetOrderRequest {
            order_id,
            order_token: t.stage.lapsed.order_token.clone(),
        };
        t.call(
            "an order",
            &stranger,
            "ticketing/GetOrder",
            &request,
            unknown,
        )
        .await;
    }
}

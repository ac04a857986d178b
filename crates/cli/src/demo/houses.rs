//! Houses: halls with their seats, productions, performances on sale.
use std::collections::HashMap;

use anyhow::{Context, bail};
use contracts::ticketing::v1::{
    CreateHallRequest, CreateHouseRequest, CreatePerformanceRequest, CreateProductionRequest,
    GetPerformanceRequest, Hall, House, Mode, OpenPerformanceRequest, Performance, PriceCategory,
    Production, Row, Seat, Section, TicketType, performance,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::data::{self, kronor};
use super::people::{Region, call, for_each};
use super::request_id;
use crate::grpcweb::Client;

const TICKETING: &str = "kulturtorg.ticketing.v1.TicketingService";

pub(super) async fn load(region: &Region) -> anyhow::Result<String> {
    let houses = data::houses()?;
    let accounts = data::accounts()?;
    for_each(&houses, async |house| {
        one(region, &accounts, house)
            .await
            .with_context(|| house.key.clone())
    })
    .await?;
    let performances: usize = houses.iter().map(|h| h.performances.len()).sum();
    Ok(format!(
        "{} houses, {performances} performances",
        houses.len()
    ))
}

async fn one(
    region: &Region,
    accounts: &[data::Account],
    house: &data::House,
) -> anyhow::Result<()> {
    let administrator = region.staff("administrator").await?;
    let request = CreateHouseRequest {
        name: house.name.clone(),
        municipality: house.municipality.clone(),
        texts: house.text.to_proto(),
        request_id: request_id("house", &house.key),
    };
    let made: House = call(
        &administrator,
        &format!("{TICKETING}/CreateHouse"),
        &request,
    )
    .await?;
    let mut staff = None;
    for account in accounts {
        for role in account
            .roles
            .iter()
            .filter(|r| r.house.as_deref() == Some(&house.key))
        {
            region.grant(account, role, &made.id).await?;
            if role.role == "house" {
                staff = Some(region.person(&account.email).await?);
            }
        }
    }
    let staff = staff.context("nobody works for it")?;
    let halls = halls(&staff, house, &made.id).await?;
    let productions = productions(&staff, house, &made.id).await?;
    for performance in &house.performances {
        open(&staff, performance, &halls, &productions)
            .await
            .with_context(|| performance.key.clone())?;
    }
    Ok(())
}

async fn halls(
    staff: &Client,
    house: &data::House,
    house_id: &str,
) -> anyhow::Result<HashMap<String, String>> {
    let mut ids = HashMap::new();
    for hall in &house.halls {
        let request = CreateHallRequest {
            house_id: house_id.to_owned(),
            name: hall.name.clone(),
            sections: sections(&hall.rows),
            free_places: hall.free_places,
            request_id: request_id("hall", &hall.key),
        };
        let made: Hall = call(staff, &format!("{TICKETING}/CreateHall"), &request).await?;
        ids.insert(hall.key.clone(), made.id);
    }
    Ok(ids)
}

/// Rows of the same section stand together, in the order in which the section is first named.
fn sections(rows: &[data::Row]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for row in rows {
        let seats = (1..=row.seats).map(|number| Seat {
            number: number.to_string(),
            accessible: row.accessible.contains(&number),
            ..Default::default()
        });
        let made = Row {
            label: row.name.clone(),
            category: row.category.clone(),
            seats: seats.collect(),
        };
        match sections.iter_mut().find(|s| s.name == row.section) {
            Some(section) => section.rows.push(made),
            None => sections.push(Section {
                name: row.section.clone(),
                rows: vec![made],
            }),
        }
    }
    sections
}

async fn productions(
    staff: &Client,
    house: &data::House,
    house_id: &str,
) -> anyhow::Result<HashMap<String, String>> {
    let mut ids = HashMap::new();
    for production in &house.productions {
        let request = CreateProductionRequest {
            house_id: house_id.to_owned(),
            titles: production.title.to_proto(),
            texts: production.text.to_proto(),
            genre: production.genre.clone(),
            minutes: production.minutes,
            age_from: production.age_from,
            request_id: request_id("production", &production.key),
        };
        let made: Production =
            call(staff, &format!("{TICKETING}/CreateProduction"), &request).await?;
        ids.insert(production.key.clone(), made.id);
    }
    Ok(ids)
}

async fn open(
    staff: &Client,
    performance: &data::Performance,
    halls: &HashMap<String, String>,
    productions: &HashMap<String, String>,
) -> anyhow::Result<()> {
    let starts = OffsetDateTime::parse(&performance.starts, &Rfc3339)?;
    let request = CreatePerformanceRequest {
        production_id: productions
            .get(&performance.production)
            .context("no such production")?
            .clone(),
        hall_id: halls.get(&performance.hall).cloned().unwrap_or_default(),
        start_time: Some(kit::clock::to_proto(starts)),
        time_zone: "Europe/Stockholm".to_owned(),
        mode: match performance.mode.as_str() {
            "venue" => Mode::Venue.into(),
            "online" => Mode::Online.into(),
            other => bail!("there is no mode {other}"),
        },
        prices: performance.prices.iter().map(price).collect(),
        sale_from_time: None,
        sale_until_time: None,
        request_id: request_id("performance", &performance.key),
    };
    let made: Performance =
        call(staff, &format!("{TICKETING}/CreatePerformance"), &request).await?;
    // A repeated request is answered as the first one was, so ask how it stands now.
    let request = GetPerformanceRequest {
        performance_id: made.id,
    };
    let now: Performance = call(staff, &format!("{TICKETING}/GetPerformance"), &request).await?;
    if now.state() == performance::State::Draft {
        let request = OpenPerformanceRequest {
            performance_id: now.id,
        };
        let _: Performance = call(staff, &format!("{TICKETING}/OpenPerformance"), &request).await?;
    }
    Ok(())
}

fn price(price: &data::Price) -> PriceCategory {
    let reduced = price.reduced_minor.map(|minor| TicketType {
        key: "reduced".to_owned(),
        names: [("sv", "Rabatterad"), ("en", "Reduced")]
            .map(|(l, t)| contracts::common::v1::LocalText {
                language: l.to_owned(),
                text: t.to_owned(),
            })
            .to_vec(),
        price: Some(kronor(minor)),
    });
    PriceCategory {
        key: price.category.clone(),
        names: price.name.to_proto(),
        price: Some(kronor(price.minor)),
        places: price.places,
        ticket_types: reduced.into_iter().collect(),
    }
}

//! The parts of a performance that its house edits: when it is, when it is sold, what it costs.
use std::collections::BTreeSet;

use region::Names;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// The ticket type of the full price.
pub const FULL: &str = "full";

/// What seats of one category cost, VAT included, in the smallest unit of the region's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceCategory {
    /// Its key, as the hall's seats name it.
    pub key: String,
    /// What it is called.
    pub names: Names,
    /// Full price of a seat.
    pub price: i64,
    /// With free seating: how many places it has; else 0.
    pub places: i32,
    /// Other prices of the same seat.
    pub ticket_types: Vec<TicketType>,
}

/// A price that somebody may have instead of the full one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketType {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub names: Names,
    /// The price.
    pub price: i64,
}

impl PriceCategory {
    /// The price of a ticket type; empty means the full price.
    pub fn price_of(&self, ticket_type: &str) -> Option<i64> {
        if ticket_type.is_empty() || ticket_type == FULL {
            return Some(self.price);
        }
        self.ticket_types
            .iter()
            .find(|t| t.key == ticket_type)
            .map(|t| t.price)
    }
}

/// The parts of a performance that its house edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// When it starts.
    pub starts_at: OffsetDateTime,
    /// IANA time zone in which it is announced.
    pub time_zone: String,
    /// What it costs.
    pub prices: Vec<PriceCategory>,
    /// First moment of the sale.
    pub sale_from: Option<OffsetDateTime>,
    /// The sale ends then.
    pub sale_until: OffsetDateTime,
}

impl Plan {
    /// Every mistake in it, with the field that it is in. `free_places` is what free seating has room for; `None`
    /// with numbered seats.
    pub fn mistakes(&self, free_places: Option<i32>) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut refuse = |field: String, what: &str| found.push((field, what.to_owned()));
        if self.sale_until > self.starts_at {
            refuse("sale_until_time".to_owned(), "must not be after the start");
        }
        if self.sale_from.is_some_and(|from| from >= self.sale_until) {
            refuse(
                "sale_from_time".to_owned(),
                "must be before the end of the sale",
            );
        }
        let mut keys = BTreeSet::new();
        for (i, category) in self.prices.iter().enumerate() {
            if !keys.insert(&category.key) {
                refuse(format!("prices[{i}].key"), "must not stand twice");
            }
            match free_places {
                Some(_) if category.places == 0 => refuse(
                    format!("prices[{i}].places"),
                    "must be at least 1 with free seating",
                ),
                None if category.places > 0 => refuse(
                    format!("prices[{i}].places"),
                    "must be 0 with numbered seats",
                ),
                _ => {}
            }
            let mut types = BTreeSet::from([FULL]);
            for (t, ticket_type) in category.ticket_types.iter().enumerate() {
                if !types.insert(&ticket_type.key) {
                    refuse(
                        format!("prices[{i}].ticket_types[{t}].key"),
                        "must not stand twice; `full` is the full price",
                    );
                }
            }
        }
        let places: i64 = self.prices.iter().map(|c| i64::from(c.places)).sum();
        if free_places.is_some_and(|room| places > i64::from(room)) {
            refuse(
                "prices".to_owned(),
                "must not have more places than the hall",
            );
        }
        found
    }

    /// What cannot change once seats exist: each category with its places.
    pub fn shape(&self) -> BTreeSet<(&str, i32)> {
        self.prices
            .iter()
            .map(|c| (c.key.as_str(), c.places))
            .collect()
    }

    fn local(&self) -> Option<jiff::Zoned> {
        let zone = jiff::tz::TimeZone::get(&self.time_zone).ok()?;
        Some(
            jiff::Timestamp::from_second(self.starts_at.unix_timestamp())
                .ok()?
                .to_zoned(zone),
        )
    }

    /// When it starts where it is announced, `2026-12-10 19:00`.
    pub fn local_start(&self) -> Option<String> {
        Some(self.local()?.strftime("%Y-%m-%d %H:%M").to_string())
    }

    /// The day of the performance where it is announced.
    pub fn local_day(&self) -> Option<Date> {
        let day = self.local()?.date();
        let month = time::Month::try_from(u8::try_from(day.month()).ok()?).ok()?;
        Date::from_calendar_date(day.year().into(), month, u8::try_from(day.day()).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::{date, datetime};

    use super::*;
    use crate::performance::tests::{category, draft};

    #[test]
    fn every_mistake_of_a_plan_is_named() {
        let mut bad = draft(vec![category("a", 1, 6), category("a", 1, 0)], false).plan;
        bad.sale_until = bad.starts_at + Duration::SECOND;
        bad.sale_from = Some(bad.sale_until);
        bad.prices[0].ticket_types[0].key = FULL.to_owned();
        let fields: Vec<_> = bad.mistakes(Some(5)).into_iter().map(|(f, _)| f).collect();
        let expected = [
            "sale_until_time",
            "sale_from_time",
            "prices[0].ticket_types[0].key",
            "prices[1].key",
            "prices[1].places",
            "prices",
        ];
        assert_eq!(fields, expected);
        assert_eq!(
            bad.mistakes(None)
                .iter()
                .filter(|(f, _)| f == "prices[0].places")
                .count(),
            1
        );
    }

    #[test]
    fn the_day_that_vat_goes_by_is_the_local_one() {
        let mut plan = draft(vec![], true).plan;
        plan.starts_at = datetime!(2026-12-31 23:30 UTC);
        assert_eq!(
            plan.local_day(),
            Some(date!(2027 - 01 - 01)),
            "in Stockholm it is half past midnight"
        );
        assert_eq!(plan.local_start().as_deref(), Some("2027-01-01 00:30"));
        plan.time_zone = "America/New_York".to_owned();
        assert_eq!(plan.local_day(), Some(date!(2026 - 12 - 31)));
    }
}

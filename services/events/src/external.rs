//! A record of another calendar: what it says once it is read, and how two records are recognised as one gathering.
use std::collections::BTreeSet;

use contracts::events::v1::ImportGatheringRequest;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::calendar;
use crate::error::{Error, Violation};

/// English name, ISO 3166-1 code and time zone of the countries that calendars may name.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("Belgium", "BE", "Europe/Brussels"),
    ("Denmark", "DK", "Europe/Copenhagen"),
    ("Estonia", "EE", "Europe/Tallinn"),
    ("Finland", "FI", "Europe/Helsinki"),
    ("France", "FR", "Europe/Paris"),
    ("Germany", "DE", "Europe/Berlin"),
    ("Ireland", "IE", "Europe/Dublin"),
    ("Latvia", "LV", "Europe/Riga"),
    ("Lithuania", "LT", "Europe/Vilnius"),
    ("Luxembourg", "LU", "Europe/Luxembourg"),
    ("Netherlands", "NL", "Europe/Amsterdam"),
    ("Norway", "NO", "Europe/Oslo"),
    ("Poland", "PL", "Europe/Warsaw"),
    ("Sweden", "SE", "Europe/Stockholm"),
    ("Switzerland", "CH", "Europe/Zurich"),
    ("United Kingdom", "GB", "Europe/London"),
];

/// When a record's gathering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    pub start: OffsetDateTime,
    pub end: OffsetDateTime,
    pub all_day: bool,
}

/// A record that keeps the rules.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub request: ImportGatheringRequest,
    pub country: &'static str,
    pub time_zone: &'static str,
    pub when: When,
    /// First day, local.
    pub day: Date,
    pub city_key: String,
    /// What was odd and kept.
    pub remarks: Vec<String>,
}

/// A name as it is compared: letters and digits alone, small, without accents.
pub(crate) fn key(text: &str) -> String {
    let lower = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect::<String>()
        .to_lowercase();
    lower.nfc().filter(|c| c.is_alphanumeric()).collect()
}

/// Reads a record; names every field for which it is refused.
pub(crate) fn read(request: ImportGatheringRequest) -> Result<Record, Error> {
    let mut bad = Vec::new();
    let mut remarks = Vec::new();
    let country = COUNTRIES
        .iter()
        .find(|(name, code, _)| key(&request.country) == key(name) || request.country == *code);
    if country.is_none() {
        let known: Vec<&str> = COUNTRIES.iter().map(|(name, ..)| *name).collect();
        bad.push((
            "country".to_owned(),
            format!("must be one of {}", known.join(", ")),
        ));
    }
    let (_, country, time_zone) = *country.unwrap_or(&("", "", "UTC"));
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let city_key = key(&request.city);
    for (field, text) in [("city", &request.city), ("name", &request.name)] {
        if key(text).is_empty() {
            bad.push((field.to_owned(), "must have a letter or a digit".to_owned()));
        }
    }
    let when = when(&request, &zone, &mut bad, &mut remarks);
    let Some(when) = when.filter(|_| bad.is_empty()) else {
        return Err(Error::Fields(bad));
    };
    let day = calendar::day(when.start, &zone);
    Ok(Record {
        country,
        time_zone,
        when,
        day,
        city_key,
        remarks,
        request,
    })
}

fn when(
    record: &ImportGatheringRequest,
    zone: &TimeZone,
    bad: &mut Vec<Violation>,
    remarks: &mut Vec<String>,
) -> Option<When> {
    let timed = !record.start.is_empty() || !record.end.is_empty();
    let dated = !record.start_date.is_empty() || !record.end_date.is_empty();
    match (timed, dated) {
        (true, true) => {
            bad.push((
                "start_date".to_owned(),
                "must be empty when start and end are given".to_owned(),
            ));
            None
        }
        (false, false) => {
            bad.push((
                "start".to_owned(),
                "must be given, or start_date".to_owned(),
            ));
            None
        }
        (true, false) => times(record, zone, bad, remarks),
        (false, true) => days(record, zone, bad),
    }
}

fn times(
    record: &ImportGatheringRequest,
    zone: &TimeZone,
    bad: &mut Vec<Violation>,
    remarks: &mut Vec<String>,
) -> Option<When> {
    let mut read = |field: &str, text: &str| {
        let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) else {
            bad.push((
                field.to_owned(),
                "must be a time such as 2026-12-03T19:00:00+01:00".to_owned(),
            ));
            return None;
        };
        let local = offset_at(at, zone);
        if local != at.offset() {
            remarks.push(format!("the offset of {field} {text} is not that of the country then ({local}); the instant was kept"));
        }
        Some(at.to_offset(UtcOffset::UTC))
    };
    let (start, end) = (read("start", &record.start), read("end", &record.end));
    let (start, end) = (start?, end?);
    if end < start {
        bad.push(("end".to_owned(), "must not be before the start".to_owned()));
    } else if end == start {
        remarks.push("the end is also the start; how long it lasts is not known".to_owned());
    }
    Some(When {
        start,
        end,
        all_day: false,
    })
}

fn days(
    record: &ImportGatheringRequest,
    zone: &TimeZone,
    bad: &mut Vec<Violation>,
) -> Option<When> {
    // Their form was checked by the contract's rules, unless one is empty.
    let mut read = |field: &str, text: &str| {
        let day = text.parse::<Date>().ok();
        if day.is_none() {
            bad.push((
                field.to_owned(),
                "must be a date such as 2026-12-03".to_owned(),
            ));
        }
        day
    };
    let (first, last) = (
        read("start_date", &record.start_date),
        read("end_date", &record.end_date),
    );
    let (first, last) = (first?, last?);
    if last < first {
        bad.push((
            "end_date".to_owned(),
            "must not be before the first day".to_owned(),
        ));
        return None;
    }
    let at = |day: Date| {
        let midnight = day.to_zoned(zone.clone()).ok()?.timestamp();
        OffsetDateTime::from_unix_timestamp(midnight.as_second()).ok()
    };
    let end = last.tomorrow().ok().and_then(at);
    let when = at(first).zip(end).map(|(start, end)| When {
        start,
        end,
        all_day: true,
    });
    if when.is_none() {
        bad.push((
            "end_date".to_owned(),
            "must be a day before the year 9999".to_owned(),
        ));
    }
    when
}

fn offset_at(at: OffsetDateTime, zone: &TimeZone) -> UtcOffset {
    let seconds = jiff::Timestamp::from_second(at.unix_timestamp())
        .map_or(0, |t| zone.to_offset(t).seconds());
    UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC)
}

/// By which sign two records of the same city and first day are the same gathering; `None`: they are two.
///
/// What was learnt from real calendars: courses of one house run side by side on a day, at the same time, by the same
/// organiser, with links in common; so neither a link nor the organiser is a sign alone. Who plays is one.
pub(crate) fn same(a: &Record, b: &Record) -> Option<&'static str> {
    if (a.country, &a.city_key, a.day) != (b.country, &b.city_key, b.day)
        || !overlap(a.when, b.when)
    {
        return None;
    }
    let (ra, rb) = (&a.request, &b.request);
    if key(&ra.name) == key(&rb.name) {
        return Some("the same name, city and day");
    }
    let (play_a, play_b) = (keys(&ra.performers), keys(&rb.performers));
    let organiser = key(&ra.organisation);
    let same_organiser = !organiser.is_empty() && organiser == key(&rb.organisation);
    let timed = !a.when.all_day && !b.when.all_day;
    let same_start = timed && a.when.start == b.when.start;
    if play_a.intersection(&play_b).next().is_some()
        && (play_a == play_b || same_organiser || same_start)
    {
        return Some("the same performers, city and day");
    }
    let rivals = !play_a.is_empty() && !play_b.is_empty();
    if rivals {
        return None;
    }
    if same_start
        && a.when.end == b.when.end
        && common(&ra.links, &rb.links)
        && (same_organiser || ra.source != rb.source)
    {
        return Some("the same link, city, start and end");
    }
    if same_start && same_organiser && ra.source != rb.source {
        return Some("the same organiser, city and start, from another calendar");
    }
    None
}

/// Whole days overlap whatever is on them.
fn overlap(a: When, b: When) -> bool {
    let touch = a.start == b.start || (a.start < b.end && b.start < a.end);
    a.all_day || b.all_day || touch
}

fn keys(names: &[String]) -> BTreeSet<String> {
    names
        .iter()
        .map(|n| key(n))
        .filter(|k| !k.is_empty())
        .collect()
}

fn common(a: &[String], b: &[String]) -> bool {
    let plain = |l: &String| l.trim_end_matches('/').to_lowercase();
    let a: BTreeSet<String> = a.iter().map(plain).collect();
    b.iter().any(|l| a.contains(&plain(l)))
}

#[cfg(test)]
#[path = "external_tests.rs"]
mod tests;

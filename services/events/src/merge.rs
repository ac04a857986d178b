//! What a gathering says that stands for records of other calendars: the first record's name, everything that any of
//! them knows.
use region::Region;
use sqlx::types::Json;

use crate::content::Texts;
use crate::external::{Record, key};
use crate::gathering::{External, Gathering};

/// Whether any record says that the gathering does not take place. Whoever comes in vain has lost more than whoever
/// looks again.
pub(crate) fn cancelled(records: &[Record]) -> bool {
    records.iter().any(|r| r.request.cancelled)
}

/// Replaces what a gathering says by what its records say; tells whether anything changed.
pub(crate) fn apply(
    region: &Region,
    format: &str,
    records: &[Record],
    gathering: &mut Gathering,
) -> bool {
    let before = gathering.clone();
    let Some(first) = records.first() else {
        return false;
    };
    // A record that knows times of day goes before one that knows the day alone.
    let timed = records.iter().find(|r| !r.when.all_day).unwrap_or(first);
    let language = region.main_language().to_owned();
    let details = records
        .iter()
        .map(|r| r.request.details.trim())
        .max_by_key(|d| d.len())
        .unwrap_or_default();
    gathering.titles = Json(Texts::from([(
        language.clone(),
        first.request.name.trim().to_owned(),
    )]));
    gathering.texts = Json(if details.is_empty() {
        Texts::new()
    } else {
        Texts::from([(language, details.to_owned())])
    });
    gathering.format = format.to_owned();
    gathering.start_at = timed.when.start;
    gathering.end_at = timed.when.end;
    gathering.time_zone = first.time_zone.to_owned();
    gathering.place = first.request.city.trim().to_owned();
    gathering.municipality = municipality(region, first);
    gathering.organiser = text(records, |r| &r.request.organisation);
    gathering.external = Some(Json(External {
        city: first.request.city.trim().to_owned(),
        country: first.country.to_owned(),
        subdivision: text(records, |r| &r.request.state),
        styles: union(records, |r| &r.request.styles, str::to_owned),
        workshop: records.iter().any(|r| r.request.workshop),
        social: records.iter().any(|r| r.request.social),
        performers: union(records, |r| &r.request.performers, key),
        callers: union(records, |r| &r.request.callers, key),
        price: text(records, |r| &r.request.price),
        links: union(
            records,
            |r| &r.request.links,
            |l| l.trim_end_matches('/').to_owned(),
        ),
        all_day: timed.when.all_day,
        sources: records
            .iter()
            .map(|r| format!("{}#{}", r.request.source, r.request.record))
            .collect(),
    }));
    *gathering != before
}

/// The region's municipality that the city is, if it is one.
fn municipality(region: &Region, record: &Record) -> String {
    let here = record.country == region.country;
    let found = region
        .municipalities
        .iter()
        .find(|m| here && key(&m.name) == record.city_key);
    found.map(|m| m.key.clone()).unwrap_or_default()
}

/// The first of these texts that is given.
fn text(records: &[Record], of: impl Fn(&Record) -> &String) -> String {
    records
        .iter()
        .map(|r| of(r).trim())
        .find(|t| !t.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// All of these texts, each once, in the order of the records.
fn union(
    records: &[Record],
    of: impl Fn(&Record) -> &Vec<String>,
    key: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    records
        .iter()
        .flat_map(|r| of(r).iter())
        .filter(|t| seen.insert(key(t)))
        .map(|t| t.trim().to_owned())
        .collect()
}

//! Counts per filter with the names that the reader knows.
use contracts::search::v1::{Facet, FacetValue, Kind};
use region::Region;

use crate::order::{self, Orders};
use crate::query::{Count, Filter};

/// The counts of each filter, most results first, then by name.
pub(crate) fn facets(
    region: &Region,
    orders: &Orders,
    language: &str,
    counts: &[Count],
) -> Vec<Facet> {
    let of = |filter: Filter| {
        let mut values: Vec<FacetValue> = counts
            .iter()
            .filter(|c| c.filter == filter)
            .map(|c| FacetValue {
                key: key(filter, &c.key),
                name: name(region, language, filter, &c.key),
                count: c.count,
            })
            .collect();
        let column = order::column(language);
        values.sort_by_cached_key(|v| (std::cmp::Reverse(v.count), orders.key(column, &v.name)));
        Facet {
            filter: filter.name().to_owned(),
            values,
        }
    };
    Filter::ALL.into_iter().map(of).collect()
}

fn kind(key: &str) -> Kind {
    key.parse()
        .ok()
        .and_then(|k: i32| Kind::try_from(k).ok())
        .unwrap_or_default()
}

fn key(filter: Filter, stored: &str) -> String {
    match filter {
        Filter::Kinds => kind(stored).as_str_name().to_owned(),
        _ => stored.to_owned(),
    }
}

fn name(region: &Region, language: &str, filter: Filter, key: &str) -> String {
    let main = region.main_language();
    let names = match filter {
        Filter::Kinds => return kind_name(kind(key), language).to_owned(),
        Filter::Municipalities => {
            return region
                .municipality(key)
                .map_or(key, |m| m.name.as_str())
                .to_owned();
        }
        Filter::ArtFields => region.art_field(key).map(|f| &f.name),
        Filter::Audiences => region
            .audiences
            .iter()
            .find(|t| t.key == key)
            .map(|t| &t.name),
        Filter::Terms => {
            let mut terms = region
                .offer_kinds
                .iter()
                .chain(&region.gathering_formats)
                .chain(&region.genres);
            terms.find(|t| t.key == key).map(|t| &t.name)
        }
    };
    names
        .map_or(key, |n| region::name(n, language, main))
        .to_owned()
}

/// Kinds are the system's own, so no region names them.
fn kind_name(kind: Kind, language: &str) -> &'static str {
    let names = match kind {
        Kind::Producer => ["Producenter", "Producers", "Makers", "Producteurs"],
        Kind::Offer => ["Utbud", "Offers", "Aanbod", "Offres"],
        Kind::Gathering => ["Träffar", "Gatherings", "Bijeenkomsten", "Rencontres"],
        Kind::Performance => [
            "Föreställningar",
            "Performances",
            "Voorstellingen",
            "Représentations",
        ],
        Kind::Unspecified => [""; 4],
    };
    names[order::column(language)]
}

//! Whether a region's file is whole: every problem is found at once, each with its key.
use std::collections::BTreeSet;

use time::Date;
use time::format_description::well_known::Iso8601;

use crate::colour::{self, DARK_SURFACE, INK, Need, WHITE};
use crate::{Names, Region, Term};

pub(crate) fn problems(region: &Region) -> Vec<String> {
    let mut found = Vec::new();
    plain_values(region, &mut found);
    theme(region, &mut found);
    keys_and_names(region, &mut found);
    vat(region, &mut found);
    found
}

fn plain_values(region: &Region, found: &mut Vec<String>) {
    let mut must = |ok: bool, what: &str| {
        if !ok {
            found.push(what.to_owned());
        }
    };
    let lower = |s: &str| {
        s.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    must(
        !region.key.is_empty() && lower(&region.key),
        "key: lower-case letters and digits only, because subjects are made of it",
    );
    must(!region.languages.is_empty(), "languages: name at least one");
    must(
        region.languages.iter().all(|l| l.len() == 2 && lower(l)),
        "languages: two-letter ISO 639-1 codes",
    );
    must(
        region.currency.len() == 3 && region.currency.bytes().all(|b| b.is_ascii_uppercase()),
        "currency: a three-letter ISO 4217 code",
    );
    must(
        region.time_zone.contains('/'),
        "time_zone: an IANA name such as Europe/Stockholm",
    );
    must(
        region.launch.registration_opens <= region.launch.site_launches,
        "launch: registration opens before the site launches",
    );
    let review = &region.review;
    must(
        (1..=review.panel_size).contains(&review.quorum),
        "review.quorum: between 1 and review.panel_size",
    );
    must(
        region.ticketing.hold_minutes > 0 && region.ticketing.seats_per_order > 0,
        "ticketing: hold_minutes and seats_per_order are at least 1",
    );
    let contact = &region.contact;
    must(
        !contact.name.trim().is_empty(),
        "contact.name: what the office is called",
    );
    must(
        contact
            .email
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && host.contains('.'))
            && !contact.email.contains(char::is_whitespace),
        "contact.email: a mail address that visitors may write to",
    );
    must(
        contact
            .url
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace)),
        "contact.url: an address that begins with https://",
    );
}

fn theme(region: &Region, found: &mut Vec<String>) {
    let need = |other, colour, least| Need {
        other,
        colour,
        least,
    };
    found.extend(colour::problems(
        "theme.brand_light",
        &region.theme.brand_light,
        &[need("white text on it", WHITE, 4.5)],
    ));
    found.extend(colour::problems(
        "theme.brand_dark",
        &region.theme.brand_dark,
        &[
            need("the text #0B1115 on it", INK, 4.5),
            need("the dark surface #1A1E23", DARK_SURFACE, 3.0),
        ],
    ));
}

fn keys_and_names(region: &Region, found: &mut Vec<String>) {
    let fields: Vec<_> = region
        .all_art_fields()
        .map(|f| (f.key.as_str(), &f.name))
        .collect();
    list(region, "art_field", &fields, found);
    for field in &region.art_fields {
        for child in &field.children {
            if !child.key.starts_with(&format!("{}.", field.key)) || !child.children.is_empty() {
                found.push(format!(
                    "art_field {}: a part's key begins with `{}.` and has no parts",
                    child.key, field.key
                ));
            }
        }
    }
    for (list_name, terms) in [
        ("audience", &region.audiences),
        ("offer_kind", &region.offer_kinds),
        ("buyer_kind", &region.buyer_kinds),
        ("gathering_format", &region.gathering_formats),
        ("genre", &region.genres),
        ("guidance_theme", &region.themes),
    ] {
        let terms: Vec<_> = terms
            .iter()
            .map(|t: &Term| (t.key.as_str(), &t.name))
            .collect();
        list(region, list_name, &terms, found);
    }
    let mut seen = BTreeSet::new();
    if region.municipalities.is_empty() {
        found.push("municipality: name at least one".to_owned());
    }
    for m in &region.municipalities {
        if !seen.insert(&m.key) {
            found.push(format!("municipality {}: the key stands twice", m.key));
        }
    }
}

fn list(region: &Region, list: &str, terms: &[(&str, &Names)], found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    if terms.is_empty() {
        found.push(format!("{list}: name at least one"));
    }
    for (key, names) in terms {
        if !seen.insert(key) {
            found.push(format!("{list} {key}: the key stands twice"));
        }
        let good =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-');
        if key.is_empty() || !key.bytes().all(good) {
            found.push(format!(
                "{list} {key}: lower-case letters, digits, `-`, `_` and `.` only"
            ));
        }
        for language in &region.languages {
            if !names.contains_key(language) {
                found.push(format!("{list} {key}: no name in `{language}`"));
            }
        }
    }
}

fn vat(region: &Region, found: &mut Vec<String>) {
    for row in &region.vat {
        if row.genre != "*" && !region.genres.iter().any(|g| g.key == row.genre) {
            found.push(format!(
                "vat.genre: `{}` is no genre of this region",
                row.genre
            ));
        }
        if Date::parse(&row.from, &Iso8601::DATE).is_err() {
            found.push(format!("vat.from: `{}` is no date", row.from));
        }
        if row.permille > 1000 {
            found.push(format!(
                "vat.permille: {} is more than the price",
                row.permille
            ));
        }
    }
    for mode in [crate::Mode::Venue, crate::Mode::Online] {
        if !region.vat.iter().any(|v| v.genre == "*" && v.mode == mode) {
            found.push(format!(
                "vat: no row for genre `*` and mode {mode:?}, so a new genre would have no rate"
            ));
        }
    }
}

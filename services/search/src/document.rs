//! What the catalogue keeps of a thing: made from its owner's entry.
use std::collections::BTreeMap;

use contracts::common::v1::{LocalText, Money};
use contracts::{events, profiles, ticketing};
use kit::clock::from_proto;
use region::{Names, Region};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Letters of a text that results show.
const SUMMARY: usize = 300;

/// Numbered as in the contract.
pub(crate) const PRODUCER: i16 = 1;
pub(crate) const OFFER: i16 = 2;
pub(crate) const GATHERING: i16 = 3;
pub(crate) const PERFORMANCE: i16 = 4;

/// How much a word counts: in the title, in a name, in a text, as one of the region's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Title,
    Name,
    Text,
    Key,
}

/// A text to find the thing by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) weight: Weight,
    /// The languages that it may be in; names have none.
    pub(crate) languages: Vec<String>,
    pub(crate) text: String,
}

/// What results show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) profile: Option<Uuid>,
    pub(crate) titles: Names,
    pub(crate) subtitle: String,
    pub(crate) summaries: Names,
    pub(crate) art_fields: Vec<String>,
    pub(crate) municipality: String,
    pub(crate) price: Option<(String, i64)>,
    pub(crate) image: String,
}

/// One thing that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) kind: i16,
    pub(crate) id: Uuid,
    pub(crate) art_fields: Vec<String>,
    pub(crate) municipalities: Vec<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) term: String,
    pub(crate) starts_at: Option<OffsetDateTime>,
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) texts: Vec<Text>,
    pub(crate) shown: Shown,
}

/// Everything that one thing of an owner puts into the catalogue, as of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The owner: `profiles`, `events`, `ticketing`.
    pub(crate) source: &'static str,
    pub(crate) id: Uuid,
    pub(crate) revision: i64,
    /// Empty: it is not to be found.
    pub(crate) documents: Vec<Document>,
}

/// A producer and its open offers. `None` if the entry lacks what makes it one.
pub(crate) fn profile(region: &Region, entry: profiles::v1::CatalogueEntry) -> Option<Entry> {
    let profile = entry.profile?;
    let content = profile.content?;
    let id = Uuid::parse_str(&profile.id).ok()?;
    let main = region.main_language();
    let offers: Vec<_> = profile
        .offers
        .iter()
        .filter(|o| o.state() == profiles::v1::offer::State::Open)
        .filter_map(|o| Some((Uuid::parse_str(&o.id).ok()?, o.content.as_ref()?)))
        .collect();
    let home = content.municipality.clone();
    let reach = |offer: &profiles::v1::OfferContent| -> Vec<String> {
        if offer.travels_everywhere {
            return region
                .municipalities
                .iter()
                .map(|m| m.key.clone())
                .collect();
        }
        offer.travels_to.clone()
    };

    let art_fields = with_wholes(&content.art_fields);
    let shown = Shown {
        profile: Some(id),
        titles: Names::from([(main.to_owned(), content.name.clone())]),
        summaries: summaries(&content.texts),
        art_fields: content.art_fields.clone(),
        municipality: home.clone(),
        image: profile.image_id.clone(),
        ..Shown::default()
    };
    let mut texts = vec![plain(Weight::Title, &content.name)];
    texts.extend(local(Weight::Text, &content.texts));
    let mut producer = Document {
        kind: PRODUCER,
        id,
        municipalities: once_each(
            offers
                .iter()
                .flat_map(|(_, o)| reach(o))
                .chain([home.clone()]),
        ),
        audiences: once_each(offers.iter().flat_map(|(_, o)| o.audiences.clone())),
        term: String::new(),
        starts_at: None,
        ends_at: None,
        art_fields: art_fields.clone(),
        texts,
        shown,
    };
    add_keys(region, &mut producer);

    let mut documents = vec![producer];
    for (offer_id, offer) in offers {
        let price = match &offer.price {
            Some(profiles::v1::offer_content::Price::FixedPrice(money)) => Some(money),
            _ => None,
        };
        let shown = Shown {
            profile: Some(id),
            titles: names(&offer.titles),
            subtitle: content.name.clone(),
            summaries: summaries(&offer.texts),
            art_fields: content.art_fields.clone(),
            municipality: home.clone(),
            price: price.map(|m| (m.currency.clone(), m.minor_units)),
            image: profile.image_id.clone(),
        };
        let mut texts = vec![plain(Weight::Name, &content.name)];
        texts.extend(local(Weight::Title, &offer.titles));
        texts.extend(local(Weight::Text, &offer.texts));
        let mut document = Document {
            kind: OFFER,
            id: offer_id,
            art_fields: art_fields.clone(),
            municipalities: once_each(reach(offer).into_iter().chain([home.clone()])),
            audiences: offer.audiences.clone(),
            term: offer.kind.clone(),
            starts_at: None,
            ends_at: None,
            texts,
            shown,
        };
        add_keys(region, &mut document);
        documents.push(document);
    }
    Some(Entry {
        source: "profiles",
        id,
        revision: entry.revision,
        documents,
    })
}

/// A gathering.
pub(crate) fn gathering(region: &Region, entry: events::v1::CatalogueEntry) -> Option<Entry> {
    let id = Uuid::parse_str(&entry.gathering_id).ok()?;
    let starts_at = entry.start_time.as_ref().and_then(from_proto)?;
    let place = [&entry.place, &entry.city]
        .into_iter()
        .find(|p| !p.is_empty());
    let shown = Shown {
        titles: names(&entry.titles),
        subtitle: place.cloned().unwrap_or_default(),
        summaries: summaries(&entry.texts),
        municipality: entry.municipality.clone(),
        ..Shown::default()
    };
    // A text that was brought in bears the region's first language, whatever it was written in.
    let mut also: Vec<String> = Vec::new();
    if !entry.country.eq_ignore_ascii_case(&region.country) {
        also.extend(["en", "nl", "fr"].map(str::to_owned));
    }
    let mut texts: Vec<Text> = local(Weight::Title, &entry.titles).collect();
    texts.extend(local(Weight::Text, &entry.texts));
    for text in &mut texts {
        text.languages = once_each(text.languages.drain(..).chain(also.clone()));
    }
    let about = [&entry.place, &entry.city, &entry.organiser].into_iter();
    texts.extend(
        about
            .chain(&entry.performers)
            .map(|t| plain(Weight::Name, t)),
    );
    texts.push(plain(Weight::Key, &entry.styles.join(" ")));
    let mut document = Document {
        kind: GATHERING,
        id,
        art_fields: Vec::new(),
        municipalities: once_each(std::iter::once(entry.municipality)),
        audiences: Vec::new(),
        term: entry.format,
        starts_at: Some(starts_at),
        ends_at: entry
            .end_time
            .as_ref()
            .and_then(from_proto)
            .or(Some(starts_at)),
        texts,
        shown,
    };
    add_keys(region, &mut document);
    Some(Entry {
        source: "events",
        id,
        revision: entry.revision,
        documents: vec![document],
    })
}

/// A performance on sale.
pub(crate) fn performance(region: &Region, entry: ticketing::v1::CatalogueEntry) -> Option<Entry> {
    let id = Uuid::parse_str(&entry.performance_id).ok()?;
    let starts_at = entry.start_time.as_ref().and_then(from_proto)?;
    let price = entry.price_from.map(
        |Money {
             currency,
             minor_units,
         }| (currency, minor_units),
    );
    let mut texts: Vec<Text> = local(Weight::Title, &entry.titles).collect();
    texts.extend(local(Weight::Text, &entry.texts));
    texts.push(plain(Weight::Name, &entry.house_name));
    let mut document = Document {
        kind: PERFORMANCE,
        id,
        art_fields: Vec::new(),
        municipalities: once_each(std::iter::once(entry.municipality.clone())),
        audiences: Vec::new(),
        term: entry.genre,
        starts_at: Some(starts_at),
        ends_at: Some(starts_at + Duration::minutes(entry.minutes.into())),
        texts,
        shown: Shown {
            titles: names(&entry.titles),
            subtitle: entry.house_name,
            summaries: summaries(&entry.texts),
            municipality: entry.municipality,
            price,
            ..Shown::default()
        },
    };
    add_keys(region, &mut document);
    Some(Entry {
        source: "ticketing",
        id,
        revision: entry.revision,
        documents: vec![document],
    })
}

/// The names of what the document is filed under find it too.
fn add_keys(region: &Region, document: &mut Document) {
    let fields = document
        .art_fields
        .iter()
        .filter_map(|k| region.art_field(k))
        .map(|f| &f.name);
    let audiences = region
        .audiences
        .iter()
        .filter(|t| document.audiences.contains(&t.key))
        .map(|t| &t.name);
    let term = term_name(region, document.kind, &document.term);
    let mut by_language: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
    for names in fields.chain(audiences).chain(term) {
        for (language, name) in names {
            by_language.entry(language).or_default().push(name);
        }
    }
    let mut texts: Vec<Text> = by_language
        .into_iter()
        .map(|(language, names)| Text {
            weight: Weight::Key,
            languages: vec![language.clone()],
            text: names.join(" "),
        })
        .collect();
    if let Some(municipality) = region.municipality(&document.shown.municipality) {
        texts.push(plain(Weight::Name, &municipality.name));
    }
    document.texts.extend(texts);
}

/// The name of a `term`, from the region's list that things of this kind take it from.
pub(crate) fn term_name<'r>(region: &'r Region, kind: i16, key: &str) -> Option<&'r Names> {
    let list = match kind {
        OFFER => &region.offer_kinds,
        GATHERING => &region.gathering_formats,
        PERFORMANCE => &region.genres,
        _ => return None,
    };
    list.iter().find(|t| t.key == key).map(|t| &t.name)
}

/// The chosen art fields and the whole ones that they are parts of.
fn with_wholes(chosen: &[String]) -> Vec<String> {
    let wholes = chosen
        .iter()
        .filter_map(|f| Some(f.split_once('.')?.0.to_owned()));
    once_each(chosen.iter().cloned().chain(wholes))
}

fn once_each(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut each: Vec<String> = all.filter(|s| !s.is_empty()).collect();
    each.sort();
    each.dedup();
    each
}

fn names(texts: &[LocalText]) -> Names {
    texts
        .iter()
        .map(|t| (t.language.clone(), t.text.clone()))
        .collect()
}

fn summaries(texts: &[LocalText]) -> Names {
    let short = |text: &str| text.trim().chars().take(SUMMARY).collect::<String>();
    texts
        .iter()
        .map(|t| (t.language.clone(), short(&t.text)))
        .collect()
}

fn local(weight: Weight, texts: &[LocalText]) -> impl Iterator<Item = Text> {
    texts.iter().map(move |t| Text {
        weight,
        languages: vec![t.language.clone()],
        text: t.text.clone(),
    })
}

fn plain(weight: Weight, text: &str) -> Text {
    Text {
        weight,
        languages: Vec::new(),
        text: text.to_owned(),
    }
}

//! What callers get to see of things.
use contracts::common::v1::LocalText;
use contracts::events::v1 as pb;
use kit::clock::to_proto;
use region::Region;
use time::OffsetDateTime;

use crate::content::Texts;
use crate::gathering::{Gathering, ProgrammeItem, State, Visibility};
use crate::registration::{self, Registration};

/// A gathering; the address of its online meeting only if `online`.
pub(crate) fn gathering(g: &Gathering, now: OffsetDateTime, online: bool) -> pb::Gathering {
    let state = match g.state {
        State::Draft => pb::gathering::State::Draft,
        State::Published => pb::gathering::State::Published,
        State::Cancelled => pb::gathering::State::Cancelled,
    };
    pb::Gathering {
        id: g.id.to_string(),
        state: state.into(),
        etag: g.etag(),
        content: Some(content(g, online)),
        confirmed: g.confirmed,
        waiting: g.waiting,
        registration_open: g.check_open(now).is_ok(),
        external: external(g),
        create_time: Some(to_proto(g.created_at)),
        update_time: Some(to_proto(g.updated_at)),
    }
}

fn content(g: &Gathering, online: bool) -> pb::GatheringContent {
    use pb::gathering_content::Visibility as Pb;
    let visible_to = match g.visible_to {
        Visibility::Nobody => Pb::Nobody,
        Visibility::Attendees => Pb::Attendees,
        Visibility::Everybody => Pb::Everybody,
    };
    pb::GatheringContent {
        titles: texts(&g.titles),
        texts: texts(&g.texts),
        format: g.format.clone(),
        start_time: Some(to_proto(g.start_at)),
        end_time: Some(to_proto(g.end_at)),
        time_zone: g.time_zone.clone(),
        place: g.place.clone(),
        municipality: g.municipality.clone(),
        online_url: if online {
            g.online_url.clone()
        } else {
            String::new()
        },
        capacity: g.capacity,
        attendees_visible_to: visible_to.into(),
        programme: g.programme.iter().map(item).collect(),
        registration_closes_time: g.closes_at.map(to_proto),
        organiser: g.organiser.clone(),
    }
}

fn item(i: &ProgrammeItem) -> pb::ProgrammeItem {
    pb::ProgrammeItem {
        start_time: Some(to_proto(i.start_at)),
        minutes: i.minutes,
        titles: texts(&i.titles),
        texts: texts(&i.texts),
        speaker: i.speaker.clone(),
    }
}

fn external(g: &Gathering) -> Option<pb::External> {
    let e = g.external.as_ref()?;
    Some(pb::External {
        city: e.city.clone(),
        country: e.country.clone(),
        subdivision: e.subdivision.clone(),
        styles: e.styles.clone(),
        workshop: e.workshop,
        social: e.social,
        performers: e.performers.clone(),
        callers: e.callers.clone(),
        price: e.price.clone(),
        links: e.links.clone(),
        all_day: e.all_day,
        sources: e.sources.clone(),
    })
}

fn texts(texts: &Texts) -> Vec<LocalText> {
    texts
        .iter()
        .map(|(language, text)| LocalText {
            language: language.clone(),
            text: text.clone(),
        })
        .collect()
}

/// A registration as its holder and staff see it.
pub(crate) fn registration(r: &Registration, position: i64, g: &Gathering) -> pb::Registration {
    let (state, online) = match r.state {
        registration::State::Confirmed => {
            (pb::registration::State::Confirmed, g.online_url.clone())
        }
        registration::State::Waiting => (pb::registration::State::Waiting, String::new()),
        registration::State::Cancelled => (pb::registration::State::Cancelled, String::new()),
    };
    pb::Registration {
        id: r.id.to_string(),
        gathering_id: r.gathering_id.to_string(),
        state: state.into(),
        position: i32::try_from(position).unwrap_or(i32::MAX),
        name: r.name.clone(),
        email: r.email.clone(),
        organisation: r.organisation.clone(),
        role_text: r.role_text.clone(),
        municipality: r.municipality.clone(),
        listed: r.listed,
        online_url: online,
        create_time: Some(to_proto(r.created_at)),
    }
}

/// Somebody whom one will meet.
pub(crate) fn attendee(r: Registration) -> pb::Attendee {
    pb::Attendee {
        name: r.name,
        organisation: r.organisation,
        role_text: r.role_text,
        municipality: r.municipality,
    }
}

/// What the catalogue shows.
pub(crate) fn catalogue_entry(region: &Region, g: &Gathering) -> pb::CatalogueEntry {
    let external = g.external.as_ref().map(|e| e.0.clone());
    let country = external
        .as_ref()
        .map_or_else(|| region.country.clone(), |e| e.country.clone());
    let all_day = external.as_ref().is_some_and(|e| e.all_day);
    let external = external.unwrap_or_default();
    let speakers = g
        .programme
        .iter()
        .map(|i| i.speaker.clone())
        .filter(|s| !s.is_empty());
    let mut performers: Vec<String> = external
        .performers
        .into_iter()
        .chain(external.callers)
        .chain(speakers)
        .collect();
    performers.dedup();
    pb::CatalogueEntry {
        gathering_id: g.id.to_string(),
        revision: g.revision,
        titles: texts(&g.titles),
        texts: texts(&g.texts),
        format: g.format.clone(),
        municipality: g.municipality.clone(),
        city: external.city,
        place: g.place.clone(),
        start_time: Some(to_proto(g.start_at)),
        end_time: Some(to_proto(g.end_at)),
        time_zone: g.time_zone.clone(),
        all_day,
        organiser: g.organiser.clone(),
        performers,
        styles: external.styles,
        price: external.price,
        source_link: external.links.into_iter().next().unwrap_or_default(),
        country,
        publish_time: g.published_at.map(to_proto),
    }
}

//! A gathering: who sees it and what may be done with it.
use kit::auth::Caller;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::content::Texts;
use crate::error::Error;
use crate::registration::Places;

/// Where a gathering is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum State {
    Draft,
    Published,
    Cancelled,
}

/// Who sees the list of those who come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum Visibility {
    Nobody,
    Attendees,
    Everybody,
}

/// One item of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProgrammeItem {
    #[serde(with = "time::serde::timestamp")]
    pub start_at: OffsetDateTime,
    pub minutes: i32,
    pub titles: Texts,
    pub texts: Texts,
    pub speaker: String,
}

/// What other calendars tell of a gathering.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct External {
    pub city: String,
    pub country: String,
    pub subdivision: String,
    pub styles: Vec<String>,
    pub workshop: bool,
    pub social: bool,
    pub performers: Vec<String>,
    pub callers: Vec<String>,
    pub price: String,
    pub links: Vec<String>,
    pub all_day: bool,
    pub sources: Vec<String>,
}

/// A gathering; also its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gathering {
    pub id: Uuid,
    pub state: State,
    pub titles: Json<Texts>,
    pub texts: Json<Texts>,
    pub format: String,
    pub start_at: OffsetDateTime,
    pub end_at: OffsetDateTime,
    pub time_zone: String,
    pub place: String,
    pub municipality: String,
    pub online_url: String,
    pub capacity: i32,
    pub visible_to: Visibility,
    pub programme: Json<Vec<ProgrammeItem>>,
    pub closes_at: Option<OffsetDateTime>,
    pub organiser: String,
    pub external: Option<Json<External>>,
    pub confirmed: i32,
    pub waiting: i32,
    pub last_seq: i32,
    pub version: i64,
    pub revision: i64,
    pub published_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// True for the region's staff: it sees drafts, and everything before the site's launch.
pub(crate) fn is_staff(caller: &Caller) -> bool {
    use contracts::options::v1::Role;
    [Role::Adviser, Role::Administrator]
        .iter()
        .any(|r| caller.holds_in_region(r.as_str_name()))
}

impl Gathering {
    /// An empty draft.
    pub(crate) fn draft(id: Uuid, now: OffsetDateTime) -> Self {
        Self {
            id,
            state: State::Draft,
            titles: Json(Texts::new()),
            texts: Json(Texts::new()),
            format: String::new(),
            start_at: now,
            end_at: now,
            time_zone: "UTC".to_owned(),
            place: String::new(),
            municipality: String::new(),
            online_url: String::new(),
            capacity: 0,
            visible_to: Visibility::Nobody,
            programme: Json(Vec::new()),
            closes_at: None,
            organiser: String::new(),
            external: None,
            confirmed: 0,
            waiting: 0,
            last_seq: 0,
            version: 1,
            revision: 0,
            published_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether somebody sees it. A cancelled one stays seen, so that those who meant to come learn of it.
    pub(crate) fn seen_by(&self, staff: bool, launched: bool) -> bool {
        staff || (launched && self.published_at.is_some())
    }

    /// What changes whenever the content does.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The places as they stand.
    pub(crate) fn places(&self) -> Places {
        Places {
            capacity: self.capacity,
            confirmed: self.confirmed,
            waiting: self.waiting,
        }
    }

    /// Takes over the places after they changed.
    pub(crate) fn set_places(&mut self, places: Places) {
        self.capacity = places.capacity;
        self.confirmed = places.confirmed;
        self.waiting = places.waiting;
    }

    /// Whether it may be changed by somebody who read it as `etag`.
    pub(crate) fn check_change(&self, etag: &str) -> Result<(), Error> {
        if self.external.is_some() {
            return Err(Error::Imported);
        }
        if self.state == State::Cancelled {
            return Err(Error::GatheringCancelled);
        }
        if etag == self.etag() {
            Ok(())
        } else {
            Err(Error::Stale)
        }
    }

    /// Whether it takes registrations at this time.
    pub(crate) fn check_open(&self, now: OffsetDateTime) -> Result<(), Error> {
        match self.state {
            State::Cancelled => Err(Error::GatheringCancelled),
            _ if self.external.is_some() => Err(Error::NoRegistration),
            State::Draft => Err(Error::NotPublished),
            State::Published if now >= self.closes_at.unwrap_or(self.start_at) => {
                Err(Error::RegistrationClosed)
            }
            State::Published => Ok(()),
        }
    }

    /// The title in this language, else in the fall-back, else in any.
    pub(crate) fn title<'a>(&'a self, language: &str, fallback: &str) -> &'a str {
        region::name(&self.titles, language, fallback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn published() -> Gathering {
        Gathering {
            state: State::Published,
            published_at: Some(NOW),
            start_at: NOW + time::Duration::hours(2),
            ..Gathering::draft(Uuid::from_u128(1), NOW)
        }
    }

    #[test]
    fn a_draft_is_seen_by_staff_alone_and_before_the_launch_everything_is() {
        let draft = Gathering::draft(Uuid::from_u128(1), NOW);
        assert!(draft.seen_by(true, true) && !draft.seen_by(false, true));
        assert!(
            published().seen_by(false, true)
                && !published().seen_by(false, false)
                && published().seen_by(true, false)
        );
    }

    #[test]
    fn registration_ends_at_its_closing_time_and_without_one_at_the_start() {
        let mut gathering = published();
        assert!(gathering.check_open(NOW).is_ok());
        assert!(matches!(
            gathering.check_open(gathering.start_at),
            Err(Error::RegistrationClosed)
        ));
        gathering.closes_at = Some(NOW);
        assert!(matches!(
            gathering.check_open(NOW),
            Err(Error::RegistrationClosed)
        ));
    }

    #[test]
    fn what_came_from_elsewhere_takes_no_registration_and_is_not_changed_here() {
        let gathering = Gathering {
            external: Some(Json(External::default())),
            ..published()
        };
        assert!(matches!(
            gathering.check_open(NOW),
            Err(Error::NoRegistration)
        ));
        assert!(matches!(gathering.check_change("1"), Err(Error::Imported)));
        assert!(matches!(published().check_change("2"), Err(Error::Stale)));
    }
}

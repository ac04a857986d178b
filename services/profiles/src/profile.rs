//! A producer's page: where it is on its way, who sees it, and what would make it more complete.
use contracts::options::v1::Role;
use contracts::profiles::v1::hint::Missing;
use kit::auth::Caller;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::content::{Contact, Link, ProfileContent, Texts};
use crate::error::Error;
use crate::offer::Offer;

/// A profile, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub id: Uuid,
    pub owner: Uuid,
    pub name: String,
    pub art_fields: Vec<String>,
    pub municipality: String,
    pub texts: Json<Texts>,
    pub links: Json<Vec<Link>>,
    pub contact: Json<Contact>,
    pub image_id: Option<Uuid>,
    pub image_alt: Json<Texts>,
    pub approved_at: Option<OffsetDateTime>,
    pub hidden_by: Option<Hider>,
    pub protected: bool,
    /// Of the content.
    pub version: i64,
    /// Of the last fact.
    pub revision: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// Where a profile is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Draft,
    Published,
    Hidden,
}

/// Who took a profile out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub(crate) enum Hider {
    Owner,
    Region,
}

/// In what part somebody looks at a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Whose it is.
    Owner,
    /// Somebody who works with applications: sees drafts.
    Reviewing,
    /// Somebody else of the region's staff: sees what is published, before the launch too.
    Staff,
    /// Anybody.
    Public,
}

impl Profile {
    /// A first draft.
    pub(crate) fn draft(
        id: Uuid,
        owner: Uuid,
        content: ProfileContent,
        now: OffsetDateTime,
    ) -> Self {
        let ProfileContent {
            name,
            art_fields,
            municipality,
            texts,
            links,
            contact,
        } = content;
        Self {
            id,
            owner,
            name,
            art_fields,
            municipality,
            texts: Json(texts),
            links: Json(links),
            contact: Json(contact),
            image_id: None,
            image_alt: Json(Texts::new()),
            approved_at: None,
            hidden_by: None,
            protected: false,
            version: 1,
            revision: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Replaces the content.
    pub(crate) fn rewrite(&mut self, content: ProfileContent, now: OffsetDateTime) {
        let ProfileContent {
            name,
            art_fields,
            municipality,
            texts,
            links,
            contact,
        } = content;
        self.name = name;
        self.art_fields = art_fields;
        self.municipality = municipality;
        self.texts = Json(texts);
        self.links = Json(links);
        self.contact = Json(contact);
        self.touch(now);
    }

    /// Notes that the content has changed.
    pub(crate) fn touch(&mut self, now: OffsetDateTime) {
        self.version += 1;
        self.updated_at = now;
    }

    /// Where it is on its way. Approval, hiding and protection are kept apart, so that taking one of them back
    /// leaves the others as they were.
    pub(crate) fn state(&self) -> State {
        match (self.approved_at, self.hidden_by, self.protected) {
            (None, _, _) => State::Draft,
            (Some(_), None, false) => State::Published,
            (Some(_), _, _) => State::Hidden,
        }
    }

    /// Its application was approved. What is hidden stays hidden.
    pub(crate) fn approve(&mut self, now: OffsetDateTime) {
        self.approved_at = self.approved_at.or(Some(now));
    }

    /// Takes it out of sight. Once the region has, the owner's hiding adds nothing.
    pub(crate) fn hide(&mut self, by: Hider) -> Result<(), Error> {
        if self.approved_at.is_none() {
            return Err(Error::NotPublished);
        }
        if self.hidden_by != Some(Hider::Region) {
            self.hidden_by = Some(by);
        }
        Ok(())
    }

    /// Shows it again.
    pub(crate) fn show(&mut self, by: Hider) -> Result<(), Error> {
        if self.approved_at.is_none() {
            return Err(Error::NotPublished);
        }
        if self.hidden_by == Some(Hider::Region) && by == Hider::Owner {
            return Err(Error::HiddenByRegion);
        }
        self.hidden_by = None;
        Ok(())
    }

    /// In what part this caller looks at it.
    pub(crate) fn viewer(&self, caller: &Caller) -> Viewer {
        let holds = |role: Role| caller.holds_in_region(role.as_str_name());
        if caller.maybe_account() == Some(self.owner) {
            Viewer::Owner
        } else if holds(Role::Administrator) || holds(Role::Reviewer) {
            Viewer::Reviewing
        } else if holds(Role::Adviser) || holds(Role::Operator) {
            Viewer::Staff
        } else {
            Viewer::Public
        }
    }

    /// Whether such a viewer sees it. A protected one is seen by its owner alone.
    pub(crate) fn seen_by(&self, viewer: Viewer, launched: bool) -> bool {
        match viewer {
            Viewer::Owner => true,
            _ if self.protected => false,
            Viewer::Reviewing => true,
            Viewer::Staff => self.state() == State::Published,
            Viewer::Public => self.state() == State::Published && launched,
        }
    }
}

/// Something that would make a profile more complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub missing: Missing,
    pub language: Option<String>,
    pub offer: Option<Uuid>,
}

/// What a profile and its open offers lack, the weightiest first.
pub(crate) fn hints(profile: &Profile, offers: &[Offer], languages: &[String]) -> Vec<Hint> {
    let mut hints = Vec::new();
    let mut add = |missing, language: Option<&String>, offer| {
        hints.push(Hint {
            missing,
            language: language.cloned(),
            offer,
        });
    };
    for language in languages.iter().filter(|l| !profile.texts.contains_key(*l)) {
        add(Missing::Text, Some(language), None);
    }
    if profile.image_id.is_none() {
        add(Missing::Image, None, None);
    } else {
        for language in languages
            .iter()
            .filter(|l| !profile.image_alt.contains_key(*l))
        {
            add(Missing::ImageAlt, Some(language), None);
        }
    }
    let open: Vec<&Offer> = offers.iter().filter(|o| !o.withdrawn).collect();
    if open.is_empty() {
        add(Missing::Offer, None, None);
    }
    for offer in open {
        for language in languages
            .iter()
            .filter(|l| !offer.titles.contains_key(*l) || !offer.texts.contains_key(*l))
        {
            add(Missing::OfferText, Some(language), Some(offer.id));
        }
    }
    if profile.links.is_empty() {
        add(Missing::Link, None, None);
    }
    hints
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;

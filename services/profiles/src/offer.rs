//! What can be booked.
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::content::Texts;
use crate::error::Error;

/// An offer, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub id: Uuid,
    pub profile_id: Uuid,
    pub kind: String,
    pub audiences: Vec<String>,
    pub titles: Json<Texts>,
    pub texts: Json<Texts>,
    pub minutes: i32,
    /// In minor units of the region's currency; `None`: on request.
    pub price: Option<i64>,
    pub group_size_max: i32,
    pub needs: Json<Needs>,
    pub travels_everywhere: bool,
    pub travels_to: Vec<String>,
    pub withdrawn: bool,
    pub version: i64,
    pub created_at: OffsetDateTime,
}

/// What a place must have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Needs {
    pub stage_width_cm: i32,
    pub stage_depth_cm: i32,
    pub stage_height_cm: i32,
    pub power_amperes: i32,
    pub darkness: bool,
    pub load_in_minutes: i32,
    pub own_sound: bool,
    pub own_light: bool,
    pub notes: Texts,
}

/// What a producer writes about an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfferContent {
    pub kind: String,
    pub audiences: Vec<String>,
    pub titles: Texts,
    pub texts: Texts,
    pub minutes: i32,
    pub price: Option<i64>,
    pub group_size_max: i32,
    pub needs: Needs,
    pub travels_everywhere: bool,
    pub travels_to: Vec<String>,
}

impl Offer {
    /// A new offer.
    pub(crate) fn new(
        id: Uuid,
        profile_id: Uuid,
        content: OfferContent,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            profile_id,
            kind: content.kind,
            audiences: content.audiences,
            titles: Json(content.titles),
            texts: Json(content.texts),
            minutes: content.minutes,
            price: content.price,
            group_size_max: content.group_size_max,
            needs: Json(content.needs),
            travels_everywhere: content.travels_everywhere,
            travels_to: content.travels_to,
            withdrawn: false,
            version: 1,
            created_at: now,
        }
    }

    /// The same offer with other content.
    pub(crate) fn rewritten(self, content: OfferContent) -> Result<Self, Error> {
        if self.withdrawn {
            return Err(Error::OfferWithdrawn);
        }
        let version = self.version + 1;
        Ok(Self {
            version,
            ..Self::new(self.id, self.profile_id, content, self.created_at)
        })
    }

    /// The title in this language, else in any.
    pub(crate) fn title(&self, language: &str) -> &str {
        self.titles
            .get(language)
            .or_else(|| self.titles.values().next())
            .map_or("", String::as_str)
    }
}

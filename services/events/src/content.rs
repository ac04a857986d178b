//! What staff writes of a gathering, checked against the region's lists. The contract's rules have been checked
//! before; here is what they cannot say. Every fault is found, not only the first.
use std::collections::BTreeMap;

use contracts::common::v1::LocalText;
use contracts::events::v1 as pb;
use contracts::events::v1::gathering_content::Visibility as PbVisibility;
use kit::clock::from_proto;
use region::Region;
use sqlx::types::Json;
use time::{Duration, OffsetDateTime};

use crate::error::{Error, Violation};
use crate::gathering::{Gathering, ProgrammeItem, Visibility};

/// Texts by language.
pub(crate) type Texts = BTreeMap<String, String>;

const LONGEST_TITLE: usize = 120;
const LONGEST: Duration = Duration::days(31);

/// Replaces what a gathering says by a request's field `content`. Its capacity is changed by the caller, who also has
/// to let people move up.
pub(crate) fn apply(
    region: &Region,
    content: pb::GatheringContent,
    gathering: &mut Gathering,
) -> Result<(), Error> {
    let mut check = Check {
        region,
        bad: Vec::new(),
    };
    let visible_to = visibility(content.attendees_visible_to());
    let titles = check.titles("content.titles", content.titles);
    let texts = check.texts("content.texts", content.texts);
    if !region
        .gathering_formats
        .iter()
        .any(|f| f.key == content.format)
    {
        check.refuse(
            "content.format",
            "must be one of the region's gathering formats",
        );
    }
    check.municipality("content.municipality", &content.municipality);
    let (start_at, end_at) = check.times(content.start_time.as_ref(), content.end_time.as_ref());
    let closes_at = content
        .registration_closes_time
        .as_ref()
        .and_then(from_proto);
    if closes_at.is_some_and(|c| c > start_at) {
        check.refuse(
            "content.registration_closes_time",
            "must not be after the start",
        );
    }
    if content.place.trim().is_empty() && content.online_url.is_empty() {
        check.refuse(
            "content.place",
            "must be given unless there is an online address",
        );
    }
    let programme = check.programme(content.programme, start_at, end_at);
    if !check.bad.is_empty() {
        return Err(Error::Fields(check.bad));
    }
    gathering.titles = Json(titles);
    gathering.texts = Json(texts);
    gathering.format = content.format;
    gathering.start_at = start_at;
    gathering.end_at = end_at;
    gathering.time_zone = content.time_zone;
    gathering.place = content.place.trim().to_owned();
    gathering.municipality = content.municipality;
    gathering.online_url = content.online_url;
    gathering.visible_to = visible_to;
    gathering.programme = Json(programme);
    gathering.closes_at = closes_at;
    gathering.organiser = content.organiser.trim().to_owned();
    Ok(())
}

/// In which language somebody who registers is written to; also checks the municipality.
pub(crate) fn person(region: &Region, request: &pb::RegisterRequest) -> Result<String, Error> {
    let mut check = Check {
        region,
        bad: Vec::new(),
    };
    check.municipality("municipality", &request.municipality);
    if !request.language.is_empty() {
        check.language("language", &request.language);
    }
    if !check.bad.is_empty() {
        return Err(Error::Fields(check.bad));
    }
    let language = if request.language.is_empty() {
        region.main_language()
    } else {
        &request.language
    };
    Ok(language.to_owned())
}

fn visibility(visible_to: PbVisibility) -> Visibility {
    match visible_to {
        PbVisibility::Unspecified | PbVisibility::Nobody => Visibility::Nobody,
        PbVisibility::Attendees => Visibility::Attendees,
        PbVisibility::Everybody => Visibility::Everybody,
    }
}

struct Check<'r> {
    region: &'r Region,
    bad: Vec<Violation>,
}

impl Check<'_> {
    fn refuse(&mut self, field: &str, what: impl Into<String>) {
        self.bad.push((field.to_owned(), what.into()));
    }

    fn language(&mut self, field: &str, language: &str) {
        if !self.region.languages.iter().any(|l| l == language) {
            self.refuse(
                field,
                format!(
                    "must be one of the region's languages: {}",
                    self.region.languages.join(", ")
                ),
            );
        }
    }

    fn municipality(&mut self, field: &str, key: &str) {
        if !key.is_empty() && self.region.municipality(key).is_none() {
            self.refuse(
                field,
                "must be one of the region's municipalities, or empty",
            );
        }
    }

    fn texts(&mut self, field: &str, texts: Vec<LocalText>) -> Texts {
        let mut by_language = Texts::new();
        for (i, LocalText { language, text }) in texts.into_iter().enumerate() {
            let field = format!("{field}[{i}].language");
            self.language(&field, &language);
            if by_language.insert(language, text).is_some() {
                self.refuse(&field, "is there twice");
            }
        }
        by_language
    }

    /// Texts of one short line.
    fn titles(&mut self, field: &str, texts: Vec<LocalText>) -> Texts {
        for (i, LocalText { text, .. }) in texts.iter().enumerate() {
            if text.chars().count() > LONGEST_TITLE || text.contains(['\n', '\r', '\t']) {
                self.refuse(
                    &format!("{field}[{i}].text"),
                    format!("must be one line of at most {LONGEST_TITLE} characters"),
                );
            }
        }
        self.texts(field, texts)
    }

    fn times(
        &mut self,
        start: Option<&prost_types::Timestamp>,
        end: Option<&prost_types::Timestamp>,
    ) -> (OffsetDateTime, OffsetDateTime) {
        // The contract requires both and checks their range.
        let start = start
            .and_then(from_proto)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let end = end
            .and_then(from_proto)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        if end <= start {
            self.refuse("content.end_time", "must be after the start");
        } else if end - start > LONGEST {
            self.refuse(
                "content.end_time",
                "must be at most 31 days after the start",
            );
        }
        (start, end)
    }

    fn programme(
        &mut self,
        items: Vec<pb::ProgrammeItem>,
        start: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Vec<ProgrammeItem> {
        let mut programme = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            let field = format!("content.programme[{i}]");
            let at = item
                .start_time
                .as_ref()
                .and_then(from_proto)
                .unwrap_or(start);
            if at < start || at + Duration::minutes(item.minutes.into()) > end {
                self.refuse(
                    &format!("{field}.start_time"),
                    "must lie within the gathering, from its start to its end",
                );
            }
            programme.push(ProgrammeItem {
                start_at: at,
                minutes: item.minutes,
                titles: self.titles(&format!("{field}.titles"), item.titles),
                texts: self.texts(&format!("{field}.texts"), item.texts),
                speaker: item.speaker,
            });
        }
        programme.sort_by_key(|i| i.start_at);
        programme
    }
}

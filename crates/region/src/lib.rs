//! What differs between regions, read from `regions/<region>.toml`: names, lists, rules, rates, dates.
//! A rule of a region is looked up here and never written in code.

mod check;
mod colour;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use time::{Date, OffsetDateTime};

/// A text in the region's languages, by ISO 639-1 code.
pub type Names = BTreeMap<String, String>;

/// One region. [`Region::load`] has checked that it is whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Short name in subjects, file names and identifiers: lower-case letters and digits.
    pub key: String,
    /// What the region is called.
    pub name: Names,
    /// Languages that texts may be in; the first is the fall-back.
    pub languages: Vec<String>,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217 currency of every price.
    pub currency: String,
    /// ISO 3166-1 country.
    pub country: String,
    /// When registration opens and the site launches.
    pub launch: Launch,
    /// The region's colours.
    pub theme: Theme,
    /// Whom to write to about the site.
    pub contact: Contact,
    /// How applications are reviewed.
    pub review: Review,
    /// How tickets are sold.
    pub ticketing: Ticketing,
    /// The tree of art fields.
    #[serde(rename = "art_field")]
    pub art_fields: Vec<ArtField>,
    /// The municipalities.
    #[serde(rename = "municipality")]
    pub municipalities: Vec<Municipality>,
    /// For whom an offer is.
    #[serde(rename = "audience")]
    pub audiences: Vec<Term>,
    /// What can be booked.
    #[serde(rename = "offer_kind")]
    pub offer_kinds: Vec<Term>,
    /// Who asks.
    #[serde(rename = "buyer_kind")]
    pub buyer_kinds: Vec<Term>,
    /// Kinds of gathering.
    #[serde(rename = "gathering_format")]
    pub gathering_formats: Vec<Term>,
    /// Genres of performances, which VAT depends on.
    #[serde(rename = "genre")]
    pub genres: Vec<Term>,
    /// Themes of guidance questions.
    #[serde(rename = "guidance_theme")]
    pub themes: Vec<Term>,
    /// VAT rates.
    pub vat: Vec<Vat>,
    /// Words that help searching.
    #[serde(default)]
    pub search: SearchWords,
}

/// A key with its names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Stable key, stored with what people write.
    pub key: String,
    /// Name by language.
    pub name: Names,
}

/// An art field and its parts. `visual` holds `visual.craft`; an expert in the whole is one in each part.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtField {
    /// Stable key; a part's key begins with its parent's and a dot.
    pub key: String,
    /// Name by language.
    pub name: Names,
    /// The window of the activity route in years, where the field has one of its own.
    pub window_years: Option<u8>,
    /// Where the field's activity is shown by several kinds of proof (grant, commission, exhibition, purchase, other)
    /// rather than by months of work: how many kinds.
    pub proofs_needed: Option<u8>,
    /// Parts of the field.
    #[serde(default)]
    pub children: Vec<ArtField>,
}

/// A municipality.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Municipality {
    /// Official code.
    pub key: String,
    /// Name.
    pub name: String,
}

/// Soft launch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// From then on producers may register.
    #[serde(with = "time::serde::rfc3339")]
    pub registration_opens: OffsetDateTime,
    /// From then on the public finds what is published.
    #[serde(with = "time::serde::rfc3339")]
    pub site_launches: OffsetDateTime,
}

/// One brand colour for each scheme, as `#rrggbb`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// On light pages: the ground of white text.
    pub brand_light: String,
    /// On dark pages: the ground of dark text, and seen on dark surfaces.
    pub brand_dark: String,
}

/// The office that runs the site.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// What it is called.
    pub name: String,
    /// Its mail address.
    pub email: String,
    /// Its own site.
    pub url: String,
}

/// The rules of review.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Reviewers drawn for an application.
    pub panel_size: u8,
    /// Votes of one kind that decide.
    pub quorum: u8,
    /// A degree older than this many years is not enough alone.
    pub education_years: u8,
    /// The window of the activity route in years.
    pub activity_years: u8,
    /// Days after the decision for which evidence is kept.
    pub evidence_kept_days: u16,
    /// What counts as a conflict of interest, shown to reviewers.
    pub conflict_note: String,
}

/// The rules of ticket sales.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticketing {
    /// How long unpaid seats stay held.
    pub hold_minutes: u16,
    /// Most seats in one order.
    pub seats_per_order: u8,
}

/// One VAT rate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vat {
    /// Key of a genre, or `*`.
    pub genre: String,
    /// In a house or on the net.
    pub mode: Mode,
    /// First day of the rate.
    pub from: String,
    /// Rate in permille: 60 is 6 %.
    pub permille: u16,
}

/// How a performance is attended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// In a house.
    Venue,
    /// On the net.
    Online,
}

/// Word lists for search.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchWords {
    /// Groups of words that mean the same.
    pub synonyms: Vec<Vec<String>>,
    /// Words at which compounds are split.
    pub compound_parts: Vec<String>,
}

/// A region's file that cannot be used: each problem on a line of its own.
#[derive(Debug, thiserror::Error)]
#[error("the region file {path} cannot be used:\n  {}", problems.join("\n  "))]
pub struct Unusable {
    /// Which file.
    pub path: String,
    /// What is wrong in it, each with its key.
    pub problems: Vec<String>,
}

impl Region {
    /// Reads and checks a region's file.
    pub fn load(path: &Path) -> Result<Self, Unusable> {
        let unusable = |problems| Unusable {
            path: path.display().to_string(),
            problems,
        };
        let text = std::fs::read_to_string(path).map_err(|e| unusable(vec![e.to_string()]))?;
        Self::parse(&text).map_err(unusable)
    }

    /// Reads and checks a region's text; the problems say which key each is about.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let region: Self = toml::from_str(text).map_err(|e| vec![e.to_string()])?;
        let problems = check::problems(&region);
        if problems.is_empty() {
            Ok(region)
        } else {
            Err(problems)
        }
    }

    /// True from the site's launch on.
    pub fn launched(&self, now: OffsetDateTime) -> bool {
        now >= self.launch.site_launches
    }

    /// True from the opening of registration on.
    pub fn registration_open(&self, now: OffsetDateTime) -> bool {
        now >= self.launch.registration_opens
    }

    /// The language that texts fall back to.
    pub fn main_language(&self) -> &str {
        &self.languages[0]
    }

    /// Every art field, parts included.
    pub fn all_art_fields(&self) -> impl Iterator<Item = &ArtField> {
        self.art_fields
            .iter()
            .flat_map(|f| std::iter::once(f).chain(&f.children))
    }

    /// The art field with this key.
    pub fn art_field(&self, key: &str) -> Option<&ArtField> {
        self.all_art_fields().find(|f| f.key == key)
    }

    /// The window in years in which activity counts for this art field.
    pub fn window_years(&self, art_field: &str) -> u8 {
        let top = art_field.split('.').next().unwrap_or(art_field);
        [art_field, top]
            .iter()
            .find_map(|key| self.art_field(key)?.window_years)
            .unwrap_or(self.review.activity_years)
    }

    /// How many kinds of proof show activity in this art field; `None`: months of work do.
    pub fn proofs_needed(&self, art_field: &str) -> Option<u8> {
        let top = art_field.split('.').next().unwrap_or(art_field);
        [art_field, top]
            .iter()
            .find_map(|key| self.art_field(key)?.proofs_needed)
    }

    /// The municipality with this key.
    pub fn municipality(&self, key: &str) -> Option<&Municipality> {
        self.municipalities.iter().find(|m| m.key == key)
    }

    /// The VAT rate in permille for a performance of this genre and mode on this day.
    /// A row of the genre itself goes before `*`; of several, the newest that has begun.
    pub fn vat_permille(&self, genre: &str, mode: Mode, day: Date) -> Option<u16> {
        let day = day.to_string();
        let newest = |wanted: &str| {
            self.vat
                .iter()
                .filter(|v| v.genre == wanted && v.mode == mode && v.from <= day)
                .max_by(|a, b| a.from.cmp(&b.from))
        };
        newest(genre).or_else(|| newest("*")).map(|v| v.permille)
    }
}

/// True if somebody whose fields are `theirs` is an expert in `field`: in itself or in the whole that it is part of.
pub fn covers(theirs: &[String], field: &str) -> bool {
    theirs.iter().any(|f| {
        f == field
            || field
                .strip_prefix(f.as_str())
                .is_some_and(|r| r.starts_with('.'))
    })
}

/// The name in the wanted language, else in the fall-back, else any.
pub fn name<'a>(names: &'a Names, language: &str, fallback: &str) -> &'a str {
    names
        .get(language)
        .or_else(|| names.get(fallback))
        .or_else(|| names.values().next())
        .map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const VARMLAND: &str = include_str!("../../../regions/varmland.toml");

    fn varmland() -> Region {
        Region::parse(VARMLAND).expect("the file in the repository is usable")
    }

    #[test]
    fn varmland_has_its_sixteen_municipalities() {
        assert_eq!(varmland().municipalities.len(), 16);
    }

    #[test]
    fn a_visual_artist_has_five_years_and_a_musician_three() {
        assert_eq!(varmland().window_years("visual.craft"), 5);
        assert_eq!(varmland().window_years("stage.music"), 3);
        assert_eq!(varmland().proofs_needed("visual.craft"), Some(2));
        assert_eq!(varmland().proofs_needed("stage.music"), None);
    }

    #[test]
    fn vat_depends_on_genre_and_mode() {
        let region = varmland();
        let day = date!(2026 - 11 - 21);
        assert_eq!(region.vat_permille("concert", Mode::Venue, day), Some(60));
        assert_eq!(region.vat_permille("concert", Mode::Online, day), Some(250));
        assert_eq!(
            region.vat_permille("social_dance", Mode::Venue, day),
            Some(250)
        );
        assert_eq!(
            region.vat_permille("concert", Mode::Venue, date!(1990 - 01 - 01)),
            None
        );
    }

    #[test]
    fn an_expert_in_the_whole_covers_its_parts_but_not_the_other_way() {
        let stage = ["stage".to_owned()];
        assert!(covers(&stage, "stage.music") && covers(&stage, "stage"));
        assert!(!covers(&["stage.music".to_owned()], "stage") && !covers(&stage, "stagecraft"));
    }

    /// The problems of Värmland's file with one text replaced.
    fn problems(from: &str, to: &str) -> String {
        assert!(VARMLAND.contains(from), "{from}");
        let broken = VARMLAND.replacen(from, to, 1);
        Region::parse(&broken).expect_err(to).join("\n")
    }

    #[test]
    fn a_colour_that_cannot_be_read_is_refused_with_its_contrast() {
        let pale = problems("#1E5B3A", "#8FBC8F");
        for told in ["theme.brand_light", "#8FBC8F", "white", "2.15", "4.5"] {
            assert!(pale.contains(told), "{told} is not in: {pale}");
        }
        let dim = problems("#86D6A2", "#1E5B3A");
        for told in ["theme.brand_dark", "#0B1115", "2.36", "#1A1E23", "2.08"] {
            assert!(dim.contains(told), "{told} is not in: {dim}");
        }
        let nonsense = problems("#86D6A2", "green");
        assert!(nonsense.contains("theme.brand_dark") && nonsense.contains("#rrggbb"));
    }

    #[test]
    fn a_contact_that_cannot_be_used_is_refused() {
        for (from, to, key) in [
            (
                "name = \"Kulturtorg Värmland\"",
                "name = \" \"",
                "contact.name",
            ),
            (
                "kulturtorg@varmland.example",
                "varmland.example",
                "contact.email",
            ),
            (
                "\"https://varmland.example",
                "\"varmland.example",
                "contact.url",
            ),
        ] {
            assert!(problems(from, to).contains(key), "{key}");
        }
    }

    #[test]
    fn every_problem_of_a_file_is_told_at_once() {
        let broken = VARMLAND
            .replace("quorum = 2", "quorum = 9")
            .replace("currency = \"SEK\"", "currency = \"kronor\"")
            .replace("genre = \"opera\"\nmode", "genre = \"operetta\"\nmode");
        let problems = Region::parse(&broken)
            .expect_err("three keys are wrong")
            .join("\n");
        for key in ["review.quorum", "currency", "vat.genre"] {
            assert!(problems.contains(key), "{key} is not in:\n{problems}");
        }
    }
}

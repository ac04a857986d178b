//! What stands in `demo/varmland/*.toml`.
use std::collections::BTreeMap;

use anyhow::Context;
use contracts::common::v1::{LocalText, Money};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Texts by language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Texts(BTreeMap<String, String>);

impl Texts {
    /// As messages carry them.
    pub(super) fn to_proto(&self) -> Vec<LocalText> {
        self.0
            .iter()
            .map(|(l, t)| LocalText {
                language: l.clone(),
                text: t.clone(),
            })
            .collect()
    }
}

pub(super) fn kronor(minor_units: i64) -> Money {
    Money {
        currency: "SEK".to_owned(),
        minor_units,
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) key: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) language: String,
    #[serde(default)]
    pub(super) roles: Vec<Role>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) role: String,
    pub(super) house: Option<String>,
    #[serde(default)]
    pub(super) art_fields: Vec<String>,
}

impl Role {
    pub(super) fn told(&self) -> String {
        match (&self.house, self.art_fields.is_empty()) {
            (Some(house), _) => format!("{} ({house})", self.role),
            (None, false) => format!("{} ({})", self.role, self.art_fields.join(", ")),
            (None, true) => self.role.clone(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Producer {
    pub(super) key: String,
    pub(super) email: String,
    pub(super) account_name: String,
    pub(super) language: String,
    pub(super) name: String,
    pub(super) art_fields: Vec<String>,
    pub(super) municipality: String,
    pub(super) texts: Texts,
    #[serde(default)]
    pub(super) links: Vec<Link>,
    #[serde(default)]
    pub(super) image: bool,
    pub(super) application: Option<Application>,
    #[serde(default, rename = "offer")]
    pub(super) offers: Vec<Offer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    pub(super) title: String,
    pub(super) url: String,
}

/// How far an application has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    None,
    Draft,
    Submitted,
    MoreAsked,
    Answered,
    OneVote,
    Approved,
    Rejected,
    Withdrawn,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    #[serde(default)]
    pub(super) route: String,
    pub(super) state: State,
    #[serde(default)]
    pub(super) statement: String,
    pub(super) education: Option<Education>,
    #[serde(default)]
    pub(super) engagements: Vec<Engagement>,
    #[serde(default)]
    pub(super) absence: Vec<Absence>,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
    #[serde(default)]
    pub(super) reasons: Vec<String>,
    pub(super) question: Option<String>,
    pub(super) answer: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Education {
    pub(super) title: String,
    pub(super) school: String,
    pub(super) finished: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Engagement {
    pub(super) title: String,
    pub(super) place: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) kind: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Absence {
    pub(super) reason: String,
    pub(super) from: String,
    pub(super) until: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    pub(super) name: String,
    pub(super) kind: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Offer {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) audiences: Vec<String>,
    pub(super) title: Texts,
    pub(super) text: Texts,
    pub(super) minutes: i32,
    pub(super) price_minor: i64,
    pub(super) group_size_max: i32,
    pub(super) technical: Texts,
    pub(super) travels_to: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enquiry {
    pub(super) key: String,
    pub(super) producer: String,
    pub(super) offer: Option<String>,
    pub(super) buyer_name: String,
    pub(super) buyer_email: String,
    pub(super) buyer_kind: String,
    pub(super) text: String,
    pub(super) answer: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gathering {
    pub(super) key: String,
    pub(super) format: String,
    pub(super) title: Texts,
    pub(super) text: Texts,
    pub(super) starts: String,
    pub(super) ends: String,
    pub(super) place: String,
    pub(super) municipality: String,
    pub(super) online_url: Option<String>,
    pub(super) capacity: i32,
    pub(super) attendees_visible_to: String,
    #[serde(default)]
    pub(super) programme: Vec<ProgrammeItem>,
    #[serde(default)]
    pub(super) registrations: Vec<Registration>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProgrammeItem {
    pub(super) starts: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) speaker: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) organisation: String,
    pub(super) role_text: String,
    pub(super) listed: bool,
    pub(super) municipality: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct House {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) municipality: String,
    pub(super) text: Texts,
    #[serde(rename = "hall")]
    pub(super) halls: Vec<Hall>,
    #[serde(rename = "production")]
    pub(super) productions: Vec<Production>,
    #[serde(rename = "performance")]
    pub(super) performances: Vec<Performance>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hall {
    pub(super) key: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) rows: Vec<Row>,
    #[serde(default)]
    pub(super) free_places: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) section: String,
    pub(super) seats: i32,
    pub(super) category: String,
    #[serde(default)]
    pub(super) accessible: Vec<i32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Production {
    pub(super) key: String,
    pub(super) title: Texts,
    pub(super) text: Texts,
    pub(super) genre: String,
    pub(super) minutes: i32,
    pub(super) age_from: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Performance {
    pub(super) key: String,
    pub(super) production: String,
    pub(super) hall: String,
    pub(super) starts: String,
    pub(super) mode: String,
    pub(super) prices: Vec<Price>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    pub(super) category: String,
    pub(super) name: Texts,
    pub(super) minor: i64,
    pub(super) reduced_minor: Option<i64>,
    #[serde(default)]
    pub(super) places: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DirectoryEntry {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) art_fields: Vec<String>,
    pub(super) municipalities: Vec<String>,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) email: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) key: String,
    pub(super) asker_name: String,
    pub(super) asker_email: String,
    pub(super) theme: String,
    pub(super) art_fields: Vec<String>,
    pub(super) municipalities: Vec<String>,
    pub(super) question: String,
    pub(super) state: String,
    pub(super) answer: Option<String>,
    #[serde(default)]
    pub(super) leads: Vec<String>,
    pub(super) helped: Option<bool>,
}

macro_rules! lists {
    ($($function:ident, $file:literal, $table:literal, $of:ty;)*) => {$(
        pub(super) fn $function() -> anyhow::Result<Vec<$of>> {
            list(include_str!(concat!("../../../../demo/varmland/", $file)), $table).context($file)
        }
    )*};
}

lists! {
    accounts, "accounts.toml", "account", Account;
    producers, "producers.toml", "producer", Producer;
    enquiries, "enquiries.toml", "enquiry", Enquiry;
    gatherings, "gatherings.toml", "gathering", Gathering;
    houses, "houses.toml", "house", House;
    directory, "guidance.toml", "directory_entry", DirectoryEntry;
    cases, "guidance.toml", "case", Case;
}

fn list<T: DeserializeOwned>(text: &str, table: &str) -> anyhow::Result<Vec<T>> {
    let mut file: toml::Table = toml::from_str(text)?;
    let rows = file
        .remove(table)
        .with_context(|| format!("no [[{table}]]"))?;
    Ok(rows.try_into()?)
}

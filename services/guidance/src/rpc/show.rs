//! Between what is stored and what is sent.
use contracts::guidance::v1 as proto;
use kit::clock::to_proto;
use region::Region;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::case::Case;
use crate::directory::Entry;
use crate::error::Error;
use crate::store::{self, Lead};

/// A case without messages and leads, as this adviser sees it; `None` is its asker.
pub(super) fn head(case: Case, adviser: Option<Uuid>) -> proto::Case {
    let mine = adviser.is_some() && case.adviser == adviser;
    // The address is for whoever works on the case, and its owner.
    let knows_address = mine || adviser.is_none();
    proto::Case {
        id: case.id.to_string(),
        state: case.state as i32,
        theme: case.theme,
        art_fields: case.art_fields,
        municipalities: case.municipalities,
        asker_name: case.asker_name,
        asker_email: if knows_address {
            case.asker_email
        } else {
            String::new()
        },
        messages: Vec::new(),
        leads: Vec::new(),
        taken_by_caller: mine,
        helped: case.helped,
        create_time: Some(to_proto(case.created_at)),
        answer_time: case.answered_at.map(to_proto),
    }
}

/// A case with all it holds.
pub(super) async fn whole(
    db: &mut PgConnection,
    case: Case,
    adviser: Option<Uuid>,
) -> sqlx::Result<proto::Case> {
    let messages = store::messages(db, case.id).await?;
    let leads = store::leads(db, case.id).await?;
    let mut shown = head(case, adviser);
    shown.messages = messages
        .into_iter()
        .map(|m| proto::CaseMessage {
            from_adviser: m.from_adviser,
            text: m.text,
            create_time: Some(to_proto(m.at)),
        })
        .collect();
    shown.leads = leads.into_iter().map(lead).collect();
    Ok(shown)
}

fn lead(lead: Lead) -> proto::Lead {
    proto::Lead {
        entry: lead.entry.map(entry),
        note: lead.note,
    }
}

pub(super) fn entry(entry: Entry) -> proto::DirectoryEntry {
    proto::DirectoryEntry {
        id: entry.id.to_string(),
        kind: entry.kind,
        name: entry.name,
        text: entry.text,
        art_fields: entry.art_fields,
        municipalities: entry.municipalities,
        url: entry.url,
        email: entry.email,
        retired: entry.retired,
        etag: entry.revision.to_string(),
        given: i32::try_from(entry.given).unwrap_or(i32::MAX),
    }
}

/// What facts call a kind of entry.
pub(super) fn kind_key(kind: i32) -> &'static str {
    match proto::EntryKind::try_from(kind) {
        Ok(proto::EntryKind::Function) => "function",
        Ok(proto::EntryKind::Person) => "person",
        Ok(proto::EntryKind::Fund) => "fund",
        Ok(proto::EntryKind::Network) => "network",
        _ => "",
    }
}

/// Keys that the region does not have, each with its field; `under` is the field that holds both lists.
pub(super) fn unknown_keys(
    region: &Region,
    under: &str,
    art_fields: &[String],
    municipalities: &[String],
) -> Vec<(String, String)> {
    let fields = art_fields
        .iter()
        .enumerate()
        .filter(|(_, k)| region.art_field(k).is_none());
    let places = municipalities
        .iter()
        .enumerate()
        .filter(|(_, k)| region.municipality(k).is_none());
    let fields = fields.map(|(i, _)| {
        (
            format!("{under}art_fields[{i}]"),
            "is no art field of this region".to_owned(),
        )
    });
    let places = places.map(|(i, _)| {
        (
            format!("{under}municipalities[{i}]"),
            "is no municipality of this region".to_owned(),
        )
    });
    fields.chain(places).collect()
}

/// Each lead names an entry, tells something, or both.
pub(super) fn new_leads(leads: &[proto::NewLead]) -> Result<Vec<(Option<Uuid>, String)>, Error> {
    let empty = |(_, lead): &(usize, &proto::NewLead)| {
        lead.entry_id.is_empty() && lead.note.trim().is_empty()
    };
    let bad: Vec<_> = leads
        .iter()
        .enumerate()
        .filter(empty)
        .map(|(i, _)| {
            (
                format!("leads[{i}]"),
                "must name an entry or have a note".to_owned(),
            )
        })
        .collect();
    if !bad.is_empty() {
        return Err(Error::Fields(bad));
    }
    let id = |text: &str| Uuid::parse_str(text).ok();
    Ok(leads
        .iter()
        .map(|lead| (id(&lead.entry_id), lead.note.trim().to_owned()))
        .collect())
}

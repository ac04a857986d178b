//! The directory, and questions on their way to an answer.
use std::collections::HashMap;

use anyhow::{Context, bail};
use contracts::guidance::v1::{
    AnswerCaseRequest, Case, CloseCaseRequest, CreateEntryRequest, DirectoryEntry, EntryContent,
    EntryKind, GetCaseRequest, NewLead, OpenCaseRequest, OpenCaseResponse, TakeCaseRequest, case,
};

use super::data;
use super::people::{Region, call, for_each};
use super::request_id;

const GUIDANCE: &str = "kulturtorg.guidance.v1.GuidanceService";

pub(super) async fn load(region: &Region) -> anyhow::Result<String> {
    let mut entries = HashMap::new();
    let directory = data::directory()?;
    for entry in &directory {
        entries.insert(
            entry.key.clone(),
            add(region, entry)
                .await
                .with_context(|| entry.key.clone())?,
        );
    }
    let cases = data::cases()?;
    for_each(&cases, async |case| {
        one(region, case, &entries)
            .await
            .with_context(|| case.key.clone())
    })
    .await?;
    Ok(format!(
        "{} directory entries, {} guidance cases",
        directory.len(),
        cases.len()
    ))
}

async fn add(region: &Region, entry: &data::DirectoryEntry) -> anyhow::Result<String> {
    let name = format!("ENTRY_KIND_{}", entry.kind.to_uppercase());
    let request = CreateEntryRequest {
        request_id: request_id("entry", &entry.key),
        content: Some(EntryContent {
            kind: EntryKind::from_str_name(&name)
                .with_context(|| name.clone())?
                .into(),
            name: entry.name.clone(),
            text: entry.text.clone(),
            art_fields: entry.art_fields.clone(),
            municipalities: entry.municipalities.clone(),
            url: entry.url.clone(),
            email: entry.email.clone(),
        }),
    };
    let adviser = region.staff(super::ADVISER).await?;
    let made: DirectoryEntry = call(&adviser, &format!("{GUIDANCE}/CreateEntry"), &request).await?;
    Ok(made.id)
}

async fn one(
    region: &Region,
    from: &data::Case,
    entries: &HashMap<String, String>,
) -> anyhow::Result<()> {
    let request = OpenCaseRequest {
        request_id: request_id("case", &from.key),
        asker_name: from.asker_name.clone(),
        asker_email: from.asker_email.clone(),
        language: "sv".to_owned(),
        theme: from.theme.clone(),
        art_fields: from.art_fields.clone(),
        municipalities: from.municipalities.clone(),
        text: from.question.clone(),
    };
    let opened: OpenCaseResponse = call(
        region.anonymous(),
        &format!("{GUIDANCE}/OpenCase"),
        &request,
    )
    .await?;
    let adviser = region.staff(super::ADVISER).await?;
    let request = GetCaseRequest {
        case_id: opened.case_id.clone(),
    };
    let now: Case = call(&adviser, &format!("{GUIDANCE}/GetCase"), &request).await?;
    if now.state() == case::State::Closed {
        return Ok(());
    }
    let steps = match from.state.as_str() {
        "open" => 0,
        "taken" => 1,
        "answered" => 2,
        "closed" => 3,
        other => bail!("there is no state {other}"),
    };
    if steps >= 1 {
        let request = TakeCaseRequest {
            case_id: opened.case_id.clone(),
            take_over: false,
        };
        let _: Case = call(&adviser, &format!("{GUIDANCE}/TakeCase"), &request).await?;
    }
    if steps >= 2 {
        let lead = |key: &String| {
            let entry_id = entries
                .get(key)
                .with_context(|| format!("there is no entry {key}"))?
                .clone();
            Ok::<_, anyhow::Error>(NewLead {
                entry_id,
                note: String::new(),
            })
        };
        let request = AnswerCaseRequest {
            request_id: request_id("case answer", &from.key),
            case_id: opened.case_id,
            text: from.answer.clone().context("no answer is written")?,
            leads: from.leads.iter().map(lead).collect::<anyhow::Result<_>>()?,
        };
        let _: Case = call(&adviser, &format!("{GUIDANCE}/AnswerCase"), &request).await?;
    }
    if steps >= 3 {
        let token = region
            .token_in_mail(&from.asker_email, "guidance.answered")
            .await?;
        let request = CloseCaseRequest {
            token,
            helped: from.helped.unwrap_or(false),
        };
        let _: Case = call(
            region.anonymous(),
            &format!("{GUIDANCE}/CloseCase"),
            &request,
        )
        .await?;
    }
    Ok(())
}

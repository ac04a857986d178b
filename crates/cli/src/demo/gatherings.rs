//! Gatherings: published by an adviser; people register for those still to come.
use anyhow::{Context, bail};
use contracts::common::v1::LocalText;
use contracts::events::v1::gathering_content::Visibility;
use contracts::events::v1::{
    CreateGatheringRequest, Gathering, GatheringContent, GetGatheringRequest, ProgrammeItem,
    PublishGatheringRequest, RegisterRequest, RegisterResponse, gathering,
};
use kit::clock::to_proto;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, Time};

use super::data;
use super::people::{Region, call, for_each};
use super::request_id;

const EVENTS: &str = "kulturtorg.events.v1.EventsService";

pub(super) async fn load(region: &Region) -> anyhow::Result<String> {
    let gatherings = data::gatherings()?;
    for_each(&gatherings, async |gathering| {
        one(region, gathering)
            .await
            .with_context(|| gathering.key.clone())
    })
    .await?;
    let registrations: usize = gatherings.iter().map(|g| g.registrations.len()).sum();
    Ok(format!(
        "{} gatherings, {registrations} registrations",
        gatherings.len()
    ))
}

async fn one(region: &Region, from: &data::Gathering) -> anyhow::Result<()> {
    let adviser = region.staff(super::ADVISER).await?;
    let request = CreateGatheringRequest {
        request_id: request_id("gathering", &from.key),
        content: Some(content(from)?),
    };
    let made: Gathering = call(&adviser, &format!("{EVENTS}/CreateGathering"), &request).await?;
    // A repeated request is answered as the first one was, so ask how it stands now.
    let request = GetGatheringRequest {
        gathering_id: made.id.clone(),
    };
    let now: Gathering = call(&adviser, &format!("{EVENTS}/GetGathering"), &request).await?;
    if now.state() == gathering::State::Draft {
        let request = PublishGatheringRequest {
            gathering_id: made.id.clone(),
        };
        let _: Gathering = call(&adviser, &format!("{EVENTS}/PublishGathering"), &request).await?;
    }
    if OffsetDateTime::parse(&from.starts, &Rfc3339)? <= kit::Clock::system().now() {
        return Ok(());
    }
    // One after the other: who comes first gets the place.
    for person in &from.registrations {
        let request = RegisterRequest {
            request_id: request_id("registration", &format!("{}/{}", from.key, person.email)),
            gathering_id: made.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            organisation: person.organisation.clone(),
            role_text: person.role_text.clone(),
            municipality: person.municipality.clone(),
            listed: person.listed,
            language: "sv".to_owned(),
        };
        let _: RegisterResponse =
            call(region.anonymous(), &format!("{EVENTS}/Register"), &request).await?;
    }
    Ok(())
}

fn content(from: &data::Gathering) -> anyhow::Result<GatheringContent> {
    let starts = OffsetDateTime::parse(&from.starts, &Rfc3339)?;
    Ok(GatheringContent {
        titles: from.title.to_proto(),
        texts: from.text.to_proto(),
        format: from.format.clone(),
        start_time: Some(to_proto(starts)),
        end_time: Some(to_proto(OffsetDateTime::parse(&from.ends, &Rfc3339)?)),
        time_zone: "Europe/Stockholm".to_owned(),
        place: from.place.clone(),
        municipality: from.municipality.clone(),
        online_url: from.online_url.clone().unwrap_or_default(),
        capacity: from.capacity,
        attendees_visible_to: match from.attendees_visible_to.as_str() {
            "nobody" => Visibility::Nobody.into(),
            "attendees" => Visibility::Attendees.into(),
            "everybody" => Visibility::Everybody.into(),
            other => bail!("there is no visibility {other}"),
        },
        programme: programme(from, starts)?,
        registration_closes_time: None,
        organiser: String::new(),
    })
}

/// Each item lasts until the next one begins.
fn programme(from: &data::Gathering, starts: OffsetDateTime) -> anyhow::Result<Vec<ProgrammeItem>> {
    let minute = time::macros::format_description!("[hour]:[minute]");
    let ends = OffsetDateTime::parse(&from.ends, &Rfc3339)?;
    let mut begins = Vec::new();
    for item in &from.programme {
        begins.push(starts.replace_time(Time::parse(&item.starts, minute)?));
    }
    let until = begins.iter().skip(1).copied().chain([ends]);
    let items = from
        .programme
        .iter()
        .zip(&begins)
        .zip(until)
        .map(|((item, begins), until)| ProgrammeItem {
            start_time: Some(to_proto(*begins)),
            minutes: i32::try_from((until - *begins).whole_minutes()).unwrap_or(0),
            titles: swedish(&item.title),
            texts: swedish(&item.text),
            speaker: item.speaker.clone(),
        });
    Ok(items.collect())
}

fn swedish(text: &str) -> Vec<LocalText> {
    let text = (!text.is_empty()).then(|| LocalText {
        language: "sv".to_owned(),
        text: text.to_owned(),
    });
    text.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_programme_of_the_demo_region_runs_forward() {
        for gathering in data::gatherings().expect("readable") {
            let content =
                content(&gathering).unwrap_or_else(|e| panic!("{}: {e:#}", gathering.key));
            assert!(
                content.programme.iter().all(|i| i.minutes > 0),
                "{}",
                gathering.key
            );
        }
    }
}

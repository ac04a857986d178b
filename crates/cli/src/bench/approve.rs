//! From the vote that decides to the moment at which the public finds the producer.
use std::time::{Duration, Instant};

use anyhow::Context;
use contracts::profiles::v1::{Contact, CreateProfileRequest, Profile, ProfileContent};
use contracts::review::v1::{
    Application, CastVoteRequest, Content, Engagement, EngagementKind, FinishEvidenceUploadRequest,
    ListQueueRequest, ListQueueResponse, Route, StartApplicationRequest,
    StartEvidenceUploadRequest, StartEvidenceUploadResponse, SubmitApplicationRequest,
    UpdateApplicationRequest, UploadEvidencePartRequest, UploadEvidencePartResponse, Verdict,
};
use contracts::search::v1::{SearchRequest, SearchResponse};
use prost::Message;
use uuid::Uuid;

use super::demo_staff;
use super::report::{Line, Report};
use super::stack::Stack;
use crate::call::told;
use crate::demo::applications::assess;
use crate::demo::files;
use crate::grpcweb::Client;

const REVIEW: &str = "kulturtorg.review.v1.ReviewService";
/// In each round. An account may have ten profiles, so that the applicants take turns.
const APPROVALS: usize = 6;

pub(super) async fn round(stack: &Stack, report: &mut Report) -> anyhow::Result<()> {
    let applicants = sign_in(stack, &demo_staff::APPLICANTS).await?;
    let reviewers = sign_in(stack, &demo_staff::REVIEWERS).await?;
    let mut took = Vec::new();
    for applicant in applicants.iter().cycle().take(APPROVALS) {
        let name = format!("Zyzzyva {}", Uuid::now_v7().simple());
        let application = apply(applicant, &name).await?;
        took.push(decide(stack, &reviewers, &application, &name).await?);
    }
    report.add_percentile(Line::ApproveP50, 50, &mut took);
    report.add_percentile(Line::ApproveP99, 99, &mut took);
    Ok(())
}

async fn sign_in(stack: &Stack, emails: &[&str]) -> anyhow::Result<Vec<Client>> {
    let mut clients = Vec::new();
    for email in emails {
        clients.push(stack.as_person(email).await?);
    }
    Ok(clients)
}

/// A profile with a whole application; its id.
async fn apply(applicant: &Client, name: &str) -> anyhow::Result<String> {
    let request = CreateProfileRequest {
        request_id: id(),
        content: Some(ProfileContent {
            name: name.to_owned(),
            art_fields: vec!["stage.music".to_owned()],
            municipality: "1780".to_owned(),
            contact: Some(Contact {
                email: "bench@example.org".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    let path = "kulturtorg.profiles.v1.ProfilesService/CreateProfile";
    let profile: Profile = applicant
        .unary(path, &request)
        .await
        .map_err(told)
        .context("CreateProfile")?;
    let request = StartApplicationRequest {
        request_id: id(),
        profile_id: profile.id,
        route: Route::Activity.into(),
    };
    let draft: Application = ask(applicant, "StartApplication", &request).await?;
    let request = UpdateApplicationRequest {
        application_id: draft.id.clone(),
        etag: draft.etag,
        content: Some(Content {
            statement: "Bench".to_owned(),
            engagements: vec![Engagement {
                title: "Turné".to_owned(),
                place: "Karlstad".to_owned(),
                from_day: "2024-01-01".to_owned(),
                until_day: "2026-10-31".to_owned(),
                kind: EngagementKind::Engagement.into(),
                with_children: false,
            }],
            ..Default::default()
        }),
    };
    let _: Application = ask(applicant, "UpdateApplication", &request).await?;
    upload(applicant, &draft.id).await?;
    let request = SubmitApplicationRequest {
        request_id: id(),
        application_id: draft.id.clone(),
    };
    let _: Application = ask(applicant, "SubmitApplication", &request).await?;
    Ok(draft.id)
}

async fn upload(applicant: &Client, application: &str) -> anyhow::Result<()> {
    let file = files::evidence("intyg.pdf", "pdf")?;
    let request = StartEvidenceUploadRequest {
        request_id: id(),
        application_id: application.to_owned(),
        name: file.name.clone(),
        media_type: file.media_type.to_owned(),
        size: i64::try_from(file.bytes.len())?,
        sha256: file.sha256().into(),
    };
    let upload: StartEvidenceUploadResponse =
        ask(applicant, "StartEvidenceUpload", &request).await?;
    for (part, data) in file.parts() {
        let data = bytes::Bytes::copy_from_slice(data);
        let request = UploadEvidencePartRequest {
            upload_id: upload.upload_id.clone(),
            part,
            data,
        };
        let _: UploadEvidencePartResponse = ask(applicant, "UploadEvidencePart", &request).await?;
    }
    let request = FinishEvidenceUploadRequest {
        upload_id: upload.upload_id,
        description: String::new(),
    };
    let _: Application = ask(applicant, "FinishEvidenceUpload", &request).await?;
    Ok(())
}

/// Two votes for it; how long after the second one the public finds the name.
async fn decide(
    stack: &Stack,
    reviewers: &[Client],
    application: &str,
    name: &str,
) -> anyhow::Result<Duration> {
    let mut members = Vec::new();
    for reviewer in reviewers {
        let request = ListQueueRequest {
            page_size: 200,
            ..Default::default()
        };
        let queue: ListQueueResponse = ask(reviewer, "ListQueue", &request).await?;
        if queue
            .applications
            .iter()
            .any(|a| a.application_id == application)
        {
            members.push(reviewer);
        }
    }
    anyhow::ensure!(
        members.len() >= 2,
        "the panel has {} members",
        members.len()
    );
    let mut voted = Instant::now();
    for member in &members[..2] {
        let request = CastVoteRequest {
            request_id: id(),
            application_id: application.to_owned(),
            verdict: Verdict::Approve.into(),
            assessments: assess(member, application, Verdict::Approve).await?,
            reasons: "Bench".to_owned(),
        };
        let _: Application = ask(member, "CastVote", &request).await?;
        voted = Instant::now();
    }
    let request = SearchRequest {
        query: name.to_owned(),
        ..Default::default()
    };
    loop {
        let path = "kulturtorg.search.v1.SearchService/Search";
        let found: SearchResponse = stack
            .client
            .unary(path, &request)
            .await
            .map_err(told)
            .context("Search")?;
        if found.results.iter().any(|r| r.title == name) {
            return Ok(voted.elapsed());
        }
        anyhow::ensure!(
            voted.elapsed() < Duration::from_secs(20),
            "{name} was not found within 20 s"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ask<Q: Message, A: Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> anyhow::Result<A> {
    client
        .unary(&format!("{REVIEW}/{method}"), request)
        .await
        .map_err(told)
        .with_context(|| method.to_owned())
}

fn id() -> String {
    Uuid::now_v7().to_string()
}

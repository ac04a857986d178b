//! Applications, brought to the state that the demo region shows them in.
use anyhow::{Context, bail};
use contracts::review::v1::application::State as Reached;
use contracts::review::v1::{
    Absence, AnswerQuestionRequest, Application, AskForMoreRequest, Assessment, CastVoteRequest,
    Content, Education, Engagement, EngagementKind, FinishEvidenceUploadRequest,
    GetApplicationRequest, ListQueueRequest, ListQueueResponse, Outcome, Route,
    StartApplicationRequest, StartEvidenceUploadRequest, StartEvidenceUploadResponse,
    SubmitApplicationRequest, UpdateApplicationRequest, UploadEvidencePartRequest,
    UploadEvidencePartResponse, Verdict, WithdrawApplicationRequest, absence, education,
};
use time::{Date, Month};

use super::data::{self, Producer, State};
use super::people::{Region, call};
use super::{files, request_id};
use crate::grpcweb::Client;

const REVIEW: &str = "kulturtorg.review.v1.ReviewService";
const REVIEWERS: [&str; 5] = [
    "reviewer-bild",
    "reviewer-ord",
    "reviewer-rum",
    "reviewer-scen",
    "reviewer-film",
];

pub(super) async fn bring_to(
    region: &Region,
    producer: &Producer,
    wanted: &data::Application,
    profile_id: &str,
) -> anyhow::Result<()> {
    if wanted.state == State::None {
        return Ok(());
    }
    let client = region.person(&producer.email).await?;
    let request = StartApplicationRequest {
        request_id: request_id("application", &producer.key),
        profile_id: profile_id.to_owned(),
        route: if wanted.route == "education" {
            Route::Education.into()
        } else {
            Route::Activity.into()
        },
    };
    let started: Application =
        call(&client, &format!("{REVIEW}/StartApplication"), &request).await?;
    let case = Case {
        region,
        producer,
        wanted,
        client,
        id: started.id,
    };
    let mut now = case.now().await?;
    if now.state() == Reached::Draft {
        case.write(&now).await?;
        if wanted.state == State::Draft {
            return Ok(());
        }
        case.submit().await?;
        now = case.now().await?;
    }
    case.review(&now).await
}

/// One application on its way.
struct Case<'a> {
    region: &'a Region,
    producer: &'a Producer,
    wanted: &'a data::Application,
    client: Client,
    id: String,
}

impl Case<'_> {
    async fn now(&self) -> anyhow::Result<Application> {
        let request = GetApplicationRequest {
            application_id: self.id.clone(),
        };
        call(&self.client, &format!("{REVIEW}/GetApplication"), &request).await
    }

    async fn write(&self, draft: &Application) -> anyhow::Result<()> {
        let request = UpdateApplicationRequest {
            application_id: self.id.clone(),
            etag: draft.etag.clone(),
            content: Some(content(self.producer, self.wanted)?),
        };
        let _: Application = call(
            &self.client,
            &format!("{REVIEW}/UpdateApplication"),
            &request,
        )
        .await?;
        let there: Vec<&str> = draft.evidence.iter().map(|e| e.name.as_str()).collect();
        for evidence in self
            .wanted
            .evidence
            .iter()
            .filter(|e| !there.contains(&e.name.as_str()))
        {
            self.upload(evidence)
                .await
                .with_context(|| evidence.name.clone())?;
        }
        Ok(())
    }

    async fn upload(&self, evidence: &data::Evidence) -> anyhow::Result<()> {
        let file = files::evidence(&evidence.name, &evidence.kind)?;
        let request = StartEvidenceUploadRequest {
            request_id: request_id(
                "evidence",
                &format!("{}/{}", self.producer.key, evidence.name),
            ),
            application_id: self.id.clone(),
            name: file.name.clone(),
            media_type: file.media_type.to_owned(),
            size: i64::try_from(file.bytes.len())?,
            sha256: file.sha256().into(),
        };
        let path = format!("{REVIEW}/StartEvidenceUpload");
        let upload: StartEvidenceUploadResponse = call(&self.client, &path, &request).await?;
        for (part, data) in file.parts() {
            let data = bytes::Bytes::copy_from_slice(data);
            let request = UploadEvidencePartRequest {
                upload_id: upload.upload_id.clone(),
                part,
                data,
            };
            let _: UploadEvidencePartResponse = call(
                &self.client,
                &format!("{REVIEW}/UploadEvidencePart"),
                &request,
            )
            .await?;
        }
        let request = FinishEvidenceUploadRequest {
            upload_id: upload.upload_id,
            description: String::new(),
        };
        let _: Application = call(
            &self.client,
            &format!("{REVIEW}/FinishEvidenceUpload"),
            &request,
        )
        .await?;
        Ok(())
    }

    async fn submit(&self) -> anyhow::Result<()> {
        let request = SubmitApplicationRequest {
            request_id: request_id("submit", &self.producer.key),
            application_id: self.id.clone(),
        };
        let _: Application = call(
            &self.client,
            &format!("{REVIEW}/SubmitApplication"),
            &request,
        )
        .await?;
        Ok(())
    }

    /// Takes the steps between what the application is and what it should be.
    async fn review(&self, now: &Application) -> anyhow::Result<()> {
        match self.wanted.state {
            State::None | State::Draft | State::Submitted => Ok(()),
            State::Withdrawn if now.state() == Reached::Withdrawn => Ok(()),
            State::Withdrawn => {
                let request = WithdrawApplicationRequest {
                    application_id: self.id.clone(),
                };
                let _: Application = call(
                    &self.client,
                    &format!("{REVIEW}/WithdrawApplication"),
                    &request,
                )
                .await?;
                Ok(())
            }
            State::MoreAsked | State::Answered => self.ask_and_answer(now).await,
            State::OneVote => self.vote(Verdict::Approve, 1).await,
            State::Approved if now.state() != Reached::Approved => {
                self.vote(Verdict::Approve, 2).await
            }
            State::Rejected if now.state() != Reached::Rejected => {
                self.vote(Verdict::Reject, 2).await
            }
            State::Approved | State::Rejected => Ok(()),
        }
    }

    async fn ask_and_answer(&self, now: &Application) -> anyhow::Result<()> {
        if now.questions.is_empty() {
            let request = AskForMoreRequest {
                request_id: request_id("ask", &self.producer.key),
                application_id: self.id.clone(),
                text: self
                    .wanted
                    .question
                    .clone()
                    .context("no question is written")?,
            };
            let members = self.members().await?;
            let member = members.first().context("the panel has nobody")?;
            let _: Application = call(member, &format!("{REVIEW}/AskForMore"), &request).await?;
        }
        let open = now.questions.is_empty() || now.state() == Reached::MoreAsked;
        if self.wanted.state == State::Answered && open {
            let request = AnswerQuestionRequest {
                request_id: request_id("reply", &self.producer.key),
                application_id: self.id.clone(),
                text: self.wanted.answer.clone().context("no answer is written")?,
            };
            let _: Application =
                call(&self.client, &format!("{REVIEW}/AnswerQuestion"), &request).await?;
        }
        Ok(())
    }

    async fn vote(&self, verdict: Verdict, votes: usize) -> anyhow::Result<()> {
        let members = self.members().await?;
        if members.len() < votes {
            bail!("the panel has {} members", members.len());
        }
        for (i, member) in members.iter().take(votes).enumerate() {
            let reasons = self.wanted.reasons.get(i).or(self.wanted.reasons.first());
            let request = CastVoteRequest {
                request_id: request_id("vote", &format!("{}/{i}", self.producer.key)),
                application_id: self.id.clone(),
                verdict: verdict.into(),
                assessments: assess(member, &self.id, verdict).await?,
                reasons: reasons
                    .cloned()
                    .unwrap_or_else(|| "Underlaget räcker.".to_owned()),
            };
            let _: Application = call(member, &format!("{REVIEW}/CastVote"), &request).await?;
        }
        Ok(())
    }

    /// The reviewers who were drawn for it. The panel is complete at hand-in when reviewers are known.
    async fn members(&self) -> anyhow::Result<Vec<Client>> {
        let mut members = Vec::new();
        for key in REVIEWERS {
            let client = self.region.staff(key).await?;
            if sits(&client, &self.id).await? {
                members.push(client);
            }
        }
        Ok(members)
    }
}

/// An assessment of every criterion that was computed. Who approves finds it met.
pub(crate) async fn assess(
    member: &Client,
    application: &str,
    verdict: Verdict,
) -> anyhow::Result<Vec<Assessment>> {
    let request = GetApplicationRequest {
        application_id: application.to_owned(),
    };
    let seen: Application = call(member, &format!("{REVIEW}/GetApplication"), &request).await?;
    let assessment = |finding: &contracts::review::v1::Finding| Assessment {
        criterion: finding.criterion,
        outcome: if verdict == Verdict::Approve {
            Outcome::Met.into()
        } else {
            finding.outcome
        },
        note: String::new(),
    };
    Ok(seen.findings.iter().map(assessment).collect())
}

async fn sits(reviewer: &Client, application: &str) -> anyhow::Result<bool> {
    let mut page_token = String::new();
    loop {
        let request = ListQueueRequest {
            closed_too: true,
            page_size: 200,
            page_token,
        };
        let queue: ListQueueResponse =
            call(reviewer, &format!("{REVIEW}/ListQueue"), &request).await?;
        if queue
            .applications
            .iter()
            .any(|a| a.application_id == application)
        {
            return Ok(true);
        }
        if queue.next_page_token.is_empty() {
            return Ok(false);
        }
        page_token = queue.next_page_token;
    }
}

fn content(producer: &Producer, wanted: &data::Application) -> anyhow::Result<Content> {
    let education = wanted.education.as_ref().map(|e| {
        Ok::<_, anyhow::Error>(Education {
            title: e.title.clone(),
            school: e.school.clone(),
            finished_on: last_day(&e.finished)?,
            level: education::Level::Higher.into(),
            programme: education::Programme::Artistic.into(),
            art_field: producer.art_fields[0].clone(),
        })
    });
    Ok(Content {
        statement: wanted.statement.clone(),
        education: education.transpose()?,
        engagements: wanted
            .engagements
            .iter()
            .map(engagement)
            .collect::<anyhow::Result<_>>()?,
        absences: wanted
            .absence
            .iter()
            .map(absence)
            .collect::<anyhow::Result<_>>()?,
        educator: false,
    })
}

fn engagement(from: &data::Engagement) -> anyhow::Result<Engagement> {
    let name = format!("ENGAGEMENT_KIND_{}", from.kind.to_uppercase());
    Ok(Engagement {
        title: from.title.clone(),
        place: from.place.clone(),
        from_day: format!("{}-01", from.from),
        until_day: last_day(&from.until)?,
        kind: EngagementKind::from_str_name(&name)
            .with_context(|| name.clone())?
            .into(),
        with_children: false,
    })
}

fn absence(from: &data::Absence) -> anyhow::Result<Absence> {
    let name = format!("REASON_{}", from.reason.to_uppercase());
    Ok(Absence {
        reason: absence::Reason::from_str_name(&name)
            .with_context(|| name.clone())?
            .into(),
        from_day: format!("{}-01", from.from),
        until_day: last_day(&from.until)?,
    })
}

/// The last day of a month written `2025-06`; nothing for nothing.
fn last_day(month: &str) -> anyhow::Result<String> {
    if month.is_empty() {
        return Ok(String::new());
    }
    let (year, number) = month
        .split_once('-')
        .with_context(|| format!("{month} is no month"))?;
    let number: u8 = number.parse()?;
    let month = Month::try_from(number)?;
    let day = Date::from_calendar_date(year.parse()?, month, month.length(year.parse()?))?;
    Ok(day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_on_its_last_day() {
        assert_eq!(last_day("2024-02").expect("a month"), "2024-02-29");
        assert_eq!(last_day("2025-12").expect("a month"), "2025-12-31");
        assert_eq!(last_day("").expect("nothing"), "");
        assert!(last_day("2025-13").is_err());
    }

    #[test]
    fn every_engagement_and_absence_of_the_demo_region_has_a_known_kind() {
        for producer in data::producers().expect("readable") {
            if let Some(application) = &producer.application {
                content(&producer, application)
                    .unwrap_or_else(|e| panic!("{}: {e:#}", producer.key));
            }
        }
    }
}

//! The mails to applicants and reviewers; notify has their texts and sends them after the commit.
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{Param, SendRequest};
use kit::db::Tx;
use uuid::Uuid;

use crate::application::Application;
use crate::case::{Case, Step};
use crate::store::Question;
use crate::store::panel::Decision;
use crate::vote::Verdict;

/// A parameter takes 10 000 characters; longer reasons are read on the page.
const LONGEST: usize = 9_000;

/// To the applicant: it arrived, and what happens now.
pub(crate) async fn submitted(tx: &mut Tx, step: &Step, a: &Application) -> sqlx::Result<()> {
    send(
        tx,
        a.applicant,
        "review.submitted",
        vec![("link", link(step, a.id))],
    )
    .await
}

/// To a reviewer: there is an application to read.
pub(crate) async fn assigned(
    tx: &mut Tx,
    step: &Step,
    application: Uuid,
    reviewer: Uuid,
) -> sqlx::Result<()> {
    send(
        tx,
        reviewer,
        "review.assigned",
        vec![("link", link(step, application))],
    )
    .await
}

/// To the applicant: the panel asks for more.
pub(crate) async fn more_asked(
    tx: &mut Tx,
    step: &Step,
    a: &Application,
    question: &Question,
) -> sqlx::Result<()> {
    let until =
        crate::application::day_in(&step.region.time_zone, question.answer_due_at).to_string();
    let params = vec![
        ("link", link(step, a.id)),
        ("question", short(&question.text)),
        ("until", until),
    ];
    send(tx, a.applicant, "review.more_asked", params).await
}

/// To the panel: the applicant has answered.
pub(crate) async fn more_answered(tx: &mut Tx, step: &Step, case: &Case) -> sqlx::Result<()> {
    to_panel(tx, step, case, "review.more_answered", Vec::new()).await
}

/// To the panel: the applicant has asked for a decision, which is due.
pub(crate) async fn decision_asked(tx: &mut Tx, step: &Step, case: &Case) -> sqlx::Result<()> {
    let due = case.application.decision_due_at.unwrap_or(step.now);
    let until = crate::application::day_in(&step.region.time_zone, due).to_string();
    to_panel(
        tx,
        step,
        case,
        "review.decision_asked",
        vec![("until", until)],
    )
    .await
}

/// To the applicant: the decision, and why.
pub(crate) async fn decided(
    tx: &mut Tx,
    step: &Step,
    a: &Application,
    decision: &Decision,
) -> sqlx::Result<()> {
    let template = match decision.verdict {
        Verdict::Approve => "review.approved",
        Verdict::Reject => "review.rejected",
    };
    let params = vec![
        ("link", link(step, a.id)),
        ("reasons", short(&decision.reasons)),
    ];
    send(tx, a.applicant, template, params).await
}

async fn to_panel(
    tx: &mut Tx,
    step: &Step,
    case: &Case,
    template: &str,
    params: Vec<(&str, String)>,
) -> sqlx::Result<()> {
    for seat in case.seats.iter().filter(|s| !s.left) {
        let link = ("link", link(step, case.application.id));
        send(
            tx,
            seat.account_id,
            template,
            params.iter().cloned().chain([link]).collect(),
        )
        .await?;
    }
    Ok(())
}

fn link(step: &Step, application: Uuid) -> String {
    format!("{}/applications/{application}", step.site)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

async fn send(
    tx: &mut Tx,
    to: Uuid,
    template: &str,
    params: Vec<(&str, String)>,
) -> sqlx::Result<()> {
    let request = SendRequest {
        request_id: Uuid::now_v7().to_string(),
        recipient: Some(Recipient::AccountId(to.to_string())),
        template: template.to_owned(),
        params: params
            .into_iter()
            .map(|(key, value)| Param {
                key: key.to_owned(),
                value,
            })
            .collect(),
    };
    kit::errand::leave(
        tx,
        "notify",
        "/kulturtorg.notify.v1.NotifyService/Send",
        &request,
    )
    .await
}

//! A decision: made once, with everything that it rests on, told to the applicant and published, all in the
//! transaction of the vote that made it.
use kit::db::Tx;
use sqlx::types::Json;
use uuid::Uuid;

use crate::application::Application;
use crate::case::{Case, Step};
use crate::error::Error;
use crate::store::panel::Decision;
use crate::vote::Verdict;
use crate::{mail, published, store, view};

/// Decides a locked application.
pub(crate) async fn decide(
    tx: &mut Tx,
    case: Case,
    verdict: Verdict,
    reasons: String,
    tie_broken_by: Option<Uuid>,
    step: &Step,
) -> Result<Application, Error> {
    let findings = case.findings(&step.region, step.now);
    let decided =
        case.application
            .decide(verdict, step.region.review.evidence_kept_days, step.now)?;
    let decision = Decision {
        verdict,
        reasons,
        votes: Json(case.votes),
        findings: Json(findings),
        tie_broken_by,
        decided_at: step.now,
        days: view::count(decided.days(step.now)),
    };
    store::panel::decide(tx, decided.id, &decision).await?;
    let mut decided = decided;
    published::decided(tx, &mut decided, &decision).await?;
    store::save(tx, &mut decided).await?;
    mail::decided(tx, step, &decided, &decision).await?;
    Ok(decided)
}

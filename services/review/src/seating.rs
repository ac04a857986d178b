//! Fills a panel: after the hand-in, after a conflict, after a split vote, and when reviewers come or go.
use kit::db::Tx;
use uuid::Uuid;

use crate::application::Application;
use crate::case::{Case, Step};
use crate::error::Error;
use crate::mail;
use crate::panel::draw;
use crate::store;
use crate::vote::Tally;

/// Draws whoever is lacking in the panel of this locked application, and one more if all have voted without a
/// quorum. Tells how many were drawn; the application must be saved if any were.
pub(crate) async fn fill(
    tx: &mut Tx,
    application: Application,
    step: &Step,
) -> Result<(Application, usize), Error> {
    if !application.state.pending() {
        return Ok((application, 0));
    }
    let case = Case::load(tx, application).await?;
    let members = case.members();
    let mut seats = usize::try_from(case.application.seats).unwrap_or(0);
    if case.tally(&step.region) == Tally::Split {
        seats = seats.max(members + 1);
    }
    let barred: Vec<_> = case
        .seats
        .iter()
        .map(|s| s.account_id)
        .chain([case.application.applicant])
        .collect();
    let reviewers = store::panel::reviewers(tx).await?;
    let drawn = draw(
        &reviewers,
        &case.application.art_fields,
        &barred,
        seats.saturating_sub(members),
    );
    for account in &drawn {
        store::panel::seat(tx, case.application.id, *account, step.now).await?;
        mail::assigned(tx, step, case.application.id, *account).await?;
    }
    let members = i32::try_from(members + drawn.len()).unwrap_or(i32::MAX);
    let application = Application {
        seats: case.application.seats.max(members),
        ..case.application
    };
    let complete = members >= application.seats;
    let application = if complete {
        application.panel_complete()
    } else {
        application
    };
    Ok((application, drawn.len()))
}

/// Looks at a panel again after reviewers came or went. Who was dismissed leaves, unless they have voted.
pub(crate) async fn look_again(tx: &mut Tx, id: Uuid, step: &Step) -> Result<(), Error> {
    let application = store::lock(tx, id).await?;
    if !application.state.pending() {
        return Ok(());
    }
    store::panel::vacate_dismissed(tx, id, step.now).await?;
    let before = application.state;
    let (mut application, drawn) = fill(tx, application, step).await?;
    if drawn > 0 || application.state != before {
        store::save(tx, &mut application).await?;
    }
    Ok(())
}

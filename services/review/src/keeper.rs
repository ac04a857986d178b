//! What time brings about: panels are filled as reviewers come and go, unanswered questions lapse, evidence is
//! deleted when it has served its purpose.
use std::sync::Arc;
use std::time::Duration;

use kit::db::Tx;
use kit::{Clock, Db};
use region::Region;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::application::State;
use crate::case::Step;
use crate::error::Error;
use crate::{seating, store};

/// How often it looks; nobody waits for it but a panel that lacks a reviewer.
const PAUSE: Duration = Duration::from_secs(1);

/// What the keeper works with.
#[derive(Clone)]
pub(crate) struct Keeper {
    /// The database.
    pub(crate) db: Db,
    /// The time.
    pub(crate) clock: Clock,
    /// The region's rules.
    pub(crate) region: Arc<Region>,
    /// Address of the web app.
    pub(crate) site: Arc<str>,
}

impl Keeper {
    /// Runs until told to stop. What fails is told and tried again.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(PAUSE) => {}
            }
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "what is due cannot be read; trying again");
            }
        }
    }

    /// Each application in a transaction of its own: nobody waits long for a lock, and one failure stops no other.
    async fn round(&self) -> sqlx::Result<()> {
        let step = self.step();
        let (panels, questions, files) = {
            let mut db = self.db.read().await?;
            (
                store::panel::to_look_at(&mut db).await?,
                store::unanswered(&mut db, step.now).await?,
                store::evidence::due(&mut db, step.now).await?,
            )
        };
        for id in panels {
            let step = step.clone();
            let done = self
                .db
                .write(move |tx| Box::pin(async move { seating::look_again(tx, id, &step).await }));
            tell(id, "its panel was not looked at", done.await);
        }
        for id in questions {
            let step = step.clone();
            let done = self
                .db
                .write(move |tx| Box::pin(async move { lapse(tx, id, &step).await }));
            tell(id, "its unanswered question did not lapse", done.await);
        }
        for id in files {
            let done = self
                .db
                .write(move |tx| Box::pin(async move { delete_evidence(tx, id).await }));
            tell(id, "its evidence was not deleted", done.await);
        }
        Ok(())
    }

    fn step(&self) -> Step {
        Step {
            region: self.region.clone(),
            site: self.site.clone(),
            now: self.clock.now(),
            caller: Uuid::nil(),
            administrator: false,
        }
    }
}

fn tell(application: Uuid, what: &str, done: Result<(), Error>) {
    if let Err(error) = done {
        tracing::warn!(%application, error = &error as &dyn std::error::Error, "{what}; trying again");
    }
}

async fn lapse(tx: &mut Tx, id: Uuid, step: &Step) -> Result<(), Error> {
    let asked = store::lock(tx, id).await?;
    if asked.state != State::MoreAsked {
        return Ok(());
    }
    let mut lapsed = asked.question_lapsed(step.now)?;
    store::close_question(tx, id, None, step.now).await?;
    Ok(store::save(tx, &mut lapsed).await?)
}

async fn delete_evidence(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    store::lock(tx, id).await?;
    for file in store::evidence::list(tx, id).await? {
        store::evidence::delete(tx, file.id).await?;
    }
    store::evidence::gone(tx, id).await?;
    tracing::info!(application = %id, "evidence was deleted, as its time was over");
    Ok(())
}

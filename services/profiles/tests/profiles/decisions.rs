//! What review decides.
use contracts::profiles::v1::*;
use contracts::review::v1::ApplicationRejected;
use uuid::Uuid;

use crate::support::*;

#[tokio::test]
async fn an_approved_application_publishes_its_profile_once_and_a_rejected_one_does_not() {
    let app = App::start().await;
    let (rejected, p) = (app.draft().await, app.draft().await);
    let application = Uuid::now_v7();
    let fact = ApplicationRejected {
        profile_id: rejected.id.clone(),
        ..ApplicationRejected::default()
    };
    app.stack
        .publish("review", "application", "rejected", application, 1, fact)
        .await;
    app.approve(&p.id).await;
    app.approve(&p.id).await;
    let published = app
        .stack
        .fact("profiles", "ProfilePublished", id(&p.id))
        .await;
    assert_eq!(published.revision, 2);
    app.public().get_profile(get(&p.id)).await.expect("seen");

    // Facts are read in order, so once a third approval took effect, all before it have.
    let last = app.published().await;
    app.stack
        .fact("profiles", "ProfilePublished", id(&last.id))
        .await;
    let facts = app.stack.facts("profiles").await;
    assert_eq!(
        facts.iter().filter(|f| f.subject_id == id(&p.id)).count(),
        2,
        "created and published once"
    );
    assert_eq!(app.mine(&rejected.id).await.state(), profile::State::Draft);
}

#[tokio::test]
async fn the_approval_of_a_hidden_profile_keeps_it_hidden() {
    let app = App::start().await;
    let p = app.published().await;
    app.owner()
        .hide_profile(HideProfileRequest {
            profile_id: p.id.clone(),
        })
        .await
        .expect("hidden");
    app.approve(&p.id).await;
    app.published().await;
    assert_eq!(app.mine(&p.id).await.state(), profile::State::Hidden);
}

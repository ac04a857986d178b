//! Profiles: written, read, changed, hidden.
use contracts::options::v1::Role;
use contracts::profiles::v1::*;
use testkit::reason;
use time::macros::datetime;
use tonic::Code;

use crate::support::*;

#[tokio::test]
async fn a_producer_writes_a_profile_and_reads_it_back_whole() {
    let app = App::start().await;
    let draft = app.draft().await;
    assert_eq!(draft.state(), profile::State::Draft);
    assert!(draft.owned_by_caller);
    let mut written = content();
    written.texts.sort_by(|a, b| a.language.cmp(&b.language));
    assert_eq!(app.mine(&draft.id).await.content, Some(written));
    let hints: Vec<_> = draft.hints.iter().map(|h| h.missing()).collect();
    assert_eq!(hints, [hint::Missing::Image, hint::Missing::Offer]);
    let mine = app
        .owner()
        .list_my_profiles(ListMyProfilesRequest {})
        .await
        .expect("listed")
        .into_inner();
    assert_eq!(mine.profiles, [app.mine(&draft.id).await]);
    let fact = app
        .stack
        .fact("profiles", "ProfileCreated", id(&draft.id))
        .await;
    assert_eq!(fact.revision, 1);
}

#[tokio::test]
async fn a_draft_is_seen_by_its_owner_and_by_those_who_review_and_by_nobody_else() {
    let app = App::start().await;
    let draft = app.draft().await;
    for role in [Role::Administrator, Role::Reviewer] {
        let seen = app
            .with(role)
            .get_profile(get(&draft.id))
            .await
            .expect("staff")
            .into_inner();
        assert!(!seen.owned_by_caller && seen.hints.is_empty());
        assert_eq!(seen.content.expect("content").contact, None);
    }
    for mut stranger in [
        app.public(),
        app.of(OTHER),
        app.with(Role::Adviser),
        app.with(Role::Analyst),
    ] {
        unknown(stranger.get_profile(get(&draft.id)).await);
        unknown(
            stranger
                .list_offers(ListOffersRequest {
                    profile_id: draft.id.clone(),
                })
                .await,
        );
    }
    unknown(app.public().get_profile(get(&new_id())).await);
}

#[tokio::test]
async fn the_public_sees_a_published_profile_from_the_launch_on_and_staff_before_it() {
    let app = App::start().await;
    let published = app.published().await;
    let seen = app
        .public()
        .get_profile(get(&published.id))
        .await
        .expect("public")
        .into_inner();
    assert_eq!(seen.content.as_ref().expect("content").contact, None);
    assert_eq!(seen.content.expect("content").name, "Klaraensemblen");

    let launch = app.stack.region.launch.site_launches;
    let back = launch - app.stack.clock.now() - time::Duration::SECOND;
    app.stack.clock.advance(back.whole_seconds());
    for mut early in [app.public(), app.of(OTHER)] {
        unknown(early.get_profile(get(&published.id)).await);
        unknown(early.send_enquiry(enquiry(&published.id)).await);
    }
    for role in [Role::Administrator, Role::Reviewer, Role::Adviser] {
        app.with(role)
            .get_profile(get(&published.id))
            .await
            .expect("staff see it before the launch");
    }
    app.stack.clock.advance(1);
    app.public()
        .get_profile(get(&published.id))
        .await
        .expect("launched");
}

#[tokio::test]
async fn nobody_registers_before_the_region_opens_for_it() {
    let app = App::start().await;
    let opens = app.stack.region.launch.registration_opens;
    assert!(opens < datetime!(2026-11-21 08:00 UTC));
    app.stack
        .clock
        .advance((opens - app.stack.clock.now()).whole_seconds() - 1);
    let request = CreateProfileRequest {
        request_id: new_id(),
        content: Some(content()),
    };
    let refused = refusal(app.owner().create_profile(request.clone()).await);
    assert_eq!(
        refused,
        (Code::FailedPrecondition, "REGISTRATION_CLOSED".to_owned())
    );
    app.stack.clock.advance(1);
    app.owner().create_profile(request).await.expect("open");
}

#[tokio::test]
async fn a_repeated_creation_gives_the_same_profile_and_a_reused_id_is_refused() {
    let app = App::start().await;
    let request = CreateProfileRequest {
        request_id: new_id(),
        content: Some(content()),
    };
    let (mut one, mut two) = (app.owner(), app.owner());
    let (a, b) = tokio::join!(
        one.create_profile(request.clone()),
        two.create_profile(request.clone())
    );
    assert_eq!(
        a.expect("first").into_inner(),
        b.expect("second").into_inner()
    );
    let other = CreateProfileRequest {
        content: Some(ProfileContent {
            name: "Annat".to_owned(),
            ..content()
        }),
        ..request.clone()
    };
    assert_eq!(
        refusal(app.owner().create_profile(other).await).0,
        Code::AlreadyExists
    );
    let elsewhere = app
        .of(OTHER)
        .create_profile(request)
        .await
        .expect("another caller's id")
        .into_inner();
    let mine = app
        .owner()
        .list_my_profiles(ListMyProfilesRequest {})
        .await
        .expect("listed")
        .into_inner();
    assert!(mine.profiles.len() == 1 && mine.profiles[0].id != elsewhere.id);
}

#[tokio::test]
async fn an_account_has_at_most_its_number_of_profiles_however_many_are_made_at_once() {
    let settings = profiles::Settings {
        profiles_per_account: 2,
        ..profiles::Settings::default()
    };
    let app = App::start_with(settings).await;
    let create = || async {
        let request = CreateProfileRequest {
            request_id: new_id(),
            content: Some(content()),
        };
        app.owner().create_profile(request).await
    };
    let all = futures::future::join_all((0..6).map(|_| create())).await;
    let refused: Vec<_> = all.iter().filter_map(|r| r.as_ref().err()).collect();
    assert_eq!(refused.len(), 4);
    assert!(
        refused
            .iter()
            .all(|s| s.code() == Code::ResourceExhausted && reason(s) == "TOO_MANY_PROFILES")
    );
}

#[tokio::test]
async fn of_two_changes_from_the_same_reading_one_is_refused() {
    let app = App::start().await;
    let draft = app.draft().await;
    let change = |name: &str| UpdateProfileRequest {
        profile_id: draft.id.clone(),
        etag: draft.etag.clone(),
        content: Some(ProfileContent {
            name: name.to_owned(),
            ..content()
        }),
    };
    let (mut one, mut two) = (app.owner(), app.owner());
    let (a, b) = tokio::join!(
        one.update_profile(change("A")),
        two.update_profile(change("B"))
    );
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    assert_eq!(refusal(lost), (Code::Aborted, "STALE".to_owned()));
    assert_eq!(
        app.mine(&draft.id).await,
        won.expect("one wins").into_inner()
    );
    unknown(app.of(OTHER).update_profile(change("C")).await);
    unknown(
        app.with(Role::Administrator)
            .update_profile(change("C"))
            .await,
    );
    assert_eq!(
        app.stack
            .fact("profiles", "ProfileChanged", id(&draft.id))
            .await
            .revision,
        2
    );
}

#[tokio::test]
async fn an_owner_hides_a_published_profile_and_shows_it_again() {
    let app = App::start().await;
    let draft = app.draft().await;
    let hide = HideProfileRequest {
        profile_id: draft.id.clone(),
    };
    let show = ShowProfileRequest {
        profile_id: draft.id.clone(),
    };
    let early = (Code::FailedPrecondition, "NOT_PUBLISHED".to_owned());
    assert_eq!(refusal(app.owner().hide_profile(hide).await), early);
    assert_eq!(refusal(app.owner().show_profile(show).await), early);

    let p = app.published().await;
    let hide = HideProfileRequest {
        profile_id: p.id.clone(),
    };
    let show = ShowProfileRequest {
        profile_id: p.id.clone(),
    };
    unknown(app.of(OTHER).hide_profile(hide.clone()).await);
    unknown(app.with(Role::Reviewer).hide_profile(hide.clone()).await);
    for _ in 0..2 {
        let hidden = app
            .owner()
            .hide_profile(hide.clone())
            .await
            .expect("hidden")
            .into_inner();
        assert_eq!(hidden.state(), profile::State::Hidden);
    }
    unknown(app.public().get_profile(get(&p.id)).await);
    unknown(app.of(OTHER).show_profile(show.clone()).await);
    app.owner().show_profile(show).await.expect("shown");
    app.public()
        .get_profile(get(&p.id))
        .await
        .expect("seen again");
    testkit::eventually("hidden and shown to be told once each", async || {
        let facts = app.stack.facts("profiles").await;
        let kinds: Vec<_> = facts
            .iter()
            .filter(|f| f.subject_id == id(&p.id))
            .map(|f| f.revision)
            .collect();
        (kinds == [1, 2, 3, 4]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_the_administrator_hid_only_the_administrator_shows() {
    let app = App::start().await;
    let p = app.published().await;
    let hide = HideProfileRequest {
        profile_id: p.id.clone(),
    };
    let show = ShowProfileRequest {
        profile_id: p.id.clone(),
    };
    app.with(Role::Administrator)
        .hide_profile(hide)
        .await
        .expect("hidden");
    let refused = refusal(app.owner().show_profile(show.clone()).await);
    assert_eq!(
        refused,
        (Code::FailedPrecondition, "HIDDEN_BY_REGION".to_owned())
    );
    app.with(Role::Administrator)
        .show_profile(show)
        .await
        .expect("shown");
    app.public()
        .get_profile(get(&p.id))
        .await
        .expect("seen again");
}

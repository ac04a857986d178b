//! Step 4: before the site's launch the public finds nothing and staff see everything; before registration opens
//! nobody registers.
use contracts::events::v1::{GetGatheringRequest, ListGatheringsRequest, ListGatheringsResponse};
use contracts::identity::v1::RegisterRequest;
use contracts::options::v1::Role;
use contracts::profiles::v1::GetProfileRequest;
use contracts::review::v1::{Route, Verdict};
use contracts::search::v1::{SearchRequest, SearchResponse};
use testkit::{eventually, reason};
use time::Duration;
use tonic::Code;

use crate::files::pdf;
use crate::gatherings::publish;
use crate::harness::{Launch, PASSWORD, Town, call, id, now, refused};
use crate::producing::{DANCER, Producer};
use crate::reviewing::{appoint_reviewers, panel, vote};

#[tokio::test(flavor = "multi_thread")]
async fn before_the_launch_the_public_finds_nothing_and_staff_find_everything() {
    let today = now();
    let soft = Launch {
        registration_opens: today - Duration::days(3),
        site_launches: today + Duration::days(9),
    };
    let town = Town::start_with(&soft, |_| {}).await;
    let reviewers = appoint_reviewers(&town).await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let dancer = Producer::new(&town, &DANCER).await;
    let application = dancer
        .apply(&town, &DANCER, Route::Education, &[pdf("examen.pdf")])
        .await
        .id;
    let members = panel(&reviewers, &application).await;
    for member in &members[..2] {
        vote(&town, member, &application, Verdict::Approve, "Ja.").await;
    }
    let gathering = publish(&town, &adviser, 2).await;

    let everything = SearchRequest {
        page_size: 100,
        ..Default::default()
    };
    eventually(
        "staff find the profile, the offer and the gathering",
        async || {
            let found: SearchResponse = call(&adviser.client, "search/Search", &everything).await;
            let wanted = [&dancer.profile, &dancer.offer, &gathering];
            wanted
                .iter()
                .all(|id| found.results.iter().any(|r| r.id == **id))
                .then_some(())
        },
    )
    .await;
    for client in [&town.anybody, &dancer.person.client] {
        let found: SearchResponse = call(client, "search/Search", &everything).await;
        assert_eq!(
            (found.results.len(), found.total_size, found.facets.len()),
            (0, 0, 0)
        );
        let listed: ListGatheringsResponse = call(
            client,
            "events/ListGatherings",
            &ListGatheringsRequest::default(),
        )
        .await;
        assert!(listed.gatherings.is_empty());
    }
    let request = GetProfileRequest {
        profile_id: dancer.profile.clone(),
    };
    assert_eq!(
        refused(&town.anybody, "profiles/GetProfile", &request)
            .await
            .code(),
        Code::NotFound
    );
    assert!(!dancer.seen_by_owner().await.id.is_empty());
    let request = GetGatheringRequest {
        gathering_id: gathering,
    };
    assert_eq!(
        refused(&town.anybody, "events/GetGathering", &request)
            .await
            .code(),
        Code::NotFound
    );
    let listed: ListGatheringsResponse = call(
        &adviser.client,
        "events/ListGatherings",
        &ListGatheringsRequest::default(),
    )
    .await;
    assert_eq!(listed.gatherings.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_registration_opens_nobody_but_the_first_administrator_registers() {
    let today = now();
    let closed = Launch {
        registration_opens: today + Duration::days(3),
        site_launches: today + Duration::days(9),
    };
    let town = Town::start_with(&closed, |_| {}).await;
    let request = RegisterRequest {
        email: "tidig@prov.example".to_owned(),
        password: PASSWORD.to_owned(),
        name: "Tidig Fågel".to_owned(),
        language: "sv".to_owned(),
        request_id: id(),
    };
    let status = refused(&town.anybody, "identity/Register", &request).await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "REGISTRATION_NOT_OPEN")
    );
}

//! The whole chain in one region: a producer, experts, a buyer, an adviser, a house and its visitors, an analyst.
use contracts::options::v1::Role;
use contracts::review::v1::Route;
use contracts::search::v1::SearchRequest;

use crate::files::{jpeg, pdf, png};
use crate::harness::Town;
use crate::producing::{DANCER, PAINTER, Producer};
use crate::reviewing::{appoint_reviewers, approve, reject};
use crate::tickets::Theatre;
use crate::{analyst, buying, gatherings, guidance, tickets};

#[tokio::test(flavor = "multi_thread")]
async fn six_people_walk_the_whole_chain_and_the_analyst_sees_it_all_without_seeing_them() {
    let town = Town::start().await;
    let reviewers = appoint_reviewers(&town).await;
    let adviser = town
        .staff(
            "rad@prov.example",
            "Ragna Rådberg",
            Role::Adviser,
            &["stage"],
        )
        .await;
    let following = town
        .staff("analys@prov.example", "Siv Siffra", Role::Analyst, &[])
        .await;

    let dancer = Producer::new(&town, &DANCER).await;
    let files = [pdf("examen.pdf"), jpeg("affisch.jpg"), png("avtal.png")];
    let application = dancer
        .apply(&town, &DANCER, Route::Education, &files)
        .await
        .id;
    approve(&town, &reviewers, &dancer, &application, &files).await;
    let painter = Producer::new(&town, &PAINTER).await;
    let application = painter
        .apply(&town, &PAINTER, Route::Activity, &[png("stipendium.png")])
        .await
        .id;
    reject(&town, &reviewers, &painter, &application).await;

    town.searchable("klarälvns dansteatr", &dancer.profile)
        .await;
    buying::walk(&town, &dancer, &DANCER).await;
    let gathering = gatherings::walk(&town, &adviser).await;
    guidance::walk(&town, &adviser).await;
    let theatre = Theatre::open(&town).await;
    tickets::walk(&town, &theatre).await;

    for (query, id) in [
        ("kulturfrukost", &gathering),
        ("masugnen", &theatre.performance),
        ("koreografi", &dancer.offer),
    ] {
        town.searchable(query, id).await;
    }
    let everything = town
        .search(&SearchRequest {
            page_size: 100,
            ..Default::default()
        })
        .await;
    assert!(
        everything.results.iter().all(|r| r.id != painter.profile),
        "the rejected one is not found"
    );
    let facts = [
        ("profiles.v1.ProfileCreated", 2),
        ("profiles.v1.ProfilePublished", 1),
        ("profiles.v1.EnquirySent", 1),
        ("profiles.v1.EnquiryAnswered", 1),
        ("review.v1.ApplicationSubmitted", 2),
        ("review.v1.MoreAsked", 1),
        ("review.v1.MoreAnswered", 1),
        ("review.v1.VoteCast", 4),
        ("review.v1.ApplicationApproved", 1),
        ("review.v1.ApplicationRejected", 1),
        ("events.v1.GatheringPublished", 1),
        ("events.v1.RegistrationMade", 3),
        ("events.v1.RegistrationCancelled", 1),
        ("events.v1.RegistrationPromoted", 1),
        ("guidance.v1.CaseOpened", 1),
        ("guidance.v1.CaseTaken", 1),
        ("guidance.v1.LeadGiven", 1),
        ("guidance.v1.CaseAnswered", 1),
        ("guidance.v1.CaseClosed", 1),
        ("ticketing.v1.HouseOpened", 1),
        ("ticketing.v1.PerformanceOpened", 1),
        ("ticketing.v1.SeatsHeld", 2),
        ("ticketing.v1.OrderPaid", 1),
        ("ticketing.v1.HoldLapsed", 1),
        ("ticketing.v1.TicketCheckedIn", 1),
    ];
    analyst::check(&town, &following, &facts).await;
}

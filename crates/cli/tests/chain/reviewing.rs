//! Steps 2 and 3: a panel of experts reads, asks, votes; what it approves is found, what it rejects is not.
use contracts::common::v1::FilePart;
use contracts::options::v1::Role;
use contracts::profiles::v1::{GetProfileRequest, Profile};
use contracts::review::v1::application::State;
use contracts::review::v1::{
    AnswerQuestionRequest, Application, AskForMoreRequest, Assessment, CastVoteRequest,
    DownloadEvidenceRequest, GetApplicationRequest, ListQueueRequest, ListQueueResponse, Outcome,
    Route, Verdict,
};
use contracts::search::v1::SearchRequest;
use testkit::eventually;
use tonic::Code;

use crate::files::{File, jpeg, pdf, png};
use crate::harness::{Person, Town, call, id, refused, stream};
use crate::producing::{DANCER, PAINTER, Producer};

/// Appoints three experts in each of the two fields.
pub(crate) async fn appoint_reviewers(town: &Town) -> Vec<Person> {
    let mut reviewers = Vec::new();
    for (email, name, fields) in [
        ("granskare1@prov.example", "Torgny Granath", &["stage"][..]),
        (
            "granskare2@prov.example",
            "Hedvig Sköldin",
            &["stage", "visual"],
        ),
        (
            "granskare3@prov.example",
            "Malte Fjällkvist",
            &["stage.dance", "visual.art"],
        ),
        ("granskare4@prov.example", "Ylva Brånemo", &["visual"]),
        ("granskare5@prov.example", "Otto Filmlund", &["film"]),
    ] {
        reviewers.push(town.staff(email, name, Role::Reviewer, fields).await);
    }
    reviewers
}

/// Who of them sits in the panel, once it is complete.
pub(crate) async fn panel<'a>(reviewers: &'a [Person], application: &str) -> Vec<&'a Person> {
    eventually("a panel of three", async || {
        let mut members = Vec::new();
        for reviewer in reviewers {
            let request = ListQueueRequest::default();
            let queue: ListQueueResponse =
                call(&reviewer.client, "review/ListQueue", &request).await;
            if queue
                .applications
                .iter()
                .any(|a| a.application_id == application)
            {
                members.push(reviewer);
            }
        }
        (members.len() == 3).then_some(members)
    })
    .await
}

pub(crate) async fn read(person: &Person, application: &str) -> Application {
    let request = GetApplicationRequest {
        application_id: application.to_owned(),
    };
    call(&person.client, "review/GetApplication", &request).await
}

pub(crate) async fn vote(
    town: &Town,
    member: &Person,
    application: &str,
    verdict: Verdict,
    reasons: &str,
) -> Application {
    let seen = read(member, application).await;
    let outcome = if verdict == Verdict::Approve {
        Outcome::Met
    } else {
        Outcome::NotMet
    };
    let assess = |criterion| Assessment {
        criterion,
        outcome: outcome.into(),
        note: town.private("Sett på scen i våras."),
    };
    let request = CastVoteRequest {
        request_id: id(),
        application_id: application.to_owned(),
        verdict: verdict.into(),
        assessments: seen.findings.iter().map(|f| assess(f.criterion)).collect(),
        reasons: town.private(reasons),
    };
    call(&member.client, "review/CastVote", &request).await
}

/// The panel reads the evidence, asks for more, gets it, and approves at the quorum.
pub(crate) async fn approve(
    town: &Town,
    reviewers: &[Person],
    producer: &Producer,
    application: &str,
    files: &[File],
) {
    let members = panel(reviewers, application).await;
    let seen = read(members[0], application).await;
    assert_eq!(seen.state(), State::InReview);
    assert!(
        !seen.findings.is_empty(),
        "the panel sees what the numbers say"
    );
    for (file, evidence) in files.iter().zip(&seen.evidence) {
        assert_eq!(evidence.name, file.name);
        let request = DownloadEvidenceRequest {
            evidence_id: evidence.id.clone(),
        };
        let parts: Vec<FilePart> = stream(&members[0].client, "review/DownloadEvidence", &request)
            .await
            .expect("a member reads evidence");
        let bytes: Vec<u8> = parts.iter().flat_map(|p| p.data.iter().copied()).collect();
        assert!(
            bytes == file.bytes,
            "{} comes down as it went up",
            file.name
        );
        assert_eq!(
            (parts[0].media_type.as_str(), parts[0].size),
            (file.media_type, file.size())
        );
    }

    let request = AskForMoreRequest {
        request_id: id(),
        application_id: application.to_owned(),
        text: town.private("Vilken roll hade du i Flottarnas kärlek?"),
    };
    let asked: Application = call(&members[0].client, "review/AskForMore", &request).await;
    assert_eq!(asked.state(), State::MoreAsked);
    let mail = town.mail(&producer.person.email, "review.more_asked").await;
    assert!(mail.text.contains("Flottarnas kärlek"), "{}", mail.text);
    let request = AnswerQuestionRequest {
        request_id: id(),
        application_id: application.to_owned(),
        text: town.private("Jag gjorde koreografin och dansade prästens dotter."),
    };
    let answered: Application =
        call(&producer.person.client, "review/AnswerQuestion", &request).await;
    assert_eq!(answered.state(), State::InReview);
    assert!(
        read(members[1], application).await.questions[0]
            .answer
            .contains("prästens dotter")
    );

    let after_one = vote(
        town,
        members[0],
        application,
        Verdict::Approve,
        "Utbildningen är gedigen.",
    )
    .await;
    assert_eq!(
        (after_one.state(), after_one.votes_cast),
        (State::InReview, 1)
    );
    let after_two = vote(
        town,
        members[1],
        application,
        Verdict::Approve,
        "Verksamheten är tydlig.",
    )
    .await;
    assert_eq!(after_two.state(), State::Approved);
    told(
        town,
        producer,
        application,
        State::Approved,
        "review.approved",
    )
    .await;
}

/// Two of the panel vote against it; the applicant learns why.
pub(crate) async fn reject(
    town: &Town,
    reviewers: &[Person],
    producer: &Producer,
    application: &str,
) {
    let members = panel(reviewers, application).await;
    vote(
        town,
        members[0],
        application,
        Verdict::Reject,
        "Underlaget visar ett enda år.",
    )
    .await;
    let decided = vote(
        town,
        members[2],
        application,
        Verdict::Reject,
        "Det räcker inte som huvudsyssla.",
    )
    .await;
    assert_eq!(decided.state(), State::Rejected);
    let mail = told(
        town,
        producer,
        application,
        State::Rejected,
        "review.rejected",
    )
    .await;
    assert!(
        mail.contains("ett enda år") && mail.contains("huvudsyssla"),
        "{mail}"
    );
}

/// What the applicant sees: the decision and its reasons, but not who voted how.
async fn told(
    town: &Town,
    producer: &Producer,
    application: &str,
    state: State,
    template: &str,
) -> String {
    let seen = read(&producer.person, application).await;
    assert_eq!(seen.state(), state);
    let decision = seen.decision.expect("it is decided");
    assert!(
        !decision.reasons.is_empty() && decision.votes.is_empty(),
        "{decision:?}"
    );
    assert!(seen.votes.is_empty() && seen.member_account_ids.is_empty());
    town.mail(&producer.person.email, template).await.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_of_the_field_reads_asks_and_approves_and_the_producer_is_found() {
    let town = Town::start().await;
    let reviewers = appoint_reviewers(&town).await;
    let dancer = Producer::new(&town, &DANCER).await;
    let files = [pdf("examen.pdf"), jpeg("affisch.jpg"), png("avtal.png")];
    let application = dancer
        .apply(&town, &DANCER, Route::Education, &files)
        .await
        .id;
    approve(&town, &reviewers, &dancer, &application, &files).await;

    // The expert of another field never saw it.
    let request = GetApplicationRequest {
        application_id: application,
    };
    assert_eq!(
        refused(&reviewers[4].client, "review/GetApplication", &request)
            .await
            .code(),
        Code::NotFound
    );
    town.searchable("dansteater", &dancer.profile).await;
    town.searchable("koreografi", &dancer.offer).await;
    let request = GetProfileRequest {
        profile_id: dancer.profile.clone(),
    };
    let public: Profile = call(&town.anybody, "profiles/GetProfile", &request).await;
    assert!(
        public.content.expect("it has content").contact.is_none(),
        "the address is shown to nobody yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_panel_rejects_is_told_why_and_found_by_nobody() {
    let town = Town::start().await;
    let reviewers = appoint_reviewers(&town).await;
    let dancer = Producer::new(&town, &DANCER).await;
    let painter = Producer::new(&town, &PAINTER).await;
    let approved = dancer
        .apply(&town, &DANCER, Route::Education, &[pdf("examen.pdf")])
        .await
        .id;
    let rejected = painter
        .apply(&town, &PAINTER, Route::Activity, &[png("avtal.png")])
        .await
        .id;
    reject(&town, &reviewers, &painter, &rejected).await;
    let members = panel(&reviewers, &approved).await;
    vote(&town, members[0], &approved, Verdict::Approve, "Ja.").await;
    vote(&town, members[1], &approved, Verdict::Approve, "Ja.").await;

    // Once the later decision is searchable, the earlier one would be.
    town.searchable("dansteater", &dancer.profile).await;
    let everything = town
        .search(&SearchRequest {
            page_size: 100,
            ..Default::default()
        })
        .await;
    let ids: Vec<&str> = everything.results.iter().map(|r| r.id.as_str()).collect();
    assert!(
        !ids.contains(&painter.profile.as_str()) && !ids.contains(&painter.offer.as_str()),
        "{ids:?}"
    );
    let request = GetProfileRequest {
        profile_id: painter.profile.clone(),
    };
    assert_eq!(
        refused(&town.anybody, "profiles/GetProfile", &request)
            .await
            .code(),
        Code::NotFound
    );
}

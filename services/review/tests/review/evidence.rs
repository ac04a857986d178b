//! Files of evidence: what is taken, who opens them, when they go.
use contracts::review::v1::*;
use testkit::{bad_fields, eventually, reason};
use tonic::Code;
use uuid::Uuid;

use crate::world::*;

async fn download(
    world: &World,
    n: u128,
    reviewer: bool,
    id: &str,
) -> Result<(String, Vec<u8>), tonic::Status> {
    let mut client = if reviewer {
        world.reviewer(n)
    } else {
        world.person(n)
    };
    let mut stream = client
        .download_evidence(DownloadEvidenceRequest {
            evidence_id: id.to_owned(),
        })
        .await?
        .into_inner();
    let (mut media_type, mut file) = (String::new(), Vec::new());
    while let Some(part) = stream.message().await? {
        if !part.media_type.is_empty() {
            media_type = part.media_type;
        }
        file.extend_from_slice(&part.data);
    }
    Ok((media_type, file))
}

#[tokio::test]
async fn a_file_arrives_as_it_was_sent_and_every_opening_is_written_down() {
    let world = World::with_reviewers(3).await;
    let draft = world.draft(APPLICANT).await;
    let file = large_pdf(1_500_000);
    let with_file = world
        .upload(APPLICANT, &draft.id, "application/pdf", file.clone())
        .await
        .expect("a whole PDF");
    let evidence = &with_file.evidence[0];
    assert_eq!(
        (evidence.size, evidence.description.as_str()),
        (1_500_000, "Kontrakt 2025")
    );
    assert_eq!(
        download(&world, APPLICANT, false, &evidence.id)
            .await
            .expect("own"),
        ("application/pdf".to_owned(), file.clone())
    );
    world.submit(APPLICANT, &draft.id).await.expect("complete");
    assert_eq!(
        download(&world, REVIEWER, true, &evidence.id)
            .await
            .expect("a member")
            .1,
        file
    );
    assert_eq!(
        code(download(&world, STRANGER, false, &evidence.id).await),
        Code::NotFound
    );
    let id: Uuid = evidence.id.parse().expect("an id");
    let openings: i64 = world
        .value(
            "select count(*) from review.evidence_opened where evidence_id = $1",
            id,
        )
        .await;
    assert_eq!(openings, 2, "the refused one opened nothing");
}

#[tokio::test]
async fn a_wrong_a_truncated_and_a_too_large_file_are_refused() {
    let world = World::with_reviewers(3).await;
    let id = world.draft(APPLICANT).await.id;
    let refused = async |media_type: &str, file: Vec<u8>| {
        let status = world
            .upload(APPLICANT, &id, media_type, file)
            .await
            .expect_err("refused");
        (status.code(), reason(&status))
    };
    let (wrong, truncated) = ("WRONG_FILE_TYPE".to_owned(), "FILE_TRUNCATED".to_owned());
    assert_eq!(
        refused("application/pdf", b"<html>no PDF</html>".to_vec()).await,
        (Code::InvalidArgument, wrong.clone())
    );
    assert_eq!(
        refused("image/png", pdf()).await,
        (Code::InvalidArgument, wrong.clone())
    );
    assert_eq!(
        refused("application/zip", b"PK\x03\x04".to_vec()).await,
        (Code::InvalidArgument, wrong)
    );
    assert_eq!(
        refused("application/pdf", pdf()[..60].to_vec()).await,
        (Code::InvalidArgument, truncated)
    );
    let status = world
        .upload(
            APPLICANT,
            &id,
            "application/pdf",
            large_pdf(11 * 1024 * 1024),
        )
        .await
        .expect_err("11 MiB");
    assert_eq!(bad_fields(&status), ["size"]);
    assert!(
        world
            .get(world.person(APPLICANT), &id)
            .await
            .expect("own")
            .evidence
            .is_empty()
    );
}

#[tokio::test]
async fn an_upload_that_broke_off_or_is_somebody_elses_is_not_taken() {
    let world = World::with_reviewers(3).await;
    let id = world.draft(APPLICANT).await.id;
    let file = pdf();
    let request = StartEvidenceUploadRequest {
        request_id: fresh(),
        application_id: id,
        name: "examen.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: file.len() as i64,
        sha256: vec![7; 32].into(),
    };
    let upload_id = world
        .person(APPLICANT)
        .start_evidence_upload(request)
        .await
        .expect("announced")
        .into_inner()
        .upload_id;
    let part = |upload_id: &str, data: &[u8]| UploadEvidencePartRequest {
        upload_id: upload_id.to_owned(),
        part: 0,
        data: data.to_vec().into(),
    };
    let finish = || FinishEvidenceUploadRequest {
        upload_id: upload_id.clone(),
        description: String::new(),
    };
    let status = world
        .person(APPLICANT)
        .finish_evidence_upload(finish())
        .await
        .expect_err("nothing has arrived");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "FILE_INCOMPLETE")
    );
    assert_eq!(
        code(
            world
                .person(STRANGER)
                .upload_evidence_part(part(&upload_id, &file))
                .await
        ),
        Code::NotFound
    );
    world
        .person(APPLICANT)
        .upload_evidence_part(part(&upload_id, &file))
        .await
        .expect("whole");
    assert_eq!(
        code(
            world
                .person(STRANGER)
                .finish_evidence_upload(finish())
                .await
        ),
        Code::NotFound
    );
    let status = world
        .person(APPLICANT)
        .finish_evidence_upload(finish())
        .await
        .expect_err("another file was announced");
    assert_eq!(reason(&status), "WRONG_CHECKSUM");
}

#[tokio::test]
async fn an_application_takes_twenty_files_and_no_more() {
    let world = World::with_reviewers(3).await;
    let id = world.draft(APPLICANT).await.id;
    for _ in 0..20 {
        world
            .upload(APPLICANT, &id, "application/pdf", pdf())
            .await
            .expect("room");
    }
    let status = world
        .upload(APPLICANT, &id, "application/pdf", pdf())
        .await
        .expect_err("full");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_FILES")
    );
    let file = world
        .get(world.person(APPLICANT), &id)
        .await
        .expect("own")
        .evidence[0]
        .id
        .clone();
    let left = world
        .person(APPLICANT)
        .delete_evidence(DeleteEvidenceRequest {
            evidence_id: file.clone(),
        })
        .await
        .expect("a draft");
    assert_eq!(left.into_inner().evidence.len(), 19);
    assert_eq!(
        code(download(&world, APPLICANT, false, &file).await),
        Code::NotFound
    );
    world
        .upload(APPLICANT, &id, "application/pdf", pdf())
        .await
        .expect("room again");
}

#[tokio::test]
async fn what_the_panel_has_seen_stays_and_what_answers_it_may_be_added() {
    let world = World::with_reviewers(3).await;
    let submitted = world.submitted(APPLICANT).await;
    let id = submitted.id.as_str();
    assert_eq!(
        code(world.upload(APPLICANT, id, "application/pdf", pdf()).await),
        Code::FailedPrecondition
    );
    world.days_pass(1);
    world.ask(REVIEWER, id).await.expect("in review");
    world.days_pass(1);
    let more = world
        .upload(APPLICANT, id, "application/pdf", pdf())
        .await
        .expect("to answer");
    let delete = async |file: &str| {
        world
            .person(APPLICANT)
            .delete_evidence(DeleteEvidenceRequest {
                evidence_id: file.to_owned(),
            })
            .await
    };
    assert_eq!(
        code(delete(&more.evidence[0].id).await),
        Code::FailedPrecondition,
        "the panel has seen it"
    );
    delete(&more.evidence[1].id).await.expect("added since");
    world
        .upload(APPLICANT, id, "application/pdf", pdf())
        .await
        .expect("to answer");
    world.answer(APPLICANT, id).await.expect("asked");
    let seen = world
        .get(world.reviewer(REVIEWER), id)
        .await
        .expect("a member");
    assert_eq!(seen.evidence.len(), 2);
    assert_eq!(
        code(delete(&seen.evidence[1].id).await),
        Code::FailedPrecondition
    );
}

#[tokio::test]
async fn evidence_goes_ninety_days_after_the_decision_and_the_decision_stays() {
    let world = World::with_reviewers(3).await;
    let submitted = world.submitted(APPLICANT).await;
    let id = submitted.id.as_str();
    world
        .vote(REVIEWER, id, Verdict::Approve)
        .await
        .expect("in review");
    world
        .vote(REVIEWER + 1, id, Verdict::Approve)
        .await
        .expect("in review");
    world.days_pass(89);
    // A later application's question lapses in the same round that would delete too early.
    let other = world.submitted(STRANGER).await.id;
    world.ask(REVIEWER, &other).await.expect("in review");
    world.stack.clock.advance(22 * 3600);
    let file = submitted.evidence[0].id.as_str();
    download(&world, REVIEWER, true, file)
        .await
        .expect("kept until then");
    world.stack.clock.advance(2 * 3600);
    eventually("the evidence is deleted", async || {
        world
            .get(world.person(APPLICANT), id)
            .await
            .expect("own")
            .evidence
            .is_empty()
            .then_some(())
    })
    .await;
    assert_eq!(
        code(download(&world, REVIEWER, true, file).await),
        Code::NotFound
    );
    let left: i64 = world
        .value(
            "select count(*) from review.upload where subject_id = $1",
            id.parse().expect("an id"),
        )
        .await;
    assert_eq!(left, 0, "the bytes are gone too");
    let decision = world
        .get(world.person(APPLICANT), id)
        .await
        .expect("own")
        .decision
        .expect("kept");
    assert_eq!(
        (decision.approving, decision.findings.is_empty()),
        (2, false)
    );
}

#[tokio::test]
async fn not_even_the_database_changes_a_decision() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("in review");
    world
        .vote(REVIEWER + 1, &id, Verdict::Approve)
        .await
        .expect("in review");
    let mut db = world.stack.database.connect().await;
    for sql in [
        "update review.decision set reasons = 'other'",
        "delete from review.decision",
        "truncate review.decision",
    ] {
        let refused = sqlx::query(sql)
            .execute(&mut db)
            .await
            .expect_err("a decision never changes");
        assert_eq!(
            kit::fault::constraint(&refused),
            Some("decision_immutable"),
            "{sql}"
        );
    }
}

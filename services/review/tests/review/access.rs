//! Who may see and do what.
use contracts::options::v1::Role;
use contracts::review::v1::review_service_client::ReviewServiceClient;
use contracts::review::v1::*;
use tonic::Code;

use crate::world::*;

/// What somebody gets who asks for an application, for its file, to vote on it, to withdraw it.
async fn tries(
    mut client: ReviewServiceClient<testkit::Client>,
    id: &str,
    file: &str,
) -> [Code; 4] {
    let code = |result: Result<(), tonic::Status>| result.err().map_or(Code::Ok, |s| s.code());
    let application_id = id.to_owned();
    let read = client
        .get_application(GetApplicationRequest {
            application_id: application_id.clone(),
        })
        .await
        .map(drop);
    let download = client
        .download_evidence(DownloadEvidenceRequest {
            evidence_id: file.to_owned(),
        })
        .await
        .map(drop);
    // An assessment is missing, so that who may vote is told so instead of changing the case.
    let mut vote = vote(id, Verdict::Approve, 0);
    vote.assessments.truncate(1);
    let vote = client.cast_vote(vote).await.map(drop);
    let withdraw = client
        .answer_question(AnswerQuestionRequest {
            request_id: fresh(),
            application_id,
            text: "?".to_owned(),
        })
        .await
        .map(drop);
    [code(read), code(download), code(vote), code(withdraw)]
}

#[tokio::test]
async fn everybody_sees_and_does_what_is_theirs_and_nothing_else() {
    use Code::{
        FailedPrecondition, InvalidArgument, NotFound, Ok, PermissionDenied, Unauthenticated,
    };
    let world = World::with_reviewers(4).await;
    let submitted = world.submitted(APPLICANT).await;
    world.submitted(STRANGER).await;
    world
        .conflict(REVIEWER, &submitted.id)
        .await
        .expect("a member");
    let file = submitted.evidence[0].id.as_str();
    let panel = world.panel(&submitted.id).await;
    assert_eq!(panel, [101, 102, 103]);
    world.appoint(REVIEWER + 9, &["stage"]).await;
    let both = |n| {
        ReviewServiceClient::new(world.stack.person(
            "review",
            person(n),
            &[(Role::Reviewer, None), (Role::Administrator, None)],
        ))
    };

    // Reads it, opens its file, votes, answers.
    let expected = [
        (
            "the applicant",
            world.person(APPLICANT),
            [Ok, Ok, PermissionDenied, FailedPrecondition],
        ),
        (
            "an applicant who reviews",
            world.reviewer(APPLICANT),
            [Ok, Ok, NotFound, FailedPrecondition],
        ),
        (
            "another applicant",
            world.person(STRANGER),
            [NotFound, NotFound, PermissionDenied, NotFound],
        ),
        (
            "a panel member",
            world.reviewer(REVIEWER + 1),
            [Ok, Ok, InvalidArgument, NotFound],
        ),
        (
            "another reviewer",
            world.reviewer(REVIEWER + 9),
            [NotFound, NotFound, NotFound, NotFound],
        ),
        (
            "a conflicted reviewer",
            world.reviewer(REVIEWER),
            [NotFound, NotFound, NotFound, NotFound],
        ),
        (
            "a conflicted reviewer who administers",
            both(REVIEWER),
            [NotFound, NotFound, NotFound, NotFound],
        ),
        (
            "an administrator",
            world.administrator(ADMINISTRATOR),
            [Ok, NotFound, PermissionDenied, NotFound],
        ),
        ("nobody known", world.anonymous(), [Unauthenticated; 4]),
        (
            "another role of the stack",
            ReviewServiceClient::new(world.stack.service("review", "search")),
            [PermissionDenied; 4],
        ),
    ];
    for (who, client, expected) in expected {
        assert_eq!(tries(client, &submitted.id, file).await, expected, "{who}");
    }
}

#[tokio::test]
async fn lists_show_what_is_the_callers() {
    let world = World::with_reviewers(6).await;
    let first = world.submitted(APPLICANT).await.id;
    world.submitted(STRANGER).await;
    world.draft(7).await;
    let mine = world
        .person(APPLICANT)
        .list_my_applications(ListMyApplicationsRequest::default())
        .await
        .expect("own")
        .into_inner();
    assert_eq!(
        mine.applications
            .iter()
            .map(|a| a.application_id.clone())
            .collect::<Vec<_>>(),
        std::slice::from_ref(&first)
    );
    let queue = world
        .reviewer(REVIEWER)
        .list_queue(ListQueueRequest::default())
        .await
        .expect("a reviewer")
        .into_inner();
    assert_eq!(
        queue
            .applications
            .iter()
            .map(|a| a.application_id.clone())
            .collect::<Vec<_>>(),
        [first]
    );
    let all = world
        .administrator(ADMINISTRATOR)
        .list_applications(ListApplicationsRequest::default())
        .await
        .expect("all")
        .into_inner();
    assert_eq!(all.applications.len(), 2, "drafts are nobody's business");
    assert_eq!(
        code(
            world
                .reviewer(REVIEWER)
                .list_applications(ListApplicationsRequest::default())
                .await
        ),
        Code::PermissionDenied
    );
    assert_eq!(
        code(
            world
                .person(APPLICANT)
                .list_queue(ListQueueRequest::default())
                .await
        ),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn an_unknown_application_is_not_found_whatever_is_done_with_it() {
    let world = World::with_reviewers(0).await;
    let id = fresh();
    assert_eq!(
        code(world.get(world.person(APPLICANT), &id).await),
        Code::NotFound
    );
    assert_eq!(code(world.submit(APPLICANT, &id).await), Code::NotFound);
    assert_eq!(
        code(world.vote(REVIEWER, &id, Verdict::Approve).await),
        Code::NotFound
    );
    assert_eq!(code(world.ask(REVIEWER, &id).await), Code::NotFound);
    assert_eq!(code(world.conflict(REVIEWER, &id).await), Code::NotFound);
    let mut applicant = world.person(APPLICANT);
    assert_eq!(
        code(
            applicant
                .withdraw_application(WithdrawApplicationRequest {
                    application_id: id.clone()
                })
                .await
        ),
        Code::NotFound
    );
    assert_eq!(
        code(
            applicant
                .ask_for_decision(AskForDecisionRequest {
                    application_id: id.clone()
                })
                .await
        ),
        Code::NotFound
    );
    assert_eq!(
        code(
            applicant
                .delete_evidence(DeleteEvidenceRequest {
                    evidence_id: id.clone()
                })
                .await
        ),
        Code::NotFound
    );
    assert_eq!(
        code(world.upload(APPLICANT, &id, "application/pdf", pdf()).await),
        Code::NotFound
    );
    let others = world.draft(STRANGER).await;
    let edit = UpdateApplicationRequest {
        application_id: others.id.clone(),
        etag: others.etag,
        content: Some(content()),
    };
    assert_eq!(
        code(applicant.update_application(edit).await),
        Code::NotFound
    );
    assert_eq!(
        code(world.submit(APPLICANT, &others.id).await),
        Code::NotFound
    );
    assert_eq!(
        code(
            world
                .upload(APPLICANT, &others.id, "application/pdf", pdf())
                .await
        ),
        Code::NotFound
    );
}

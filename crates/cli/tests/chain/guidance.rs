//! Step 7: a question becomes a case, and the case gets an answer with a lead.
use contracts::guidance::v1::case::State;
use contracts::guidance::v1::{
    AddQuestionRequest, AnswerCaseRequest, Case, CloseCaseRequest, CreateEntryRequest,
    DirectoryEntry, EntryContent, EntryKind, GetCaseRequest, GetMyCaseRequest, ListCasesRequest,
    ListCasesResponse, NewLead, OpenCaseRequest, OpenCaseResponse, SuggestLeadsRequest,
    SuggestLeadsResponse, TakeCaseRequest,
};
use contracts::options::v1::Role;
use tonic::Code;

use crate::harness::{Person, Town, call, id, keys, refused};

const ASKER: &str = "undrande@prov.example";

/// From the first question to "it helped".
pub(crate) async fn walk(town: &Town, adviser: &Person) {
    let entry = add_entry(town, adviser).await;
    let request = OpenCaseRequest {
        request_id: id(),
        asker_name: town.private("Ebba Undrande"),
        asker_email: town.private(ASKER),
        language: "sv".to_owned(),
        theme: "funding".to_owned(),
        art_fields: keys(&["stage.dance"]),
        municipalities: keys(&["1780"]),
        text: town.private("Vem ger pengar till en turné på pråm?"),
    };
    let opened: OpenCaseResponse = call(&town.anybody, "guidance/OpenCase", &request).await;
    let again: OpenCaseResponse = call(&town.anybody, "guidance/OpenCase", &request).await;
    assert_eq!(opened, again, "sent twice, asked once");
    let queue: ListCasesResponse = call(
        &adviser.client,
        "guidance/ListCases",
        &ListCasesRequest::default(),
    )
    .await;
    assert!(
        queue
            .cases
            .iter()
            .any(|c| c.id == opened.case_id && c.state() == State::Open)
    );

    let case = opened.case_id;
    let request = GetCaseRequest {
        case_id: case.clone(),
    };
    let untaken: Case = call(&adviser.client, "guidance/GetCase", &request).await;
    assert!(
        untaken.asker_email.is_empty(),
        "the address is for the one who takes the case"
    );
    let request = TakeCaseRequest {
        case_id: case.clone(),
        take_over: false,
    };
    let taken: Case = call(&adviser.client, "guidance/TakeCase", &request).await;
    assert_eq!(
        (
            taken.state(),
            taken.asker_email.as_str(),
            taken.taken_by_caller
        ),
        (State::Taken, ASKER, true)
    );

    let request = SuggestLeadsRequest {
        case_id: case.clone(),
    };
    let suggested: SuggestLeadsResponse =
        call(&adviser.client, "guidance/SuggestLeads", &request).await;
    assert_eq!(
        suggested.entries.first().map(|e| e.id.as_str()),
        Some(entry.as_str())
    );
    let request = AnswerCaseRequest {
        request_id: id(),
        case_id: case,
        text: town.private("Börja hos kulturfonden och ta med en karta."),
        leads: vec![NewLead {
            entry_id: entry,
            note: town.private("De gillar båtar."),
        }],
    };
    let answered: Case = call(&adviser.client, "guidance/AnswerCase", &request).await;
    assert_eq!(answered.state(), State::Answered);
    follow(town).await;
}

/// The asker reads the answer with the secret of the mail, asks on, and says that it helped.
async fn follow(town: &Town) {
    let mail = town.mail(ASKER, "guidance.answered").await;
    assert!(mail.text.contains("ta med en karta"), "{}", mail.text);
    let token = town.code(ASKER, "guidance.answered").await;
    let request = GetMyCaseRequest {
        token: token.clone(),
    };
    let seen: Case = call(&town.anybody, "guidance/GetMyCase", &request).await;
    let lead = seen
        .leads
        .first()
        .and_then(|l| l.entry.clone())
        .expect("the answer has a lead");
    assert_eq!(
        (seen.messages.len(), lead.kind(), lead.given),
        (2, EntryKind::Fund, 1)
    );
    let request = GetMyCaseRequest {
        token: "x".repeat(43),
    };
    assert_eq!(
        refused(&town.anybody, "guidance/GetMyCase", &request)
            .await
            .code(),
        Code::NotFound
    );

    let text = town.private("Räcker en segelbåt?");
    let request = AddQuestionRequest {
        request_id: id(),
        token: token.clone(),
        text,
    };
    let asked: Case = call(&town.anybody, "guidance/AddQuestion", &request).await;
    assert_eq!(asked.messages.len(), 3);
    let request = CloseCaseRequest {
        token,
        helped: true,
    };
    let closed: Case = call(&town.anybody, "guidance/CloseCase", &request).await;
    assert_eq!((closed.state(), closed.helped), (State::Closed, true));
}

async fn add_entry(town: &Town, adviser: &Person) -> String {
    let content = EntryContent {
        kind: EntryKind::Fund.into(),
        name: town.private("Älvdalarnas kulturfond"),
        text: town.private("Stöd till resande scenkonst."),
        art_fields: keys(&["stage"]),
        municipalities: Vec::new(),
        url: "https://prov.example/fond".to_owned(),
        email: town.private("fonden@prov.example"),
    };
    let request = CreateEntryRequest {
        request_id: id(),
        content: Some(content),
    };
    let made: DirectoryEntry = call(&adviser.client, "guidance/CreateEntry", &request).await;
    made.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_taken_answered_with_a_lead_and_closed_by_its_asker() {
    let town = Town::start().await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    walk(&town, &adviser).await;
    let request = ListCasesRequest::default();
    assert_eq!(
        refused(&town.administrator.client, "guidance/ListCases", &request)
            .await
            .code(),
        Code::PermissionDenied
    );
}

//! A question from asking to thanks, and who may see what of it.
use contracts::guidance::v1::case::State;
use contracts::guidance::v1::guidance_service_client::GuidanceServiceClient;
use contracts::guidance::v1::*;
use contracts::notify::v1::SendRequest;
use contracts::options::v1::Role;
use prost::Message;
use testkit::{Client, Stack, bad_fields, reason};
use tonic::Code;
use uuid::Uuid;

const ADVISER: Uuid = Uuid::from_u128(1);
const COLLEAGUE: Uuid = Uuid::from_u128(2);

async fn stack() -> Stack {
    let mut stack = Stack::new().await;
    stack
        .start("guidance", |start, region, listener| {
            guidance::serve(start, region, guidance::Settings::default(), listener)
        })
        .await;
    stack
}

fn anybody(stack: &Stack) -> GuidanceServiceClient<Client> {
    GuidanceServiceClient::new(stack.anonymous("guidance"))
}

fn adviser(stack: &Stack, account: Uuid) -> GuidanceServiceClient<Client> {
    GuidanceServiceClient::new(stack.person("guidance", account, &[(Role::Adviser, None)]))
}

fn question() -> OpenCaseRequest {
    OpenCaseRequest {
        request_id: Uuid::now_v7().to_string(),
        asker_name: "Siv Torp".to_owned(),
        asker_email: "siv.torp@example.org".to_owned(),
        language: "sv".to_owned(),
        theme: "venue".to_owned(),
        art_fields: vec!["stage.music".to_owned()],
        municipalities: vec!["1784".to_owned()],
        text: "Var kan en kvartett repetera på kvällarna?".to_owned(),
    }
}

fn entry(name: &str, art_fields: &[&str], municipalities: &[&str]) -> CreateEntryRequest {
    let own = |keys: &[&str]| keys.iter().map(|k| (*k).to_owned()).collect();
    CreateEntryRequest {
        request_id: Uuid::now_v7().to_string(),
        content: Some(EntryContent {
            kind: EntryKind::Network.into(),
            name: name.to_owned(),
            text: "Delar lokaler".to_owned(),
            art_fields: own(art_fields),
            municipalities: own(municipalities),
            ..Default::default()
        }),
    }
}

fn answer(case_id: &str, leads: Vec<NewLead>) -> AnswerCaseRequest {
    AnswerCaseRequest {
        request_id: Uuid::now_v7().to_string(),
        case_id: case_id.to_owned(),
        text: "Hör av dig till nätverket.".to_owned(),
        leads,
    }
}

/// The mails that were left for notify, oldest first.
async fn mails(stack: &Stack) -> Vec<SendRequest> {
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("select payload from guidance.errand order by at")
        .fetch_all(&mut stack.database.connect().await)
        .await
        .expect("the table is there");
    rows.iter()
        .map(|r| SendRequest::decode(&r[..]).expect("a mail"))
        .collect()
}

fn param(mail: &SendRequest, key: &str) -> String {
    mail.params
        .iter()
        .find(|p| p.key == key)
        .expect("the mail has it")
        .value
        .clone()
}

async fn take(stack: &Stack, id: &str) -> Case {
    let request = TakeCaseRequest {
        case_id: id.to_owned(),
        take_over: false,
    };
    adviser(stack, ADVISER)
        .take_case(request)
        .await
        .expect("it is open")
        .into_inner()
}

#[tokio::test]
async fn a_question_gets_an_answer_with_a_lead_and_its_asker_says_that_it_helped() {
    let stack = stack().await;
    let id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    let made = adviser(&stack, ADVISER)
        .create_entry(entry("Replokaler i väst", &["stage"], &["1784"]))
        .await;
    let entry_id = made.expect("an adviser may").into_inner().id;

    let queue = adviser(&stack, ADVISER)
        .list_cases(ListCasesRequest::default())
        .await
        .expect("may")
        .into_inner();
    assert_eq!(queue.cases.len(), 1);
    assert_eq!(queue.cases[0].asker_email, "", "nobody has taken it");
    let taken = take(&stack, &id).await;
    assert_eq!(
        (taken.state(), taken.asker_email.as_str()),
        (State::Taken, "siv.torp@example.org")
    );

    let lead = NewLead {
        entry_id,
        note: "Ring på vardagar".to_owned(),
    };
    let answered = adviser(&stack, ADVISER)
        .answer_case(answer(&id, vec![lead]))
        .await
        .expect("taken")
        .into_inner();
    assert_eq!(answered.state(), State::Answered);
    let mails = mails(&stack).await;
    assert_eq!(
        mails
            .iter()
            .map(|m| m.template.as_str())
            .collect::<Vec<_>>(),
        ["guidance.opened", "guidance.answered"]
    );

    let token = param(&mails[1], "token");
    let mine = anybody(&stack)
        .get_my_case(GetMyCaseRequest {
            token: token.clone(),
        })
        .await
        .expect("mine")
        .into_inner();
    assert_eq!(mine.messages.len(), 2);
    assert_eq!(
        mine.leads[0].entry.as_ref().expect("an entry").name,
        "Replokaler i väst"
    );
    let closed = anybody(&stack)
        .close_case(CloseCaseRequest {
            token,
            helped: true,
        })
        .await
        .expect("answered");
    assert!(closed.into_inner().helped);

    let id = Uuid::parse_str(&id).expect("an id");
    stack.fact("guidance", "CaseClosed", id).await;
    let kinds: Vec<String> = stack
        .facts("guidance")
        .await
        .into_iter()
        .map(|f| f.kind)
        .collect();
    let short: Vec<&str> = kinds.iter().filter_map(|k| k.rsplit('.').next()).collect();
    assert_eq!(
        short,
        [
            "CaseOpened",
            "CaseTaken",
            "LeadGiven",
            "CaseAnswered",
            "CaseClosed"
        ]
    );
}

#[tokio::test]
async fn a_repeated_question_opens_one_case_and_another_one_under_its_id_is_refused() {
    let stack = stack().await;
    let request = question();
    let first = anybody(&stack)
        .open_case(request.clone())
        .await
        .expect("asked")
        .into_inner();
    assert_eq!(
        anybody(&stack)
            .open_case(request.clone())
            .await
            .expect("again")
            .into_inner(),
        first
    );
    let other = OpenCaseRequest {
        text: "Något annat".to_owned(),
        ..request
    };
    assert_eq!(
        anybody(&stack)
            .open_case(other)
            .await
            .expect_err("reused")
            .code(),
        Code::AlreadyExists
    );
    assert_eq!(mails(&stack).await.len(), 1);
}

#[tokio::test]
async fn of_twenty_advisers_who_take_a_case_at_once_one_has_it() {
    let stack = stack().await;
    let id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    let takes = (10..30).map(|n| {
        let mut client = adviser(&stack, Uuid::from_u128(n));
        let request = TakeCaseRequest {
            case_id: id.clone(),
            take_over: false,
        };
        async move { client.take_case(request).await }
    });
    let taken = futures::future::join_all(takes).await;
    assert_eq!(taken.iter().filter(|t| t.is_ok()).count(), 1);
    for refused in taken.into_iter().filter_map(Result::err) {
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Aborted, "TAKEN_BY_ANOTHER")
        );
    }
}

#[tokio::test]
async fn only_the_adviser_who_took_it_answers_and_a_colleague_takes_over_on_purpose() {
    let stack = stack().await;
    let id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    take(&stack, &id).await;
    let refused = adviser(&stack, COLLEAGUE)
        .answer_case(answer(&id, Vec::new()))
        .await
        .expect_err("not theirs");
    assert_eq!(reason(&refused), "NOT_TAKEN_BY_YOU");
    let over = TakeCaseRequest {
        case_id: id.clone(),
        take_over: true,
    };
    adviser(&stack, COLLEAGUE)
        .take_case(over)
        .await
        .expect("on purpose");
    adviser(&stack, COLLEAGUE)
        .answer_case(answer(&id, Vec::new()))
        .await
        .expect("theirs now");
}

#[tokio::test]
async fn a_further_question_brings_the_case_back_and_is_noted_once() {
    let stack = stack().await;
    let id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    take(&stack, &id).await;
    adviser(&stack, ADVISER)
        .answer_case(answer(&id, Vec::new()))
        .await
        .expect("taken");
    let token = param(&mails(&stack).await[0], "token");
    let further = AddQuestionRequest {
        request_id: Uuid::now_v7().to_string(),
        token,
        text: "Och på helger?".to_owned(),
    };
    anybody(&stack)
        .add_question(further.clone())
        .await
        .expect("asked");
    let case = anybody(&stack)
        .add_question(further)
        .await
        .expect("repeated")
        .into_inner();
    assert_eq!((case.state(), case.messages.len()), (State::Taken, 3));
}

#[tokio::test]
async fn without_the_secret_nobody_opens_a_case_and_without_the_role_nobody_sees_the_queue() {
    let stack = stack().await;
    let id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    let refused = anybody(&stack)
        .get_my_case(GetMyCaseRequest {
            token: "A".repeat(64),
        })
        .await;
    assert_eq!(refused.expect_err("forged").code(), Code::NotFound);
    let mut producer = GuidanceServiceClient::new(stack.person("guidance", COLLEAGUE, &[]));
    let refused = producer
        .get_case(GetCaseRequest { case_id: id })
        .await
        .expect_err("no adviser");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = anybody(&stack)
        .list_cases(ListCasesRequest::default())
        .await
        .expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let unknown = GetCaseRequest {
        case_id: Uuid::now_v7().to_string(),
    };
    assert_eq!(
        adviser(&stack, ADVISER)
            .get_case(unknown)
            .await
            .expect_err("no case")
            .code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn every_bad_field_of_a_question_is_named() {
    let stack = stack().await;
    let bad = OpenCaseRequest {
        request_id: "x".to_owned(),
        asker_name: " ".to_owned(),
        asker_email: "siv".to_owned(),
        text: "y".repeat(5001),
        theme: String::new(),
        ..question()
    };
    let refused = anybody(&stack)
        .open_case(bad)
        .await
        .expect_err("five bad fields");
    assert_eq!(
        bad_fields(&refused),
        ["asker_email", "asker_name", "request_id", "text", "theme"]
    );
    let unknown = OpenCaseRequest {
        theme: "space".to_owned(),
        art_fields: vec!["stage.music".to_owned(), "stage.juggling".to_owned()],
        municipalities: vec!["0180".to_owned()],
        language: "fi".to_owned(),
        ..question()
    };
    let refused = anybody(&stack)
        .open_case(unknown)
        .await
        .expect_err("four unknown keys");
    assert_eq!(
        bad_fields(&refused),
        ["art_fields[1]", "language", "municipalities[0]", "theme"]
    );
}

#[tokio::test]
async fn leads_are_suggested_by_field_and_place_and_a_retired_entry_is_not() {
    let stack = stack().await;
    let mut client = adviser(&stack, ADVISER);
    let mut ids = Vec::new();
    for request in [
        entry("För alla", &[], &[]),
        entry("Nära", &["stage"], &["1784"]),
        entry("Annan konst", &["film"], &[]),
        entry("Nedlagd", &["stage"], &["1784"]),
    ] {
        ids.push(
            client
                .create_entry(request)
                .await
                .expect("may")
                .into_inner()
                .id,
        );
    }
    client
        .retire_entry(RetireEntryRequest {
            entry_id: ids[3].clone(),
        })
        .await
        .expect("may");
    let case_id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    let suggested = client
        .suggest_leads(SuggestLeadsRequest { case_id })
        .await
        .expect("may")
        .into_inner();
    let names: Vec<&str> = suggested.entries.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["Nära", "För alla"]);
}

#[tokio::test]
async fn of_two_who_change_an_entry_the_later_one_is_told() {
    let stack = stack().await;
    let mut client = adviser(&stack, ADVISER);
    let made = client
        .create_entry(entry("Namn", &[], &[]))
        .await
        .expect("may")
        .into_inner();
    let update = UpdateEntryRequest {
        entry_id: made.id,
        etag: made.etag,
        content: entry("Nytt namn", &[], &[]).content,
    };
    client.update_entry(update.clone()).await.expect("first");
    let refused = client.update_entry(update).await.expect_err("second");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Aborted, "STALE")
    );
}

#[tokio::test]
async fn a_lead_must_point_somewhere() {
    let stack = stack().await;
    let id = anybody(&stack)
        .open_case(question())
        .await
        .expect("asked")
        .into_inner()
        .case_id;
    take(&stack, &id).await;
    let refused = adviser(&stack, ADVISER)
        .answer_case(answer(&id, vec![NewLead::default()]))
        .await;
    assert_eq!(
        bad_fields(&refused.expect_err("points nowhere")),
        ["leads[0]"]
    );
    let nowhere = NewLead {
        entry_id: Uuid::now_v7().to_string(),
        note: String::new(),
    };
    let refused = adviser(&stack, ADVISER)
        .answer_case(answer(&id, vec![nowhere]))
        .await;
    assert_eq!(
        bad_fields(&refused.expect_err("no such entry")),
        ["leads[0].entry_id"]
    );
    let note = NewLead {
        entry_id: String::new(),
        note: "Fråga på biblioteket".to_owned(),
    };
    let answered = adviser(&stack, ADVISER)
        .answer_case(answer(&id, vec![note]))
        .await
        .expect("a note will do");
    assert_eq!(answered.into_inner().leads.len(), 1);
}

#[tokio::test]
async fn pages_of_cases_miss_none_and_repeat_none() {
    let stack = stack().await;
    for _ in 0..7 {
        anybody(&stack).open_case(question()).await.expect("asked");
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListCasesRequest {
            page_size: 3,
            page_token,
            ..Default::default()
        };
        let page = adviser(&stack, ADVISER)
            .list_cases(request)
            .await
            .expect("may")
            .into_inner();
        seen.extend(page.cases.into_iter().map(|c| c.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

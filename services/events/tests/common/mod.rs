//! What the tests of gatherings share.
#![expect(dead_code, reason = "each test file uses a part of it")]
use contracts::common::v1::LocalText;
use contracts::events::v1::events_service_client::EventsServiceClient;
use contracts::events::v1::gathering_content::Visibility;
use contracts::events::v1::*;
use contracts::notify::v1::SendRequest;
use contracts::notify::v1::send_request::Recipient;
use contracts::options::v1::Role;
use kit::clock::to_proto;
use prost::Message;
use testkit::{Client, Stack};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) type Events = EventsServiceClient<Client>;

pub(crate) const ADVISER: Uuid = Uuid::from_u128(500);

pub(crate) async fn stack() -> Stack {
    let mut stack = Stack::new().await;
    stack
        .start("events", |start, region, listener| {
            events::serve(start, region, events::Settings::default(), listener)
        })
        .await;
    stack
}

pub(crate) fn adviser(stack: &Stack) -> Events {
    Events::new(stack.person("events", ADVISER, &[(Role::Adviser, None)]))
}

pub(crate) fn administrator(stack: &Stack) -> Events {
    Events::new(stack.person(
        "events",
        Uuid::from_u128(501),
        &[(Role::Administrator, None)],
    ))
}

pub(crate) fn anonymous(stack: &Stack) -> Events {
    Events::new(stack.anonymous("events"))
}

pub(crate) fn search(stack: &Stack) -> Events {
    Events::new(stack.service("events", "search"))
}

pub(crate) fn person(stack: &Stack, account: u128) -> Events {
    Events::new(stack.person("events", Uuid::from_u128(account), &[]))
}

pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

pub(crate) fn text(language: &str, text: &str) -> LocalText {
    LocalText {
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

/// A breakfast twelve days from now.
pub(crate) fn content(now: OffsetDateTime, capacity: i32) -> GatheringContent {
    let start = now + Duration::days(12);
    GatheringContent {
        titles: vec![
            text("sv", "Kulturfrukost i Sunne"),
            text("en", "Culture breakfast in Sunne"),
        ],
        texts: vec![text("sv", "Kaffe, smörgås och ett samtal om scener.")],
        format: "breakfast".to_owned(),
        start_time: Some(to_proto(start)),
        end_time: Some(to_proto(start + Duration::minutes(90))),
        time_zone: "Europe/Stockholm".to_owned(),
        place: "Biblioteket, Sunne".to_owned(),
        municipality: "1766".to_owned(),
        online_url: "https://meet.example.org/frukost".to_owned(),
        capacity,
        attendees_visible_to: Visibility::Attendees.into(),
        programme: vec![ProgrammeItem {
            start_time: Some(to_proto(start + Duration::minutes(10))),
            minutes: 50,
            titles: vec![text("sv", "Panel: var finns scenerna?")],
            texts: Vec::new(),
            speaker: "Tova Panelsson".to_owned(),
        }],
        registration_closes_time: None,
        organiser: "Kulturlotsarna".to_owned(),
    }
}

pub(crate) async fn draft(stack: &Stack, content: GatheringContent) -> Gathering {
    let request = CreateGatheringRequest {
        request_id: id(),
        content: Some(content),
    };
    adviser(stack)
        .create_gathering(request)
        .await
        .expect("an adviser may")
        .into_inner()
}

pub(crate) async fn published(stack: &Stack, content: GatheringContent) -> Gathering {
    let gathering_id = draft(stack, content).await.id;
    adviser(stack)
        .publish_gathering(PublishGatheringRequest { gathering_id })
        .await
        .expect("an adviser may")
        .into_inner()
}

pub(crate) fn registration(gathering: &str, name: &str) -> RegisterRequest {
    RegisterRequest {
        request_id: id(),
        gathering_id: gathering.to_owned(),
        name: name.to_owned(),
        email: format!("{}@example.org", name.to_lowercase().replace(' ', ".")),
        organisation: "Teater Klarälven".to_owned(),
        role_text: "producent".to_owned(),
        municipality: "1780".to_owned(),
        listed: true,
        language: "sv".to_owned(),
    }
}

pub(crate) async fn register(stack: &Stack, gathering: &str, name: &str) -> RegisterResponse {
    anonymous(stack)
        .register(registration(gathering, name))
        .await
        .expect("registration is open")
        .into_inner()
}

pub(crate) async fn read(stack: &Stack, token: &str) -> Registration {
    let request = GetRegistrationRequest {
        token: token.to_owned(),
        ..Default::default()
    };
    anonymous(stack)
        .get_registration(request)
        .await
        .expect("the token is good")
        .into_inner()
}

/// The mails left for notify so far: template, address, parameter `link` or `text`.
pub(crate) async fn mails(stack: &Stack) -> Vec<(String, String, SendRequest)> {
    let pool = sqlx::PgPool::connect(&stack.database.url())
        .await
        .expect("the database runs");
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("select payload from events.errand order by id")
        .fetch_all(&pool)
        .await
        .expect("readable");
    pool.close().await;
    let mails = rows.iter().map(|payload| {
        let mail = SendRequest::decode(&payload[..]).expect("a mail");
        let Some(Recipient::Address(to)) = &mail.recipient else {
            panic!("mail goes to addresses");
        };
        (mail.template.clone(), to.email.clone(), mail)
    });
    mails.collect()
}

pub(crate) async fn mailed(stack: &Stack, template: &str) -> Vec<String> {
    mails(stack)
        .await
        .into_iter()
        .filter(|(t, ..)| t == template)
        .map(|(_, address, _)| address)
        .collect()
}

//! Step 6: a gathering with few places, its queue, whom one meets there, and its calendar file.
use contracts::events::v1::gathering_content::Visibility;
use contracts::events::v1::registration::State;
use contracts::events::v1::{
    CancelRegistrationRequest, CreateGatheringRequest, Gathering, GatheringContent,
    GetCalendarRequest, GetCalendarResponse, GetRegistrationRequest, ListAttendeesRequest,
    ListAttendeesResponse, ListRegistrationsRequest, ListRegistrationsResponse, ProgrammeItem,
    PublishGatheringRequest, RegisterRequest, RegisterResponse, Registration, gathering,
};
use contracts::options::v1::Role;
use kulturtorg::grpcweb::Client;
use testkit::reason;
use tonic::Code;

use crate::harness::{Person, Town, call, id, in_days, refused, texts};

/// An adviser publishes a breakfast with so many places, whose list its guests see. Tells its id.
pub(crate) async fn publish(town: &Town, adviser: &Person, capacity: i32) -> String {
    let content = GatheringContent {
        titles: texts("Kulturfrukost vid älven", "Breakfast by the river"),
        texts: texts("Smörgås och samtal.", "Bread and talk."),
        format: "breakfast".to_owned(),
        start_time: in_days(10),
        end_time: in_days(11),
        time_zone: "Europe/Stockholm".to_owned(),
        place: "Bryggeriet i Forshaga".to_owned(),
        municipality: "1763".to_owned(),
        online_url: "https://prov.example/rum".to_owned(),
        capacity,
        attendees_visible_to: Visibility::Attendees.into(),
        programme: vec![ProgrammeItem {
            start_time: in_days(10),
            minutes: 45,
            titles: texts("Så söker du stöd", "How to apply"),
            texts: Vec::new(),
            speaker: town.private("Bengt-Åke Talman"),
        }],
        registration_closes_time: None,
        organiser: "Regionen".to_owned(),
    };
    let request = CreateGatheringRequest {
        request_id: id(),
        content: Some(content),
    };
    let draft: Gathering = call(&adviser.client, "events/CreateGathering", &request).await;
    let request = PublishGatheringRequest {
        gathering_id: draft.id,
    };
    let published: Gathering = call(&adviser.client, "events/PublishGathering", &request).await;
    assert_eq!(published.state(), gathering::State::Published);
    published.id
}

async fn register(
    town: &Town,
    gathering: &str,
    email: &str,
    name: &str,
    listed: bool,
) -> RegisterResponse {
    let request = RegisterRequest {
        request_id: id(),
        gathering_id: gathering.to_owned(),
        name: town.private(name),
        email: town.private(email),
        organisation: town.private("Föreningen Glada Gäss"),
        role_text: town.private("ordförande i vardande"),
        municipality: "1763".to_owned(),
        listed,
        language: "sv".to_owned(),
    };
    call(&town.anybody, "events/Register", &request).await
}

async fn mine(town: &Town, token: &str) -> Registration {
    let request = GetRegistrationRequest {
        token: token.to_owned(),
        ..Default::default()
    };
    call(&town.anybody, "events/GetRegistration", &request).await
}

/// Three people for two places; the first leaves and the third moves up. Tells the gathering's id.
pub(crate) async fn walk(town: &Town, adviser: &Person) -> String {
    let gathering = publish(town, adviser, 2).await;
    let first = register(
        town,
        &gathering,
        "gunnel@prov.example",
        "Gunnel Morgonpigg",
        true,
    )
    .await;
    let second = register(
        town,
        &gathering,
        "ivar@prov.example",
        "Ivar Blyghammar",
        false,
    )
    .await;
    let third = register(
        town,
        &gathering,
        "saga@prov.example",
        "Saga Sistaminuten",
        true,
    )
    .await;
    let waiting = third.registration.clone().expect("it is told");
    assert_eq!((waiting.state(), waiting.position), (State::Waiting, 1));
    assert!(
        waiting.online_url.is_empty(),
        "without a place there is no way in"
    );
    town.mail("saga@prov.example", "events.waiting").await;

    // Gunnel is listed, Ivar comes unlisted, Saga waits. How many are unlisted is for staff.
    let names = attendees(&town.anybody, &gathering, &first.token).await;
    assert_eq!(names, (vec!["Gunnel Morgonpigg".to_owned()], 0));
    let request = ListAttendeesRequest {
        gathering_id: gathering.clone(),
        ..Default::default()
    };
    let status = refused(&town.anybody, "events/ListAttendees", &request).await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::PermissionDenied, "LIST_HIDDEN")
    );
    let request = ListAttendeesRequest {
        token: third.token.clone(),
        ..request
    };
    assert_eq!(
        refused(&town.anybody, "events/ListAttendees", &request)
            .await
            .code(),
        Code::PermissionDenied
    );

    let request = CancelRegistrationRequest {
        token: first.token.clone(),
        ..Default::default()
    };
    let cancelled: Registration = call(&town.anybody, "events/CancelRegistration", &request).await;
    assert_eq!(cancelled.state(), State::Cancelled);
    let moved = mine(town, &third.token).await;
    assert_eq!(
        (moved.state(), moved.online_url.as_str()),
        (State::Confirmed, "https://prov.example/rum")
    );
    town.mail("saga@prov.example", "events.promoted").await;
    assert_eq!(
        attendees(&town.anybody, &gathering, &second.token).await,
        (vec!["Saga Sistaminuten".to_owned()], 0)
    );
    assert_eq!(
        attendees(&adviser.client, &gathering, "").await,
        (vec!["Saga Sistaminuten".to_owned()], 1)
    );

    let request = ListRegistrationsRequest {
        gathering_id: gathering.clone(),
        ..Default::default()
    };
    let all: ListRegistrationsResponse =
        call(&adviser.client, "events/ListRegistrations", &request).await;
    assert_eq!(all.registrations.len(), 3);
    assert_eq!(
        refused(&town.anybody, "events/ListRegistrations", &request)
            .await
            .code(),
        Code::Unauthenticated
    );
    gathering
}

async fn attendees(client: &Client, gathering: &str, token: &str) -> (Vec<String>, i32) {
    let request = ListAttendeesRequest {
        gathering_id: gathering.to_owned(),
        token: token.to_owned(),
        ..Default::default()
    };
    let list: ListAttendeesResponse = call(client, "events/ListAttendees", &request).await;
    (
        list.attendees.into_iter().map(|a| a.name).collect(),
        list.unlisted,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_gathering_has_a_queue_that_moves_up_and_a_list_of_those_alone_who_consented() {
    let town = Town::start().await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let gathering = walk(&town, &adviser).await;
    town.searchable("kulturfrukost", &gathering).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gathering_has_a_calendar_file_with_the_online_address_for_guests_alone() {
    let town = Town::start().await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let gathering = publish(&town, &adviser, 5).await;
    let request = GetCalendarRequest {
        gathering_id: gathering.clone(),
        ..Default::default()
    };
    let public: GetCalendarResponse = call(&town.anybody, "events/GetCalendar", &request).await;
    assert!(
        public.calendar.starts_with("BEGIN:VCALENDAR\r\n"),
        "{}",
        public.calendar
    );
    assert!(
        public.calendar.contains("Kulturfrukost vid älven")
            && public.calendar.ends_with("END:VCALENDAR\r\n")
    );
    assert!(!public.calendar.contains("prov.example/rum") && public.file_name.ends_with(".ics"));

    let guest = register(
        &town,
        &gathering,
        "gunnel@prov.example",
        "Gunnel Morgonpigg",
        true,
    )
    .await;
    let request = GetCalendarRequest {
        token: guest.token,
        ..Default::default()
    };
    let guests: GetCalendarResponse = call(&town.anybody, "events/GetCalendar", &request).await;
    assert!(
        guests
            .calendar
            .replace("\r\n ", "")
            .contains("prov.example/rum"),
        "{}",
        guests.calendar
    );
    assert!(!guests.calendar.contains("Gunnel"));
}

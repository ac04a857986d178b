//! Who comes: registering, the waiting list, consent, whom one will meet.
mod common;

use common::*;
use contracts::events::v1::gathering_content::Visibility;
use contracts::events::v1::registration::State;
use contracts::events::v1::*;
use kit::clock::to_proto;
use testkit::{Stack, bad_fields, reason};
use time::Duration;
use tonic::Code;
use uuid::Uuid;

async fn cancel(stack: &Stack, token: &str) -> Registration {
    let request = CancelRegistrationRequest {
        token: token.to_owned(),
        ..Default::default()
    };
    anonymous(stack)
        .cancel_registration(request)
        .await
        .expect("the token is good")
        .into_inner()
}

#[tokio::test]
async fn those_who_wait_move_up_in_order_when_somebody_cancels_or_places_are_added() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 2)).await;
    let mut all = Vec::new();
    for name in ["Ada", "Bo", "Cia", "Dag", "Eva", "Fia"] {
        all.push(register(&stack, &gathering.id, name).await);
    }
    let standing = |r: &RegisterResponse| {
        r.registration
            .as_ref()
            .map(|r| (r.state(), r.position))
            .expect("given")
    };
    assert_eq!(
        all.iter().map(standing).collect::<Vec<_>>(),
        [
            (State::Confirmed, 0),
            (State::Confirmed, 0),
            (State::Waiting, 1),
            (State::Waiting, 2),
            (State::Waiting, 3),
            (State::Waiting, 4)
        ]
    );
    assert_eq!(
        mailed(&stack, "events.registered").await,
        ["ada@example.org", "bo@example.org"]
    );

    // Somebody who waits leaves: the ones behind come nearer, nobody gets a place.
    cancel(&stack, &all[3].token).await;
    assert_eq!(read(&stack, &all[4].token).await.position, 2);
    assert!(mailed(&stack, "events.promoted").await.is_empty());
    // Somebody with a place leaves: the first in the queue gets it.
    assert_eq!(
        cancel(&stack, &all[0].token).await.state(),
        State::Cancelled
    );
    assert_eq!(
        cancel(&stack, &all[0].token).await.state(),
        State::Cancelled,
        "again changes nothing"
    );
    assert_eq!(read(&stack, &all[2].token).await.state(), State::Confirmed);
    // More places: the others move up too, in order.
    let get = GetGatheringRequest {
        gathering_id: gathering.id.clone(),
    };
    let now = adviser(&stack)
        .get_gathering(get.clone())
        .await
        .expect("staff")
        .into_inner();
    assert_eq!((now.confirmed, now.waiting), (2, 2));
    let update = UpdateGatheringRequest {
        gathering_id: gathering.id.clone(),
        etag: now.etag,
        content: Some(content(stack.clock.now(), 0)),
    };
    let now = adviser(&stack)
        .update_gathering(update)
        .await
        .expect("more places")
        .into_inner();
    assert_eq!((now.confirmed, now.waiting), (4, 0));
    assert_eq!(
        mailed(&stack, "events.promoted").await,
        ["cia@example.org", "eva@example.org", "fia@example.org"]
    );
    assert!(
        mailed(&stack, "events.changed").await.is_empty(),
        "time and place are the same"
    );

    let cia: Uuid = all[2]
        .registration
        .as_ref()
        .expect("given")
        .id
        .parse()
        .expect("an id");
    assert_eq!(
        stack.fact("events", "RegistrationMade", cia).await.revision,
        1
    );
    assert_eq!(
        stack
            .fact("events", "RegistrationPromoted", cia)
            .await
            .revision,
        2
    );
    let ada: Uuid = all[0]
        .registration
        .as_ref()
        .expect("given")
        .id
        .parse()
        .expect("an id");
    assert_eq!(
        stack
            .fact("events", "RegistrationCancelled", ada)
            .await
            .revision,
        2
    );

    let too_few = UpdateGatheringRequest {
        gathering_id: gathering.id,
        etag: now.etag,
        content: Some(content(stack.clock.now(), 3)),
    };
    let refused = adviser(&stack)
        .update_gathering(too_few)
        .await
        .expect_err("four have a place");
    assert_eq!(reason(&refused), "CAPACITY_BELOW_CONFIRMED");
}

#[tokio::test]
async fn an_address_registers_once_and_only_its_holder_hears_of_a_second_try() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 0)).await;
    let first = register(&stack, &gathering.id, "Åsa").await;
    stack.clock.advance(3700);
    for email in ["ÅSA@EXAMPLE.org", "A\u{30A}sa@example.org"] {
        let again = RegisterRequest {
            email: email.to_owned(),
            ..registration(&gathering.id, "Åsa")
        };
        let refused = anonymous(&stack)
            .register(again)
            .await
            .expect_err("the same address");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::AlreadyExists, "ALREADY_REGISTERED")
        );
    }
    assert_eq!(
        mailed(&stack, "events.registered_already").await,
        ["åsa@example.org"],
        "once an hour at most"
    );
    cancel(&stack, &first.token).await;
    register(&stack, &gathering.id, "Åsa").await;
}

#[tokio::test]
async fn a_repeated_registration_gets_the_same_answer() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 0)).await;
    let request = registration(&gathering.id, "Ada");
    let first = anonymous(&stack)
        .register(request.clone())
        .await
        .expect("new")
        .into_inner();
    let again = anonymous(&stack)
        .register(request.clone())
        .await
        .expect("repeated")
        .into_inner();
    assert_eq!(first, again);
    assert_eq!(mailed(&stack, "events.registered").await.len(), 1);
    let other = RegisterRequest {
        name: "Bo".to_owned(),
        ..request
    };
    assert_eq!(
        reason(
            &anonymous(&stack)
                .register(other)
                .await
                .expect_err("another request")
        ),
        "REQUEST_ID_REUSED"
    );
}

#[tokio::test]
async fn a_gathering_takes_registrations_only_while_it_is_published_and_open() {
    let stack = stack().await;
    let now = stack.clock.now();
    let drafted = draft(&stack, content(now, 0)).await;
    assert_eq!(
        anonymous(&stack)
            .register(registration(&drafted.id, "Ada"))
            .await
            .expect_err("a draft")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        reason(
            &adviser(&stack)
                .register(registration(&drafted.id, "Ada"))
                .await
                .expect_err("a draft")
        ),
        "NOT_PUBLISHED"
    );
    assert_eq!(
        anonymous(&stack)
            .register(registration(&id(), "Ada"))
            .await
            .expect_err("unknown")
            .code(),
        Code::NotFound
    );

    let mut closing = content(now, 0);
    closing.registration_closes_time = Some(to_proto(now + Duration::hours(1)));
    let closing = published(&stack, closing).await;
    let early = register(&stack, &closing.id, "Ada").await;
    stack.clock.advance(3600);
    assert_eq!(
        reason(
            &anonymous(&stack)
                .register(registration(&closing.id, "Bo"))
                .await
                .expect_err("too late")
        ),
        "REGISTRATION_CLOSED"
    );
    stack.clock.advance(13 * 86_400);
    let request = CancelRegistrationRequest {
        token: early.token,
        ..Default::default()
    };
    assert_eq!(
        reason(
            &anonymous(&stack)
                .cancel_registration(request)
                .await
                .expect_err("it has begun")
        ),
        "GATHERING_STARTED"
    );
}

#[tokio::test]
async fn every_bad_field_of_a_registration_is_named() {
    let stack = stack().await;
    let bad = RegisterRequest {
        request_id: "1".to_owned(),
        gathering_id: "2".to_owned(),
        name: " ".to_owned(),
        email: "ada".to_owned(),
        organisation: "x".repeat(201),
        role_text: "x\u{202E}".to_owned(),
        municipality: "Å".to_owned(),
        listed: true,
        language: "svenska".to_owned(),
    };
    let refused = anonymous(&stack)
        .register(bad)
        .await
        .expect_err("all of them");
    assert_eq!(
        bad_fields(&refused),
        [
            "email",
            "gathering_id",
            "language",
            "municipality",
            "name",
            "organisation",
            "request_id",
            "role_text"
        ]
    );
    let gathering = published(&stack, content(stack.clock.now(), 0)).await;
    let unknown = RegisterRequest {
        municipality: "9999".to_owned(),
        language: "de".to_owned(),
        ..registration(&gathering.id, "Ada")
    };
    assert_eq!(
        bad_fields(
            &anonymous(&stack)
                .register(unknown)
                .await
                .expect_err("not the region's")
        ),
        ["language", "municipality"]
    );
    let neither = GetRegistrationRequest::default();
    assert_eq!(
        bad_fields(
            &anonymous(&stack)
                .get_registration(neither)
                .await
                .expect_err("neither")
        ),
        ["registration_id", "token"]
    );
}

#[tokio::test]
async fn a_registration_is_reached_by_its_token_or_its_account_and_by_nobody_else() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 0)).await;
    let made = person(&stack, 1)
        .register(registration(&gathering.id, "Ada"))
        .await
        .expect("open")
        .into_inner();
    let registration = made.registration.expect("given");
    assert_eq!(registration.online_url, "https://meet.example.org/frukost");
    let by_id = GetRegistrationRequest {
        registration_id: registration.id.clone(),
        ..Default::default()
    };
    person(&stack, 1)
        .get_registration(by_id.clone())
        .await
        .expect("own");
    assert_eq!(
        person(&stack, 2)
            .get_registration(by_id.clone())
            .await
            .expect_err("somebody else")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        anonymous(&stack)
            .get_registration(by_id)
            .await
            .expect_err("nobody")
            .code(),
        Code::NotFound
    );
    let forged = GetRegistrationRequest {
        token: "A".repeat(64),
        ..Default::default()
    };
    assert_eq!(
        anonymous(&stack)
            .get_registration(forged)
            .await
            .expect_err("forged")
            .code(),
        Code::NotFound
    );
    let steal = CancelRegistrationRequest {
        registration_id: registration.id.clone(),
        ..Default::default()
    };
    assert_eq!(
        person(&stack, 2)
            .cancel_registration(steal)
            .await
            .expect_err("somebody else")
            .code(),
        Code::NotFound
    );
    let mine = person(&stack, 1)
        .list_my_registrations(ListMyRegistrationsRequest::default())
        .await
        .expect("own")
        .into_inner();
    assert_eq!(
        mine.registrations
            .iter()
            .map(|r| r.id.as_str())
            .collect::<Vec<_>>(),
        [registration.id]
    );
    let theirs = person(&stack, 2)
        .list_my_registrations(ListMyRegistrationsRequest::default())
        .await
        .expect("own")
        .into_inner();
    assert!(theirs.registrations.is_empty());
    let get = GetGatheringRequest {
        gathering_id: gathering.id,
    };
    let online = async |mut who: Events| {
        who.get_gathering(get.clone())
            .await
            .expect("public")
            .into_inner()
            .content
            .expect("given")
            .online_url
    };
    assert!(
        !online(person(&stack, 1)).await.is_empty() && online(person(&stack, 2)).await.is_empty()
    );
}

async fn names(mut client: Events, gathering: &str, token: &str) -> Result<Vec<String>, String> {
    let request = ListAttendeesRequest {
        gathering_id: gathering.to_owned(),
        token: token.to_owned(),
        ..Default::default()
    };
    let listed = client
        .list_attendees(request)
        .await
        .map_err(|s| reason(&s))?
        .into_inner();
    Ok(listed.attendees.into_iter().map(|a| a.name).collect())
}

#[tokio::test]
async fn the_list_shows_who_consented_to_those_whom_the_setting_names_and_consent_ends_at_once() {
    let stack = stack().await;
    let now = stack.clock.now();
    let with = |visible: Visibility| GatheringContent {
        attendees_visible_to: visible.into(),
        ..content(now, 3)
    };
    let gathering = published(&stack, with(Visibility::Attendees)).await;
    let ada = register(&stack, &gathering.id, "Ada").await;
    let shy = RegisterRequest {
        listed: false,
        ..registration(&gathering.id, "Bo")
    };
    let shy = anonymous(&stack)
        .register(shy)
        .await
        .expect("open")
        .into_inner();
    person(&stack, 7)
        .register(registration(&gathering.id, "Cia"))
        .await
        .expect("open");
    let waiting = register(&stack, &gathering.id, "Dag").await;

    let both = vec!["Ada".to_owned(), "Cia".to_owned()];
    for token in [&ada.token, &shy.token] {
        assert_eq!(
            names(anonymous(&stack), &gathering.id, token)
                .await
                .as_ref(),
            Ok(&both)
        );
    }
    assert_eq!(
        names(person(&stack, 7), &gathering.id, "").await.as_ref(),
        Ok(&both)
    );
    let hidden = Err("LIST_HIDDEN".to_owned());
    assert_eq!(names(anonymous(&stack), &gathering.id, "").await, hidden);
    assert_eq!(
        names(anonymous(&stack), &gathering.id, &waiting.token).await,
        hidden,
        "no place yet"
    );
    assert_eq!(names(person(&stack, 8), &gathering.id, "").await, hidden);

    let request = ListAttendeesRequest {
        gathering_id: gathering.id.clone(),
        ..Default::default()
    };
    let staff = adviser(&stack)
        .list_attendees(request)
        .await
        .expect("staff")
        .into_inner();
    assert_eq!((staff.attendees.len(), staff.unlisted), (2, 1));
    let door = ListRegistrationsRequest {
        gathering_id: gathering.id.clone(),
        ..Default::default()
    };
    let all = adviser(&stack)
        .list_registrations(door.clone())
        .await
        .expect("staff")
        .into_inner()
        .registrations;
    assert_eq!(
        all.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["Ada", "Bo", "Cia", "Dag"]
    );
    assert_eq!(
        person(&stack, 7)
            .list_registrations(door)
            .await
            .expect_err("not staff")
            .code(),
        Code::PermissionDenied
    );

    let withdraw = UpdateConsentRequest {
        token: ada.token.clone(),
        listed: false,
        ..Default::default()
    };
    assert!(
        !anonymous(&stack)
            .update_consent(withdraw)
            .await
            .expect("own")
            .into_inner()
            .listed
    );
    assert_eq!(
        names(anonymous(&stack), &gathering.id, &ada.token).await,
        Ok(vec!["Cia".to_owned()])
    );

    let elsewhere = published(&stack, with(Visibility::Attendees)).await;
    assert_eq!(
        names(anonymous(&stack), &elsewhere.id, &ada.token).await,
        hidden,
        "another gathering's token"
    );
    let open = published(&stack, with(Visibility::Everybody)).await;
    let eva = register(&stack, &open.id, "Eva").await;
    assert_eq!(
        names(anonymous(&stack), &open.id, "").await,
        Ok(vec!["Eva".to_owned()])
    );
    cancel(&stack, &eva.token).await;
    assert_eq!(names(anonymous(&stack), &open.id, "").await, Ok(vec![]));
    let consent = UpdateConsentRequest {
        token: eva.token,
        listed: true,
        ..Default::default()
    };
    assert_eq!(
        reason(
            &anonymous(&stack)
                .update_consent(consent)
                .await
                .expect_err("cancelled")
        ),
        "REGISTRATION_CANCELLED"
    );
    let closed = published(&stack, with(Visibility::Nobody)).await;
    let fia = register(&stack, &closed.id, "Fia").await;
    assert_eq!(
        names(anonymous(&stack), &closed.id, &fia.token).await,
        hidden
    );
}

#[tokio::test]
async fn everybody_who_comes_or_waits_is_told_when_a_gathering_moves_or_is_cancelled() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 1)).await;
    let gone = register(&stack, &gathering.id, "Noa").await;
    register(&stack, &gathering.id, "Ada").await;
    register(&stack, &gathering.id, "Bo").await;
    cancel(&stack, &gone.token).await;
    assert_eq!(
        mailed(&stack, "events.registration_cancelled").await,
        ["noa@example.org"]
    );
    let mut moved = content(stack.clock.now(), 1);
    moved.place = "Kulturhuset".to_owned();
    let update = UpdateGatheringRequest {
        gathering_id: gathering.id.clone(),
        etag: gathering.etag,
        content: Some(moved),
    };
    adviser(&stack).update_gathering(update).await.expect("may");
    let cancelling = CancelGatheringRequest {
        gathering_id: gathering.id.clone(),
        text: "Snöstorm.".to_owned(),
    };
    adviser(&stack)
        .cancel_gathering(cancelling)
        .await
        .expect("may");
    for template in ["events.changed", "events.cancelled"] {
        assert_eq!(
            mailed(&stack, template).await,
            ["ada@example.org", "bo@example.org"],
            "{template}"
        );
    }
    let all = mails(&stack).await;
    let last = &all.last().expect("sent").2;
    assert!(
        last.params
            .iter()
            .any(|p| p.key == "text" && p.value == "Snöstorm.")
    );
    // Only the one with a place reads where the meeting is.
    let online = |address: &str| {
        let mail = all
            .iter()
            .find(|(t, a, _)| t == "events.changed" && a == address)
            .expect("sent");
        mail.2
            .params
            .iter()
            .find(|p| p.key == "online")
            .expect("given")
            .value
            .clone()
    };
    assert_eq!(
        (
            online("ada@example.org").as_str(),
            online("bo@example.org").as_str()
        ),
        ("https://meet.example.org/frukost", "–")
    );
}

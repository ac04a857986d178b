//! Every method of the contract, given what it must refuse. Nothing of it may end in INTERNAL or UNKNOWN, which
//! `Region::call` watches over.
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use prost::Message;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::contract::{
    self, Rule, choices, chosen, each_method, is_number, number, path, rule, timestamp, valid,
};
use crate::region::{Door, Region};

/// An answer names so many fields at least; the headers that carry them have no room for thousands.
const NAMED: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn every_method_names_every_field_that_breaks_its_rule_and_only_those() {
    let region = Region::start().await;
    let fields = AtomicUsize::new(0);
    let wrong = each_method(async |method| {
        let mut wrong = Vec::new();
        let input = method.input();
        for choice in 0..choices(&input) {
            for way in [Way::TooMuch, Way::Hostile, Way::Misshapen] {
                let mut expected = BTreeSet::new();
                let request = broken(&input, way, choice, "", &mut expected);
                fields.fetch_add(expected.len(), Ordering::Relaxed);
                wrong.extend(
                    compare(
                        &region,
                        &method,
                        &request,
                        &expected,
                        &format!("{way:?} {choice}"),
                    )
                    .await,
                );
            }
        }
        wrong
    })
    .await;
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let fields = fields.into_inner();
    assert!(
        fields > 1000,
        "only {fields} broken fields were sent; the walk has lost its way"
    );
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_request_is_told_every_field_that_must_be_given() {
    let region = Region::start().await;
    let wrong = each_method(async |method| {
        let required = |f: &FieldDescriptor| {
            let rule = rule(f);
            rule.required && (!is_number(&f.kind()) || rule.least.is_some_and(|l| l > 0))
        };
        let expected = method
            .input()
            .fields()
            .filter(required)
            .map(|f| f.name().to_owned())
            .collect();
        compare(
            &region,
            &method,
            &DynamicMessage::new(method.input()),
            &expected,
            "empty",
        )
        .await
        .into_iter()
        .collect()
    })
    .await;
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_thousands_of_errors_is_told_as_many_as_an_answer_has_room_for() {
    use contracts::ticketing::v1::{CreateHallRequest, Row, Section};
    let region = Region::start().await;
    let section = Section {
        rows: vec![Row::default(); 200],
        ..Default::default()
    };
    let request = CreateHallRequest {
        sections: vec![section; 50],
        ..Default::default()
    };
    for door in [Door::Gateway, Door::Role] {
        let path = "kulturtorg.ticketing.v1.TicketingService/CreateHall";
        let told = region
            .call(
                door,
                path,
                request.encode_to_vec().into(),
                Some(&region.everything()),
            )
            .await;
        let status = told.expect_err("20,053 fields are missing");
        assert_eq!(status.code(), Code::InvalidArgument, "{door:?}: {status:?}");
        assert!(fields_of(&status).len() >= NAMED, "{door:?}: {status:?}");
    }
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_refused_and_the_next_call_is_served() {
    let region = Region::start().await;
    let wrong = each_method(async |method| {
        let token = if contract::service_only(&method) {
            region.service()
        } else {
            region.everything()
        };
        let mut wrong = Vec::new();
        for (case, bytes, code) in no_messages(&method) {
            for door in doors(&method) {
                let answered = region
                    .call(door, &path(&method), bytes.clone(), Some(&token))
                    .await;
                if answered.as_ref().err().map(Status::code) != Some(code) {
                    wrong.push(format!(
                        "{} at {door:?}, {case}: {answered:?}",
                        path(&method)
                    ));
                }
            }
        }
        let list = "kulturtorg.ticketing.v1.TicketingService/ListHouses";
        let next = region.call(Door::Gateway, list, Bytes::new(), None).await;
        assert!(next.is_ok(), "after {}: {next:?}", path(&method));
        wrong
    })
    .await;
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    region.stop().await;
}

fn no_messages(method: &MethodDescriptor) -> Vec<(&'static str, Bytes, Code)> {
    // Groups within groups: an unknown field, so that nothing but the depth is wrong with it.
    let nested = |depth: usize| {
        Bytes::from([[0xC3, 0x3E].repeat(depth), [0xC4, 0x3E].repeat(depth)].concat())
    };
    let mut cases = vec![
        (
            "garbage",
            Bytes::from_static(&[0xFF; 40]),
            Code::InvalidArgument,
        ),
        ("101 deep", nested(101), Code::InvalidArgument),
        ("200,000 deep", nested(200_000), Code::InvalidArgument),
        (
            "1 MiB + 1",
            Bytes::from(vec![0; (1 << 20) + 1]),
            Code::ResourceExhausted,
        ),
    ];
    if method
        .input()
        .get_field(1)
        .is_some_and(|f| f.kind() == Kind::String)
    {
        cases.push((
            "not UTF-8",
            Bytes::from_static(&[0x0A, 0x02, 0xC0, 0xAF]),
            Code::InvalidArgument,
        ));
    }
    let mut cut = valid(&method.input(), 0).encode_to_vec();
    if cut.pop().is_some() {
        cases.push(("cut short", cut.into(), Code::InvalidArgument));
    }
    cases
}

/// Methods that answer an unknown id with something other than NOT_FOUND, and why that is right.
const OTHERWISE: &[(&str, Code, &str)] = &[
    (
        "/CheckIn",
        Code::FailedPrecondition,
        "a door tells nobody why a ticket does not admit",
    ),
    (
        "/Send",
        Code::InvalidArgument,
        "each template wants params of its own",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_things_that_do_not_exist_are_not_found() {
    let region = Region::start().await;
    let asked = AtomicUsize::new(0);
    let wrong = each_method(async |method| {
        let mut wrong = Vec::new();
        if !contract::has_ids(&method.input()) {
            return wrong;
        }
        let name = path(&method);
        let token = if contract::service_only(&method) {
            region.service()
        } else {
            region.everything()
        };
        for choice in 0..choices(&method.input()) {
            let request = fitting(&method, valid(&method.input(), choice));
            asked.fetch_add(1, Ordering::Relaxed);
            let answered = region
                .call(
                    usual_door(&method),
                    &name,
                    request.encode_to_vec().into(),
                    Some(&token),
                )
                .await;
            let code = answered.as_ref().map_or_else(Status::code, |_| Code::Ok);
            let otherwise = OTHERWISE
                .iter()
                .any(|(n, c, _)| name.ends_with(n) && *c == code);
            if code != Code::NotFound && !otherwise {
                use tonic_types::StatusExt;
                let told = answered
                    .err()
                    .map(|e| (e.message().to_owned(), e.get_details_bad_request()));
                wrong.push(format!("{name}: {code:?} {told:?} "));
            }
        }
        wrong
    })
    .await;
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let asked = asked.into_inner();
    assert!(asked > 50, "only {asked} requests had ids");
    region.stop().await;
}

/// What only a person sees: two fields of which one must be empty.
fn fitting(method: &MethodDescriptor, mut request: DynamicMessage) -> DynamicMessage {
    match method.name() {
        "GetRegistration" | "UpdateConsent" | "CancelRegistration" | "ReplyToEnquiry"
        | "GetCalendar" | "ListAttendees" => request.clear_field_by_name("token"),
        "HoldSeats" => request.clear_field_by_name("places"),
        "CreateOffer" | "UpdateOffer" => set(
            &mut request,
            "content",
            "travels_everywhere",
            Value::Bool(false),
        ),
        "CreateHall" => request.clear_field_by_name("free_places"),
        _ => {}
    }
    if method.name() == "GrantRole" {
        request.set_field_by_name(
            "role",
            Value::EnumNumber(contracts::options::v1::Role::House.into()),
        );
        request.clear_field_by_name("art_fields");
    }
    request
}

fn set(request: &mut DynamicMessage, message: &str, field: &str, value: Value) {
    let inner = request
        .get_field_by_name_mut(message)
        .and_then(Value::as_message_mut);
    inner
        .expect("the request has this message")
        .set_field_by_name(field, value);
}

/// Texts that mean something to what they pass through: SQL, LIKE, tsquery, HTML, JSON, shells, templates, logs.
const META: &str = r#"'; drop table x; -- %_\ "q" & | ! (a:* <-> b) <script>alert(1)</script> {{7*7}} ${x} $1 `id` =1+1 \u0000 å̈👩‍🎨"#;

#[tokio::test(flavor = "multi_thread")]
async fn text_with_characters_that_mean_something_elsewhere_comes_back_as_it_was() {
    use contracts::{
        common::v1::LocalText, events::v1 as events, guidance::v1 as guidance,
        profiles::v1 as profiles, ticketing::v1 as ticketing,
    };
    let region = Region::start().await;
    let client = region.gateway.with_token(Some(region.everything()));
    let texts = || {
        vec![LocalText {
            language: "sv".to_owned(),
            text: META.to_owned(),
        }]
    };
    let id = || Uuid::now_v7().to_string();
    let came_back = |told: &[LocalText]| assert_eq!(told, texts());

    let at = |method: &str| format!("kulturtorg.ticketing.v1.TicketingService/{method}");
    let request = ticketing::CreateHouseRequest {
        name: META.to_owned(),
        municipality: "1780".to_owned(),
        texts: texts(),
        request_id: id(),
    };
    let made: ticketing::House = client
        .unary(&at("CreateHouse"), &request)
        .await
        .expect("made");
    let house: ticketing::House = client
        .unary(
            &at("GetHouse"),
            &ticketing::GetHouseRequest {
                house_id: made.id.clone(),
            },
        )
        .await
        .expect("there");
    assert_eq!(house.name, META);
    came_back(&house.texts);
    let request = ticketing::CreateProductionRequest {
        house_id: made.id.clone(),
        titles: texts(),
        texts: texts(),
        genre: "concert".to_owned(),
        minutes: 60,
        request_id: id(),
        ..Default::default()
    };
    let _: ticketing::Production = client
        .unary(&at("CreateProduction"), &request)
        .await
        .expect("made");
    let request = ticketing::ListProductionsRequest {
        house_id: made.id,
        ..Default::default()
    };
    let listed: ticketing::ListProductionsResponse = client
        .unary(&at("ListProductions"), &request)
        .await
        .expect("listed");
    came_back(&listed.productions[0].titles);
    came_back(&listed.productions[0].texts);

    let at = |method: &str| format!("kulturtorg.profiles.v1.ProfilesService/{method}");
    let content = profiles::ProfileContent {
        name: META.to_owned(),
        art_fields: vec!["stage.music".to_owned()],
        municipality: "1780".to_owned(),
        texts: texts(),
        links: vec![profiles::Link {
            title: META.to_owned(),
            url: "https://example.org/?a='%27--&b=<b>".to_owned(),
        }],
        contact: Some(profiles::Contact {
            email: "o'brien+%_@example.org".to_owned(),
            ..Default::default()
        }),
    };
    let request = profiles::CreateProfileRequest {
        request_id: id(),
        content: Some(content.clone()),
    };
    let made: profiles::Profile = client
        .unary(&at("CreateProfile"), &request)
        .await
        .expect("made");
    let request = profiles::GetProfileRequest {
        profile_id: made.id,
    };
    let profile: profiles::Profile = client
        .unary(&at("GetProfile"), &request)
        .await
        .expect("there");
    assert_eq!(profile.content, Some(content));

    let at = |method: &str| format!("kulturtorg.events.v1.EventsService/{method}");
    let message = contracts::pool()
        .get_message_by_name("kulturtorg.events.v1.GatheringContent")
        .expect("it exists");
    let mut content: events::GatheringContent =
        valid(&message, 0).transcode_to().expect("the same message");
    (content.titles, content.texts, content.place) = (texts(), texts(), META.to_owned());
    content.programme.clear();
    let request = events::CreateGatheringRequest {
        request_id: id(),
        content: Some(content.clone()),
    };
    let made: events::Gathering = client
        .unary(&at("CreateGathering"), &request)
        .await
        .expect("made");
    let request = events::GetGatheringRequest {
        gathering_id: made.id,
    };
    let gathering: events::Gathering = client
        .unary(&at("GetGathering"), &request)
        .await
        .expect("there");
    let told = gathering.content.expect("it has content");
    came_back(&told.titles);
    came_back(&told.texts);
    assert_eq!(told.place, META);

    let at = |method: &str| format!("kulturtorg.guidance.v1.GuidanceService/{method}");
    let entry = guidance::EntryContent {
        kind: guidance::EntryKind::Function.into(),
        name: META.to_owned(),
        text: META.to_owned(),
        ..Default::default()
    };
    let request = guidance::CreateEntryRequest {
        request_id: id(),
        content: Some(entry),
    };
    let _: guidance::DirectoryEntry = client
        .unary(&at("CreateEntry"), &request)
        .await
        .expect("made");
    let listed: guidance::ListEntriesResponse = client
        .unary(&at("ListEntries"), &guidance::ListEntriesRequest::default())
        .await
        .expect("listed");
    assert_eq!(
        (
            listed.entries[0].name.as_str(),
            listed.entries[0].text.as_str()
        ),
        (META, META)
    );
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_query_breaks_the_search() {
    use contracts::search::v1::{SearchRequest, SearchResponse};
    let region = Region::start().await;
    let staff = region.gateway.with_token(Some(region.everything()));
    let queries = [
        META,
        "'",
        "\"",
        "\\",
        "%",
        "_",
        "a & | b",
        "!",
        "((",
        ":*",
        "<->",
        "-",
        "*",
        "   ",
        "å",
        "👩‍🎨",
        "kind = 1 OR 1=1",
        "a:b:c",
    ];
    for query in queries
        .iter()
        .flat_map(|q| [(*q).to_owned(), q.repeat(200).chars().take(200).collect()])
    {
        let request = SearchRequest {
            query: query.clone(),
            ..Default::default()
        };
        let found: Result<SearchResponse, _> = staff
            .unary("kulturtorg.search.v1.SearchService/Search", &request)
            .await;
        assert!(found.is_ok(), "{query:?}: {found:?}");
    }
    region.stop().await;
}

/// In what way the fields of a request are wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// Too long, too large, too many, enum values that do not exist.
    TooMuch,
    /// A NUL in texts, one wrong item in lists, numbers too small.
    Hostile,
    /// Blank, of the wrong shape, or missing.
    Misshapen,
}

/// A request in which every field that can break its rule does. `expected` gets the paths that the answer must name.
fn broken(
    descriptor: &MessageDescriptor,
    way: Way,
    choice: usize,
    at: &str,
    expected: &mut BTreeSet<String>,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in chosen(descriptor, choice) {
        let path = format!("{at}{}", field.name());
        let rule = rule(&field);
        if way == Way::Misshapen
            && rule.required
            && (!is_number(&field.kind()) || field.is_list())
            && field.kind() != Kind::String
        {
            expected.insert(path);
        } else if field.is_list() {
            message.set_field(
                &field,
                Value::List(broken_list(&field, &rule, way, choice, &path, expected)),
            );
        } else if let Some(value) = broken_value(&field, &rule, way, choice, &path, expected) {
            message.set_field(&field, value);
        }
    }
    message
}

fn broken_list(
    field: &FieldDescriptor,
    rule: &Rule,
    way: Way,
    choice: usize,
    path: &str,
    expected: &mut BTreeSet<String>,
) -> Vec<Value> {
    if way == Way::TooMuch {
        expected.insert(path.to_owned());
        let valid = valid(field.parent_message(), choice);
        let one = match valid.get_field(field).as_list() {
            Some([one, ..]) => one.clone(),
            // Of a oneof whose other field was chosen.
            _ => panic!("{path} has no valid item"),
        };
        return vec![one; rule.max + 1];
    }
    let item = Rule {
        required: true,
        min: 0,
        max: 300,
        ..rule.clone()
    };
    // Several items, so that the number in the path is seen to be right.
    let items = rule.min.max(2).min(rule.max);
    (0..items)
        .map(|i| {
            let path = format!("{path}[{i}]");
            let value = broken_value(field, &item, way, choice, &path, expected);
            value.unwrap_or_else(|| panic!("an item of {path} cannot break its rule"))
        })
        .collect()
}

/// `None`: left out, because it can break no rule, or because leaving it out does.
fn broken_value(
    field: &FieldDescriptor,
    rule: &Rule,
    way: Way,
    choice: usize,
    path: &str,
    expected: &mut BTreeSet<String>,
) -> Option<Value> {
    let value = match field.kind() {
        Kind::Bool => return None,
        Kind::Message(m) if m.full_name() == "google.protobuf.Timestamp" => {
            Value::Message(timestamp(
                m,
                if way == Way::TooMuch {
                    i64::MAX
                } else {
                    i64::MIN
                },
            ))
        }
        Kind::Message(m) => {
            let inner = broken(&m, way, choice, &format!("{path}."), expected);
            return Some(Value::Message(inner));
        }
        Kind::String => match broken_text(rule, way) {
            Some(text) => Value::String(text),
            None => {
                expected.insert(path.to_owned());
                return None;
            }
        },
        Kind::Bytes if way == Way::Hostile && rule.min > 1 => {
            Value::Bytes(vec![0; rule.min - 1].into())
        }
        Kind::Bytes => Value::Bytes(vec![0; rule.max + 1].into()),
        Kind::Enum(_) => Value::EnumNumber(if way == Way::TooMuch { 99_999 } else { -1 }),
        kind => {
            let above = rule.most.expect("a number has a range") + 1;
            let below = rule.least.expect("a number has a range") - 1;
            match way {
                Way::TooMuch => number(&kind, above)
                    .unwrap_or_else(|| number(&kind, below).expect("one of both fits")),
                _ => number(&kind, below)
                    .filter(|_| below != 0)
                    .unwrap_or_else(|| number(&kind, above).expect("one of both fits")),
            }
        }
    };
    expected.insert(path.to_owned());
    Some(value)
}

/// `None`: a text that must be given is not.
fn broken_text(rule: &Rule, way: Way) -> Option<String> {
    let too_long = "å".repeat(rule.max + 1);
    let secret = rule.format == "FORMAT_SECRET";
    Some(match way {
        Way::TooMuch => too_long,
        // A secret may hold any character.
        Way::Hostile if secret => too_long,
        Way::Hostile => "a\0b".chars().take(rule.max.max(2)).collect(),
        Way::Misshapen if rule.required && secret => return None,
        Way::Misshapen if rule.required => " ".to_owned(),
        Way::Misshapen if matches!(rule.format, "FORMAT_UNSPECIFIED" | "FORMAT_TEXT") => {
            "a\u{202E}b".chars().take(rule.max).collect()
        }
        Way::Misshapen if secret => too_long,
        Way::Misshapen => "Ö ".chars().take(rule.max).collect(),
    })
}

/// Service-only methods are called at the role, where their callers are; others as people call them.
fn usual_door(method: &MethodDescriptor) -> Door {
    if contract::service_only(method) {
        Door::Role
    } else {
        Door::Gateway
    }
}

fn doors(method: &MethodDescriptor) -> Vec<Door> {
    if contract::service_only(method) {
        vec![Door::Role]
    } else {
        vec![Door::Gateway, Door::Role]
    }
}

async fn compare(
    region: &Region,
    method: &MethodDescriptor,
    request: &DynamicMessage,
    expected: &BTreeSet<String>,
    how: &str,
) -> Option<String> {
    let name = path(method);
    let token = if contract::service_only(method) {
        region.service()
    } else {
        region.everything()
    };
    let bytes: Bytes = request.encode_to_vec().into();
    if bytes.len() > 1 << 20 {
        return Some(format!(
            "{name}, {how}: the request is larger than a request may be"
        ));
    }
    let answered = region
        .call(usual_door(method), &name, bytes, Some(&token))
        .await;
    let told = match &answered {
        _ if expected.is_empty() => return None,
        Err(status) if status.code() == Code::InvalidArgument => fields_of(status),
        other => {
            return Some(format!(
                "{name}, {how}: {other:?} instead of {} fields: {expected:?}",
                expected.len()
            ));
        }
    };
    let complete = told.len() >= NAMED.min(expected.len());
    if complete && (told == *expected || expected.len() > NAMED && told.is_subset(expected)) {
        return None;
    }
    let missing: Vec<_> = expected.difference(&told).collect();
    let more: Vec<_> = told.difference(expected).collect();
    Some(format!(
        "{name}, {how}: does not name {missing:?}, names {more:?}"
    ))
}

fn fields_of(status: &Status) -> BTreeSet<String> {
    use tonic_types::StatusExt;
    let details = status.get_details_bad_request();
    details
        .into_iter()
        .flat_map(|d| d.field_violations)
        .map(|v| v.field)
        .collect()
}

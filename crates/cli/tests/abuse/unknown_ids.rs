//! Ids of the right shape that nothing has.
use std::sync::atomic::{AtomicUsize, Ordering};

use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tonic::{Code, Status};

use crate::bad_input::usual_door;
use crate::contract::{self, choices, each_method, path, valid};
use crate::region::Region;

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

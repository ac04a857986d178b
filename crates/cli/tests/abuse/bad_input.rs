//! Every method of the contract, given what it must refuse. Nothing of it may end in INTERNAL or UNKNOWN, which
//! `Region::call` watches over.
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, MethodDescriptor};
use tonic::{Code, Status};

use crate::broken::{Way, broken};
use crate::contract::{self, choices, each_method, is_number, path, rule};
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

/// Service-only methods are called at the role, where their callers are; others as people call them.
pub(crate) fn usual_door(method: &MethodDescriptor) -> Door {
    if contract::service_only(method) {
        Door::Role
    } else {
        Door::Gateway
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

pub(crate) fn fields_of(status: &Status) -> BTreeSet<String> {
    use tonic_types::StatusExt;
    let details = status.get_details_bad_request();
    details
        .into_iter()
        .flat_map(|d| d.field_violations)
        .map(|v| v.field)
        .collect()
}

//! The privacy projection: from a fact to what an analyst may see of it.
use std::sync::Arc;

use contracts::stream::v1::ExportedFact;
use futures::FutureExt;
use kit::inbox::{Event, Failure, Handler};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, SerializeOptions};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::count;

pub(crate) fn handler(region: &str) -> Handler {
    let region: Arc<str> = region.into();
    Arc::new(move |tx, event| {
        let region = region.clone();
        async move {
            let Some(cloud_event) = project(&region, &event)? else {
                return Ok(());
            };
            let noun = format!("{}_{}", event.source_role, event.noun);
            let fact = ExportedFact { cloud_event };
            // Each exported fact is a thing of its own, known by the fact's id: a repeat cannot be stored twice.
            kit::outbox::publish(tx, &noun, &event.verb, event.id, 1, &fact).await?;
            count::note(tx, &event).await?;
            Ok(())
        }
        .boxed()
    })
}

/// The CloudEvent of an exported fact; `None` for one that stays inside.
fn project(region: &str, event: &Event) -> Result<Option<String>, Failure> {
    let Some(descriptor) = contracts::pool().get_message_by_name(&event.kind) else {
        // A newer role's fact: nothing is known of its fields, so nothing is passed on.
        tracing::warn!(
            kind = event.kind,
            "a fact of an unknown type was not exported"
        );
        return Ok(None);
    };
    if !is_exported(&descriptor) {
        return Ok(None);
    }
    let mut message = DynamicMessage::decode(descriptor, event.payload.clone())
        .map_err(|e| Failure::Poison(format!("{} cannot be read: {e}", event.kind)))?;
    without_personal(&mut message);
    let options = SerializeOptions::new().use_proto_field_name(true);
    let data = message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|e| Failure::Poison(format!("{} has no JSON form: {e}", event.kind)))?;
    Ok(Some(cloud_event(region, event, &data).to_string()))
}

fn cloud_event(region: &str, event: &Event, data: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": event.id,
        "source": format!("/kulturtorg/{region}/{}", event.source_role),
        "type": event.kind,
        "subject": event.subject_id,
        "time": event.time.format(&Rfc3339).unwrap_or_default(),
        "datacontenttype": "application/json",
        "sequence": format!("{:020}", event.revision),
        "data": data,
    })
}

fn option(holder: &DynamicMessage, name: &str) -> bool {
    contracts::pool()
        .get_extension_by_name(&format!("{}.{name}", contracts::OPTIONS_PACKAGE))
        .is_some_and(|e| holder.get_extension(&e).as_bool().unwrap_or(false))
}

fn is_exported(message: &MessageDescriptor) -> bool {
    option(&message.options(), "exported")
}

/// A test of the contract forbids personal fields in exported facts; should one slip in, it does not get out.
fn without_personal(message: &mut DynamicMessage) {
    for field in message.descriptor().fields() {
        if option(&field.options(), "personal") {
            message.clear_field(&field);
        } else if field.is_list() || field.is_map() {
            if let Some(list) = message.get_field_mut(&field).as_list_mut() {
                list.iter_mut()
                    .filter_map(|v| v.as_message_mut())
                    .for_each(without_personal);
            }
        } else if message.has_field(&field)
            && let Some(inner) = message.get_field_mut(&field).as_message_mut()
        {
            without_personal(inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{common, identity, ticketing};
    use prost::{Message, Name};
    use time::macros::datetime;
    use uuid::Uuid;

    fn event<M: Message + Name>(role: &str, noun: &str, message: &M) -> Event {
        Event {
            id: Uuid::from_u128(1),
            kind: M::full_name(),
            source_role: role.to_owned(),
            noun: noun.to_owned(),
            verb: "happened".to_owned(),
            subject_id: Uuid::from_u128(2),
            revision: 3,
            time: datetime!(2026-11-21 08:00 UTC),
            payload: message.encode_to_vec().into(),
            traceparent: None,
        }
    }

    #[test]
    fn an_exported_fact_becomes_a_cloud_event() {
        let paid = ticketing::v1::OrderPaid {
            order_id: Uuid::from_u128(2).to_string(),
            seats: 2,
            total: Some(common::v1::Money {
                currency: "SEK".to_owned(),
                minor_units: 25_000,
            }),
            ..Default::default()
        };
        let told = project("varmland", &event("ticketing", "order", &paid))
            .expect("readable")
            .expect("exported");
        let told: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(told["type"], "kulturtorg.ticketing.v1.OrderPaid");
        assert_eq!(told["source"], "/kulturtorg/varmland/ticketing");
        assert_eq!(told["sequence"], "00000000000000000003");
        assert_eq!(told["data"]["total"]["minor_units"], "25000");
    }

    #[test]
    fn a_fact_about_an_account_stays_inside() {
        let role = identity::v1::RoleGranted {
            account_id: "secret".to_owned(),
            ..Default::default()
        };
        assert!(
            project("varmland", &event("identity", "account", &role))
                .expect("readable")
                .is_none()
        );
    }

    #[test]
    fn a_personal_field_that_slipped_into_a_fact_does_not_get_out() {
        let part = common::v1::FilePart {
            name: "examensbevis-anna.pdf".to_owned(),
            size: 7,
            ..Default::default()
        };
        let descriptor = contracts::pool()
            .get_message_by_name("kulturtorg.common.v1.FilePart")
            .expect("it exists");
        let mut message =
            DynamicMessage::decode(descriptor, &part.encode_to_vec()[..]).expect("readable");
        without_personal(&mut message);
        let left: common::v1::FilePart = message.transcode_to().expect("the same message");
        assert_eq!((left.name.as_str(), left.size), ("", 7));
    }

    #[test]
    fn a_fact_that_cannot_be_read_is_poison() {
        let mut broken = event("ticketing", "order", &ticketing::v1::OrderPaid::default());
        broken.payload = bytes::Bytes::from_static(&[0xFF, 0xFF]);
        assert!(matches!(
            project("varmland", &broken),
            Err(Failure::Poison(_))
        ));
    }

    #[test]
    fn no_exported_message_of_the_contract_has_a_personal_field() {
        fn personal(message: &MessageDescriptor, found: &mut Vec<String>, seen: &mut Vec<String>) {
            if seen.iter().any(|s| s == message.full_name()) {
                return;
            }
            seen.push(message.full_name().to_owned());
            for field in message.fields() {
                if option(&field.options(), "personal") {
                    found.push(field.full_name().to_owned());
                }
                if let prost_reflect::Kind::Message(inner) = field.kind() {
                    personal(&inner, found, seen);
                }
            }
        }
        let exported: Vec<_> = contracts::pool()
            .all_messages()
            .filter(is_exported)
            .collect();
        assert!(exported.len() > 20, "the option is read");
        let mut found = Vec::new();
        exported
            .iter()
            .for_each(|m| personal(m, &mut found, &mut Vec::new()));
        assert!(found.is_empty(), "{found:?}");
    }
}

//! Every method, every kind of caller, both doors: who is let in is what the contract says, and nobody else gets
//! as far as having their request read.
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use contracts::options::v1::Role;
use kit::Secret;
use kit::auth::Signer;
use prost::Message;
use prost_reflect::MethodDescriptor;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::contract::{Access, access, each_method, methods, path, role, set_text, valid};
use crate::region::{Door, PEOPLES, Region, person};

/// A kind of caller.
struct Caller {
    name: String,
    token: Option<String>,
    /// The role held, if any.
    role: Option<Role>,
}

fn callers(region: &Region) -> Vec<Caller> {
    let organisation = |role| matches!(role, Role::House | Role::Door).then(Uuid::now_v7);
    let mut all = vec![
        Caller {
            name: "nobody".to_owned(),
            token: None,
            role: None,
        },
        Caller {
            name: "somebody".to_owned(),
            token: Some(region.person(&[])),
            role: None,
        },
        Caller {
            name: "a role of the stack".to_owned(),
            token: Some(region.service()),
            role: Some(Role::Service),
        },
    ];
    all.extend(PEOPLES.map(|role| Caller {
        name: format!("{role:?} alone"),
        token: Some(region.person(&[(role, organisation(role))])),
        role: Some(role),
    }));
    all
}

/// The code with which the contract refuses this caller.
fn refused(method: &MethodDescriptor, caller: &Caller, door: Door) -> Option<Code> {
    match access(method) {
        // The stack's own tokens are good inside only.
        _ if caller.role == Some(Role::Service) && door == Door::Gateway => {
            Some(Code::Unauthenticated)
        }
        Access::Public => None,
        _ if caller.token.is_none() => Some(Code::Unauthenticated),
        Access::SignedIn => (caller.role == Some(Role::Service)).then_some(Code::PermissionDenied),
        Access::Roles(roles) if caller.role.is_some_and(|r| roles.contains(&r)) => None,
        Access::Roles(_) => Some(Code::PermissionDenied),
    }
}

/// Refused by the layer in front of every handler, rather than by a handler who looked at the request.
fn by_the_guard(status: &Status) -> bool {
    let guards = ["kit", "gateway.kulturtorg"];
    matches!(
        status.code(),
        Code::Unauthenticated | Code::PermissionDenied
    ) && status
        .get_details_error_info()
        .is_some_and(|i| guards.contains(&i.domain.as_str()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_lets_in_whom_the_contract_lists_and_nobody_else() {
    let region = Region::start().await;
    let callers = callers(&region);
    let wrong = each_method(async |method| {
        let mut wrong = Vec::new();
        for caller in &callers {
            for door in [Door::Gateway, Door::Role] {
                wrong.extend(as_the_contract_says(&region, &method, caller, door).await);
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
    region.stop().await;
}

async fn as_the_contract_says(
    region: &Region,
    method: &MethodDescriptor,
    caller: &Caller,
    door: Door,
) -> Vec<String> {
    let request: Bytes = valid(&method.input(), 0).encode_to_vec().into();
    // Whoever may not call is told so even if the request is nonsense.
    let nonsense = Bytes::from_static(&[0xFF; 8]);
    let mut wrong = Vec::new();
    for bytes in [request, nonsense] {
        let told = region
            .call(door, &path(method), bytes, caller.token.as_deref())
            .await;
        let code = told.as_ref().map_or_else(Status::code, |_| Code::Ok);
        let guarded = told.as_ref().err().is_some_and(by_the_guard);
        let right = match refused(method, caller, door) {
            Some(expected) => guarded && code == expected,
            None => !guarded,
        };
        if !right {
            wrong.push(format!(
                "{} by {} at {door:?}: {told:?}",
                path(method),
                caller.name
            ));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_ours_is_refused_by_every_method_at_both_doors() {
    let region = Region::start().await;
    let tokens = forged(&region);
    let wrong = each_method(async |method| {
        let mut wrong = Vec::new();
        let request: Bytes = valid(&method.input(), 0).encode_to_vec().into();
        for (name, token) in &tokens {
            for door in [Door::Gateway, Door::Role] {
                let told = region
                    .call(door, &path(&method), request.clone(), Some(token))
                    .await;
                if told.as_ref().err().map(Status::code) != Some(Code::Unauthenticated) {
                    wrong.push(format!(
                        "{} with {name} at {door:?}: {told:?}",
                        path(&method)
                    ));
                }
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
    region.stop().await;
}

fn forged(region: &Region) -> Vec<(&'static str, String)> {
    let good = region.everything();
    let parts: Vec<_> = good.split('.').collect();
    let with_header =
        |json: &str| format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(json), parts[1], parts[2]);
    let stranger = Signer::people(&Secret::new(STANDARD.encode([9; 32]))).expect("32 bytes");
    let more_roles = {
        let somebody = region.person(&[]);
        let own: Vec<_> = somebody.split('.').collect();
        // The claims of one token with the signature of another.
        format!("{}.{}.{}", parts[0], parts[1], own[2])
    };
    vec![
        (
            "a foreign key",
            person(&stranger, &PEOPLES.map(|r| (r, None))),
        ),
        ("an expired one", region.expired()),
        (
            "alg none",
            format!(
                "{}.{}.",
                URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt","kid":"people"}"#),
                parts[1]
            ),
        ),
        (
            "another algorithm",
            with_header(r#"{"alg":"HS256","typ":"at+jwt","kid":"people"}"#),
        ),
        (
            "the stack's key id",
            with_header(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"roles"}"#),
        ),
        (
            "a key id that is a path",
            with_header(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"../../dev/null"}"#),
        ),
        ("another's signature", more_roles),
        ("a word", "admin".to_owned()),
    ]
}

/// Whose data a role in one organisation reaches is for the handlers to see to.
#[tokio::test(flavor = "multi_thread")]
async fn staff_of_one_house_reach_nothing_of_another() {
    let region = Region::start().await;
    let house = crate::sale::House::open(
        &region.gateway.with_token(Some(region.everything())),
        20,
        20,
    )
    .await;
    let bought = crate::sale::bought(&region.gateway, &house.numbered, 1).await;
    let order = bought.paid.expect("it was paid");
    let names = [
        ("house_id", &house.id),
        ("hall_id", &house.hall),
        ("production_id", &house.production),
        ("performance_id", &house.numbered),
        ("ticket_id", &order.tickets[0].id),
        ("order_id", &order.id),
    ];
    let foreign = Uuid::now_v7();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for method in methods().iter().filter(|m| role(m) == "ticketing") {
        let Access::Roles(roles) = access(method) else {
            continue;
        };
        for held in roles
            .into_iter()
            .filter(|r| matches!(r, Role::House | Role::Door))
        {
            let token = region.person(&[(held, Some(foreign))]);
            let mut request = valid(&method.input(), 1);
            names
                .iter()
                .for_each(|(name, id)| set_text(&mut request, name, id));
            if !request_names_something(&request, &names.map(|n| n.1.as_str())) {
                continue;
            }
            asked += 1;
            let told = region
                .call(
                    Door::Role,
                    &path(method),
                    request.encode_to_vec().into(),
                    Some(&token),
                )
                .await;
            let code = told.as_ref().map_or_else(Status::code, |_| Code::Ok);
            let refused = matches!(code, Code::NotFound | Code::PermissionDenied)
                || told.as_ref().err().is_some_and(|s| {
                    s.get_details_error_info()
                        .is_some_and(|i| i.reason == "TICKET_NOT_VALID")
                });
            if !refused {
                wrong.push(format!("{} by foreign {held:?}: {told:?}", path(method)));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {asked} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(asked >= 10, "only {asked} calls");
    region.stop().await;
}

fn request_names_something(request: &prost_reflect::DynamicMessage, ids: &[&str]) -> bool {
    request
        .fields()
        .any(|(_, v)| v.as_str().is_some_and(|t| ids.contains(&t)))
}

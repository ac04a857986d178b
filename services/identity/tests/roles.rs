//! Appointing people.
mod common;

use common::*;
use contracts::identity::v1::grant_role_request::Account as Whom;
use contracts::identity::v1::*;
use contracts::options::v1::Role;
use prost::Message;
use testkit::{bad_fields, reason};
use tonic::Code;
use uuid::Uuid;

fn grant(account: Uuid, role: Role, art_fields: &[&str]) -> GrantRoleRequest {
    GrantRoleRequest {
        account: Some(Whom::AccountId(account.to_string())),
        role: role.into(),
        art_fields: art_fields.iter().map(|f| (*f).to_owned()).collect(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    }
}

fn revoke(account: Uuid, role: Role) -> RevokeRoleRequest {
    RevokeRoleRequest {
        account_id: account.to_string(),
        role: role.into(),
        organisation_id: String::new(),
    }
}

#[tokio::test]
async fn a_reviewer_is_appointed_changed_and_dismissed_and_the_facts_follow() {
    let app = App::start().await;
    let me = app.account(ADMINISTRATOR).await;
    let her = app.account("asa@example.org").await;
    let mut admin = app.administrator(me);
    let found = admin
        .find_account(FindAccountRequest {
            email: "ASA@example.org".to_owned(),
        })
        .await
        .expect("found");
    assert_eq!(found.get_ref().id, her.to_string());

    let given = admin
        .grant_role(grant(her, Role::Reviewer, &["visual", "film", "visual"]))
        .await
        .expect("granted")
        .into_inner();
    assert_eq!(given.art_fields, ["film", "visual"]);
    admin
        .grant_role(grant(her, Role::Reviewer, &["film", "visual"]))
        .await
        .expect("nothing to change");
    admin
        .grant_role(grant(her, Role::Reviewer, &["film"]))
        .await
        .expect("changed");
    let shown = app
        .person(her)
        .get_me(GetMeRequest {})
        .await
        .expect("an account")
        .into_inner();
    assert_eq!(
        shown
            .grants
            .iter()
            .map(|g| (g.role(), g.art_fields.clone()))
            .collect::<Vec<_>>(),
        [(Role::Reviewer, vec!["film".to_owned()])]
    );
    admin
        .revoke_role(revoke(her, Role::Reviewer))
        .await
        .expect("revoked");
    let again = admin
        .revoke_role(revoke(her, Role::Reviewer))
        .await
        .expect_err("not held");
    assert_eq!(
        (again.code(), reason(&again).as_str()),
        (Code::NotFound, "NO_SUCH_GRANT")
    );

    app.stack.fact("identity", "RoleRevoked", her).await;
    let facts = app.stack.facts("identity").await;
    let about_her: Vec<_> = facts.iter().filter(|f| f.subject_id == her).collect();
    let kinds: Vec<_> = about_her
        .iter()
        .map(|f| (f.revision, f.kind.rsplit('.').next().expect("a name")))
        .collect();
    assert_eq!(
        kinds,
        [
            (1, "AccountConfirmed"),
            (2, "RoleGranted"),
            (3, "RoleGranted"),
            (4, "RoleRevoked")
        ]
    );
    let changed = contracts::identity::v1::RoleGranted::decode(about_her[2].payload.clone())
        .expect("readable");
    assert_eq!(
        (changed.role(), changed.art_fields),
        (Role::Reviewer, vec!["film".to_owned()])
    );
    let log = app.audited().await;
    assert_eq!(
        log[log.len() - 3..],
        ["role_granted", "role_granted", "role_revoked"]
    );
}

#[tokio::test]
async fn roles_of_a_house_are_held_house_by_house() {
    let app = App::start().await;
    let me = app.account(ADMINISTRATOR).await;
    let her = app.account("asa@example.org").await;
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    for house in [one, two] {
        let request = GrantRoleRequest {
            organisation_id: house.to_string(),
            ..grant(her, Role::House, &[])
        };
        app.administrator(me)
            .grant_role(request)
            .await
            .expect("granted");
    }
    let request = RevokeRoleRequest {
        organisation_id: one.to_string(),
        ..revoke(her, Role::House)
    };
    app.administrator(me)
        .revoke_role(request)
        .await
        .expect("revoked");
    let tokens = app.sign_in("asa@example.org").await;
    let claims = tokens
        .access_token
        .split('.')
        .nth(1)
        .expect("three parts")
        .to_owned();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims)
        .expect("base64");
    let claims: kit::auth::Claims = serde_json::from_slice(&claims).expect("claims");
    assert_eq!(
        claims.roles,
        [kit::auth::Grant {
            role: "ROLE_HOUSE".to_owned(),
            organisation: Some(two)
        }]
    );
}

#[tokio::test]
async fn grants_are_listed_by_role_page_by_page() {
    let app = App::start().await;
    let me = app.account(ADMINISTRATOR).await;
    for i in 0..3 {
        let account = app.account(&format!("r{i}@example.org")).await;
        app.administrator(me)
            .grant_role(grant(account, Role::Reviewer, &["film"]))
            .await
            .expect("granted");
    }
    let mut emails = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListGrantsRequest {
            role: Role::Reviewer.into(),
            page_size: 2,
            page_token,
        };
        let page = app
            .administrator(me)
            .list_grants(request)
            .await
            .expect("listed")
            .into_inner();
        emails.extend(page.grants.into_iter().map(|g| g.email));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(
        emails,
        ["r0@example.org", "r1@example.org", "r2@example.org"]
    );
    let all = app
        .administrator(me)
        .list_grants(ListGrantsRequest::default())
        .await
        .expect("listed")
        .into_inner();
    assert_eq!(all.grants.len(), 4);
}

#[tokio::test]
async fn a_repeated_grant_has_one_effect_and_its_id_serves_no_other() {
    let app = App::start().await;
    let me = app.account(ADMINISTRATOR).await;
    let her = app.account("asa@example.org").await;
    let request = grant(her, Role::Adviser, &[]);
    let first = app
        .administrator(me)
        .grant_role(request.clone())
        .await
        .expect("granted")
        .into_inner();
    app.administrator(me)
        .revoke_role(revoke(her, Role::Adviser))
        .await
        .expect("revoked");
    assert_eq!(
        app.administrator(me)
            .grant_role(request.clone())
            .await
            .expect("the same answer")
            .into_inner(),
        first
    );
    let shown = app
        .person(her)
        .get_me(GetMeRequest {})
        .await
        .expect("an account")
        .into_inner();
    assert!(
        shown.grants.is_empty(),
        "a repeated call grants nothing anew"
    );
    let other = GrantRoleRequest {
        role: Role::Analyst.into(),
        ..request
    };
    assert_eq!(
        app.administrator(me)
            .grant_role(other)
            .await
            .expect_err("the id is taken")
            .code(),
        Code::AlreadyExists
    );
}

#[tokio::test]
async fn the_last_administrator_stays_even_when_two_leave_at_once() {
    let app = App::start().await;
    let one = app.account(ADMINISTRATOR).await;
    let two = app.account("asa@example.org").await;
    let refused = app
        .administrator(one)
        .revoke_role(revoke(one, Role::Administrator))
        .await
        .expect_err("the last");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "LAST_ADMINISTRATOR")
    );
    for round in 0..5 {
        for account in [one, two] {
            let by = if round == 0 { one } else { account };
            app.administrator(by)
                .grant_role(grant(account, Role::Administrator, &[]))
                .await
                .expect("granted");
        }
        let (mut first, mut second) = (app.administrator(one), app.administrator(two));
        let (a, b) = tokio::join!(
            first.revoke_role(revoke(one, Role::Administrator)),
            second.revoke_role(revoke(two, Role::Administrator)),
        );
        assert_eq!(
            [a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(),
            1,
            "{a:?} {b:?}"
        );
    }
}

#[tokio::test]
async fn every_wrong_grant_is_refused_with_its_fields() {
    let app = App::start().await;
    let me = app.account(ADMINISTRATOR).await;
    let mut admin = app.administrator(me);
    let bad = admin
        .grant_role(GrantRoleRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(bad_fields(&bad), ["request_id", "role"]);
    let nobody = GrantRoleRequest {
        account: None,
        ..grant(me, Role::Reviewer, &["knitting"])
    };
    assert_eq!(
        bad_fields(&admin.grant_role(nobody).await.expect_err("bad")),
        ["account", "art_fields[0]"]
    );
    let service = admin
        .grant_role(grant(me, Role::Service, &[]))
        .await
        .expect_err("no person's");
    assert_eq!(bad_fields(&service), ["role"]);
    let unknown = admin
        .grant_role(grant(Uuid::now_v7(), Role::Analyst, &[]))
        .await
        .expect_err("unknown");
    assert_eq!(
        (unknown.code(), reason(&unknown).as_str()),
        (Code::NotFound, "NO_SUCH_ACCOUNT")
    );
    let account = Some(Whom::Email("nobody@example.org".to_owned()));
    let unknown = admin
        .grant_role(GrantRoleRequest {
            account,
            ..grant(me, Role::Analyst, &[])
        })
        .await
        .expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn only_administrators_appoint_and_only_services_ask_for_contacts() {
    let app = App::start().await;
    let her = app.account("asa@example.org").await;
    let roles = [
        Role::Reviewer,
        Role::Adviser,
        Role::House,
        Role::Door,
        Role::Analyst,
        Role::Operator,
    ];
    for role in roles {
        let mut client = Identity::new(app.stack.person("identity", her, &[(role, None)]));
        let email = FindAccountRequest {
            email: "asa@example.org".to_owned(),
        };
        assert_eq!(
            client
                .find_account(email)
                .await
                .expect_err("no right")
                .code(),
            Code::PermissionDenied
        );
        assert_eq!(
            client
                .grant_role(grant(her, Role::Administrator, &[]))
                .await
                .expect_err("no right")
                .code(),
            Code::PermissionDenied
        );
        assert_eq!(
            client
                .revoke_role(revoke(her, role))
                .await
                .expect_err("no right")
                .code(),
            Code::PermissionDenied
        );
        assert_eq!(
            client
                .list_grants(ListGrantsRequest::default())
                .await
                .expect_err("no right")
                .code(),
            Code::PermissionDenied
        );
    }
    let ask = GetContactRequest {
        account_id: her.to_string(),
    };
    assert_eq!(
        app.administrator(her)
            .get_contact(ask.clone())
            .await
            .expect_err("no service")
            .code(),
        Code::PermissionDenied
    );
    assert_eq!(
        app.anybody()
            .get_contact(ask.clone())
            .await
            .expect_err("nobody")
            .code(),
        Code::Unauthenticated
    );
    let mut notify = Identity::new(app.stack.service("identity", "notify"));
    let contact = notify.get_contact(ask).await.expect("told").into_inner();
    assert_eq!(
        (
            contact.email.as_str(),
            contact.name.as_str(),
            contact.language.as_str()
        ),
        ("asa@example.org", "Åsa Öberg", "sv")
    );
    let unknown = GetContactRequest {
        account_id: Uuid::now_v7().to_string(),
    };
    assert_eq!(
        notify
            .get_contact(unknown)
            .await
            .expect_err("unknown")
            .code(),
        Code::NotFound
    );
}

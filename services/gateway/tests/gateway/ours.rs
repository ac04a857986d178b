//! The contract's own services.
use std::collections::BTreeSet;

use serde_json::json;
use tonic::Code;

use crate::caller::Wire;
use crate::gateway::Gateway;
use crate::probe::Probe;

fn roles() -> BTreeSet<String> {
    let packages = contracts::pool()
        .services()
        .map(|s| s.package_name().to_owned());
    packages
        .filter_map(|p| p.split('.').nth(1).map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn every_method_of_the_contract_reaches_the_role_of_its_package() {
    let roles = roles();
    assert!(roles.contains("notify"), "{roles:?}");
    // For each role a gateway that knows this role alone: other roles' methods must not reach it.
    for role in &roles {
        let theirs = Probe::start().await;
        let url = theirs.url();
        let gateway = Gateway::start_with(|_, common| {
            common.peers.0.insert(role.clone(), url);
        })
        .await;
        for service in contracts::pool().services() {
            let Some(method) = service.methods().find(|m| !m.is_client_streaming()) else {
                continue;
            };
            let mut asking = Wire::Grpc.ask(&json!({ "how": "fail" }));
            asking.path = kit::guard::path(&method);
            let reply = Wire::Grpc.call(&gateway, asking).await;
            let mine = service.package_name() == format!("kulturtorg.{role}.v1");
            let expected = if mine {
                Code::NotFound
            } else {
                Code::Unavailable
            };
            assert_eq!(
                reply.code(),
                expected,
                "{} with {role}: {:?}",
                method.full_name(),
                reply.status
            );
        }
        assert!(theirs.seen() > 0, "{role}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_stop_the_start() {
    type Change = fn(&mut gateway::Settings);
    let cases: [(&str, Change); 4] = [
        ("gateway.origins", |s| {
            s.origins = vec!["https://a.example/".to_owned()]
        }),
        ("kulturtorg.review.v1", |s| {
            s.upstreams[0].package = "kulturtorg.review.v1".to_owned()
        }),
        ("no service of this package", |s| {
            s.upstreams[0].package = "other.v1".to_owned()
        }),
        ("cannot read", |s| {
            s.upstreams[0].descriptors = "/nowhere".into()
        }),
    ];
    for (told, change) in cases {
        let gateway = Gateway::start_with(|settings, _| change(settings)).await;
        let error = gateway
            .ended
            .await
            .expect("no panic")
            .expect_err("it does not start");
        assert!(format!("{error:#}").contains(told), "{error:#}");
    }
}

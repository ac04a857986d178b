//! What a connection to the broker tells about it.
mod rig;

use kit::bus::Bus;
use kit::{Secret, config};
use rig::{OWNER, REGION, Rig};

#[tokio::test]
async fn a_wrong_address_is_named() {
    for (url, said) in [
        ("", "bus.url"),
        ("nats://127.0.0.1:1", "bus.url"),
        ("no address", "bus.url"),
    ] {
        let config = config::Bus {
            url: Secret::new(url),
            ..config::Bus::default()
        };
        let Err(error) = Bus::connect(&config, REGION, OWNER).await else {
            panic!("{url} works")
        };
        assert!(error.to_string().contains(said), "{error:#}");
    }
    let rig = Rig::new().await;
    assert!(Bus::connect(&rig.bus, "two words", OWNER).await.is_err());
}

#[tokio::test]
async fn health_fails_while_the_broker_is_down_and_comes_back() {
    let mut rig = Rig::new().await;
    let bus = rig.bus(OWNER).await;
    bus.health().await.unwrap();
    bus.health().await.unwrap();
    rig.kill_nats();
    rig::eventually("health to fail", async || bus.health().await.is_err()).await;
    rig.start_nats().await;
    rig::eventually("health to come back", async || bus.health().await.is_ok()).await;
}

#[tokio::test]
async fn a_stream_is_brought_to_its_configuration_and_never_loses_its_guards() {
    let mut rig = Rig::new().await;
    let bus = rig.bus(OWNER).await;
    bus.declare(OWNER, &rig.bus).await.unwrap();
    rig.bus.stream_bytes /= 2;
    bus.declare(OWNER, &rig.bus).await.unwrap();
    let stream = rig
        .js()
        .await
        .get_stream("KT_TESTLAND_OWNER")
        .await
        .unwrap();
    assert_eq!(stream.cached_info().config.max_bytes, rig.bus.stream_bytes);
    assert!(
        stream.purge().await.is_err(),
        "what was published cannot be purged"
    );
    rig.bus.replicas = 3;
    let error = bus
        .declare(OWNER, &rig.bus)
        .await
        .expect_err("one server keeps no three copies");
    assert!(
        format!("{error:#}").contains("KT_TESTLAND_OWNER"),
        "{error:#}"
    );
}

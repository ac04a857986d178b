//! Each role as a process of its own: they find each other by their configured addresses alone.
use std::net::TcpListener;

use contracts::options::v1::Role;
use kulturtorg::roles::Role as StackRole;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::gatherings::publish;
use crate::harness::{Ground, Launch, Town};
use crate::tool::kulturtorg;

/// Ports that were free a moment ago, all different.
fn free_addresses(count: usize) -> Vec<String> {
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("loopback has free ports"))
        .collect();
    listeners
        .iter()
        .map(|l| l.local_addr().expect("it is bound").to_string())
        .collect()
}

fn serve(role: StackRole, ground: &Ground, addresses: &[(StackRole, String)]) -> Command {
    let settings = &ground.settings;
    let mut command = kulturtorg(&["serve", role.name()]);
    let own = &addresses
        .iter()
        .find(|(r, _)| *r == role)
        .expect("each role has an address")
        .1;
    command
        .env("KT_REGIONS", &settings.regions)
        .env(
            "KT_AUTH__ISSUER_PUBLIC_KEY",
            &settings.auth.issuer_public_key,
        )
        .env("KT_AUTH__SERVICE_SEED", settings.auth.service_seed.expose())
        .env("KT_TELEMETRY__FILTER", "warn")
        .env(
            if role == StackRole::Gateway {
                "KT_HTTP"
            } else {
                "KT_LISTEN"
            },
            own,
        );
    for (peer, address) in addresses.iter().filter(|(r, _)| *r != role) {
        command.env(
            format!("KT_PEERS__{}", peer.name().to_uppercase()),
            format!("http://{address}"),
        );
    }
    // The front door needs neither database nor broker, and is told of neither.
    if role != StackRole::Gateway {
        command
            .env("KT_DB__URL", settings.db.url.expose())
            .env("KT_DB__MAX_CONNECTIONS", "4");
        command
            .env("KT_BUS__URL", settings.bus.url.expose())
            .env("KT_BUS__STREAM_BYTES", (64 << 20).to_string());
    }
    match role {
        StackRole::Identity => {
            command.env(
                "KT_IDENTITY__ISSUER_SEED",
                settings.identity.issuer_seed.expose(),
            );
            command.env(
                "KT_IDENTITY__FIRST_ADMINISTRATOR",
                &settings.identity.first_administrator,
            );
        }
        StackRole::Notify => {
            command.env("KT_NOTIFY__MODE", "keep");
        }
        StackRole::Ticketing => {
            command.env(
                "KT_TICKETING__TICKET_SEED",
                settings.ticketing.ticket_seed.expose(),
            );
        }
        _ => {}
    }
    command
}

/// Waits with the tool that a container would ask.
async fn healthy(role: StackRole, command: &Command) {
    let mut asking = kulturtorg(&["health", role.name()]);
    for (name, value) in command.as_std().get_envs() {
        if let Some(value) = value {
            asking.env(name, value);
        }
    }
    testkit::eventually(&format!("{} is healthy", role.name()), async || {
        let asked = asking.output().await.expect("the binary runs");
        asked.status.success().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_in_processes_of_their_own_serve_sign_up_and_search() {
    let ground = Ground::new(&Launch::past()).await;
    let addresses: Vec<_> = StackRole::ALL
        .into_iter()
        .zip(free_addresses(StackRole::ALL.len()))
        .collect();
    let commands: Vec<_> = StackRole::ALL
        .into_iter()
        .map(|r| (r, serve(r, &ground, &addresses)))
        .collect();
    let mut processes: Vec<(StackRole, Child)> = Vec::new();
    for (role, mut command) in commands {
        processes.push((role, command.spawn().expect("the binary runs")));
    }
    for (role, _) in &processes {
        healthy(*role, &serve(*role, &ground, &addresses)).await;
    }
    let gateway = &addresses
        .iter()
        .find(|(r, _)| *r == StackRole::Gateway)
        .expect("it is one of them")
        .1;
    let town = Town::at(
        &format!("http://{gateway}"),
        ground,
        CancellationToken::new(),
        None,
    )
    .await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let gathering = publish(&town, &adviser, 2).await;
    town.searchable("kulturfrukost", &gathering).await;

    for (role, process) in &mut processes {
        assert!(
            process.try_wait().expect("it can be asked").is_none(),
            "{} ended by itself",
            role.name()
        );
        process.kill().await.expect("it can be ended");
    }
}

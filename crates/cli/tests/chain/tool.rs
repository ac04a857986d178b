//! The binary as people use it: `call` and `stream tail`.
use std::process::Output;

use contracts::options::v1::Role;
use serde_json::Value;
use tokio::process::Command;

use crate::gatherings::publish;
use crate::harness::{PASSWORD, Town};

/// Runs the binary with nothing of this machine's configuration.
pub(crate) fn kulturtorg(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kulturtorg"));
    let ours = std::env::vars()
        .filter(|(name, _)| name.starts_with("KT_"))
        .map(|(name, _)| name);
    ours.for_each(|name| {
        command.env_remove(name);
    });
    command
        .args(args)
        .env("KT_PASSWORD", PASSWORD)
        .kill_on_drop(true);
    command
}

pub(crate) async fn run(args: &[&str]) -> Output {
    kulturtorg(args).output().await.expect("the binary runs")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const SEARCH: &str = "kulturtorg.search.v1.SearchService/Search";

#[tokio::test(flavor = "multi_thread")]
async fn call_prints_the_answer_as_json_and_says_what_is_wrong_with_a_request() {
    let town = Town::start().await;
    let gateway = town.anybody.gateway().to_owned();
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let gathering = publish(&town, &adviser, 2).await;
    town.searchable("kulturfrukost", &gathering).await;

    let found = run(&[
        "call",
        SEARCH,
        r#"{"query":"frukost"}"#,
        "--gateway",
        &gateway,
    ])
    .await;
    assert_eq!(found.status.code(), Some(0), "{}", stderr(&found));
    let json: Value = serde_json::from_str(&stdout(&found)).expect("JSON");
    assert_eq!(json["results"][0]["id"], gathering);
    assert_eq!(json["results"][0]["kind"], "KIND_GATHERING");

    let me = "kulturtorg.identity.v1.IdentityService/GetMe";
    let told = run(&["call", me, "--gateway", &gateway, "--login", &adviser.email]).await;
    let json: Value = serde_json::from_str(&stdout(&told)).expect("JSON");
    assert_eq!(
        (&json["email"], &json["grants"][0]["role"]),
        (&"rad@prov.example".into(), &"ROLE_ADVISER".into())
    );

    for (args, told) in [
        (
            vec!["call", SEARCH, r#"{"qery":"dans"}"#, "--gateway", &gateway],
            "qery",
        ),
        (
            vec![
                "call",
                SEARCH,
                r#"{"language":"svenska"}"#,
                "--gateway",
                &gateway,
            ],
            "language",
        ),
        (vec!["call", "Search", "--gateway", &gateway], SEARCH),
        (vec!["call", me, "--gateway", &gateway], "Unauthenticated"),
        (
            vec![
                "call",
                me,
                "--gateway",
                &gateway,
                "--login",
                "ingen@prov.example",
            ],
            "ingen@prov.example",
        ),
        (
            vec!["call", SEARCH, "--gateway", "http://127.0.0.1:1"],
            "http://127.0.0.1:1",
        ),
    ] {
        let refused = run(&args).await;
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(
            stderr(&refused).contains(told) && stdout(&refused).is_empty(),
            "{args:?}: {}",
            stderr(&refused)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_tail_prints_the_facts_so_far_one_a_line() {
    let town = Town::start().await;
    let gateway = town.anybody.gateway().to_owned();
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let analyst = town
        .staff("analys@prov.example", "Siv Siffra", Role::Analyst, &[])
        .await;
    let tail = [
        "stream",
        "tail",
        "--until-now",
        "--gateway",
        &gateway,
        "--login",
        &analyst.email,
    ];
    let nothing = run(&tail).await;
    assert_eq!(
        (nothing.status.code(), stdout(&nothing).as_str()),
        (Some(0), ""),
        "{}",
        stderr(&nothing)
    );

    let gathering = publish(&town, &adviser, 2).await;
    crate::analyst::check(&town, &analyst, &[("events.v1.GatheringPublished", 1)]).await;
    let facts = run(&[&tail[..], &["--from-beginning"]].concat()).await;
    assert_eq!(facts.status.code(), Some(0), "{}", stderr(&facts));
    let lines = stdout(&facts);
    let facts: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).expect("a line is JSON"))
        .collect();
    assert_eq!(facts.len(), 1, "{lines}");
    assert_eq!(facts[0]["data"]["gathering_id"], gathering);

    let other = run(&[
        &tail[..],
        &[
            "--from-beginning",
            "--type",
            "kulturtorg.review.v1.VoteCast",
        ],
    ]
    .concat())
    .await;
    assert_eq!(
        (other.status.code(), stdout(&other).as_str()),
        (Some(0), "")
    );
}

//! `kulturtorg import gatherings`: repeatable, with an account of every record.
use contracts::events::v1::{ListGatheringsRequest, ListGatheringsResponse};
use contracts::search::v1::{Kind, SearchRequest};
use serde_json::Value;
use testkit::eventually;
use time::Duration;

use crate::harness::{Town, call, now};
use crate::tool::{run, stderr, stdout};

/// Three good records, one that tells of the first again and knows its price, one without a city.
fn calendar() -> String {
    let day = |days: i64| (now() + Duration::days(days)).date();
    let record = |name: &str, days: i64, city: &str| {
        let day = day(days);
        format!(
            "  - name: {name}\n    links:\n      - https://prov.example/dans/{days}\n    start_date: {day}\n    \
             end_date: {day}\n    country: Sweden\n    city: {city}\n    styles:\n      - balfolk\n    social: true\n"
        )
    };
    [
        "events:\n".to_owned(),
        record("Polskekväll i Älvsbacka", 20, "Karlstad"),
        record("Balfolk på bryggan", 21, "Arvika"),
        record("Långdans", 22, "Sunne"),
        record("Polskekväll i Älvsbacka", 20, "Karlstad") + "    price: 80 SEK\n",
        record("Utan ort", 23, "\"\""),
    ]
    .concat()
}

async fn import(town: &Town, file: &str) -> (String, Value) {
    let report = town.ground.dir.path().join("report.json");
    let report = report.to_str().expect("a plain path");
    let gateway = town.anybody.gateway();
    let email = &town.administrator.email;
    let args = [
        "import",
        "gatherings",
        file,
        "--report",
        report,
        "--gateway",
        gateway,
        "--login",
        email,
    ];
    let done = run(&args).await;
    assert_eq!(
        done.status.code(),
        Some(1),
        "what was refused is not passed over: {}",
        stderr(&done)
    );
    let json = std::fs::read_to_string(report).unwrap_or_else(|e| panic!("{e}: {}", stderr(&done)));
    (stdout(&done), serde_json::from_str(&json).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_tells_what_became_of_each_record_and_repeated_doubles_nothing() {
    let town = Town::start().await;
    let file = town.ground.dir.path().join("provdans.yaml");
    std::fs::write(&file, calendar()).expect("written");
    let file = file.to_str().expect("a plain path");

    let (told, report) = import(&town, file).await;
    let counts = &report["outcomes"];
    assert_eq!(
        (
            &counts["imported"],
            &counts["merged_duplicate"],
            &counts["refused"],
            &counts["not_sent"],
            &report["records"]
        ),
        (&3.into(), &1.into(), &1.into(), &0.into(), &5.into()),
        "{told}"
    );
    let refused = told
        .lines()
        .find(|l| l.contains("refused: provdans record 5"))
        .expect("the bad record is told");
    assert!(
        refused.contains("Utan ort") && refused.contains("city"),
        "{refused}"
    );
    assert!(
        told.contains("merged duplicate: provdans record 4"),
        "{told}"
    );

    let (told, report) = import(&town, file).await;
    let counts = &report["outcomes"];
    assert_eq!(
        (&counts["imported"], &counts["updated"], &counts["refused"]),
        (&0.into(), &0.into(), &1.into()),
        "{told}"
    );
    let listed: ListGatheringsResponse = call(
        &town.anybody,
        "events/ListGatherings",
        &ListGatheringsRequest::default(),
    )
    .await;
    assert_eq!(listed.gatherings.len(), 3);

    let request = SearchRequest {
        kinds: vec![Kind::Gathering.into()],
        ..Default::default()
    };
    eventually("three gatherings are found", async || {
        (town.search(&request).await.total_size == 3).then_some(())
    })
    .await;
    let found = town
        .search(&SearchRequest {
            query: "polskekväll".to_owned(),
            ..Default::default()
        })
        .await;
    assert_eq!(
        (found.total_size, found.results[0].municipality.as_str()),
        (1, "1780")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_needs_the_right_account_and_a_readable_file() {
    let town = Town::start().await;
    let visitor = town.join("besok@prov.example", "Bo Besökare").await;
    let file = town.ground.dir.path().join("provdans.yaml");
    std::fs::write(&file, calendar()).expect("written");
    let gateway = town.anybody.gateway().to_owned();
    let args = [
        "import",
        "gatherings",
        file.to_str().expect("plain"),
        "--gateway",
        &gateway,
        "--login",
        &visitor.email,
    ];
    let done = run(&args).await;
    assert_ne!(done.status.code(), Some(0));
    let listed: ListGatheringsResponse = call(
        &town.anybody,
        "events/ListGatherings",
        &ListGatheringsRequest::default(),
    )
    .await;
    assert!(listed.gatherings.is_empty());

    std::fs::write(&file, "events:\n  - name: \"Dans\n").expect("written");
    let args = [
        "import",
        "gatherings",
        args[2],
        "--gateway",
        &gateway,
        "--login",
        &town.administrator.email,
    ];
    let done = run(&args).await;
    assert_eq!(done.status.code(), Some(1));
    assert!(
        (stdout(&done) + &stderr(&done)).contains("line"),
        "{} {}",
        stdout(&done),
        stderr(&done)
    );
}

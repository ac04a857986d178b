//! What every engine must do.
use contracts::search::v1::*;

use crate::world::*;

/// A catalogue in which each thing is there for a reason.
async fn catalogue(engine: Engine) -> World {
    let world = World::new(engine).await;
    world
        .producer(
            1,
            "Åsa Öhman",
            "Berättare som spelar konserter för barn.",
            |p| {
                p.offers = vec![
                    offer(11, "concert", "Visor vid öl", "families", &["1784"]),
                    offer(12, "workshop", "Dans i skolan", "primary", &[]),
                ];
            },
        )
        .await;
    world
        .producer(2, "Asa Ohlin", "Keramik och slöjd.", |p| {
            let content = p.content.as_mut().expect("content");
            content.art_fields = vec!["visual.craft".to_owned()];
            content.municipality = "1784".to_owned();
        })
        .await;
    world
        .producer(
            3,
            "Scenverket",
            "Vi gör scenkonstföreställningar.",
            |p| {
                p.content.as_mut().expect("content").art_fields = vec!["stage.theatre".to_owned()];
            },
        )
        .await;
    world.gathering(21, "Kulturfrukost", 48).await;
    world.gathering(22, "Gårdagens frukost", -48).await;
    world.performance(31, "Bör Börson", 24).await;
    world.until(7).await;
    world
}

async fn finds(world: &World, query: &str, title: &str) {
    let found = world.titles(query).await;
    assert!(
        found.iter().any(|t| t == title),
        "`{query}` finds {found:?}, not {title}"
    );
}

async fn words(engine: Engine) {
    let world = catalogue(engine).await;
    for (query, title) in [
        ("åsa", "Åsa Öhman"),
        ("ÅSA ÖHMAN", "Åsa Öhman"),
        ("konsert", "Åsa Öhman"),
        ("dnas", "Dans i skolan"),
        ("konesrter", "Åsa Öhman"),
        ("kulturfurkost", "Kulturfrukost"),
        ("kultur", "Kulturfrukost"),
        ("föreställning", "Scenverket"),
        ("dansföreställning", "Dans i skolan"),
        ("teater", "Scenverket"),
        ("visor öl", "Visor vid öl"),
        ("Rackstadmuseet", "Kulturfrukost"),
        ("breakfast", "Kulturfrukost"),
        ("skolan i dans", "Dans i skolan"),
    ] {
        finds(&world, query, title).await;
    }
    assert_eq!(
        world.titles("asa").await[0],
        "Asa Ohlin",
        "what is written comes first"
    );
    assert_eq!(world.titles("åsa").await[0], "Åsa Öhman");
    finds(&world, "asa", "Åsa Öhman").await;
    let ol = world.titles("ol").await;
    assert!(
        ol.iter().position(|t| t == "Visor vid öl") > ol.iter().position(|t| t == "Asa Ohlin"),
        "{ol:?}"
    );
    assert!(world.titles("skiftnyckel").await.is_empty());
    assert!(
        world.titles("visor keramik").await.is_empty(),
        "every word must be there"
    );
}

async fn plain_words(engine: Engine) {
    let world = catalogue(engine).await;
    for (query, title) in [
        ("åsa", "Åsa Öhman"),
        ("ÅSA ÖHMAN", "Åsa Öhman"),
        ("asa", "Åsa Öhman"),
        ("konsert", "Åsa Öhman"),
        ("kultur", "Kulturfrukost"),
        ("kulturfurkost", "Kulturfrukost"),
        ("Rackstadmuseet", "Kulturfrukost"),
        ("breakfast", "Kulturfrukost"),
        ("teater", "Scenverket"),
        ("visor öl", "Visor vid öl"),
        ("öl som visor", "Visor vid öl"),
    ] {
        finds(&world, query, title).await;
    }
    let first = &world.titles("asa").await[0];
    assert_eq!(first, "Asa Ohlin", "what is written comes first");
    assert!(world.titles("skiftnyckel").await.is_empty());
    assert!(
        world.titles("visor keramik").await.is_empty(),
        "every word must be there"
    );
}

async fn hidden(engine: Engine) {
    let world = catalogue(engine).await;
    world.hide(1).await;
    world.until(4).await;
    for query in ["berättare", "visor", "skolan"] {
        assert!(world.titles(query).await.is_empty(), "`{query}`");
    }
    let request = SearchRequest {
        art_fields: vec!["stage.music".to_owned()],
        ..Default::default()
    };
    assert_eq!(world.search(request).await.total_size, 0);
}

async fn unlaunched(engine: Engine) {
    let world = World::in_region(engine, |r| {
        r.launch.site_launches = time::macros::datetime!(2026-12-01 08:00 UTC);
    })
    .await;
    world.producer(1, "Hemligt", "x", |_| ()).await;
    testkit::eventually("staff find it", async || {
        let mut staff = world.staff(contracts::options::v1::Role::Adviser);
        let found = staff.search(asking("hemligt")).await.expect("an answer");
        let found = found.into_inner();
        (found.total_size == 1 && !found.degraded).then_some(())
    })
    .await;
    assert_eq!(
        world.search(asking("hemligt")).await,
        SearchResponse::default()
    );
}

async fn filters(engine: Engine) {
    let world = catalogue(engine).await;
    let all = world.search(SearchRequest::default()).await;
    assert_eq!(
        titles(&all),
        [
            "Asa Ohlin",
            "Bör Börson",
            "Dans i skolan",
            "Kulturfrukost",
            "Scenverket",
            "Visor vid öl",
            "Åsa Öhman"
        ]
    );
    let count = |response: &SearchResponse, filter: &str, key: &str| {
        let facet = response
            .facets
            .iter()
            .find(|f| f.filter == filter)
            .expect("every filter is counted");
        facet
            .values
            .iter()
            .find(|v| v.key == key)
            .map_or(0, |v| v.count)
    };
    assert_eq!(count(&all, "kinds", "KIND_PRODUCER"), 3);
    assert_eq!(count(&all, "art_fields", "stage"), 4);
    assert_eq!(count(&all, "art_fields", "stage.music"), 3);
    assert_eq!(
        count(&all, "municipalities", "1784"),
        4,
        "home, travels there, and held there"
    );
    assert_eq!(count(&all, "terms", "breakfast"), 1);

    let request = SearchRequest {
        art_fields: vec!["stage".to_owned()],
        municipalities: vec!["1784".to_owned()],
        ..Default::default()
    };
    let some = world.search(request).await;
    assert_eq!(titles(&some), ["Visor vid öl", "Åsa Öhman"]);
    assert_eq!(some.total_size, 2);
    assert_eq!(
        count(&some, "art_fields", "visual.craft"),
        1,
        "a filter's counts pass over its own choice"
    );
    assert_eq!(count(&some, "municipalities", "1780"), 4);
    assert_eq!(count(&some, "kinds", "KIND_GATHERING"), 0);

    let request = SearchRequest {
        audiences: vec!["primary".to_owned()],
        terms: vec!["workshop".to_owned()],
        ..Default::default()
    };
    assert_eq!(titles(&world.search(request).await), ["Dans i skolan"]);
    let request = SearchRequest {
        kinds: vec![Kind::Performance.into()],
        ..asking("bör")
    };
    let played = world.search(request).await.results.remove(0);
    assert_eq!(
        (played.subtitle.as_str(), played.term.as_str()),
        ("Västanå", "theatre")
    );
    assert_eq!(played.price_from.expect("a price").minor_units, 25_000);

    let from = world.stack.clock.now() - time::Duration::hours(72);
    let request = SearchRequest {
        start_from: Some(kit::clock::to_proto(from)),
        order: search_request::Order::Start.into(),
        ..Default::default()
    };
    assert_eq!(
        titles(&world.search(request).await),
        ["Gårdagens frukost", "Bör Börson", "Kulturfrukost"]
    );
}

async fn languages(engine: Engine) {
    let world = catalogue(engine).await;
    let request = SearchRequest {
        language: "en".to_owned(),
        ..asking("dans")
    };
    let found = world.search(request).await;
    assert!(
        titles(&found).contains(&"Dans i skolan in English".to_owned()),
        "{found:?}"
    );
    let fields = found
        .facets
        .iter()
        .find(|f| f.filter == "art_fields")
        .expect("counted");
    assert!(fields.values.iter().any(|v| v.name == "Music"));
    let request = SearchRequest {
        language: "fr".to_owned(),
        ..asking("bör")
    };
    assert_eq!(
        titles(&world.search(request).await),
        ["Bör Börson"],
        "else the language that there is"
    );
}

async fn names(engine: Engine) {
    let world = World::new(engine).await;
    for (n, name) in ["Östen", "Zara", "Åke", "Ärla", "Adam"]
        .into_iter()
        .enumerate()
    {
        world
            .producer(n as u128 + 1, name, "Trubadur", |_| ())
            .await;
    }
    world.until(5).await;
    let request = SearchRequest {
        order: search_request::Order::Name.into(),
        ..asking("trubadur")
    };
    assert_eq!(
        titles(&world.search(request).await),
        ["Adam", "Zara", "Åke", "Ärla", "Östen"]
    );
    assert_eq!(
        world.titles("").await,
        ["Adam", "Zara", "Åke", "Ärla", "Östen"]
    );
    assert_eq!(
        world.titles("trubadur").await,
        ["Adam", "Zara", "Åke", "Ärla", "Östen"],
        "by name where all fit alike"
    );
}

async fn pages(engine: Engine) {
    let world = World::new(engine).await;
    for n in 1..=9 {
        world
            .producer(n, &format!("Trubadur {n}"), "Visor", |_| ())
            .await;
    }
    world.until(9).await;
    for query in ["", "trubadur"] {
        let mut seen = Vec::new();
        let mut request = SearchRequest {
            page_size: 4,
            ..asking(query)
        };
        loop {
            let page = world.search(request.clone()).await;
            assert_eq!(page.total_size, 9);
            seen.extend(titles(&page));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        let expected: Vec<String> = (1..=9).map(|n| format!("Trubadur {n}")).collect();
        assert_eq!(seen, expected);
        request.query = "annat".to_owned();
        let refused = world
            .public()
            .search(request)
            .await
            .expect_err("a token of another query");
        assert_eq!(testkit::bad_fields(&refused), ["page_token"]);
    }
}

async fn strange_input(engine: Engine) {
    let world = catalogue(engine).await;
    for query in [
        "' | & ! :* %_ \"",
        "öl' | 'x",
        "öl:*",
        "öl & !visor",
        "\\",
        "%",
        "_",
        "(((",
        "öl <-> visor",
        "\u{0301}",
        "kind = 1 OR kind != 1",
        "\" OR term EXISTS OR \"",
        "öl\" AND x = \"",
        "--",
        "; drop table search.document",
        "🎻",
    ] {
        let found = world.public().search(asking(query)).await;
        assert!(found.is_ok(), "`{query}`: {found:?}");
    }
    assert_eq!(world.titles("öl:* | &").await, ["Visor vid öl"]);
    assert_eq!(world.titles("%").await.len(), 7, "signs alone are no words");
    assert!(world.titles("s____erket").await.is_empty(), "no wildcards");
    assert!(
        world.titles("visor -öl OR keramik").await.is_empty(),
        "no operators"
    );
}

macro_rules! on_every_engine {
    ($($name:ident => $test:ident),* $(,)?) => {
        mod postgres { $(#[tokio::test] async fn $name() { super::$test(super::Engine::Postgres).await; })* }
        mod meilisearch { $(#[tokio::test] async fn $name() { super::$test(super::meilisearch()).await; })* }
    };
}

// How Meilisearch itself takes words apart and forgives can be tried on a real one only: what stands for it cannot.
#[tokio::test]
async fn words_find_in_all_their_forms_and_the_written_one_first() {
    words(Engine::Postgres).await;
    if let real @ Engine::RealMeili { .. } = meilisearch() {
        words(real).await;
    }
}

on_every_engine! {
    words_are_found_as_written_begun_and_misspelt => plain_words,
    what_is_hidden_is_gone => hidden,
    before_the_launch_the_public_finds_nothing => unlaunched,
    filters_narrow_and_are_counted => filters,
    results_are_in_the_readers_language_or_the_one_there_is => languages,
    names_are_in_swedish_order => names,
    pages_hold_each_result_once => pages,
    signs_are_never_syntax => strange_input,
}

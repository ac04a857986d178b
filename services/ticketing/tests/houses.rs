//! What a house's staff sets up, and who else may not.
mod common;

use common::*;
use contracts::common::v1::{LocalText, Money};
use contracts::options::v1::Role;
use contracts::ticketing::v1::*;
use testkit::bad_fields;
use tonic::Code;
use uuid::Uuid;

#[tokio::test]
async fn an_administrator_adds_a_house_and_its_staff_edits_it() {
    let world = World::new().await;
    world
        .stack
        .fact("ticketing", "HouseOpened", world.house)
        .await;
    let mut visitor = world.visitor();
    let request = GetHouseRequest {
        house_id: world.house.to_string(),
    };
    let house = visitor
        .get_house(request.clone())
        .await
        .expect("public")
        .into_inner();
    let edit = |etag: &str| UpdateHouseRequest {
        house_id: house.id.clone(),
        name: "Scala".to_owned(),
        municipality: "1780".to_owned(),
        texts: texts("En teater"),
        etag: etag.to_owned(),
    };
    let edited = world
        .staff()
        .update_house(edit(&house.etag))
        .await
        .expect("its own staff")
        .into_inner();
    assert_eq!(
        (
            edited.name.as_str(),
            visitor
                .get_house(request)
                .await
                .expect("public")
                .into_inner()
        ),
        ("Scala", edited.clone())
    );
    let stale = world
        .staff()
        .update_house(edit(&house.etag))
        .await
        .expect_err("read before the edit");
    assert_eq!(refusal(&stale), (Code::Aborted, "STALE_ETAG".to_owned()));
    let other = world
        .staff_of(Uuid::now_v7())
        .update_house(edit(&edited.etag))
        .await
        .expect_err("another house's staff");
    assert_eq!(
        refusal(&other),
        (Code::PermissionDenied, "OTHER_HOUSE".to_owned())
    );
    world
        .administrator()
        .update_house(edit(&edited.etag))
        .await
        .expect("the region's administrator");
    assert_eq!(
        visitor
            .create_house(CreateHouseRequest::default())
            .await
            .expect_err("no account")
            .code(),
        Code::Unauthenticated
    );
    assert_eq!(
        world
            .staff()
            .create_house(CreateHouseRequest::default())
            .await
            .expect_err("no administrator")
            .code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn lists_go_on_where_the_last_page_ended() {
    let world = World::new().await;
    for n in 0..4 {
        world.new_house(&format!("Hus {n}")).await;
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = world
            .visitor()
            .list_houses(ListHousesRequest {
                page_size: 2,
                page_token,
            })
            .await
            .expect("public")
            .into_inner();
        seen.extend(page.houses.into_iter().map(|h| h.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["Scalateatern", "Hus 0", "Hus 1", "Hus 2", "Hus 3"]);
    let forged = world
        .visitor()
        .list_houses(ListHousesRequest {
            page_size: 2,
            page_token: "forged".to_owned(),
        })
        .await;
    assert_eq!(bad_fields(&forged.expect_err("forged")), ["page_token"]);
}

#[tokio::test]
async fn every_mistake_in_what_staff_sends_is_named_at_once() {
    let world = World::new().await;
    let twice = || {
        [
            texts("a"),
            texts("b"),
            vec![LocalText {
                language: "fr".to_owned(),
                text: "c".to_owned(),
            }],
        ]
        .concat()
    };
    let house = CreateHouseRequest {
        name: "X".to_owned(),
        municipality: "0180".to_owned(),
        texts: twice(),
        request_id: id(),
    };
    let named = bad_fields(
        &world
            .administrator()
            .create_house(house)
            .await
            .expect_err("three mistakes"),
    );
    assert_eq!(
        named,
        ["municipality", "texts[1].language", "texts[2].language"]
    );

    let mut staff = world.staff();
    let nothing = CreateHallRequest {
        house_id: world.house.to_string(),
        name: "Sal".to_owned(),
        request_id: id(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(
            &staff
                .create_hall(nothing.clone())
                .await
                .expect_err("neither")
        ),
        ["free_places"]
    );
    let row = Row {
        label: "1".to_owned(),
        category: String::new(),
        seats: vec![
            Seat {
                number: "1".to_owned(),
                ..Default::default()
            };
            2
        ],
    };
    let sections = vec![Section {
        name: "Parkett".to_owned(),
        rows: vec![row],
    }];
    let named = bad_fields(
        &staff
            .create_hall(CreateHallRequest {
                sections,
                ..nothing
            })
            .await
            .expect_err("three mistakes"),
    );
    assert_eq!(
        named,
        [
            "sections[0].rows[0].seats[0].category",
            "sections[0].rows[0].seats[1].category",
            "sections[0].rows[0].seats[1].number"
        ]
    );

    let production = CreateProductionRequest {
        house_id: world.house.to_string(),
        titles: twice(),
        genre: "opera-buffa".to_owned(),
        minutes: 60,
        request_id: id(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(
            &staff
                .create_production(production)
                .await
                .expect_err("three mistakes")
        ),
        ["genre", "titles[1].language", "titles[2].language"]
    );

    let hall = world.hall(Vec::new(), 10).await;
    let mut plan = world.plan(&hall, vec![price("a", 100, 6), price("a", 100, 6)]);
    plan.prices[1].price = Some(Money {
        currency: "EUR".to_owned(),
        minor_units: 100,
    });
    plan.prices[0].ticket_types[0].key = "full".to_owned();
    plan.sale_until_time = at(START + 1);
    plan.mode = Mode::Online.into();
    let named = bad_fields(
        &staff
            .create_performance(plan.clone())
            .await
            .expect_err("many mistakes"),
    );
    assert_eq!(
        named,
        [
            "hall_id",
            "prices",
            "prices[0].ticket_types[0].key",
            "prices[1].key",
            "prices[1].price.currency",
            "sale_until_time"
        ]
    );
    plan.time_zone = "Europe/Karlstad".to_owned();
    plan.prices[0].price = Some(Money {
        currency: "SEK".to_owned(),
        minor_units: -1,
    });
    plan.start_time = None;
    let named = bad_fields(
        &staff
            .create_performance(plan)
            .await
            .expect_err("against the contract's rules"),
    );
    assert_eq!(
        named,
        ["prices[0].price.minor_units", "start_time", "time_zone"]
    );
}

#[tokio::test]
async fn what_staff_adds_twice_with_the_same_request_id_is_there_once() {
    let world = World::new().await;
    let hall = world.hall(Vec::new(), 10).await;
    let plan = world.plan(&hall, vec![price("a", 100, 6)]);
    let first = world.draft(plan.clone()).await;
    // The repeated call comes from the same account.
    let account = Uuid::now_v7();
    let mut staff = Api::new(world.stack.person(
        "ticketing",
        account,
        &[(Role::House, Some(world.house))],
    ));
    let plan = CreatePerformanceRequest {
        request_id: id(),
        ..plan
    };
    let second = staff
        .create_performance(plan.clone())
        .await
        .expect("new")
        .into_inner();
    assert_ne!(first.id, second.id);
    assert_eq!(
        staff
            .create_performance(plan.clone())
            .await
            .expect("repeated")
            .into_inner(),
        second
    );
    let other = CreatePerformanceRequest {
        start_time: at(START + 60),
        sale_until_time: None,
        ..plan
    };
    assert_eq!(
        staff
            .create_performance(other)
            .await
            .expect_err("reused")
            .code(),
        Code::AlreadyExists
    );
}

#[tokio::test]
async fn a_house_sees_its_own_halls_productions_and_drafts_alone() {
    let world = World::new().await;
    let hall = world.numbered_hall(2, 3).await;
    let draft = world
        .draft(world.plan(&hall, vec![price("a", 100, 0)]))
        .await;
    let other_house = world.new_house("Folkets hus").await;
    let (mut own, mut other, mut visitor) =
        (world.staff(), world.staff_of(other_house), world.visitor());
    let read = own
        .get_hall(GetHallRequest {
            hall_id: hall.id.clone(),
        })
        .await
        .expect("its own")
        .into_inner();
    assert_eq!(
        (read.capacity, read.sections[0].rows[1].seats[2].id),
        (6, 6)
    );
    assert_eq!(
        own.get_performance(GetPerformanceRequest {
            performance_id: draft.id.clone()
        })
        .await
        .expect("its own")
        .into_inner(),
        draft
    );

    let performance_id = draft.id.clone();
    let mut refused = vec![
        other
            .get_hall(GetHallRequest {
                hall_id: hall.id.clone(),
            })
            .await
            .expect_err("not theirs"),
    ];
    for api in [&mut other, &mut visitor] {
        refused.push(
            api.get_performance(GetPerformanceRequest {
                performance_id: performance_id.clone(),
            })
            .await
            .expect_err("a draft"),
        );
        refused.push(
            api.get_seats(GetSeatsRequest {
                performance_id: performance_id.clone(),
            })
            .await
            .expect_err("a draft"),
        );
    }
    refused.push(
        other
            .open_performance(OpenPerformanceRequest {
                performance_id: performance_id.clone(),
            })
            .await
            .expect_err("not theirs"),
    );
    refused.push(
        other
            .cancel_performance(CancelPerformanceRequest {
                performance_id: performance_id.clone(),
            })
            .await
            .expect_err("not theirs"),
    );
    refused.push(
        other
            .create_performance(world.plan(&hall, vec![price("a", 100, 0)]))
            .await
            .expect_err("not theirs"),
    );
    assert!(
        refused.iter().all(|s| s.code() == Code::NotFound),
        "{refused:?}"
    );

    let house_id = world.house.to_string();
    let mut denied = vec![
        other
            .list_halls(ListHallsRequest {
                house_id: house_id.clone(),
                ..Default::default()
            })
            .await
            .expect_err("not theirs"),
    ];
    denied.push(
        other
            .list_productions(ListProductionsRequest {
                house_id: house_id.clone(),
                ..Default::default()
            })
            .await
            .expect_err("not theirs"),
    );
    assert!(
        denied.iter().all(|s| s.code() == Code::PermissionDenied),
        "{denied:?}"
    );
    let list = ListPerformancesRequest {
        house_id,
        ..Default::default()
    };
    assert_eq!(
        own.list_performances(list.clone())
            .await
            .expect("its own")
            .into_inner()
            .performances,
        [draft]
    );
    assert_eq!(
        visitor
            .list_performances(list)
            .await
            .expect("public")
            .into_inner()
            .performances,
        []
    );
}

#[tokio::test]
async fn a_performance_goes_on_sale_changes_and_is_cancelled_and_each_step_is_told() {
    let world = World::new().await;
    let open = world.numbered(1, 5).await;
    assert_eq!(
        (open.state(), open.capacity),
        (performance::State::OnSale, 5)
    );
    let again = world
        .staff()
        .open_performance(OpenPerformanceRequest {
            performance_id: open.id.clone(),
        })
        .await;
    assert_eq!(
        refusal(&again.expect_err("on sale")),
        (Code::FailedPrecondition, "WRONG_STATE".to_owned())
    );

    let edit = |etag: &str, prices| UpdatePerformanceRequest {
        performance_id: open.id.clone(),
        start_time: at(START + 3600),
        time_zone: open.time_zone.clone(),
        prices,
        sale_from_time: None,
        sale_until_time: None,
        etag: etag.to_owned(),
    };
    let before = hold(&mut world.visitor(), wants_seats(&open.id, &[1]))
        .await
        .expect("free");
    let edited = world
        .staff()
        .update_performance(edit(&open.etag, vec![price("a", 30_000, 0)]))
        .await
        .expect("staff")
        .into_inner();
    let stale = world
        .staff()
        .update_performance(edit(&open.etag, open.prices.clone()))
        .await
        .expect_err("read before the edit");
    assert_eq!(stale.code(), Code::Aborted);
    let fixed = world
        .staff()
        .update_performance(edit(&edited.etag, vec![price("b", 1, 0)]))
        .await
        .expect_err("seats exist");
    assert_eq!(testkit::reason(&fixed), "CATEGORIES_ARE_FIXED");
    let after = hold(&mut world.visitor(), wants_seats(&open.id, &[2]))
        .await
        .expect("free");
    assert_eq!(
        (before.total.clone(), after.total),
        (sek(25_000), sek(30_000))
    );
    let paid = pay(&mut world.visitor(), &before).await.expect("held");
    assert_eq!(
        paid.total,
        sek(25_000),
        "the price is that of the moment when the seat was held"
    );

    assert_eq!(
        world.cancel(&open).await.state(),
        performance::State::Cancelled
    );
    world.cancel(&open).await;
    let subject = open.id.parse().expect("an id");
    world
        .stack
        .fact("ticketing", "PerformanceCancelled", subject)
        .await;
    let facts = world.stack.facts("ticketing").await;
    let told: Vec<_> = facts
        .iter()
        .filter(|f| f.subject_id == subject)
        .map(|f| (f.kind.rsplit('.').next().unwrap_or(""), f.revision))
        .collect();
    assert_eq!(
        told,
        [
            ("PerformanceOpened", 1),
            ("PerformanceChanged", 2),
            ("PerformanceCancelled", 3)
        ]
    );
    let late = world
        .staff()
        .update_performance(edit(&edited.etag, open.prices.clone()))
        .await
        .expect_err("cancelled");
    assert!([Code::Aborted, Code::FailedPrecondition].contains(&late.code()));
}

#[tokio::test]
async fn a_hall_with_an_unpriced_category_is_not_put_on_sale() {
    let world = World::new().await;
    let hall = world.numbered_hall(1, 3).await;
    let draft = world
        .draft(world.plan(&hall, vec![price("b", 100, 0)]))
        .await;
    let refused = world
        .staff()
        .open_performance(OpenPerformanceRequest {
            performance_id: draft.id.clone(),
        })
        .await
        .expect_err("a");
    assert_eq!(
        refusal(&refused),
        (Code::FailedPrecondition, "UNPRICED_CATEGORY".to_owned())
    );
    world
        .stack
        .clock
        .advance(START - world.stack.clock.now().unix_timestamp());
    let begun = world
        .staff()
        .open_performance(OpenPerformanceRequest {
            performance_id: draft.id,
        })
        .await
        .expect_err("too late");
    assert_eq!(testkit::reason(&begun), "HAS_BEGUN");
}

#[tokio::test]
async fn an_online_performance_has_places_and_its_own_vat() {
    let world = World::new().await;
    let hall = Hall::default();
    let plan = CreatePerformanceRequest {
        mode: Mode::Online.into(),
        ..world.plan(&hall, vec![price("stream", 12_500, 1000)])
    };
    let online = world.open(&world.draft(plan).await).await;
    assert_eq!((online.numbered, online.capacity), (false, 1000));
    let order = hold(&mut world.visitor(), wants_places(&online.id, "stream", 2))
        .await
        .expect("free");
    assert_eq!(
        (order.lines[0].vat_permille, order.total, order.vat),
        (250, sek(25_000), sek(5_000))
    );
}

#[tokio::test]
async fn search_gets_what_is_on_sale_and_nobody_else_asks() {
    let world = World::new().await;
    let (one, two) = (world.free(5).await, world.numbered(1, 2).await);
    world.cancel(&two).await;
    let mut search = world.search();
    let entry = search
        .get_catalogue_entry(GetCatalogueEntryRequest {
            performance_id: one.id.clone(),
        })
        .await
        .expect("on sale")
        .into_inner();
    assert_eq!(
        (
            entry.house_name.as_str(),
            entry.municipality.as_str(),
            entry.genre.as_str()
        ),
        ("Scalateatern", "1780", "concert")
    );
    assert_eq!(
        (
            entry.price_from.clone(),
            entry.titles.clone(),
            entry.revision
        ),
        (sek(10_600), texts("Kvällskonsert"), 1)
    );
    let gone = search
        .get_catalogue_entry(GetCatalogueEntryRequest {
            performance_id: two.id,
        })
        .await
        .expect_err("cancelled");
    assert_eq!(gone.code(), Code::NotFound);
    let all = search
        .list_catalogue(ListCatalogueRequest::default())
        .await
        .expect("search")
        .into_inner();
    assert_eq!(all.entries, [entry]);
    let public = world
        .visitor()
        .list_performances(ListPerformancesRequest::default())
        .await
        .expect("public")
        .into_inner();
    assert_eq!(
        public
            .performances
            .iter()
            .map(|p| p.id.as_str())
            .collect::<Vec<_>>(),
        [one.id.as_str()]
    );
    let administrator = world
        .administrator()
        .list_catalogue(ListCatalogueRequest::default())
        .await;
    assert_eq!(
        administrator.expect_err("a person").code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn a_house_that_is_renamed_tells_of_the_performances_that_show_its_name() {
    let world = World::new().await;
    let open = world.free(5).await;
    let house = world
        .visitor()
        .get_house(GetHouseRequest {
            house_id: world.house.to_string(),
        })
        .await
        .expect("public")
        .into_inner();
    let request = UpdateHouseRequest {
        house_id: house.id,
        name: "Scala".to_owned(),
        municipality: house.municipality,
        texts: house.texts,
        etag: house.etag,
    };
    world
        .staff()
        .update_house(request)
        .await
        .expect("its own staff");
    let fact = world
        .stack
        .fact(
            "ticketing",
            "PerformanceChanged",
            open.id.parse().expect("an id"),
        )
        .await;
    assert_eq!(fact.revision, 2);
    let etag = world
        .visitor()
        .get_performance(GetPerformanceRequest {
            performance_id: open.id,
        })
        .await
        .expect("public")
        .into_inner()
        .etag;
    assert_eq!(etag, open.etag, "nobody has edited the performance itself");
}

//! What a house mends afterwards: a hall's name, and what is told of a production.
mod common;

use common::*;
use contracts::ticketing::v1::*;
use testkit::bad_fields;
use tonic::Code;
use uuid::Uuid;

fn renamed(hall: &Hall, name: &str) -> UpdateHallRequest {
    UpdateHallRequest {
        hall_id: hall.id.clone(),
        name: name.to_owned(),
        etag: hall.etag.clone(),
    }
}

fn mended(production: &Production) -> UpdateProductionRequest {
    UpdateProductionRequest {
        production_id: production.id.clone(),
        titles: texts("Kvällskonsert på Frykens strand"),
        texts: texts("Folkmusik från Fryksdalen"),
        genre: production.genre.clone(),
        minutes: 75,
        age_from: 0,
        etag: production.etag.clone(),
    }
}

async fn productions(world: &World) -> Vec<Production> {
    let request = ListProductionsRequest {
        house_id: world.house.to_string(),
        ..ListProductionsRequest::default()
    };
    let listed = world.staff().list_productions(request).await;
    listed.expect("its own").into_inner().productions
}

#[tokio::test]
async fn a_hall_gets_another_name_and_keeps_its_seats() {
    let world = World::new().await;
    let hall = world.numbered_hall(2, 3).await;
    let mut staff = world.staff();
    let new = staff.update_hall(renamed(&hall, "Lilla salen")).await;
    let new = new.expect("its own").into_inner();
    assert_eq!((new.name.as_str(), new.capacity), ("Lilla salen", 6));
    assert_ne!(new.etag, hall.etag);
    let request = GetHallRequest {
        hall_id: hall.id.clone(),
    };
    let shown = staff.get_hall(request).await.expect("its own").into_inner();
    assert_eq!(
        shown,
        Hall {
            name: new.name.clone(),
            etag: new.etag.clone(),
            ..hall.clone()
        }
    );

    let stale = staff.update_hall(renamed(&hall, "Mellansalen")).await;
    assert_eq!(
        refusal(&stale.expect_err("read before the edit")),
        (Code::Aborted, "STALE_ETAG".to_owned())
    );
    let other = world.new_house("Bion").await;
    for (mut api, code) in [
        (world.staff_of(other), Code::NotFound),
        (world.door(), Code::PermissionDenied),
        (world.visitor(), Code::Unauthenticated),
    ] {
        let refused = api.update_hall(renamed(&new, "Salen")).await;
        assert_eq!(refused.expect_err("another's").code(), code);
    }
}

#[tokio::test]
async fn of_two_who_mend_at_once_one_is_told_to_read_again() {
    let world = World::new().await;
    let hall = world.numbered_hall(1, 1).await;
    let (mut one, mut two) = (world.staff(), world.staff());
    let (first, second) = tokio::join!(
        one.update_hall(renamed(&hall, "Ettan")),
        two.update_hall(renamed(&hall, "Tvåan")),
    );
    let refused = first.and(second).expect_err("one was slower");
    assert_eq!(refusal(&refused), (Code::Aborted, "STALE_ETAG".to_owned()));
}

#[tokio::test]
async fn what_is_told_of_a_production_is_mended_everywhere_and_search_hears_of_it() {
    let world = World::new().await;
    let open = world.free(5).await;
    let hall = world.hall(Vec::new(), 5).await;
    let draft = world.plan(&hall, vec![price("floor", 100, 5)]);
    let draft = world.draft(draft).await;
    let production = productions(&world).await.remove(0);
    let mut staff = world.staff();
    let new = staff.update_production(mended(&production)).await;
    let new = new.expect("its own").into_inner();
    assert_eq!(productions(&world).await, std::slice::from_ref(&new));

    let request = GetPerformanceRequest {
        performance_id: open.id.clone(),
    };
    let shown = world.visitor().get_performance(request).await;
    let shown = shown.expect("public").into_inner();
    let within = Production {
        etag: String::new(),
        ..new.clone()
    };
    assert_eq!(shown.production, Some(within));
    assert_eq!(shown.etag, open.etag, "the performance itself is as it was");

    let opened: Uuid = open.id.parse().expect("an id");
    let fact = world.stack.fact("ticketing", "PerformanceChanged", opened);
    assert_eq!(fact.await.revision, 2);
    let request = GetCatalogueEntryRequest {
        performance_id: open.id.clone(),
    };
    let entry = world.search().get_catalogue_entry(request).await;
    let entry = entry.expect("on sale").into_inner();
    assert_eq!((entry.revision, entry.titles), (2, new.titles.clone()));

    world.open(&draft).await;
    let later: Uuid = draft.id.parse().expect("an id");
    let fact = world.stack.fact("ticketing", "PerformanceOpened", later);
    assert_eq!(fact.await.revision, 1, "of a draft nothing was told");

    let stale = staff.update_production(mended(&production)).await;
    assert_eq!(
        refusal(&stale.expect_err("read before the edit")),
        (Code::Aborted, "STALE_ETAG".to_owned())
    );
}

#[tokio::test]
async fn a_production_is_mended_by_its_own_house_and_every_mistake_is_named() {
    let world = World::new().await;
    let production = productions(&world).await.remove(0);
    let other = world.new_house("Bion").await;
    for (mut api, code) in [
        (world.staff_of(other), Code::NotFound),
        (world.administrator(), Code::PermissionDenied),
        (world.visitor(), Code::Unauthenticated),
    ] {
        let refused = api.update_production(mended(&production)).await;
        assert_eq!(refused.expect_err("another's").code(), code);
    }
    let mut wrong = mended(&production);
    wrong.genre = "circus-on-ice".to_owned();
    wrong.titles[0].language = "de".to_owned();
    wrong.texts.extend(texts("en gång till"));
    let refused = world.staff().update_production(wrong).await;
    let mut fields = bad_fields(&refused.expect_err("three mistakes"));
    fields.sort();
    assert_eq!(fields, ["genre", "texts[1].language", "titles[0].language"]);
}

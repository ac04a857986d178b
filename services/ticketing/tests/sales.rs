//! What a house has sold, for its own staff.
mod common;

use common::*;
use contracts::options::v1::Role;
use contracts::ticketing::v1::*;
use tonic::Code;
use uuid::Uuid;

fn sales_of(world: &World, performance: &str) -> GetSalesRequest {
    GetSalesRequest {
        house_id: world.house.to_string(),
        performance_id: performance.to_owned(),
    }
}

async fn sales(world: &World, performance: &str) -> Vec<SalesLine> {
    let request = sales_of(world, performance);
    let sales = world.staff().get_sales(request).await.expect("its house");
    sales.into_inner().lines
}

#[tokio::test]
async fn a_house_sees_what_was_sold_held_let_in_and_paid() {
    let world = World::new().await;
    let (seats, floor) = (world.numbered(1, 5).await, world.free(20).await);
    let mut visitor = world.visitor();
    let bought = buy(&mut visitor, wants_seats(&seats.id, &[1, 2])).await;
    hold(&mut visitor, wants_seats(&seats.id, &[3]))
        .await
        .expect("free");
    buy(&mut visitor, wants_places(&floor.id, "floor", 3)).await;
    let mut db = world.stack.database.connect().await;
    let first: Uuid = bought.tickets[0].id.parse().expect("an id");
    sqlx::query("update ticketing.order_line set checked_in_at = now() where id = $1")
        .bind(first)
        .execute(&mut db)
        .await
        .expect("a ticket");

    let line = |of: &Performance, category: &str| SalesLine {
        performance_id: of.id.clone(),
        category: category.to_owned(),
        ..SalesLine::default()
    };
    let numbered = SalesLine {
        capacity: 5,
        free: 2,
        held: 1,
        sold: 2,
        checked_in: 1,
        gross: sek(50_000),
        vat: sek(2_830),
        ..line(&seats, "a")
    };
    let free = SalesLine {
        capacity: 20,
        free: 17,
        sold: 3,
        gross: sek(31_800),
        vat: sek(1_800),
        ..line(&floor, "floor")
    };
    assert_eq!(
        sales(&world, &seats.id).await,
        std::slice::from_ref(&numbered)
    );
    let mut all = sales(&world, "").await;
    all.sort_by_key(|l| l.category.clone());
    assert_eq!(all, [numbered, free]);
}

#[tokio::test]
async fn nobody_else_sees_a_houses_sales() {
    let world = World::new().await;
    let performance = world.free(5).await;
    let other = world.new_house("Bion").await;
    for (mut api, code) in [
        (world.visitor(), Code::Unauthenticated),
        (world.door(), Code::PermissionDenied),
        (world.administrator(), Code::PermissionDenied),
        (world.staff_of(other), Code::PermissionDenied),
    ] {
        let refused = api.get_sales(sales_of(&world, &performance.id)).await;
        assert_eq!(refused.expect_err("another's").code(), code);
    }
    let both = [(Role::House, Some(world.house)), (Role::House, Some(other))];
    let foreign = GetSalesRequest {
        house_id: other.to_string(),
        performance_id: performance.id,
    };
    let refused = world.api(&both).get_sales(foreign).await;
    assert_eq!(
        refused.expect_err("of the first house").code(),
        Code::NotFound
    );
}

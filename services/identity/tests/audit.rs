//! The audit log cannot be changed unnoticed.
mod common;

use common::*;
use identity::audit::{Broken, verify};
use sqlx::{Connection, PgConnection};

async fn tamper(db: &mut PgConnection, statement: &'static str) -> Broken {
    let mut tx = db.begin().await.expect("a transaction");
    sqlx::raw_sql("alter table identity.audit disable trigger audit_append_only")
        .execute(&mut *tx)
        .await
        .expect("disabled");
    sqlx::raw_sql(statement)
        .execute(&mut *tx)
        .await
        .expect("done");
    let found = verify(&mut tx).await.expect_err(statement);
    tx.rollback().await.expect("undone");
    found
}

#[tokio::test]
async fn tampering_is_found_at_its_entry() {
    let app = App::start().await;
    for i in 0..4 {
        app.account(&format!("a{i}@example.org")).await;
    }
    let mut db = app.stack.database.connect().await;
    assert_eq!(verify(&mut db).await.expect("whole"), 4);
    for (statement, at) in [
        ("update identity.audit set detail = 'x' where seq = 2", 2),
        (
            "update identity.audit set action = 'role_granted' where seq = 4",
            4,
        ),
        (
            "update identity.audit set at = at + interval '1 microsecond' where seq = 1",
            1,
        ),
        (
            "update identity.audit set actor_id = account_id where seq = 3",
            3,
        ),
        (
            "update identity.audit a set account_id = b.account_id from identity.audit b where a.seq = 1 and b.seq = 2",
            1,
        ),
        ("delete from identity.audit where seq = 1", 1),
        ("delete from identity.audit where seq = 3", 3),
        ("update identity.audit set seq = seq + 10 where seq = 2", 2),
    ] {
        let found = tamper(&mut db, statement).await;
        assert!(
            matches!(found, Broken::At { seq } if seq == at),
            "{statement}: {found}"
        );
    }
    let found = tamper(&mut db, "delete from identity.audit where seq >= 3").await;
    assert!(
        matches!(
            found,
            Broken::End {
                last: 2,
                expected: 4
            }
        ),
        "{found}"
    );
    assert_eq!(verify(&mut db).await.expect("whole again"), 4);
}

#[tokio::test]
async fn entries_can_only_be_appended() {
    let app = App::start().await;
    app.account("a@example.org").await;
    let mut db = app.stack.database.connect().await;
    for statement in [
        "update identity.audit set detail = 'x'",
        "delete from identity.audit",
        "truncate identity.audit",
    ] {
        let refused = sqlx::raw_sql(statement)
            .execute(&mut db)
            .await
            .expect_err(statement);
        assert!(
            refused.to_string().contains("only be appended"),
            "{refused}"
        );
    }
}

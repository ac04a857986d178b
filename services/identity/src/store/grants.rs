//! Roles held.
use contracts::options::v1::Role;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::role::Grant;

/// A grant with whom it was made to, as lists show it.
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) grant: Grant,
    pub(crate) email: String,
    pub(crate) name: String,
}

/// The roles of an account, the oldest first.
pub(crate) async fn of(db: &mut PgConnection, account_id: Uuid) -> sqlx::Result<Vec<Grant>> {
    let rows = sqlx::query!(
        "select account_id, role, organisation_id, art_fields, granted_at from identity.role_grant where account_id = $1 order by id",
        account_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Grant {
            account_id: r.account_id,
            role: role(&r.role),
            organisation_id: r.organisation_id,
            art_fields: r.art_fields,
            granted_at: r.granted_at,
        })
        .collect())
}

/// Stores a grant, or the art fields of one that is there. False if nothing changed.
pub(crate) async fn put(db: &mut PgConnection, grant: &Grant) -> sqlx::Result<bool> {
    let put = sqlx::query!(
        "insert into identity.role_grant as g (id, account_id, role, organisation_id, art_fields, granted_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict on constraint role_grant_once do update
         set art_fields = excluded.art_fields, granted_at = excluded.granted_at
         where g.art_fields is distinct from excluded.art_fields",
        Uuid::now_v7(),
        grant.account_id,
        grant.role.as_str_name(),
        grant.organisation_id,
        &grant.art_fields,
        grant.granted_at
    )
    .execute(db)
    .await?;
    Ok(put.rows_affected() == 1)
}

/// Takes a grant back; `None` if it is not there.
pub(crate) async fn delete(
    db: &mut PgConnection,
    account_id: Uuid,
    role: Role,
    organisation_id: Option<Uuid>,
) -> sqlx::Result<Option<Grant>> {
    let row = sqlx::query!(
        "delete from identity.role_grant
         where account_id = $1 and role = $2 and organisation_id is not distinct from $3
         returning art_fields, granted_at",
        account_id,
        role.as_str_name(),
        organisation_id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| Grant {
        account_id,
        role,
        organisation_id,
        art_fields: r.art_fields,
        granted_at: r.granted_at,
    }))
}

/// The administrators, locked, so that two cannot leave at once believing that the other stays.
pub(crate) async fn lock_administrators(db: &mut PgConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!("select account_id from identity.role_grant where role = 'ROLE_ADMINISTRATOR' order by id for update")
        .fetch_all(db)
        .await
}

/// All grants, or those of one role, the oldest first, from after the place on.
pub(crate) async fn list(
    db: &mut PgConnection,
    only: Option<Role>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    let rows = sqlx::query!(
        "select g.id, g.account_id, g.role, g.organisation_id, g.art_fields, g.granted_at, a.email, a.name
         from identity.role_grant g join identity.account a on a.id = g.account_id
         where ($1::text is null or g.role = $1) and ($2::uuid is null or g.id > $2)
         order by g.id limit $3",
        only.map(|r| r.as_str_name()),
        after,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Listed {
            id: r.id,
            grant: Grant {
                account_id: r.account_id,
                role: role(&r.role),
                organisation_id: r.organisation_id,
                art_fields: r.art_fields,
                granted_at: r.granted_at,
            },
            email: r.email,
            name: r.name,
        })
        .collect())
}

/// A stored role. The table's check lets only names in that the contract has.
fn role(name: &str) -> Role {
    Role::from_str_name(name).unwrap_or(Role::Unspecified)
}

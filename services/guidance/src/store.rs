//! SQL of cases and the directory.
use kit::db::Tx;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::case::{Case, State};
use crate::directory::Entry;

/// A question or an answer.
pub(crate) struct Message {
    pub(crate) from_adviser: bool,
    pub(crate) text: String,
    pub(crate) at: OffsetDateTime,
}

/// A pointer: an entry, a note, or both.
pub(crate) struct Lead {
    pub(crate) entry: Option<Entry>,
    pub(crate) note: String,
}

struct CaseRow {
    id: Uuid,
    state: i32,
    theme: String,
    art_fields: Vec<String>,
    municipalities: Vec<String>,
    asker_name: String,
    asker_email: String,
    language: String,
    adviser: Option<Uuid>,
    helped: bool,
    created_at: OffsetDateTime,
    answered_at: Option<OffsetDateTime>,
    revision: i64,
}

impl From<CaseRow> for Case {
    fn from(row: CaseRow) -> Self {
        Self {
            id: row.id,
            state: State::read(row.state).expect("the table checks the number"),
            theme: row.theme,
            art_fields: row.art_fields,
            municipalities: row.municipalities,
            asker_name: row.asker_name,
            asker_email: row.asker_email,
            language: row.language,
            adviser: row.adviser,
            helped: row.helped,
            created_at: row.created_at,
            answered_at: row.answered_at,
            revision: row.revision,
        }
    }
}

/// The case, locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<Case>> {
    let row = sqlx::query_as!(
        CaseRow,
        "select * from guidance.case_file where id = $1 for update",
        id
    );
    Ok(row.fetch_optional(&mut **tx).await?.map(Case::from))
}

pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Case>> {
    let row = sqlx::query_as!(
        CaseRow,
        "select * from guidance.case_file where id = $1",
        id
    );
    Ok(row.fetch_optional(db).await?.map(Case::from))
}

/// Which cases to list, oldest first, behind `after`.
pub(crate) struct Wanted {
    pub(crate) states: Vec<i32>,
    pub(crate) adviser: Option<Uuid>,
    pub(crate) after: Option<(OffsetDateTime, Uuid)>,
    pub(crate) limit: i64,
}

pub(crate) async fn list(db: &mut PgConnection, wanted: &Wanted) -> sqlx::Result<Vec<Case>> {
    let (after_at, after_id) = wanted.after.unzip();
    let rows = sqlx::query_as!(
        CaseRow,
        "select * from guidance.case_file
         where state = any($1) and ($2::uuid is null or adviser = $2)
           and ($3::timestamptz is null or (created_at, id) > ($3, $4::uuid))
         order by created_at, id limit $5",
        &wanted.states,
        wanted.adviser,
        after_at,
        after_id,
        wanted.limit
    );
    Ok(rows
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Case::from)
        .collect())
}

pub(crate) async fn insert(tx: &mut Tx, case: &Case) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into guidance.case_file
         (id, state, theme, art_fields, municipalities, asker_name, asker_email, language, created_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        case.id,
        case.state as i32,
        case.theme,
        &case.art_fields,
        &case.municipalities,
        case.asker_name,
        case.asker_email,
        case.language,
        case.created_at,
        case.revision
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}

/// Keeps what can change of a locked case.
pub(crate) async fn save(tx: &mut Tx, case: &Case) -> sqlx::Result<()> {
    sqlx::query!(
        "update guidance.case_file set state = $2, adviser = $3, helped = $4, answered_at = $5, revision = $6 where id = $1",
        case.id,
        case.state as i32,
        case.adviser,
        case.helped,
        case.answered_at,
        case.revision
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}

/// Adds a message to a locked case; its number.
pub(crate) async fn add_message(tx: &mut Tx, case: Uuid, message: &Message) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        r#"insert into guidance.message (case_id, number, from_adviser, text, at)
           select $1, coalesce(max(number), 0) + 1, $2, $3, $4 from guidance.message where case_id = $1
           returning number"#,
        case,
        message.from_adviser,
        message.text,
        message.at
    )
    .fetch_one(&mut **tx)
    .await
}

pub(crate) async fn messages(db: &mut PgConnection, case: Uuid) -> sqlx::Result<Vec<Message>> {
    sqlx::query_as!(
        Message,
        "select from_adviser, text, at from guidance.message where case_id = $1 order by number",
        case
    )
    .fetch_all(db)
    .await
}

/// Adds a lead to a locked case. An entry that does not exist is refused by the table.
pub(crate) async fn add_lead(
    tx: &mut Tx,
    case: Uuid,
    entry: Option<Uuid>,
    note: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into guidance.lead (case_id, number, entry_id, note)
         select $1, coalesce(max(number), 0) + 1, $2, $3 from guidance.lead where case_id = $1",
        case,
        entry,
        note
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}

pub(crate) async fn leads(db: &mut PgConnection, case: Uuid) -> sqlx::Result<Vec<Lead>> {
    let rows = sqlx::query!(
        "select entry_id, note from guidance.lead where case_id = $1 order by number",
        case
    )
    .fetch_all(&mut *db)
    .await?;
    let ids: Vec<Uuid> = rows.iter().filter_map(|r| r.entry_id).collect();
    let entries = entries_of(db, &ids).await?;
    let lead = rows.into_iter().map(|row| Lead {
        entry: entries.iter().find(|e| Some(e.id) == row.entry_id).cloned(),
        note: row.note,
    });
    Ok(lead.collect())
}

/// The entries with these ids.
pub(crate) async fn entries_of(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        r#"select e.*, (select count(*) from guidance.lead l where l.entry_id = e.id) as "given!"
           from guidance.entry e where id = any($1)"#,
        ids
    )
    .fetch_all(db)
    .await
}

/// Every entry in use. A region's directory has some hundred.
pub(crate) async fn entries_in_use(db: &mut PgConnection) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        r#"select e.*, (select count(*) from guidance.lead l where l.entry_id = e.id) as "given!"
           from guidance.entry e where not retired"#
    )
    .fetch_all(db)
    .await
}

/// A page of the directory by name, behind `after`.
pub(crate) async fn list_entries(
    db: &mut PgConnection,
    retired_too: bool,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let (name, id) = after.unzip();
    sqlx::query_as!(
        Entry,
        r#"select e.*, (select count(*) from guidance.lead l where l.entry_id = e.id) as "given!"
           from guidance.entry e
           where ($1 or not retired) and ($2::text is null or (lower(name), id) > ($2, $3::uuid))
           order by lower(name), id limit $4"#,
        retired_too,
        name,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

pub(crate) async fn insert_entry(tx: &mut Tx, entry: &Entry) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into guidance.entry (id, kind, name, text, art_fields, municipalities, url, email)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        entry.id,
        entry.kind,
        entry.name,
        entry.text,
        &entry.art_fields,
        &entry.municipalities,
        entry.url,
        entry.email
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}

/// Keeps an entry if it is still at the revision before its own; false if somebody was faster.
pub(crate) async fn update_entry(tx: &mut Tx, entry: &Entry) -> sqlx::Result<bool> {
    let kept = sqlx::query!(
        "update guidance.entry set kind = $2, name = $3, text = $4, art_fields = $5, municipalities = $6, url = $7,
         email = $8, retired = $9, revision = $10::bigint where id = $1 and revision = $10::bigint - 1",
        entry.id,
        entry.kind,
        entry.name,
        entry.text,
        &entry.art_fields,
        &entry.municipalities,
        entry.url,
        entry.email,
        entry.retired,
        entry.revision
    );
    Ok(kept.execute(&mut **tx).await?.rows_affected() == 1)
}

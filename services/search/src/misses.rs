//! Searches that found nothing, counted by day without anybody's data: what the catalogue lacks.
use kit::Db;
use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};
use tokio::sync::Semaphore;

const LONGEST: usize = 100;
/// Different queries kept of one day, so that nobody can fill the table.
const A_DAY: i64 = 2_000;
const KEPT: Duration = Duration::days(90);

/// The words to count a query under; `None` for one that may name somebody: with an address or a number.
pub(crate) fn countable(query: &str) -> Option<String> {
    let digits = query.chars().filter(|c| c.is_numeric()).count();
    if query.contains('@') || digits >= 4 {
        return None;
    }
    let words = crate::words::words(query).join(" ");
    (!words.is_empty() && words.chars().count() <= LONGEST).then_some(words)
}

/// A few at a time: the same query asked by many at once would otherwise queue for its row with every connection.
static NOTING: Semaphore = Semaphore::const_new(3);

/// Counts a query that found nothing, unless too many are being counted. Nobody waits for it and nothing depends on it.
pub(crate) fn note(db: &Db, query: &str, now: OffsetDateTime) {
    let Some(words) = countable(query) else {
        return;
    };
    let Ok(turn) = NOTING.try_acquire() else {
        return;
    };
    let db = db.clone();
    tokio::spawn(async move {
        let _turn = turn;
        let noted = db
            .write(move |tx| Box::pin(async move { count(tx, &words, now.date()).await }))
            .await;
        if let Err(error) = noted {
            tracing::warn!("a search without results was not counted: {error}");
        }
    });
}

async fn count(db: &mut PgConnection, words: &str, day: Date) -> sqlx::Result<()> {
    sqlx::query!("delete from search.miss where day < $1", day - KEPT)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into search.miss (day, query, count)
         select $1::date, $2, 1
         where (select count(*) from search.miss where day = $1) < $3
            or exists (select from search.miss where day = $1 and query = $2)
         on conflict (day, query) do update set count = miss.count + 1",
        day,
        words,
        A_DAY
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The most frequent ones; what was asked only once is nobody's business.
pub(crate) async fn list(db: &mut PgConnection, size: i64) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select query, sum(count)::bigint as "count!" from search.miss
           group by query having sum(count) >= 2 order by 2 desc, query limit $1"#,
        size
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.query, r.count)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_name_somebody_is_not_counted() {
        assert_eq!(
            countable("  Dockteater, för BARN! "),
            Some("dockteater för barn".to_owned())
        );
        assert_eq!(countable("anna@example.org"), None);
        assert_eq!(countable("0701 23"), None);
        assert_eq!(countable("?!"), None);
        assert_eq!(countable(&"a".repeat(101)), Some("a".repeat(60)));
        assert_eq!(countable(&"ab ".repeat(60)), None);
    }
}

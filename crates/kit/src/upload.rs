//! Files that people send, part by part. They live in the role's own schema, so that they are backed up,
//! deleted and guarded together with the rows that they belong to.
mod refused;

use bytes::Bytes;
use futures::stream::{self, Stream};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::db::{Db, Tx};
use crate::media::{Dimensions, Media};

pub use refused::Refused;

/// More parts than any allowed file needs, and few enough that a file is not sent byte by byte.
const MOST_PARTS: i32 = 1000;
/// How many files of one person may be on their way at once.
const MOST_OPEN: i64 = 20;
/// The parts that a file is cut into when it is written anew.
const PART: usize = 512 * 1024;

/// A file that is announced.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Who sends it: [`crate::auth::Caller::key`]. Nobody else can add to it or finish it.
    pub owner: String,
    /// What the file is for.
    pub subject_id: Uuid,
    /// File name; a path before it is dropped.
    pub name: String,
    /// MIME type.
    pub media_type: String,
    /// Bytes of the whole file.
    pub size: i64,
    /// SHA-256 of the whole file.
    pub sha256: Vec<u8>,
}

/// A file that has arrived whole.
#[derive(Debug, Clone)]
pub struct Finished {
    /// What it is.
    pub media: Media,
    /// Its size in bytes.
    pub size: i64,
    /// File name.
    pub name: String,
    /// What the file is for.
    pub subject_id: Uuid,
    /// SHA-256 of the file.
    pub sha256: Vec<u8>,
    /// A picture's size.
    pub dimensions: Option<Dimensions>,
    /// The file itself.
    pub data: Vec<u8>,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Head {
    /// What the file is for.
    pub subject_id: Uuid,
    /// File name.
    pub name: String,
    /// MIME type.
    pub media_type: String,
    /// Size in bytes.
    pub size: i64,
}

/// Announces a file under a new id.
pub async fn start(tx: &mut Tx, id: Uuid, new: &NewUpload) -> Result<(), Refused> {
    if Media::of(&new.media_type).is_none() {
        return Err(wrong_type(
            &new.media_type,
            &[Media::Pdf, Media::Jpeg, Media::Png],
        ));
    }
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 1))")
        .bind(&new.owner)
        .execute(&mut **tx)
        .await?;
    let open: i64 =
        sqlx::query_scalar("select count(*) from upload where owner = $1 and finished_at is null")
            .bind(&new.owner)
            .fetch_one(&mut **tx)
            .await?;
    if open >= MOST_OPEN {
        return Err(Refused::TooManyOpen);
    }
    let name = new.name.rsplit(['/', '\\']).next().unwrap_or_default();
    sqlx::query("insert into upload (id, owner, subject_id, name, media_type, size, sha256) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(&new.owner)
        .bind(new.subject_id)
        .bind(name)
        .bind(&new.media_type)
        .bind(new.size)
        .bind(&new.sha256)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    subject_id: Uuid,
    name: String,
    media_type: String,
    size: i64,
    sha256: Vec<u8>,
    received: i64,
    finished: bool,
}

async fn lock(tx: &mut Tx, id: Uuid, owner: &str) -> Result<Row, Refused> {
    sqlx::query_as(
        "select subject_id, name, media_type, size, sha256, received, finished_at is not null as finished
         from upload where id = $1 and owner = $2 for update",
    )
    .bind(id)
    .bind(owner)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(Refused::NotFound)
}

/// Takes the next part, numbered from 0, and tells how many bytes have arrived. Sending the same part again is fine.
pub async fn add_part(
    tx: &mut Tx,
    id: Uuid,
    owner: &str,
    part: i32,
    data: &[u8],
) -> Result<i64, Refused> {
    let upload = lock(tx, id, owner).await?;
    let had: Option<Vec<u8>> =
        sqlx::query_scalar("select data from upload_part where upload_id = $1 and part = $2")
            .bind(id)
            .bind(part)
            .fetch_optional(&mut **tx)
            .await?;
    if had.is_some_and(|had| had == data) {
        return Ok(upload.received);
    }
    if upload.finished {
        return Err(Refused::Closed);
    }
    let expected: i32 = sqlx::query_scalar(
        "select coalesce(max(part) + 1, 0) from upload_part where upload_id = $1",
    )
    .bind(id)
    .fetch_one(&mut **tx)
    .await?;
    if part != expected {
        return Err(Refused::WrongPart { expected });
    }
    if part >= MOST_PARTS {
        return Err(Refused::TooManyParts);
    }
    let received = upload
        .received
        .saturating_add(i64::try_from(data.len()).unwrap_or(i64::MAX));
    if received > upload.size {
        return Err(Refused::TooLong);
    }
    insert_part(tx, id, part, data).await?;
    sqlx::query("update upload set received = $2 where id = $1")
        .bind(id)
        .bind(received)
        .execute(&mut **tx)
        .await?;
    Ok(received)
}

/// Checks the whole file: size, checksum, that it is what it was announced as and one of `allowed`, that its end
/// is there, and a picture's dimensions. From then on it can be read. Finishing again gives the same answer.
pub async fn finish(
    tx: &mut Tx,
    id: Uuid,
    owner: &str,
    allowed: &[Media],
) -> Result<Finished, Refused> {
    let upload = lock(tx, id, owner).await?;
    if upload.received != upload.size {
        return Err(Refused::Incomplete {
            received: upload.received,
            size: upload.size,
        });
    }
    let parts: Vec<Vec<u8>> =
        sqlx::query_scalar("select data from upload_part where upload_id = $1 order by part")
            .bind(id)
            .fetch_all(&mut **tx)
            .await?;
    let data = parts.concat();
    let (media, dimensions) = examine(&upload, &data, allowed)?;
    sqlx::query("update upload set finished_at = coalesce(finished_at, now()) where id = $1")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    let Row {
        size,
        name,
        subject_id,
        sha256,
        ..
    } = upload;
    Ok(Finished {
        media,
        size,
        name,
        subject_id,
        sha256,
        dimensions,
        data,
    })
}

fn examine(
    upload: &Row,
    file: &[u8],
    allowed: &[Media],
) -> Result<(Media, Option<Dimensions>), Refused> {
    if Sha256::digest(file)[..] != upload.sha256[..] {
        return Err(Refused::WrongChecksum);
    }
    let media = Media::of(&upload.media_type)
        .filter(|media| allowed.contains(media) && Media::sniff(file) == Some(*media))
        .ok_or_else(|| wrong_type(&upload.media_type, allowed))?;
    Ok((media, media.check(file)?))
}

fn wrong_type(declared: &str, allowed: &[Media]) -> Refused {
    let allowed: Vec<_> = allowed.iter().map(|m| m.media_type()).collect();
    Refused::WrongType {
        declared: declared.to_owned(),
        allowed: allowed.join(" or "),
    }
}

/// Puts other bytes in the place of a finished file, such as the same picture without what the camera wrote in it.
pub async fn replace(tx: &mut Tx, id: Uuid, data: &[u8]) -> sqlx::Result<()> {
    sqlx::query("delete from upload_part where upload_id = $1")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    for (part, data) in (0..).zip(data.chunks(PART)) {
        insert_part(tx, id, part, data).await?;
    }
    sqlx::query("update upload set size = $2, received = $2, sha256 = $3 where id = $1")
        .bind(id)
        .bind(i64::try_from(data.len()).unwrap_or(i64::MAX))
        .bind(&Sha256::digest(data)[..])
        .execute(&mut **tx)
        .await
        .map(drop)
}

async fn insert_part(tx: &mut Tx, id: Uuid, part: i32, data: &[u8]) -> sqlx::Result<()> {
    sqlx::query("insert into upload_part (upload_id, part, data) values ($1, $2, $3)")
        .bind(id)
        .bind(part)
        .bind(data)
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// What is known of a finished file.
pub async fn head(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Head>> {
    sqlx::query_as("select subject_id, name, media_type, size from upload where id = $1 and finished_at is not null")
        .bind(id)
        .fetch_optional(db)
        .await
}

/// One part of a finished file; `None` after the last.
pub async fn read_part(db: &mut PgConnection, id: Uuid, part: i32) -> sqlx::Result<Option<Bytes>> {
    let data: Option<Vec<u8>> = sqlx::query_scalar(
        "select data from upload_part join upload on id = upload_id
         where upload_id = $1 and part = $2 and finished_at is not null",
    )
    .bind(id)
    .bind(part)
    .fetch_optional(db)
    .await?;
    Ok(data.map(Bytes::from))
}

/// The parts of a finished file, read one by one as they are asked for. A file that is deleted meanwhile ends in
/// an error, so that half a file is never taken for a whole one.
pub fn read(
    db: Db,
    id: Uuid,
    size: i64,
) -> impl Stream<Item = sqlx::Result<Bytes>> + Send + 'static {
    stream::try_unfold((db, 0, size), move |(db, part, left)| async move {
        if left <= 0 {
            return Ok(None);
        }
        let data = {
            let mut connection = db.read().await?;
            read_part(&mut connection, id, part)
                .await?
                .ok_or(sqlx::Error::RowNotFound)?
        };
        let left = left - i64::try_from(data.len()).unwrap_or(left);
        Ok(Some((data, (db, part + 1, left))))
    })
}

/// Deletes a file, whether it arrived or not.
pub async fn delete(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query("delete from upload where id = $1")
        .bind(id)
        .execute(db)
        .await
        .map(drop)
}

/// Deletes, every hour, files that were announced a day ago and never finished. Runs until told to stop.
pub async fn sweep(db: Db, stop: CancellationToken) -> anyhow::Result<()> {
    let mut hourly = tokio::time::interval(std::time::Duration::from_secs(3600));
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = hourly.tick() => {}
        }
        let stale =
            "delete from upload where finished_at is null and at < now() - interval '1 day'";
        if let Err(error) = sqlx::query(stale).execute(db.pool()).await {
            tracing::warn!(%error, "stale uploads were not deleted; trying again in an hour");
        }
    }
}

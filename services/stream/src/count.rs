//! How often things happened.
use contracts::stream::v1::count_facts_request::Step;
use contracts::stream::v1::{CountFactsRequest, CountFactsResponse, FactCount};
use kit::clock::{from_proto, to_proto};
use kit::inbox::Event;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tonic::{Code, Status};

/// Most periods of one answer: more than a year of days.
const MOST_PERIODS: i64 = 400;

/// Notes that a fact was exported.
pub(crate) async fn note(db: &mut PgConnection, event: &Event) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into stream.exported (id, type, at) values ($1, $2, $3)",
        event.id,
        event.kind,
        event.time
    )
    .execute(db)
    .await
    .map(drop)
}

/// Counts facts by period and type.
pub(crate) async fn count(
    db: &mut PgConnection,
    time_zone: &str,
    request: &CountFactsRequest,
) -> Result<CountFactsResponse, Error> {
    let (step, days) = match request.step() {
        Step::Unspecified => ("day", 1),
        Step::Week => ("week", 7),
        Step::Month => ("month", 28),
    };
    let (start, end) = span(request, days)?;
    let rows = sqlx::query!(
        r#"select type, date_trunc($1, at, $2) as "period!", count(*) as "count!"
           from stream.exported
           where at >= $3 and at < $4 and (cardinality($5::text[]) = 0 or type = any($5))
           group by 1, 2 order by 2, 1"#,
        step,
        time_zone,
        start,
        end,
        &request.types
    )
    .fetch_all(db)
    .await?;
    let counts = rows.into_iter().map(|r| FactCount {
        r#type: r.r#type,
        start_time: Some(to_proto(r.period)),
        count: r.count,
    });
    Ok(CountFactsResponse {
        counts: counts.collect(),
    })
}

fn span(request: &CountFactsRequest, days: i64) -> Result<(OffsetDateTime, OffsetDateTime), Error> {
    let at = |field: &'static str, time: &Option<prost_types::Timestamp>| {
        let time = time.as_ref().and_then(from_proto);
        time.ok_or((field, "must be a time"))
    };
    let (start, end) = match (
        at("start_time", &request.start_time),
        at("end_time", &request.end_time),
    ) {
        (Ok(start), Ok(end)) => (start, end),
        (start, end) => {
            return Err(Error::Fields(
                [start.err(), end.err()].into_iter().flatten().collect(),
            ));
        }
    };
    if end <= start {
        return Err(Error::Fields(vec![(
            "end_time",
            "must be after start_time",
        )]));
    }
    if (end - start).whole_days() / days > MOST_PERIODS {
        return Err(Error::Fields(vec![(
            "end_time",
            "must be within 400 periods of start_time; take a longer step",
        )]));
    }
    Ok((start, end))
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Fields that the contract's rules could not judge.
    #[error("the request has errors in: {}", .0.iter().map(|(f, _)| *f).collect::<Vec<_>>().join(", "))]
    Fields(Vec<(&'static str, &'static str)>),
    /// The database failed.
    #[error("the facts cannot be counted just now; try again")]
    Database(#[from] sqlx::Error),
}

impl kit::Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Fields(_) => Code::InvalidArgument,
            Self::Database(error) => kit::fault::database_code(error),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Fields(_) => "INVALID_FIELDS",
            Self::Database(_) => "DATABASE",
        }
    }

    fn fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Fields(fields) => fields
                .iter()
                .map(|(field, what)| ((*field).to_owned(), (*what).to_owned()))
                .collect(),
            Self::Database(_) => Vec::new(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        kit::fault::status("stream.kulturtorg", &error)
    }
}

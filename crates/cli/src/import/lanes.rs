//! Sends records to the gateway, eight at a time. Records of the same city and day go through the same lane, one
//! after the other, so that of two that are one gathering the first in the file always comes first.
use std::collections::HashSet;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contracts::events::v1::import_gathering_response::Outcome as Answered;
use contracts::events::v1::{ImportGatheringRequest, ImportGatheringResponse};
use prost::Message;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use crate::import::mapping::Mapped;
use crate::import::session::Failed;

const LANES: usize = 8;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// A new gathering.
    Imported,
    /// A known record that differs from before.
    Updated,
    /// A known record, the same as before.
    Unchanged,
    /// Another record of a known gathering.
    Merged,
    /// It breaks a rule.
    Refused,
    /// It could not be sent.
    NotSent,
}

/// A record that is done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// Its number in the file.
    pub record: i32,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// What was odd about it.
    pub remarks: Vec<String>,
}

/// Sends every record and tells what became of it.
pub(crate) async fn send<C, F>(mut records: Receiver<Mapped>, told: Sender<Done>, call: C)
where
    C: Fn(ImportGatheringRequest) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<ImportGatheringResponse, Failed>> + Send + 'static,
{
    let hopeless = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let mut lanes = Vec::with_capacity(LANES);
    for _ in 0..LANES {
        let (lane, queue) = channel(4);
        tasks.spawn(work(queue, told.clone(), call.clone(), hopeless.clone()));
        lanes.push(lane);
    }
    while let Some(record) = records.recv().await {
        if lanes[lane(&record)].send(record).await.is_err() {
            break;
        }
    }
    drop(lanes);
    while tasks.join_next().await.is_some() {}
}

fn lane(record: &Mapped) -> usize {
    let Ok(request) = &record.request else {
        return 0;
    };
    let start = if request.start.is_empty() {
        &request.start_date
    } else {
        &request.start
    };
    let city: String = request
        .city
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    let mut hasher = DefaultHasher::new();
    (city, start.get(..10)).hash(&mut hasher);
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0)
}

async fn work<C, F>(
    mut queue: Receiver<Mapped>,
    told: Sender<Done>,
    call: C,
    hopeless: Arc<AtomicBool>,
) where
    C: Fn(ImportGatheringRequest) -> F,
    F: Future<Output = Result<ImportGatheringResponse, Failed>>,
{
    // Records of one content share a lane, so it can tell a copy within the file from a record of an earlier import.
    let mut brought = HashSet::new();
    while let Some(Mapped {
        record,
        name,
        request,
        mut remarks,
    }) = queue.recv().await
    {
        let content = request.as_ref().ok().map(|r| content(r));
        let (outcome, reason) = match request {
            Err(why) => (Outcome::Refused, why.join("; ")),
            Ok(_) if hopeless.load(Ordering::Relaxed) => (
                Outcome::NotSent,
                "another record could not be sent".to_owned(),
            ),
            Ok(request) => match call(*request).await {
                Ok(answer) => {
                    remarks.extend(answer.remarks.iter().cloned());
                    (outcome(answer.outcome()), answer.reason)
                }
                Err(Failed::Refused(why)) => (Outcome::Refused, why),
                Err(Failed::NotSent(why)) => {
                    hopeless.store(true, Ordering::Relaxed);
                    (Outcome::NotSent, why)
                }
            },
        };
        let outcome = match (outcome, content) {
            (Outcome::Unchanged, Some(content)) if brought.contains(&content) => Outcome::Merged,
            (Outcome::Imported | Outcome::Updated | Outcome::Merged, Some(content)) => {
                brought.insert(content);
                outcome
            }
            _ => outcome,
        };
        // Nobody listens any more only when the whole import has ended.
        let _ = told
            .send(Done {
                record,
                name,
                outcome,
                reason,
                remarks,
            })
            .await;
    }
}

/// A record without its number.
fn content(request: &ImportGatheringRequest) -> Vec<u8> {
    ImportGatheringRequest {
        record: 0,
        ..request.clone()
    }
    .encode_to_vec()
}

fn outcome(answered: Answered) -> Outcome {
    match answered {
        Answered::Imported => Outcome::Imported,
        Answered::Updated => Outcome::Updated,
        Answered::Merged => Outcome::Merged,
        Answered::Unchanged | Answered::Unspecified => Outcome::Unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::time::Duration;

    fn record(number: i32, city: &str, day: &str) -> Mapped {
        let request = ImportGatheringRequest {
            record: number,
            city: city.to_owned(),
            start: format!("{day}T19:00:00+02:00"),
            ..Default::default()
        };
        Mapped {
            record: number,
            name: format!("Dans {number}"),
            request: Ok(Box::new(request)),
            remarks: Vec::new(),
        }
    }

    async fn run<C, F>(all: Vec<Mapped>, call: C) -> Vec<Done>
    where
        C: Fn(ImportGatheringRequest) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<ImportGatheringResponse, Failed>> + Send + 'static,
    {
        let (records, waiting) = channel(2);
        let (told, mut done) = channel(2);
        tokio::spawn(send(waiting, told, call));
        tokio::spawn(async move {
            for record in all {
                records.send(record).await.expect("taken");
            }
        });
        let mut all = Vec::new();
        while let Some(one) = done.recv().await {
            all.push(one);
        }
        all
    }

    #[tokio::test]
    async fn records_of_one_city_and_day_are_sent_in_order_and_others_beside_them() {
        let all: Vec<Mapped> = (1..=120)
            .map(|n| {
                record(
                    n,
                    ["Sunne", "SUNNE ", "Torsby"][n as usize % 3],
                    &format!("2026-05-{:02}", n % 4 + 1),
                )
            })
            .collect();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let under_way = Arc::new(Mutex::new((0usize, 0usize)));
        let done = run(all, {
            let (seen, under_way) = (seen.clone(), under_way.clone());
            move |request: ImportGatheringRequest| {
                let (seen, under_way) = (seen.clone(), under_way.clone());
                async move {
                    {
                        let mut counts = under_way.lock().expect("no panic");
                        counts.0 += 1;
                        counts.1 = counts.1.max(counts.0);
                    }
                    // Odd ones are slow: without lanes they would be overtaken.
                    tokio::time::sleep(Duration::from_millis(if request.record % 2 == 1 {
                        5
                    } else {
                        1
                    }))
                    .await;
                    under_way.lock().expect("no panic").0 -= 1;
                    seen.lock().expect("no panic").push((
                        request.city.trim().to_lowercase(),
                        request.start,
                        request.record,
                    ));
                    Ok(ImportGatheringResponse {
                        outcome: Answered::Imported.into(),
                        ..Default::default()
                    })
                }
            }
        })
        .await;
        assert_eq!(done.len(), 120);
        let most = under_way.lock().expect("no panic").1;
        assert!((2..=LANES).contains(&most), "{most} at once");
        let mut by_place = std::collections::BTreeMap::<_, Vec<i32>>::new();
        for (city, start, number) in seen.lock().expect("no panic").drain(..) {
            by_place.entry((city, start)).or_default().push(number);
        }
        for (place, numbers) in by_place {
            assert!(numbers.is_sorted(), "{place:?}: {numbers:?}");
        }
    }

    /// Answers as the service does: a known content is unchanged, whatever its number.
    fn service(
        known: &Arc<Mutex<HashSet<Vec<u8>>>>,
    ) -> impl Fn(
        ImportGatheringRequest,
    ) -> std::future::Ready<Result<ImportGatheringResponse, Failed>>
    + Clone
    + Send
    + Sync
    + 'static {
        let known = known.clone();
        move |request| {
            let new = known.lock().expect("no panic").insert(content(&request));
            let outcome = if new {
                Answered::Imported
            } else {
                Answered::Unchanged
            };
            std::future::ready(Ok(ImportGatheringResponse {
                outcome: outcome.into(),
                ..Default::default()
            }))
        }
    }

    #[tokio::test]
    async fn a_copy_within_a_file_is_a_merged_duplicate_and_unchanged_when_imported_again() {
        let file = || {
            [(1, "Sunne"), (2, "Torsby"), (3, "Sunne"), (4, "Sunne")]
                .map(|(number, city)| record(number, city, "2026-05-01"))
                .to_vec()
        };
        let known = Arc::default();
        let outcomes = async || {
            let mut done = run(file(), service(&known)).await;
            done.sort_by_key(|d| d.record);
            done.iter().map(|d| d.outcome).collect::<Vec<_>>()
        };
        assert_eq!(
            outcomes().await,
            [
                Outcome::Imported,
                Outcome::Imported,
                Outcome::Merged,
                Outcome::Merged
            ]
        );
        assert_eq!(outcomes().await, [Outcome::Unchanged; 4]);
    }

    #[tokio::test]
    async fn when_one_record_cannot_be_sent_the_rest_is_told_of_and_not_tried() {
        let mut all: Vec<Mapped> = (1..=50).map(|n| record(n, "Sunne", "2026-05-01")).collect();
        all[10].request = Err(vec!["name: must be a text".to_owned()]);
        let done = run(all, |request: ImportGatheringRequest| async move {
            match request.record {
                5 => Err(Failed::Refused("city: must not be blank".to_owned())),
                n if n >= 8 => Err(Failed::NotSent("the gateway cannot be reached".to_owned())),
                _ => Ok(ImportGatheringResponse {
                    outcome: Answered::Merged.into(),
                    ..Default::default()
                }),
            }
        })
        .await;
        let count = |outcome| done.iter().filter(|d| d.outcome == outcome).count();
        assert_eq!(
            count(Outcome::Merged) + count(Outcome::Refused) + count(Outcome::NotSent),
            50
        );
        assert_eq!((count(Outcome::Merged), count(Outcome::Refused)), (6, 2));
    }
}

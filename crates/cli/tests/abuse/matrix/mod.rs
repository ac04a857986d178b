//! The bad-input matrix: sixty kinds of what should never arrive, tried end to end on one region with a real
//! PostgreSQL and NATS, through the gateway, as an outsider would. Of each row it is held that
//!
//! - what comes back is what the table says: code, reason, field, HTTP status, or a closed connection;
//! - nothing panicked, and no line of the log, down to `debug`, holds what was sent;
//! - it left no trace in any table, unless the table says which and why;
//! - the next call is served.
//!
//! To add a case, add it to the row that it is a kind of. A new row gets the next number in the table of its file,
//! with [`Holds::NoTrace`] unless part of it is right. It sends [`Trial::mark`] as part of whatever is wrong, says by
//! [`Expect`] what should come back, and notes everything else that differs with [`Trial::holds`]. Things that rows
//! need beforehand belong to [`stage::Stage`], so that making them is no trace of the row.
//!
//! How the gateway answers byte by byte, each protocol for itself, is held in `services/gateway/tests`; that every
//! field of every method keeps its rule, in `bad_input.rs` beside this folder.
mod connections;
mod facts;
mod files;
mod framing;
mod heads;
mod lists;
mod log;
mod messages;
mod quotas;
mod sale;
mod stage;
mod text;
mod tokens;
mod trial;
mod values;
mod wire;

use futures::future::join_all;
use stage::Stage;
use trial::{Holds, Row, Trial, Try};

fn table() -> Vec<&'static Row> {
    let parts: [&[Row]; 12] = [
        &framing::ROWS,
        &heads::ROWS,
        &connections::ROWS,
        &messages::ROWS,
        &values::ROWS,
        &lists::ROWS,
        &text::ROWS,
        &files::ROWS,
        &tokens::ROWS,
        &sale::ROWS,
        &facts::ROWS,
        &quotas::ROWS,
    ];
    parts.into_iter().flatten().collect()
}

#[test]
fn every_row_of_the_matrix_stands_in_the_table_once() {
    let mut numbers: Vec<u8> = table().iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=60).collect::<Vec<u8>>());
    for row in table() {
        if let Holds::NoSuchThing(why) = row.holds {
            assert!(
                !why.is_empty(),
                "row {} says why it does not apply",
                row.number
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bad_input_is_refused_and_leaves_no_trace() {
    let stage = Stage::set().await;
    let wanted = std::env::var("KT_TEST_ROW")
        .ok()
        .and_then(|n| n.parse::<u8>().ok());
    let rows: Vec<_> = table()
        .into_iter()
        .filter(|row| wanted.is_none_or(|n| n == row.number))
        .collect();
    let slow = join_all(rows.iter().filter_map(|row| match row.holds {
        Holds::Slowly(attempt) => Some(tried(&stage, row, attempt)),
        _ => None,
    }));
    let quick = async {
        let mut wrong = Vec::new();
        let mut before = stage.at_rest().await;
        for row in &rows {
            let (attempt, leaves) = match row.holds {
                Holds::NoTrace(attempt) => (attempt, None),
                Holds::Trace(what, attempt) => (attempt, Some(what)),
                Holds::Slowly(_) | Holds::NoSuchThing(_) => continue,
            };
            wrong.extend(tried(&stage, row, attempt).await);
            let after = match leaves {
                None => stage.stored().await,
                // What follows from it comes later.
                Some(_) => stage.at_rest().await,
            };
            wrong.extend(traces(row, leaves, &before, &after));
            before = after;
        }
        wrong
    };
    let (slow, quick) = tokio::join!(slow, quick);
    let wrong: Vec<_> = slow.into_iter().flatten().chain(quick).collect();
    assert!(
        wrong.is_empty(),
        "{} things differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    stage.region.stop().await;
}

/// Where a row left a trace and should not have, or the other way round.
fn traces(row: &Row, leaves: Option<&str>, before: &[String], after: &[String]) -> Vec<String> {
    let changed: Vec<_> = before.iter().zip(after).filter(|(b, a)| b != a).collect();
    match leaves {
        Some(what) if changed.is_empty() => {
            vec![told(row, &format!("left nothing, not even {what}"))]
        }
        Some(_) => Vec::new(),
        None => changed
            .iter()
            .map(|(b, a)| told(row, &format!("left a trace: {b} → {a}")))
            .collect(),
    }
}

async fn tried(stage: &Stage, row: &Row, attempt: Try) -> Vec<String> {
    let began = std::time::Instant::now();
    let trial = Trial::new(stage, row.number);
    attempt(&trial).await;
    if let Err(status) = stage.serves().await {
        trial.note(format!("the next call was not served: {status:?}"));
    }
    stage.log.panics().into_iter().for_each(|p| trial.note(p));
    let leaks = stage.log.leaks(&trial.mark);
    leaks.into_iter().for_each(|l| trial.note(l));
    println!("{:>2} {:?} {}", row.number, began.elapsed(), row.input);
    let wrong: Vec<_> = trial.wrong().iter().map(|w| told(row, w)).collect();
    wrong.iter().for_each(|w| println!("{w}"));
    wrong
}

fn told(row: &Row, what: &str) -> String {
    let what: String = what.chars().take(600).collect();
    format!("row {} ({}): {what}", row.number, row.input)
}

//! Searching while others search too: words that fit, words with typing errors, filters, and nothing at all.
use std::time::{Duration, Instant};

use contracts::search::v1::{SearchRequest, SearchResponse};

use super::Bench;
use super::report::{Line, Report};
use super::stack::Stack;
use crate::call::told;

const QUERIES: [&str; 8] = [
    "dans",
    "teater för skola",
    "mussik",
    "konsert",
    "",
    "verkstad",
    "Karlstad film",
    "berättelse",
];

pub(super) async fn round(stack: &Stack, bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let began = Instant::now();
    let until = began + Duration::from_secs(bench.seconds);
    // Half the callers: searches are answered by the database's processors, not its disk.
    let searchers = (0..bench.callers.div_ceil(2)).map(|first| {
        let client = stack.client.clone();
        tokio::spawn(async move {
            let mut took = Vec::new();
            let mut at = first;
            while Instant::now() < until {
                let request = SearchRequest {
                    query: QUERIES[at % QUERIES.len()].to_owned(),
                    municipalities: if at.is_multiple_of(3) {
                        vec!["1780".to_owned()]
                    } else {
                        Vec::new()
                    },
                    ..Default::default()
                };
                let one = Instant::now();
                let _: SearchResponse = client
                    .unary("kulturtorg.search.v1.SearchService/Search", &request)
                    .await
                    .map_err(told)?;
                took.push(one.elapsed());
                at += 1;
            }
            anyhow::Ok(took)
        })
    });
    let mut took = Vec::new();
    for searcher in futures::future::join_all(searchers).await {
        took.extend(searcher??);
    }
    report.add(
        Line::SearchRate,
        took.len() as f64 / began.elapsed().as_secs_f64(),
    );
    report.add_percentile(Line::SearchP50, 50, &mut took);
    report.add_percentile(Line::SearchP99, 99, &mut took);
    Ok(())
}

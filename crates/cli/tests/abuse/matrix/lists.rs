//! Rows 36–38: pages, sizes and filters of lists.
use contracts::search::v1::{SearchRequest, SearchResponse};
use contracts::ticketing::v1::{
    ListHousesRequest, ListHousesResponse, ListPerformancesRequest, ListPerformancesResponse,
};
use futures::FutureExt;
use prost::Message;

use super::stage::{id, must};
use super::trial::{Expect, Holds, Row, Trial};

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 3] = [
    Row { number: 36, input: "page tokens that are forged, cut, or of another query", holds: Holds::NoTrace(|t| page_tokens(t).boxed_local()) },
    Row { number: 37, input: "page sizes of −1 and 10⁹", holds: Holds::NoTrace(|t| page_sizes(t).boxed_local()) },
    Row { number: 38, input: "filters and queries in the language of what they pass through", holds: Holds::NoTrace(|t| filters(t).boxed_local()) },
];

async fn page_tokens(t: &Trial<'_>) {
    let ours = ListPerformancesRequest {
        house_id: t.stage.house.id.clone(),
        page_size: 1,
        ..Default::default()
    };
    let method = "ticketing/ListPerformances";
    let first: ListPerformancesResponse = must(&t.stage.region.gateway, method, &ours).await;
    let token = first.next_page_token;
    let next = ListPerformancesRequest {
        page_token: token.clone(),
        ..ours.clone()
    };
    t.call("its own token", "", method, &next, Expect::Fine)
        .await;
    let other_house = ListPerformancesRequest {
        house_id: id(),
        ..next.clone()
    };
    let refused = Expect::Field("page_token");
    t.call("another query's", "", method, &other_house, refused)
        .await;
    let last = token.chars().last().expect("a token");
    let other_last = if last == 'A' { 'B' } else { 'A' };
    let forged = [
        format!("A{}", &token[1..]),
        format!("{}{other_last}", &token[..token.len() - 1]),
        token[..token.len() - 4].to_owned(),
        format!("{token}AAAA"),
        t.mark.clone(),
        "AAAA".to_owned(),
        "=".to_owned(),
        "å".to_owned(),
        "A".repeat(500),
        "A".repeat(501),
    ];
    for page_token in forged {
        let what: String = page_token.chars().take(40).collect();
        let request = ListPerformancesRequest {
            page_token: page_token.clone(),
            ..ours.clone()
        };
        t.call(&what, "", method, &request, refused).await;
        let request = SearchRequest {
            page_token,
            ..Default::default()
        };
        t.call(&what, "", "search/Search", &request, refused).await;
    }
    let houses = ListHousesRequest {
        page_token: token,
        ..Default::default()
    };
    t.call(
        "another list's",
        "",
        "ticketing/ListHouses",
        &houses,
        refused,
    )
    .await;
}

/// Sizes beyond all sense are mistakes and told so; those beyond what a page holds are cut.
async fn page_sizes(t: &Trial<'_>) {
    let sized = |page_size: i32| ListHousesRequest {
        page_size,
        page_token: String::new(),
    };
    let method = "ticketing/ListHouses";
    for size in [-1, i32::MIN, 1_000_000_000, i32::MAX] {
        let refused = Expect::Field("page_size");
        t.call(&size.to_string(), "", method, &sized(size), refused)
            .await;
    }
    for (size, most) in [(0, 50), (1, 1), (1000, 200)] {
        let answer = t
            .call(&size.to_string(), "", method, &sized(size), Expect::Fine)
            .await;
        let houses = ListHousesResponse::decode(answer).map(|l| l.houses.len());
        t.holds(
            &format!("{size} gives at most {most}"),
            houses.is_ok_and(|n| (1..=most).contains(&n)),
        );
    }
}

/// Texts that mean something to what they pass through: SQL, LIKE, tsquery, filters, templates, shells.
const QUERIES: [&str; 20] = [
    "'; drop table search.document; --",
    "'",
    "\"",
    "\\",
    "%",
    "_",
    "%%__%",
    "a & | b",
    "!",
    "((",
    ":*",
    "<->",
    "-",
    "*",
    "   ",
    "å",
    "👩‍🎨",
    "kind = 1 OR 1=1",
    "a:b:c",
    "${x} {{7*7}} $1 `id`",
];

async fn filters(t: &Trial<'_>) {
    for query in QUERIES {
        for query in [
            query.to_owned(),
            format!("{} {query}", t.mark),
            query.repeat(200).chars().take(200).collect(),
        ] {
            let request = SearchRequest {
                query: query.clone(),
                ..Default::default()
            };
            let answer = t
                .call(
                    &query,
                    &t.stage.staff,
                    "search/Search",
                    &request,
                    Expect::Fine,
                )
                .await;
            let found = SearchResponse::decode(answer).map(|f| f.total_size);
            if query.contains(&t.mark) {
                t.holds(
                    &format!("{query:?} finds nothing"),
                    found.is_ok_and(|n| n == 0),
                );
            }
        }
    }
    let key = |text: &str| vec![text.to_owned()];
    for text in ["x' or 1=1 --", "a\" OR kind = 1", "%", "a,b", "A", "x]"] {
        let cases = [
            (
                "art_fields[0]",
                SearchRequest {
                    art_fields: key(text),
                    ..Default::default()
                },
            ),
            (
                "municipalities[0]",
                SearchRequest {
                    municipalities: key(text),
                    ..Default::default()
                },
            ),
            (
                "audiences[0]",
                SearchRequest {
                    audiences: key(text),
                    ..Default::default()
                },
            ),
            (
                "terms[0]",
                SearchRequest {
                    terms: key(text),
                    ..Default::default()
                },
            ),
        ];
        for (field, request) in cases {
            let what = format!("{field} {text}");
            t.call(&what, "", "search/Search", &request, Expect::Field(field))
                .await;
        }
    }
    let order = SearchRequest {
        order: 99,
        query: t.mark.clone(),
        ..Default::default()
    };
    t.call(
        "an unknown order",
        "",
        "search/Search",
        &order,
        Expect::Field("order"),
    )
    .await;
    let language = SearchRequest {
        language: "';".to_owned(),
        ..order
    };
    t.call(
        "a language",
        "",
        "search/Search",
        &language,
        Expect::Field("language"),
    )
    .await;
}

//! Text that means something to what it passes through.

use uuid::Uuid;

use crate::contract::valid;
use crate::region::Region;

/// Texts that mean something to what they pass through: SQL, LIKE, tsquery, HTML, JSON, shells, templates, logs.
const META: &str = r#"'; drop table x; -- %_\ "q" & | ! (a:* <-> b) <script>alert(1)</script> {{7*7}} ${x} $1 `id` =1+1 \u0000 å̈👩‍🎨"#;

#[tokio::test(flavor = "multi_thread")]
async fn text_with_characters_that_mean_something_elsewhere_comes_back_as_it_was() {
    use contracts::{
        common::v1::LocalText, events::v1 as events, guidance::v1 as guidance,
        profiles::v1 as profiles, ticketing::v1 as ticketing,
    };
    let region = Region::start().await;
    let client = region.gateway.with_token(Some(region.everything()));
    let texts = || {
        vec![LocalText {
            language: "sv".to_owned(),
            text: META.to_owned(),
        }]
    };
    let id = || Uuid::now_v7().to_string();
    let came_back = |told: &[LocalText]| assert_eq!(told, texts());

    let at = |method: &str| format!("kulturtorg.ticketing.v1.TicketingService/{method}");
    let request = ticketing::CreateHouseRequest {
        name: META.to_owned(),
        municipality: "1780".to_owned(),
        texts: texts(),
        request_id: id(),
    };
    let made: ticketing::House = client
        .unary(&at("CreateHouse"), &request)
        .await
        .expect("made");
    let house: ticketing::House = client
        .unary(
            &at("GetHouse"),
            &ticketing::GetHouseRequest {
                house_id: made.id.clone(),
            },
        )
        .await
        .expect("there");
    assert_eq!(house.name, META);
    came_back(&house.texts);
    let request = ticketing::CreateProductionRequest {
        house_id: made.id.clone(),
        titles: texts(),
        texts: texts(),
        genre: "concert".to_owned(),
        minutes: 60,
        request_id: id(),
        ..Default::default()
    };
    let _: ticketing::Production = client
        .unary(&at("CreateProduction"), &request)
        .await
        .expect("made");
    let request = ticketing::ListProductionsRequest {
        house_id: made.id,
        ..Default::default()
    };
    let listed: ticketing::ListProductionsResponse = client
        .unary(&at("ListProductions"), &request)
        .await
        .expect("listed");
    came_back(&listed.productions[0].titles);
    came_back(&listed.productions[0].texts);

    let at = |method: &str| format!("kulturtorg.profiles.v1.ProfilesService/{method}");
    let content = profiles::ProfileContent {
        name: META.to_owned(),
        art_fields: vec!["stage.music".to_owned()],
        municipality: "1780".to_owned(),
        texts: texts(),
        links: vec![profiles::Link {
            title: META.to_owned(),
            url: "https://example.org/?a='%27--&b=<b>".to_owned(),
        }],
        contact: Some(profiles::Contact {
            email: "o'brien+%_@example.org".to_owned(),
            ..Default::default()
        }),
    };
    let request = profiles::CreateProfileRequest {
        request_id: id(),
        content: Some(content.clone()),
    };
    let made: profiles::Profile = client
        .unary(&at("CreateProfile"), &request)
        .await
        .expect("made");
    let request = profiles::GetProfileRequest {
        profile_id: made.id,
    };
    let profile: profiles::Profile = client
        .unary(&at("GetProfile"), &request)
        .await
        .expect("there");
    assert_eq!(profile.content, Some(content));

    let at = |method: &str| format!("kulturtorg.events.v1.EventsService/{method}");
    let message = contracts::pool()
        .get_message_by_name("kulturtorg.events.v1.GatheringContent")
        .expect("it exists");
    let mut content: events::GatheringContent =
        valid(&message, 0).transcode_to().expect("the same message");
    (content.titles, content.texts, content.place) = (texts(), texts(), META.to_owned());
    content.programme.clear();
    let request = events::CreateGatheringRequest {
        request_id: id(),
        content: Some(content.clone()),
    };
    let made: events::Gathering = client
        .unary(&at("CreateGathering"), &request)
        .await
        .expect("made");
    let request = events::GetGatheringRequest {
        gathering_id: made.id,
    };
    let gathering: events::Gathering = client
        .unary(&at("GetGathering"), &request)
        .await
        .expect("there");
    let told = gathering.content.expect("it has content");
    came_back(&told.titles);
    came_back(&told.texts);
    assert_eq!(told.place, META);

    let at = |method: &str| format!("kulturtorg.guidance.v1.GuidanceService/{method}");
    let entry = guidance::EntryContent {
        kind: guidance::EntryKind::Function.into(),
        name: META.to_owned(),
        text: META.to_owned(),
        ..Default::default()
    };
    let request = guidance::CreateEntryRequest {
        request_id: id(),
        content: Some(entry),
    };
    let _: guidance::DirectoryEntry = client
        .unary(&at("CreateEntry"), &request)
        .await
        .expect("made");
    let listed: guidance::ListEntriesResponse = client
        .unary(&at("ListEntries"), &guidance::ListEntriesRequest::default())
        .await
        .expect("listed");
    assert_eq!(
        (
            listed.entries[0].name.as_str(),
            listed.entries[0].text.as_str()
        ),
        (META, META)
    );
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_query_breaks_the_search() {
    use contracts::search::v1::{SearchRequest, SearchResponse};
    let region = Region::start().await;
    let staff = region.gateway.with_token(Some(region.everything()));
    let queries = [
        META,
        "'",
        "\"",
        "\\",
        "%",
        "_",
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
    ];
    for query in queries
        .iter()
        .flat_map(|q| [(*q).to_owned(), q.repeat(200).chars().take(200).collect()])
    {
        let request = SearchRequest {
            query: query.clone(),
            ..Default::default()
        };
        let found: Result<SearchResponse, _> = staff
            .unary("kulturtorg.search.v1.SearchService/Search", &request)
            .await;
        assert!(found.is_ok(), "{query:?}: {found:?}");
    }
    region.stop().await;
}

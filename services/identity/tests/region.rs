//! What everybody may know of the region.
mod common;

use common::App;
use contracts::common::v1::LocalText;
use contracts::identity::v1::region_service_client::RegionServiceClient;
use contracts::identity::v1::*;
use testkit::Stack;

async fn told(demo: bool) -> (App, Region) {
    let mut stack = Stack::new().await;
    let settings = identity::Settings {
        demo,
        ..common::settings()
    };
    stack
        .start("identity", move |start, region, listener| {
            identity::serve(start, region, settings, listener)
        })
        .await;
    let app = App { stack };
    let mut client = RegionServiceClient::new(app.stack.anonymous("identity"));
    let answer = client.get_region(GetRegionRequest {}).await;
    (app, answer.expect("anybody may ask").into_inner())
}

fn keys(terms: &[Term]) -> Vec<&str> {
    terms.iter().map(|t| t.key.as_str()).collect()
}

fn text(language: &str, text: &str) -> LocalText {
    LocalText {
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn anybody_reads_the_region_with_everything_that_its_file_names() {
    let (app, told) = told(false).await;
    let file = &app.stack.region;
    assert_eq!((told.key.as_str(), told.demo), ("varmland", false));
    assert_eq!(told.names, [text("sv", "Värmland"), text("en", "Värmland")]);
    assert_eq!(told.languages, file.languages);
    assert_eq!(
        told.registration_opens.expect("given").seconds,
        file.launch.registration_opens.unix_timestamp()
    );
    assert_eq!(
        told.site_launches.expect("given").seconds,
        file.launch.site_launches.unix_timestamp()
    );
    let theme = told.theme.expect("given");
    assert_eq!(
        (theme.brand_light.as_str(), theme.brand_dark.as_str()),
        ("#1e5b3a", "#86d6a2")
    );
    assert_eq!(told.contact.expect("given").email, file.contact.email);
    assert_eq!(told.municipalities.len(), 16);
    assert_eq!(told.municipalities[0].names, [text("sv", "Kil")]);
    for (terms, list) in [
        (&told.audiences, &file.audiences),
        (&told.offer_kinds, &file.offer_kinds),
        (&told.buyer_kinds, &file.buyer_kinds),
        (&told.gathering_formats, &file.gathering_formats),
        (&told.genres, &file.genres),
        (&told.guidance_themes, &file.themes),
    ] {
        let list: Vec<_> = list.iter().map(|t| t.key.as_str()).collect();
        assert_eq!(keys(terms), list);
        assert!(terms.iter().all(|t| t.names.len() == 2), "{terms:?}");
    }
    let review = told.review.expect("given");
    assert_eq!((review.panel_size, review.quorum), (3, 2));
    assert_eq!((told.hold_minutes, told.seats_per_order), (10, 20));
}

#[tokio::test]
async fn an_art_field_tells_its_parts_and_the_rules_that_hold_for_it() {
    let (_app, told) = told(false).await;
    let field = |key: &str| {
        let found = told.art_fields.iter().find(|f| f.key == key);
        found.expect("the region has it")
    };
    let visual = field("visual");
    assert_eq!((visual.window_years, visual.proofs_needed), (5, 2));
    assert!(keys(&visual.parts).contains(&"visual.craft"));
    // It names no window of its own, so the region's counts.
    let stage = field("stage");
    assert_eq!((stage.window_years, stage.proofs_needed), (3, 0));
}

#[tokio::test]
async fn visitors_are_told_where_mail_is_kept() {
    assert!(told(true).await.1.demo);
}

//! What search asks for.
use contracts::options::v1::Role;
use contracts::profiles::v1::*;
use tonic::Code;

use crate::support::*;

fn entry(id: &str) -> GetCatalogueEntryRequest {
    GetCatalogueEntryRequest {
        profile_id: id.to_owned(),
    }
}

#[tokio::test]
async fn the_catalogue_holds_published_profiles_with_open_offers_and_no_contact() {
    let app = App::start().await;
    let p = app.published().await;
    let (kept, withdrawn) = (app.offer(&p.id).await, app.offer(&p.id).await);
    app.owner()
        .withdraw_offer(WithdrawOfferRequest {
            offer_id: withdrawn.id,
        })
        .await
        .expect("withdrawn");
    let found = app
        .search()
        .get_catalogue_entry(entry(&p.id))
        .await
        .expect("an entry")
        .into_inner();
    assert_eq!(found.revision, 5);
    let shown = found.profile.expect("a profile");
    assert_eq!(shown.offers, [kept]);
    assert_eq!(shown.content.expect("content").contact, None);

    let draft = app.draft().await;
    unknown(app.search().get_catalogue_entry(entry(&draft.id)).await);
    unknown(app.search().get_catalogue_entry(entry(&new_id())).await);
    app.owner()
        .hide_profile(HideProfileRequest {
            profile_id: p.id.clone(),
        })
        .await
        .expect("hidden");
    unknown(app.search().get_catalogue_entry(entry(&p.id)).await);
}

#[tokio::test]
async fn the_catalogue_is_read_page_by_page_each_profile_once() {
    let app = App::start().await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(app.published().await.id);
    }
    app.draft().await;
    let mut request = ListCatalogueRequest {
        page_size: 2,
        page_token: String::new(),
    };
    let mut seen = Vec::new();
    loop {
        let page = app
            .search()
            .list_catalogue(request.clone())
            .await
            .expect("a page")
            .into_inner();
        assert!(page.entries.len() <= 2);
        seen.extend(page.entries.into_iter().filter_map(|e| Some(e.profile?.id)));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    expected.sort();
    assert_eq!(seen, expected);
    let forged = ListCatalogueRequest {
        page_size: 2,
        page_token: "AAAA".to_owned(),
    };
    let status = app
        .search()
        .list_catalogue(forged)
        .await
        .expect_err("forged");
    assert_eq!(testkit::bad_fields(&status), ["page_token"]);
}

#[tokio::test]
async fn people_do_not_read_the_catalogue() {
    let app = App::start().await;
    let p = app.published().await;
    assert_eq!(
        refusal(app.public().get_catalogue_entry(entry(&p.id)).await).0,
        Code::Unauthenticated
    );
    for mut person in [app.owner(), app.with(Role::Administrator)] {
        assert_eq!(
            refusal(person.get_catalogue_entry(entry(&p.id)).await).0,
            Code::PermissionDenied
        );
        assert_eq!(
            refusal(person.list_catalogue(ListCatalogueRequest::default()).await).0,
            Code::PermissionDenied
        );
    }
}

//! What browsers do besides calling: sessions in cookies, the region, pictures.
use bytes::Bytes;
use contracts::identity::v1::{
    GetRegionRequest, ListSessionsRequest, ListSessionsResponse, Region,
};
use contracts::profiles::v1::{HideProfileRequest, Profile};
use contracts::review::v1::Route;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::files::{jpeg, pdf};
use crate::harness::{PASSWORD, Town, call};
use crate::producing::{DANCER, Producer};
use crate::reviewing::{appoint_reviewers, approve};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The refresh cookie, as the browser sends it back.
    fn cookie(&self) -> String {
        let set = self.headers.get_all("set-cookie").iter();
        let mut pairs = set.filter_map(|v| v.to_str().ok()?.split(';').next());
        let found = pairs.find(|p| p.starts_with("kt_refresh="));
        found.expect("a refresh cookie").to_owned()
    }
}

async fn send(request: Request<Full<Bytes>>) -> Answer {
    let client = HttpClient::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.expect("the gateway answers");
    let (parts, body) = answer.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.expect("whole").to_bytes(),
    }
}

async fn session(town: &Town, action: &str, cookie: &str, body: Value) -> Answer {
    let request = Request::post(format!("{}/session/{action}", town.anybody.gateway()))
        .header("content-type", "application/json")
        .header("cookie", cookie)
        .body(Bytes::from(body.to_string()).into());
    send(request.expect("a request")).await
}

async fn sessions(town: &Town, told: &Value) -> usize {
    let token = told["accessToken"].as_str().expect("a token").to_owned();
    let client = town.anybody.with_token(Some(token));
    let request = ListSessionsRequest::default();
    let listed: ListSessionsResponse = call(&client, "identity/ListSessions", &request).await;
    listed.sessions.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_refreshes_in_three_tabs_at_once_and_signs_out() {
    let town = Town::start().await;
    town.join("asa@prov.example", "Åsa Öberg").await;
    let right = json!({ "email": "asa@prov.example", "password": PASSWORD });
    let signed_in = session(&town, "sign-in", "", right).await;
    assert_eq!(signed_in.status, 200);
    // The one from joining, and this.
    assert_eq!(sessions(&town, &signed_in.json()).await, 2);

    let cookie = signed_in.cookie();
    let refresh = || session(&town, "refresh", &cookie, json!({}));
    let (first, second, third) = futures::join!(refresh(), refresh(), refresh());
    for tab in [&first, &second, &third] {
        assert_eq!(tab.status, 200, "{:?}", tab.body);
        // Identity itself voids all but the last; whichever the browser keeps must be good.
        assert_eq!(tab.cookie(), first.cookie());
    }
    let next = session(&town, "refresh", &second.cookie(), json!({})).await;
    assert_eq!(next.status, 200, "{:?}", next.body);
    assert_eq!(sessions(&town, &next.json()).await, 2);

    let out = session(&town, "sign-out", &next.cookie(), json!({})).await;
    assert_eq!(out.status, 204, "{:?}", out.body);
    assert_eq!(
        sessions(&town, &first.json()).await,
        1,
        "the other lives on"
    );
    let after = session(&town, "refresh", &next.cookie(), json!({})).await;
    assert_eq!(after.status, 401);
    assert_eq!(after.json()["code"], "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_over_an_older_session_ends_it_and_a_wrong_password_does_not() {
    let town = Town::start().await;
    town.join("bo@prov.example", "Bo Ek").await;
    let right = json!({ "email": "bo@prov.example", "password": PASSWORD });
    let older = session(&town, "sign-in", "", right.clone()).await;
    assert_eq!(sessions(&town, &older.json()).await, 2);

    let wrong = json!({ "email": "bo@prov.example", "password": "something else" });
    let refused = session(&town, "sign-in", &older.cookie(), wrong).await;
    assert_eq!(refused.status, 401);
    let still = session(&town, "refresh", &older.cookie(), json!({})).await;
    assert_eq!(still.status, 200, "{:?}", still.body);

    let newer = session(&town, "sign-in", &still.cookie(), right.clone()).await;
    assert_eq!(newer.status, 200, "{:?}", newer.body);
    assert_eq!(
        sessions(&town, &newer.json()).await,
        2,
        "joining's and this"
    );
    let gone = session(&town, "refresh", &still.cookie(), json!({})).await;
    assert_eq!(gone.status, 401);

    // A cookie of a session that is over stands in nobody's way.
    let again = session(&town, "sign-in", &still.cookie(), right).await;
    assert_eq!(again.status, 200, "{:?}", again.body);
    assert_eq!(sessions(&town, &again.json()).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_region_tells_that_mail_is_kept_here() {
    let town = Town::start().await;
    let method = "kulturtorg.identity.v1.RegionService/GetRegion";
    let region = town.anybody.unary(method, &GetRegionRequest {}).await;
    let region: Region = region.expect("anybody may ask");
    assert_eq!((region.key.as_str(), region.demo), ("varmland", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_there_for_everybody_as_long_as_its_profile_is_shown() {
    let town = Town::start().await;
    let reviewers = appoint_reviewers(&town).await;
    let dancer = Producer::new(&town, &DANCER).await;
    let image = dancer.seen_by_owner().await.image_id;
    let address = format!(
        "{}/media/profiles/{}/{image}",
        town.anybody.gateway(),
        dancer.profile
    );
    let get = || {
        send(
            Request::get(&address)
                .body(Full::default())
                .expect("a request"),
        )
    };
    assert_eq!(get().await.status, 404, "a draft");

    let files = [pdf("examen.pdf")];
    let application = dancer
        .apply(&town, &DANCER, Route::Education, &files)
        .await
        .id;
    approve(&town, &reviewers, &dancer, &application, &files).await;
    let shown = testkit::eventually("the picture is shown", async || {
        Some(get().await).filter(|answer| answer.status == 200)
    });
    let shown = shown.await;
    assert_eq!(shown.headers["content-type"], "image/jpeg");
    // Several parts, put together again; what a camera would have written is not in ours.
    assert_eq!(shown.body, jpeg("ateljen.jpg").bytes);

    let hide = HideProfileRequest {
        profile_id: dancer.profile.clone(),
    };
    let _: Profile = call(&dancer.person.client, "profiles/HideProfile", &hide).await;
    assert_eq!(get().await.status, 404, "hidden");
}

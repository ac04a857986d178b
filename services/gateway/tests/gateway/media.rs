//! Pictures of profiles.
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use contracts::common::v1::FilePart;
use contracts::profiles::v1::GetImageRequest;
use http::{HeaderMap, Method};
use prost::Message;
use tonic::Status;
use uuid::Uuid;

use crate::caller::{Got, browse};
use crate::fake::{self, Said};
use crate::gateway::{Gateway, until};

/// Profiles with one picture.
#[derive(Clone)]
struct Profiles(Arc<Mutex<State>>);

struct State {
    id: Uuid,
    media_type: &'static str,
    parts: Vec<Bytes>,
    size: i64,
    /// How the answer ends.
    status: Status,
    takes: Duration,
    calls: Vec<HeaderMap>,
}

impl Profiles {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics with it")
    }

    fn picture(&self) -> Bytes {
        self.state().parts.concat().into()
    }

    fn path(&self) -> String {
        format!("/media/profiles/{}/{}", Uuid::now_v7(), self.state().id)
    }
}

async fn with_picture(change: impl FnOnce(&mut gateway::Settings)) -> (Gateway, Profiles) {
    // More than one frame of HTTP/2 each, and not the same bytes.
    let part = |n: u8| Bytes::from((0..70_000u32).map(|i| n ^ i as u8).collect::<Vec<_>>());
    let profiles = Profiles(Arc::new(Mutex::new(State {
        id: Uuid::now_v7(),
        media_type: "image/jpeg",
        parts: (1..4).map(part).collect(),
        size: 210_000,
        status: Status::ok(""),
        takes: Duration::ZERO,
        calls: Vec::new(),
    })));
    let told = profiles.clone();
    let address = fake::start(move |method, headers, message| {
        assert_eq!(method, "GetImage");
        told.state().calls.push(headers.clone());
        told.state().say(message)
    });
    let url = format!("http://{}", address.await);
    let gateway = Gateway::start_with(|settings, common| {
        change(settings);
        common.peers.0.insert("profiles".to_owned(), url);
    });
    (gateway.await, profiles)
}

impl State {
    fn say(&self, message: &[u8]) -> Said {
        let asked = GetImageRequest::decode(message).expect("a request");
        let mut said = Said {
            messages: Vec::new(),
            status: self.status.clone(),
            takes: self.takes,
        };
        if asked.image_id != self.id.to_string() {
            said.status = Status::not_found("no such image");
        } else {
            let mut head = Some((self.media_type.to_owned(), self.size));
            said.messages = self
                .parts
                .iter()
                .map(|data| {
                    let (media_type, size) = head.take().unwrap_or_default();
                    let part = FilePart {
                        media_type,
                        size,
                        data: data.clone(),
                        ..FilePart::default()
                    };
                    part.encode_to_vec()
                })
                .collect();
        }
        said
    }
}

async fn get(gateway: &Gateway, path: &str) -> Got {
    browse(gateway, Method::GET, path, &[]).await
}

#[tokio::test]
async fn a_picture_comes_whole_with_its_type_and_may_be_kept() {
    let (gateway, profiles) = with_picture(|_| {}).await;
    for kind in ["image/jpeg", "image/png"] {
        profiles.state().media_type = kind;
        let with = [("authorization", "Bearer somebody"), ("cookie", "a=b")];
        let got = browse(&gateway, Method::GET, &profiles.path(), &with).await;
        assert_eq!((got.status, got.header("content-type")), (200, kind));
        assert_eq!(got.body, profiles.picture());
        assert_eq!(got.header("content-length"), "210000");
        assert_eq!(got.header("etag"), format!("\"{}\"", profiles.state().id));
        let kept = "public, max-age=86400, immutable";
        assert_eq!(got.header("cache-control"), kept);
        let policy = "sandbox; default-src 'none'";
        assert_eq!(got.header("content-security-policy"), policy);
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert!(!got.headers.contains_key("grpc-status"));
    }
    // What is kept for everybody must be what everybody sees.
    for headers in &profiles.state().calls {
        assert!(!headers.contains_key("authorization"), "{headers:?}");
    }
}

#[tokio::test]
async fn who_has_a_picture_is_not_sent_it_again_as_long_as_it_is_shown() {
    let (gateway, profiles) = with_picture(|_| {}).await;
    let (path, id) = (profiles.path(), profiles.state().id);
    let head = browse(&gateway, Method::HEAD, &path, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), "210000");

    let tag = format!("\"{id}\"");
    let known = [("if-none-match", tag.as_str())];
    let again = browse(&gateway, Method::GET, &path, &known).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), tag);

    // Its profile was hidden.
    profiles.state().id = Uuid::now_v7();
    let gone = browse(&gateway, Method::GET, &path, &known).await;
    assert_eq!(
        (gone.status, gone.header("cache-control")),
        (404, "no-store")
    );
}

/// A photo as profiles would send it.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let colours = |x: u32, y: u32| image::Rgb([(x / 3) as u8, (y / 2) as u8, (x ^ y) as u8]);
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(width, height, colours)
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .expect("it can be written");
    bytes.into_inner()
}

#[tokio::test]
async fn a_picture_comes_in_the_width_that_a_page_has_for_it_as_long_as_it_is_shown() {
    let (gateway, profiles) = with_picture(|_| {}).await;
    let whole = photo(900, 600);
    profiles.state().size = whole.len() as i64;
    profiles.state().parts = whole
        .chunks(whole.len() / 2)
        .map(Bytes::copy_from_slice)
        .collect();
    let (path, id) = (profiles.path(), profiles.state().id);
    let small = format!("{path}?w=320");
    for time in ["made", "kept"] {
        let got = get(&gateway, &small).await;
        assert_eq!(
            (got.status, got.header("content-type")),
            (200, "image/jpeg")
        );
        let seen = image::load_from_memory(&got.body).expect("a picture");
        assert_eq!((seen.width(), seen.height()), (320, 214), "{time}");
        assert!(got.body.len() < whole.len(), "{time}");
        assert_eq!(got.header("content-length"), got.body.len().to_string());
        assert_eq!(got.header("etag"), format!("\"{id}-320\""));
    }
    for time in ["tried", "known to be no wider"] {
        let got = get(&gateway, &format!("{path}?w=1280")).await;
        assert_eq!((got.status, &got.body[..]), (200, &whole[..]), "{time}");
    }
    let head = browse(&gateway, Method::HEAD, &small, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let asked = profiles.state().calls.len();
    assert_eq!(get(&gateway, &format!("{path}?w=321")).await.status, 404);
    assert_eq!(
        profiles.state().calls.len(),
        asked,
        "nothing of it was asked"
    );

    // Its profile was hidden.
    profiles.state().id = Uuid::now_v7();
    assert_eq!(get(&gateway, &small).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_made_smaller_is_shown_as_it_is_and_half_of_it_is_not() {
    let (gateway, profiles) = with_picture(|_| {}).await;
    let small = format!("{}?w=640", profiles.path());
    let got = get(&gateway, &small).await;
    assert_eq!((got.status, got.body), (200, profiles.picture()));

    profiles.state().id = Uuid::now_v7();
    profiles.state().parts.pop();
    let small = format!("{}?w=640", profiles.path());
    let got = get(&gateway, &small).await;
    assert_eq!((got.status, got.header("cache-control")), (500, "no-store"));
}

#[tokio::test]
async fn what_is_no_public_picture_is_not_there() {
    let (gateway, profiles) = with_picture(|_| {}).await;
    let path = profiles.path();
    for bad in [
        "/media/".to_owned(),
        "/media/profiles/".to_owned(),
        format!("{path}/"),
        format!("{path}.jpg"),
        format!("/media/profiles/../{path}"),
    ] {
        let got = get(&gateway, &bad).await;
        assert_eq!(got.status, 404, "{bad}");
        assert_eq!(got.header("content-type"), "text/plain; charset=utf-8");
    }
    for verb in [Method::POST, Method::DELETE] {
        let got = browse(&gateway, verb, &path, &[]).await;
        assert_eq!((got.status, got.header("allow")), (405, "GET, HEAD"));
    }
    assert!(profiles.state().calls.is_empty(), "nothing of it was asked");

    profiles.state().id = Uuid::now_v7();
    assert_eq!(get(&gateway, &path).await.status, 404);
    profiles.state().media_type = "text/html";
    let page = get(&gateway, &profiles.path()).await;
    assert_eq!(
        (page.status, page.header("cache-control")),
        (500, "no-store")
    );
}

#[tokio::test]
async fn half_a_picture_is_never_taken_for_a_whole_one() {
    let (gateway, profiles) = with_picture(|_| {}).await;
    let path = profiles.path();
    profiles.state().parts.pop();
    for status in [Status::internal("it was deleted meanwhile"), Status::ok("")] {
        profiles.state().status = status;
        let got = get(&gateway, &path).await;
        assert_eq!((got.status, got.whole), (200, false), "{:?}", got.headers);
    }
}

#[tokio::test]
async fn without_profiles_a_picture_is_asked_for_later() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", nobody.local_addr().expect("bound"));
    drop(nobody);
    let gateway = Gateway::start_with(|_, common| {
        common.peers.0.insert("profiles".to_owned(), url);
    })
    .await;
    let path = format!("/media/profiles/{}/{}", Uuid::now_v7(), Uuid::now_v7());
    let got = get(&gateway, &path).await;
    assert_eq!((got.status, got.header("cache-control")), (503, "no-store"));
}

#[tokio::test]
async fn pictures_are_limited_as_calls_and_take_no_places_of_streams() {
    let limits = |settings: &mut gateway::Settings| {
        settings.calls_per_address = 3;
        settings.max_streams = 1;
    };
    let (gateway, profiles) = with_picture(limits).await;
    profiles.state().takes = Duration::from_secs(2);
    let path = profiles.path();
    let three = futures::future::join_all((0..3).map(|_| get(&gateway, &path)));
    let fourth = async {
        let arrived = async || profiles.state().calls.len() == 3;
        until("three have arrived", arrived).await;
        get(&gateway, &path).await
    };
    let (three, fourth) = futures::join!(three, fourth);
    assert!(three.iter().all(|got| got.status == 200));
    assert_eq!(fourth.status, 429);
}

//! A profile's picture on its way up and down.
use contracts::common::v1::FilePart;
use contracts::options::v1::Role;
use contracts::profiles::v1::*;
use sha2::{Digest, Sha256};
use tonic::{Code, Status};

use crate::support::*;

const PLACE: &str = "GPS 59.38 N 13.50 E";

/// A small photograph in which the camera wrote the place. `pixels` makes it as long as wanted.
fn photo(pixels: usize) -> Vec<u8> {
    let segment = |marker: u8, data: &[u8]| {
        let length = (data.len() as u16 + 2).to_be_bytes();
        [&[0xFF, marker][..], &length, data].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xE1, format!("Exif\0\0MM\0*{PLACE}").as_bytes()),
        segment(0xDB, &[0; 65]),
        segment(0xC0, &[8, 1, 0, 1, 0, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        (0..pixels).map(|n| (n % 251) as u8).collect(),
        vec![0xFF, 0xD9],
    ]
    .concat()
}

struct Upload<'a> {
    app: &'a App,
    id: String,
}

async fn start<'a>(app: &'a App, profile_id: &str, media_type: &str, file: &[u8]) -> Upload<'a> {
    let request = StartImageUploadRequest {
        request_id: new_id(),
        profile_id: profile_id.to_owned(),
        name: "C:\\Bilder\\Klara hemma.jpg".to_owned(),
        media_type: media_type.to_owned(),
        size: file.len() as i64,
        sha256: Sha256::digest(file).to_vec().into(),
    };
    let started = app
        .owner()
        .start_image_upload(request)
        .await
        .expect("started")
        .into_inner();
    Upload {
        app,
        id: started.upload_id,
    }
}

impl Upload<'_> {
    async fn part(
        &self,
        part: i32,
        data: &[u8],
    ) -> Result<tonic::Response<UploadImagePartResponse>, Status> {
        let request = UploadImagePartRequest {
            upload_id: self.id.clone(),
            part,
            data: data.to_vec().into(),
        };
        self.app.owner().upload_image_part(request).await
    }

    async fn finish(&self) -> Result<tonic::Response<Profile>, Status> {
        self.app
            .owner()
            .finish_image_upload(self.finish_request())
            .await
    }

    fn finish_request(&self) -> FinishImageUploadRequest {
        FinishImageUploadRequest {
            upload_id: self.id.clone(),
            image_alt: vec![text("sv", "Fyra stråkar"), text("en", "Strings")],
        }
    }
}

async fn upload(
    app: &App,
    profile_id: &str,
    file: &[u8],
) -> Result<tonic::Response<Profile>, Status> {
    let upload = start(app, profile_id, "image/jpeg", file).await;
    for (part, data) in (0..).zip(file.chunks(512 * 1024)) {
        upload.part(part, data).await?;
    }
    upload.finish().await
}

async fn download(mut client: Profiles, image_id: &str) -> Result<Vec<FilePart>, Status> {
    let request = GetImageRequest {
        image_id: image_id.to_owned(),
    };
    let mut stream = client.get_image(request).await?.into_inner();
    let mut parts = Vec::new();
    while let Some(part) = stream.message().await? {
        parts.push(part);
    }
    Ok(parts)
}

#[tokio::test]
async fn a_picture_comes_back_whole_without_what_the_camera_wrote() {
    let app = App::start().await;
    let p = app.published().await;
    let file = photo(1_300_000);
    let with_image = upload(&app, &p.id, &file)
        .await
        .expect("uploaded")
        .into_inner();
    assert_eq!(
        with_image.image_alt,
        [text("en", "Strings"), text("sv", "Fyra stråkar")]
    );
    assert_ne!(with_image.etag, p.etag);

    let parts = download(app.public(), &with_image.image_id)
        .await
        .expect("public");
    assert!(parts.len() > 1);
    assert_eq!(
        (parts[0].media_type.as_str(), parts[0].name.as_str()),
        ("image/jpeg", "")
    );
    let seen: Vec<u8> = parts.iter().flat_map(|p| p.data.to_vec()).collect();
    assert_eq!(parts[0].size, seen.len() as i64);
    assert!(
        !seen.windows(PLACE.len()).any(|w| w == PLACE.as_bytes()),
        "the place is removed"
    );
    let pixels = &file[file.len() - 1_300_000..];
    assert!(seen.ends_with(pixels), "the picture is the same");
    app.stack
        .fact("profiles", "ProfileChanged", id(&p.id))
        .await;
}

#[tokio::test]
async fn whoever_does_not_see_the_profile_does_not_see_its_picture() {
    let app = App::start().await;
    let p = app.draft().await;
    let image_id = upload(&app, &p.id, &photo(10))
        .await
        .expect("uploaded")
        .into_inner()
        .image_id;
    download(app.owner(), &image_id).await.expect("the owner");
    download(app.with(Role::Reviewer), &image_id)
        .await
        .expect("a reviewer");
    for stranger in [app.public(), app.of(OTHER), app.with(Role::Analyst)] {
        assert_eq!(
            download(stranger, &image_id)
                .await
                .expect_err("unseen")
                .code(),
            Code::NotFound
        );
    }
    assert_eq!(
        download(app.owner(), &new_id())
            .await
            .expect_err("none")
            .code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_new_picture_replaces_the_old_one_and_a_deleted_one_is_gone() {
    let app = App::start().await;
    let p = app.draft().await;
    let old = upload(&app, &p.id, &photo(10))
        .await
        .expect("uploaded")
        .into_inner()
        .image_id;
    let new = upload(&app, &p.id, &photo(20))
        .await
        .expect("uploaded")
        .into_inner()
        .image_id;
    assert_eq!(
        download(app.owner(), &old)
            .await
            .expect_err("replaced")
            .code(),
        Code::NotFound
    );
    unknown(
        app.of(OTHER)
            .delete_image(DeleteImageRequest {
                profile_id: p.id.clone(),
            })
            .await,
    );
    for _ in 0..2 {
        let request = DeleteImageRequest {
            profile_id: p.id.clone(),
        };
        let without = app
            .owner()
            .delete_image(request)
            .await
            .expect("deleted")
            .into_inner();
        assert!(without.image_id.is_empty() && without.image_alt.is_empty());
    }
    assert_eq!(
        download(app.owner(), &new)
            .await
            .expect_err("deleted")
            .code(),
        Code::NotFound
    );
    let left: i64 = sqlx::query_scalar("select count(*) from profiles.upload_part")
        .fetch_one(&mut app.sql().await)
        .await
        .expect("a count");
    assert_eq!(left, 0, "no bytes stay behind");
}

#[tokio::test]
async fn parts_come_in_order_and_may_be_sent_again() {
    let app = App::start().await;
    let p = app.draft().await;
    let file = photo(100);
    let upload = start(&app, &p.id, "image/jpeg", &file).await;
    assert_eq!(
        refusal(upload.part(1, &file[..9]).await),
        (Code::FailedPrecondition, "WRONG_PART".to_owned())
    );
    for _ in 0..2 {
        assert_eq!(
            upload
                .part(0, &file[..50])
                .await
                .expect("taken")
                .into_inner()
                .received,
            50
        );
    }
    assert_eq!(refusal(upload.part(0, b"other").await).1, "WRONG_PART");
    assert_eq!(
        refusal(upload.finish().await),
        (Code::FailedPrecondition, "FILE_INCOMPLETE".to_owned())
    );
    let too_long = [&file[50..], b"x"].concat();
    assert_eq!(
        refusal(upload.part(1, &too_long).await),
        (Code::InvalidArgument, "FILE_TOO_LONG".to_owned())
    );
    upload.part(1, &file[50..]).await.expect("the rest");
    let first = upload.finish().await.expect("whole").into_inner();
    assert_eq!(upload.finish().await.expect("again").into_inner(), first);
    assert_eq!(
        refusal(upload.part(2, b"more").await),
        (Code::FailedPrecondition, "UPLOAD_FINISHED".to_owned())
    );
}

#[tokio::test]
async fn a_file_that_is_not_what_it_claims_is_refused() {
    let app = App::start().await;
    let p = app.draft().await;
    let whole = photo(100);
    let cases: [(&str, Vec<u8>, &str); 6] = [
        (
            "image/jpeg",
            whole[..whole.len() - 1].to_vec(),
            "FILE_TRUNCATED",
        ),
        (
            "image/jpeg",
            [&whole[..], b"<script>"].concat(),
            "DATA_AFTER_END",
        ),
        ("image/png", whole.clone(), "WRONG_FILE_TYPE"),
        (
            "image/jpeg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "WRONG_FILE_TYPE",
        ),
        (
            "image/jpeg",
            b"%PDF-1.7\nstartxref\n1\n%%EOF".to_vec(),
            "WRONG_FILE_TYPE",
        ),
        (
            "image/jpeg",
            [&whole[..2], &[0xFF, 0x01], &whole[2..]].concat(),
            "FILE_DAMAGED",
        ),
    ];
    for (media_type, file, reason) in cases {
        let upload = start(&app, &p.id, media_type, &file).await;
        upload.part(0, &file).await.expect("taken");
        assert_eq!(
            refusal(upload.finish().await),
            (Code::InvalidArgument, reason.to_owned())
        );
    }
    let upload = start(&app, &p.id, "image/jpeg", &whole).await;
    let mut other = whole.clone();
    other[whole.len() - 10] ^= 1;
    upload.part(0, &other).await.expect("taken");
    assert_eq!(
        refusal(upload.finish().await),
        (Code::InvalidArgument, "WRONG_CHECKSUM".to_owned())
    );
    assert_eq!(app.mine(&p.id).await.image_id, "");
}

#[tokio::test]
async fn an_upload_is_its_starters_alone() {
    let app = App::start().await;
    let p = app.draft().await;
    let file = photo(10);
    let upload = start(&app, &p.id, "image/jpeg", &file).await;
    let part = UploadImagePartRequest {
        upload_id: upload.id.clone(),
        part: 0,
        data: file.clone().into(),
    };
    unknown(app.of(OTHER).upload_image_part(part).await);
    unknown(
        app.of(OTHER)
            .finish_image_upload(upload.finish_request())
            .await,
    );
    let foreign = StartImageUploadRequest {
        request_id: new_id(),
        profile_id: p.id.clone(),
        name: "a.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size: 10,
        sha256: vec![0; 32].into(),
    };
    unknown(app.of(OTHER).start_image_upload(foreign.clone()).await);
    let bad = StartImageUploadRequest {
        media_type: "image/svg+xml".to_owned(),
        ..foreign.clone()
    };
    let status = app
        .owner()
        .start_image_upload(bad)
        .await
        .expect_err("no picture");
    assert_eq!(testkit::bad_fields(&status), ["media_type"]);
    let bad = StartImageUploadRequest {
        size: 10_485_761,
        sha256: vec![0; 31].into(),
        name: String::new(),
        ..foreign
    };
    let status = app
        .owner()
        .start_image_upload(bad)
        .await
        .expect_err("too large");
    assert_eq!(testkit::bad_fields(&status), ["name", "sha256", "size"]);
    let blind = FinishImageUploadRequest {
        image_alt: Vec::new(),
        ..upload.finish_request()
    };
    let status = app
        .owner()
        .finish_image_upload(blind)
        .await
        .expect_err("nothing for those who do not see it");
    assert_eq!(testkit::bad_fields(&status), ["image_alt"]);
}

#[tokio::test]
async fn nobody_keeps_very_many_uploads_open() {
    let app = App::start().await;
    let p = app.draft().await;
    let file = photo(10);
    for _ in 0..20 {
        start(&app, &p.id, "image/jpeg", &file).await;
    }
    let request = StartImageUploadRequest {
        request_id: new_id(),
        profile_id: p.id.clone(),
        name: "a.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size: 10,
        sha256: vec![0; 32].into(),
    };
    let refused = refusal(app.owner().start_image_upload(request).await);
    assert_eq!(
        refused,
        (Code::ResourceExhausted, "TOO_MANY_UPLOADS".to_owned())
    );
}

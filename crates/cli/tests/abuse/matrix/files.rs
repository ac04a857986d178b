//! Rows 41 and 42: tables that leave, pictures that come in.
use contracts::common::v1::FilePart;
use contracts::profiles::v1::{
    FinishImageUploadRequest, GetImageRequest, Profile, StartImageUploadRequest,
    StartImageUploadResponse, UploadImagePartRequest, UploadImagePartResponse,
};
use futures::FutureExt;
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::Code;

use super::stage::{id, must, texts};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::path;

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 2] = [
    Row { number: 41, input: "formulas in exported tables", holds: Holds::NoSuchThing("no role exports tables; the web app makes its own, and web/src/lib/admin/numbers.test.ts holds that formulas are quoted") },
    Row { number: 42, input: "pictures that lie, hide files or tell where they were taken", holds: Holds::Trace("uploads that are not finished, and a picture", |t| pictures(t).boxed_local()) },
];

async fn pictures(t: &Trial<'_>) {
    let note = t.mark.as_bytes();
    let png = picture(image::ImageFormat::Png);
    let jpeg = picture(image::ImageFormat::Jpeg);
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>{}</script></svg>",
        t.mark
    );
    let zip = [b"PK\x03\x04", note].concat();
    let cases = [
        (
            "60,000 × 60,000",
            "image/png",
            sized(&png, 60_000, 60_000),
            "PICTURE_TOO_LARGE",
        ),
        ("0 × 1", "image/png", sized(&png, 0, 1), "FILE_DAMAGED"),
        (
            "a picture that is also an archive",
            "image/png",
            [&png[..], &zip].concat(),
            "DATA_AFTER_END",
        ),
        (
            "a photograph that is also a page",
            "image/jpeg",
            [&jpeg[..], svg.as_bytes()].concat(),
            "DATA_AFTER_END",
        ),
        (
            "SVG that says it is PNG",
            "image/png",
            svg.clone().into_bytes(),
            "WRONG_FILE_TYPE",
        ),
        (
            "PNG that says it is JPEG",
            "image/jpeg",
            png.clone(),
            "WRONG_FILE_TYPE",
        ),
        (
            "half a picture",
            "image/png",
            png[..png.len() / 2].to_vec(),
            "FILE_TRUNCATED",
        ),
        (
            "a page",
            "image/jpeg",
            format!("<html>{}", t.mark).into_bytes(),
            "WRONG_FILE_TYPE",
        ),
    ];
    for (what, media_type, file, reason) in cases {
        let finish = uploaded(t, media_type, &file).await;
        let refused = Expect::Status(Code::InvalidArgument, reason);
        t.call(
            what,
            &t.stage.owner,
            "profiles/FinishImageUpload",
            &finish,
            refused,
        )
        .await;
    }
    let svg = start(t, "image/svg+xml", svg.as_bytes());
    t.call(
        "SVG",
        &t.stage.owner,
        "profiles/StartImageUpload",
        &svg,
        Expect::Field("media_type"),
    )
    .await;
    t.holds("no picture was taken", shown(t).await.is_none());

    for (what, media_type, file) in [
        ("PNG", "image/png", telling(&png, note)),
        ("JPEG", "image/jpeg", located(&jpeg, note)),
    ] {
        let finish = uploaded(t, media_type, &file).await;
        t.call(
            what,
            &t.stage.owner,
            "profiles/FinishImageUpload",
            &finish,
            Expect::Fine,
        )
        .await;
        let clean = shown(t).await.unwrap_or_default();
        t.holds(
            &format!("the {what} is a picture"),
            image::load_from_memory(&clean).is_ok(),
        );
        let tells = |file: &[u8]| file.windows(note.len()).any(|w| w == note);
        t.holds(&format!("the {what} told something before"), tells(&file));
        t.holds(
            &format!("the {what} tells nothing of its maker"),
            !tells(&clean),
        );
    }
}

fn picture(format: image::ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let one = image::RgbImage::from_pixel(8, 8, image::Rgb([30, 90, 60]));
    one.write_to(&mut file, format).expect("written to memory");
    file.into_inner()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    let length = u32::try_from(data.len()).expect("small").to_be_bytes();
    [&length[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

/// The end of a PNG's signature and its header, which is always the first chunk.
const HEADER: std::ops::Range<usize> = 8..33;

/// The same pixels, said to be so many.
fn sized(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let rest_of_header = &png[HEADER.start + 16..HEADER.end - 4];
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        rest_of_header,
    ]
    .concat();
    [
        &png[..HEADER.start],
        &chunk(b"IHDR", &header),
        &png[HEADER.end..],
    ]
    .concat()
}

fn telling(png: &[u8], note: &[u8]) -> Vec<u8> {
    let text = [b"Author\0", note].concat();
    let told = [chunk(b"tEXt", &text), chunk(b"eXIf", note)].concat();
    [&png[..HEADER.end], &told, &png[HEADER.end..]].concat()
}

/// With what a camera writes: a place, in a directory of Exif.
fn located(jpeg: &[u8], note: &[u8]) -> Vec<u8> {
    let exif = [
        &b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0"[..],
        note,
    ]
    .concat();
    let length = u16::try_from(exif.len() + 2).expect("small").to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

fn start(t: &Trial<'_>, media_type: &str, file: &[u8]) -> StartImageUploadRequest {
    StartImageUploadRequest {
        request_id: id(),
        profile_id: t.stage.profile.clone(),
        name: format!("../../{}.png", t.mark),
        media_type: media_type.to_owned(),
        size: i64::try_from(file.len()).expect("small"),
        sha256: Sha256::digest(file).to_vec().into(),
    }
}

/// Sends a file; what is left is to say that it is whole.
async fn uploaded(t: &Trial<'_>, media_type: &str, file: &[u8]) -> FinishImageUploadRequest {
    let owner = t.stage.client(&t.stage.owner);
    let start = start(t, media_type, file);
    let started: StartImageUploadResponse = must(&owner, "profiles/StartImageUpload", &start).await;
    let part = UploadImagePartRequest {
        upload_id: started.upload_id.clone(),
        part: 0,
        data: file.to_vec().into(),
    };
    let _: UploadImagePartResponse = must(&owner, "profiles/UploadImagePart", &part).await;
    FinishImageUploadRequest {
        upload_id: started.upload_id,
        image_alt: texts(&t.mark),
    }
}

/// The profile's picture as its owner gets it.
async fn shown(t: &Trial<'_>) -> Option<Vec<u8>> {
    let owner = t.stage.client(&t.stage.owner);
    let request = contracts::profiles::v1::GetProfileRequest {
        profile_id: t.stage.profile.clone(),
    };
    let profile: Profile = must(&owner, "profiles/GetProfile", &request).await;
    if profile.image_id.is_empty() {
        return None;
    }
    let request = GetImageRequest {
        image_id: profile.image_id,
    };
    let bytes = request.encode_to_vec().into();
    let mut parts = owner.stream(&path("profiles/GetImage"), bytes).await.ok()?;
    let mut file = Vec::new();
    while let Some(part) = parts.next().await.ok()? {
        file.extend(FilePart::decode(part).ok()?.data);
    }
    Some(file)
}

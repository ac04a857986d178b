//! Files to upload, made here.
use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};

pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    pub(crate) fn sha256(&self) -> bytes::Bytes {
        Sha256::digest(&self.bytes).to_vec().into()
    }

    pub(crate) fn size(&self) -> i64 {
        i64::try_from(self.bytes.len()).expect("small")
    }

    /// Small parts, so that there are several.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (i32, bytes::Bytes)> {
        (0..).zip(self.bytes.chunks(20_000).map(bytes::Bytes::copy_from_slice))
    }
}

pub(crate) fn pdf(name: &'static str) -> File {
    let mut bytes = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n".to_vec();
    bytes.extend(b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
    bytes.extend(b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n");
    bytes.extend(format!("% {}\n", "intyg ".repeat(9_000)).bytes());
    bytes.extend(b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n0\n%%EOF\n");
    File {
        name,
        media_type: "application/pdf",
        bytes,
    }
}

pub(crate) fn jpeg(name: &'static str) -> File {
    File {
        name,
        media_type: "image/jpeg",
        bytes: picture(ImageFormat::Jpeg),
    }
}

pub(crate) fn png(name: &'static str) -> File {
    File {
        name,
        media_type: "image/png",
        bytes: picture(ImageFormat::Png),
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    // Restless, so that it does not pack into one part.
    let image = RgbImage::from_fn(160, 120, |x, y| {
        let noise = x
            .wrapping_mul(2_654_435_761)
            .wrapping_add(y.wrapping_mul(40_503))
            .rotate_left(x % 13);
        Rgb(noise.to_be_bytes()[..3].try_into().expect("three bytes"))
    });
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, format)
        .expect("it can be encoded");
    bytes.into_inner()
}

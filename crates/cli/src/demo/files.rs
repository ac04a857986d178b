//! Files for the demo region, drawn and written here: pictures of no place, certificates of nothing.
use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};

/// A file ready for uploading.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    pub(crate) fn sha256(&self) -> Vec<u8> {
        Sha256::digest(&self.bytes).to_vec()
    }

    /// In parts of the size that uploads take.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (i32, &[u8])> {
        (0..).zip(self.bytes.chunks(256 * 1024))
    }
}

/// Evidence of the wanted kind with this name.
pub(crate) fn evidence(name: &str, kind: &str) -> anyhow::Result<File> {
    let (media_type, bytes) = match kind {
        "pdf" => ("application/pdf", pdf(name)),
        "png" => ("image/png", encode(&scan(name), ImageFormat::Png)?),
        "jpeg" => ("image/jpeg", encode(&scan(name), ImageFormat::Jpeg)?),
        other => anyhow::bail!("evidence {name} is of the unknown kind {other}"),
    };
    Ok(File {
        name: name.to_owned(),
        media_type,
        bytes,
    })
}

/// A picture for a profile: a landscape of bands and a disc, each producer's its own.
pub(crate) fn picture(key: &str) -> anyhow::Result<File> {
    let bytes = encode(&landscape(key), ImageFormat::Jpeg)?;
    Ok(File {
        name: format!("{key}.jpg"),
        media_type: "image/jpeg",
        bytes,
    })
}

fn encode(image: &RgbImage, format: ImageFormat) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

fn landscape(key: &str) -> RgbImage {
    let dice = Sha256::digest(key.as_bytes());
    let die = |i: usize| f32::from(dice[i % dice.len()]) / 255.0;
    let (width, height) = (640_u32, 420_u32);
    let hue = die(0);
    let (disc_x, disc_y, disc_r) = (
        90.0 + die(1) * 460.0,
        70.0 + die(2) * 110.0,
        26.0 + die(3) * 40.0,
    );
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let mut colour = mix(tone(hue, 0.93), tone(hue + 0.08, 0.78), y / height as f32);
        if (x - disc_x).hypot(y - disc_y) < disc_r {
            colour = tone(hue + 0.45, 0.72);
        }
        for band in 0..4_usize {
            let base = 190.0 + band as f32 * 58.0;
            let wave = ((x / (60.0 + die(4 + band) * 90.0)) + die(8 + band) * 6.0).sin()
                * (12.0 + die(12 + band) * 26.0);
            if y > base + wave {
                colour = tone(hue + 0.05 * band as f32, 0.62 - band as f32 * 0.13);
            }
        }
        Rgb(colour)
    })
}

fn tone(hue: f32, light: f32) -> [u8; 3] {
    let channel = |shift: f32| {
        let wave = ((hue + shift) * std::f32::consts::TAU).cos() * 0.16;
        ((light + wave * (1.2 - light)).clamp(0.0, 1.0) * 255.0) as u8
    };
    [channel(0.0), channel(0.33), channel(0.67)]
}

fn mix(a: [u8; 3], b: [u8; 3], part: f32) -> [u8; 3] {
    std::array::from_fn(|i| (f32::from(a[i]) * (1.0 - part) + f32::from(b[i]) * part) as u8)
}

/// A page with grey lines where text would be.
fn scan(name: &str) -> RgbImage {
    let dice = Sha256::digest(name.as_bytes());
    RgbImage::from_fn(420, 594, |x, y| {
        let line = (y / 18) as usize;
        let length = 120 + u32::from(dice[line % dice.len()]);
        let ink = y % 18 < 5 && (40..40 + length).contains(&x) && (60..540).contains(&y);
        if ink {
            Rgb([120, 120, 126])
        } else {
            Rgb([250, 249, 246])
        }
    })
}

/// One page that says what it would be.
fn pdf(name: &str) -> Vec<u8> {
    let title: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || " .-".contains(c) {
                c
            } else {
                ' '
            }
        })
        .collect();
    let text = format!(
        "BT /F1 18 Tf 72 760 Td ({title}) Tj 0 -32 Td /F1 11 Tf (Demo evidence. Nobody is certified by this page.) Tj ET"
    );
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", i + 1).into_bytes());
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").into_bytes());
    }
    out.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
            objects.len() + 1
        )
        .into_bytes(),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_evidence_is_a_file_of_that_kind() {
        for (kind, begins) in [
            ("pdf", &b"%PDF-"[..]),
            ("png", b"\x89PNG"),
            ("jpeg", b"\xFF\xD8\xFF"),
        ] {
            assert!(
                evidence("intyg", kind)
                    .expect("it can be made")
                    .bytes
                    .starts_with(begins),
                "{kind}"
            );
        }
        assert!(evidence("intyg", "svg").is_err());
    }

    #[test]
    fn two_producers_have_different_pictures_and_one_has_always_the_same() {
        let of = |key| picture(key).expect("it can be drawn").bytes;
        assert_ne!(of("a"), of("b"));
        assert_eq!(of("a"), of("a"));
    }
}

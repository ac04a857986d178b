//! Files for the demo region, drawn and written here: certificates of nothing.
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

fn encode(image: &RgbImage, format: ImageFormat) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
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
}

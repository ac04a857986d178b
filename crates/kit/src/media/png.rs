//! PNG: a signature, then chunks of length, type, data and checksum, from IHDR to IEND.
use super::{Dimensions, Flaw};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What a still picture needs to look right. Animation, texts, times and camera data are not in it.
const KEPT: [&[u8; 4]; 13] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"bKGD", b"pHYs",
];

pub(super) fn strip(file: &[u8]) -> Result<Vec<u8>, Flaw> {
    let mut clean = SIGNATURE.to_vec();
    walk(file, |kind, chunk| {
        if KEPT.contains(&kind) {
            clean.extend_from_slice(chunk);
        }
    })?;
    Ok(clean)
}

/// Calls `each` with the type and the bytes of every chunk, and tells the picture's size.
pub(super) fn walk(file: &[u8], mut each: impl FnMut(&[u8; 4], &[u8])) -> Result<Dimensions, Flaw> {
    let mut rest = file.strip_prefix(SIGNATURE).ok_or(Flaw::Damaged)?;
    let mut size = None;
    let mut pixels = false;
    loop {
        let Chunk { kind, data, bytes } = chunk(rest)?;
        rest = &rest[bytes.len()..];
        match (kind, size) {
            (b"IHDR", None) => size = Some(dimensions(data)?),
            (_, None) | (b"IHDR", _) => return Err(Flaw::Damaged),
            (b"IDAT", _) => pixels = true,
            // A type that begins with a capital must be understood by whoever shows the picture.
            _ if kind[0].is_ascii_uppercase() && !KEPT.contains(&kind) => {
                return Err(Flaw::Damaged);
            }
            _ => {}
        }
        each(kind, bytes);
        if let (b"IEND", Some(size)) = (kind, size) {
            return match (pixels && data.is_empty(), rest.is_empty()) {
                (true, true) => Ok(size),
                (true, false) => Err(Flaw::Trailing),
                (false, _) => Err(Flaw::Damaged),
            };
        }
    }
}

struct Chunk<'f> {
    kind: &'f [u8; 4],
    data: &'f [u8],
    /// Length, type, data and checksum.
    bytes: &'f [u8],
}

/// The first chunk, if its checksum is right.
fn chunk(rest: &[u8]) -> Result<Chunk<'_>, Flaw> {
    let (length, after) = rest.split_first_chunk::<4>().ok_or(Flaw::Truncated)?;
    let length = u32::from_be_bytes(*length);
    if length > i32::MAX as u32 {
        return Err(Flaw::Damaged);
    }
    let length = length as usize;
    let checked = after.get(..4 + length).ok_or(Flaw::Truncated)?;
    let crc = after.get(4 + length..8 + length).ok_or(Flaw::Truncated)?;
    if crc32(checked).to_be_bytes() != crc {
        return Err(Flaw::Damaged);
    }
    let (kind, data) = checked.split_first_chunk::<4>().ok_or(Flaw::Damaged)?;
    Ok(Chunk {
        kind,
        data,
        bytes: &rest[..12 + length],
    })
}

fn dimensions(header: &[u8]) -> Result<Dimensions, Flaw> {
    let number = |at: usize| {
        header
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .map(u32::from_be_bytes)
    };
    match (header.len(), number(0), number(4)) {
        (13, Some(width), Some(height)) => Ok(Dimensions { width, height }),
        _ => Err(Flaw::Damaged),
    }
}

/// The checksum of ISO 3309, as PNG uses it.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |crc: u32, byte| {
        TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8)
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut crc = n as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0xEDB8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[n] = crc;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_the_standards_own() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(super::crc32(b"IEND"), 0xAE42_6082);
    }
}

//! JPEG: markers, most of them with a length; after a start of scan come coded pixels up to the next marker.
use super::{Dimensions, Flaw};

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
const EXIF: &[u8] = b"Exif\0\0";
const ORIENTATION: u16 = 0x0112;

pub(super) fn strip(file: &[u8]) -> Result<Vec<u8>, Flaw> {
    let mut clean = vec![0xFF, START];
    let mut turned = None;
    let mut begun = false;
    walk(file, |marker, bytes| {
        // Which side is up is all that is kept of the camera's data.
        turned = turned.or_else(|| orientation(marker, bytes));
        if !begun && !is_added(marker) {
            begun = true;
            clean.extend(turned.map(orientation_segment).into_iter().flatten());
        }
        match kept(marker, bytes) {
            Keep::No => {}
            Keep::Header => clean.extend_from_slice(&plain_header(bytes)),
            Keep::Yes => clean.extend_from_slice(bytes),
        }
    })?;
    Ok(clean)
}

enum Keep {
    Yes,
    Header,
    No,
}

/// Segments that programs add before the picture itself: APPn, comments, fill bytes.
fn is_added(marker: u8) -> bool {
    matches!(marker, 0xE0..=0xEF | 0xFE | 0xFF)
}

/// Of what programs add, colours alone are kept.
fn kept(marker: u8, segment: &[u8]) -> Keep {
    let data = segment.get(4..).unwrap_or_default();
    match marker {
        0xE0 if data.starts_with(b"JFIF\0") && data.len() >= 14 => Keep::Header,
        0xE2 if data.starts_with(b"ICC_PROFILE\0") => Keep::Yes,
        0xEE if data.starts_with(b"Adobe") => Keep::Yes,
        _ if is_added(marker) => Keep::No,
        _ => Keep::Yes,
    }
}

/// The JFIF header without its small preview, which may show what was cropped away.
fn plain_header(segment: &[u8]) -> Vec<u8> {
    let mut header = segment[..18].to_vec();
    header[2..4].copy_from_slice(&16u16.to_be_bytes());
    header[16..18].fill(0);
    header
}

/// Calls `each` with every marker after the start and its bytes (a scan's pixels included), and tells the size.
pub(super) fn walk(file: &[u8], mut each: impl FnMut(u8, &[u8])) -> Result<Dimensions, Flaw> {
    if !file.starts_with(&[0xFF, START]) {
        return Err(if file.len() < 2 {
            Flaw::Truncated
        } else {
            Flaw::Damaged
        });
    }
    let mut at = 2;
    let mut size = None;
    let mut scanned = false;
    loop {
        let (marker, end) = segment(file, at)?;
        if is_frame(marker) {
            // A second frame could claim another size than the one that was checked.
            if size.replace(dimensions(&file[at..end])?).is_some() {
                return Err(Flaw::Damaged);
            }
        }
        scanned |= marker == SCAN;
        each(marker, &file[at..end]);
        at = end;
        if marker == END {
            return match size {
                Some(size) if scanned && at == file.len() => Ok(size),
                Some(_) if scanned => Err(Flaw::Trailing),
                _ => Err(Flaw::Damaged),
            };
        }
    }
}

/// The marker at `at` and where what belongs to it ends.
fn segment(file: &[u8], at: usize) -> Result<(u8, usize), Flaw> {
    let byte = |at: usize| file.get(at).copied().ok_or(Flaw::Truncated);
    if byte(at)? != 0xFF {
        return Err(Flaw::Damaged);
    }
    let marker = byte(at + 1)?;
    match marker {
        END => return Ok((marker, at + 2)),
        // A fill byte belongs to no marker and is walked over as one of its own.
        0xFF => return Ok((marker, at + 1)),
        0x00..=0x01 | 0xD0..=0xD8 => return Err(Flaw::Damaged),
        _ => {}
    }
    let length = usize::from(u16::from_be_bytes([byte(at + 2)?, byte(at + 3)?]));
    let end = at + 2 + length;
    if length < 2 {
        return Err(Flaw::Damaged);
    }
    if end > file.len() {
        return Err(Flaw::Truncated);
    }
    Ok((
        marker,
        if marker == SCAN {
            pixels_end(file, end)?
        } else {
            end
        },
    ))
}

/// Where coded pixels end: at the first marker that is neither a stuffed zero nor a restart.
fn pixels_end(file: &[u8], mut at: usize) -> Result<usize, Flaw> {
    loop {
        match (file.get(at), file.get(at + 1)) {
            (Some(0xFF), Some(0x00 | 0xD0..=0xD7)) => at += 2,
            (Some(0xFF), Some(0xFF)) => at += 1,
            (Some(0xFF), Some(_)) => return Ok(at),
            (Some(_), Some(_)) => at += 1,
            _ => return Err(Flaw::Truncated),
        }
    }
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

fn dimensions(frame: &[u8]) -> Result<Dimensions, Flaw> {
    let number = |at: usize| {
        frame
            .get(at..at + 2)
            .map(|b| u32::from(u16::from_be_bytes([b[0], b[1]])))
    };
    match (number(5), number(7)) {
        (Some(height), Some(width)) => Ok(Dimensions { width, height }),
        _ => Err(Flaw::Damaged),
    }
}

/// Which side is up, 2 to 8, if these bytes are the camera's data and say something other than upright.
fn orientation(marker: u8, segment: &[u8]) -> Option<u16> {
    if marker != 0xE1 {
        return None;
    }
    let tiff = segment.get(4..)?.strip_prefix(EXIF)?;
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let bytes: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let directory = if little {
        u32::from_le_bytes(bytes)
    } else {
        u32::from_be_bytes(bytes)
    } as usize;
    let entries = usize::from(short(directory)?);
    let found = (0..entries)
        .map(|n| directory + 2 + 12 * n)
        .find(|at| short(*at) == Some(ORIENTATION))?;
    short(found + 8).filter(|side| (2..=8).contains(side))
}

/// A segment that says which side is up and nothing else.
fn orientation_segment(side: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01".to_vec();
    tiff.extend_from_slice(&ORIENTATION.to_be_bytes());
    tiff.extend_from_slice(b"\0\x03\0\0\0\x01");
    tiff.extend_from_slice(&side.to_be_bytes());
    tiff.extend_from_slice(&[0; 6]);
    let length = u16::try_from(2 + EXIF.len() + tiff.len()).expect("34 bytes");
    [&[0xFF, 0xE1][..], &length.to_be_bytes(), EXIF, &tiff].concat()
}

#[cfg(test)]
pub(super) fn orientation_of(file: &[u8]) -> Option<u16> {
    let mut found = None;
    let _ = walk(file, |marker, bytes| {
        found = found.or_else(|| orientation(marker, bytes))
    });
    found
}

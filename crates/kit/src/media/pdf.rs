//! PDF: a header at the start, and near the end the offset of the last cross-reference table and the end mark.
use super::Flaw;

/// Programs append a little after the end mark; readers look for it in the last kilobyte.
const TAIL: usize = 1024;

pub(super) fn check(file: &[u8]) -> Result<(), Flaw> {
    if !file.starts_with(b"%PDF-") {
        return Err(Flaw::Damaged);
    }
    let tail = &file[file.len().saturating_sub(TAIL)..];
    let end = last(tail, b"%%EOF").ok_or(Flaw::Truncated)?;
    let start = last(&tail[..end], b"startxref").ok_or(Flaw::Truncated)?;
    let offset = std::str::from_utf8(&tail[start + b"startxref".len()..end])
        .ok()
        .and_then(|t| t.trim().parse::<usize>().ok());
    match offset {
        Some(offset) if offset < file.len() => Ok(()),
        Some(_) => Err(Flaw::Truncated),
        None => Err(Flaw::Damaged),
    }
}

fn last(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).rposition(|w| w == word)
}

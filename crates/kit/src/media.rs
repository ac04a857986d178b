//! The kinds of file that people may upload: told by their bytes, checked to be whole, and cleaned of what the
//! camera or program wrote about its owner. Nothing is decoded; only the containers are walked through.
mod jpeg;
mod pdf;
mod png;

#[cfg(test)]
mod samples;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A document.
    Pdf,
    /// A photograph.
    Jpeg,
    /// A picture without loss.
    Png,
}

/// Width and height of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The end is missing.
    #[error("the file breaks off before its end; send the whole file again")]
    Truncated,
    /// Something follows the end.
    #[error(
        "the file goes on after the picture has ended; save it again as a plain picture and send that"
    )]
    Trailing,
    /// It cannot be walked through.
    #[error("the file is damaged; open it, save it again and send that")]
    Damaged,
    /// Too many pixels.
    #[error(
        "the picture has {width} x {height} pixels; at most 12000 x 12000 and 50 million in all are taken: make it smaller"
    )]
    TooLarge {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
}

impl Media {
    /// The kind with this MIME type.
    pub fn of(media_type: &str) -> Option<Self> {
        [Self::Pdf, Self::Jpeg, Self::Png]
            .into_iter()
            .find(|m| m.media_type() == media_type)
    }

    /// The MIME type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The kind that a file's first bytes show.
    pub fn sniff(file: &[u8]) -> Option<Self> {
        if file.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if file.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if file.starts_with(png::SIGNATURE) {
            Some(Self::Png)
        } else {
            None
        }
    }

    /// Checks that a file of this kind is whole and no larger than allowed; tells a picture's size.
    pub fn check(self, file: &[u8]) -> Result<Option<Dimensions>, Flaw> {
        match self {
            Self::Pdf => pdf::check(file).map(|()| None),
            Self::Jpeg => jpeg::walk(file, |_, _| ()).and_then(allowed).map(Some),
            Self::Png => png::walk(file, |_, _| ()).and_then(allowed).map(Some),
        }
    }

    /// The file without what was written about its making: place, time, camera, author, comments. A picture
    /// keeps its colours and which side is up; a PDF is left as it is.
    pub fn strip(self, file: &[u8]) -> Result<Vec<u8>, Flaw> {
        match self {
            Self::Pdf => Ok(file.to_vec()),
            Self::Jpeg => jpeg::strip(file),
            Self::Png => png::strip(file),
        }
    }
}

fn allowed(size: Dimensions) -> Result<Dimensions, Flaw> {
    const LONGEST_SIDE: u32 = 12_000;
    const MOST_PIXELS: u64 = 50_000_000;
    let Dimensions { width, height } = size;
    if width == 0 || height == 0 {
        return Err(Flaw::Damaged);
    }
    if width > LONGEST_SIDE
        || height > LONGEST_SIDE
        || u64::from(width) * u64::from(height) > MOST_PIXELS
    {
        return Err(Flaw::TooLarge { width, height });
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use samples::{jpeg, jpeg_sized, pdf, png, png_sized};

    const KINDS: [Media; 3] = [Media::Pdf, Media::Jpeg, Media::Png];

    fn sample(kind: Media) -> Vec<u8> {
        match kind {
            Media::Pdf => pdf(),
            Media::Jpeg => jpeg(),
            Media::Png => png(),
        }
    }

    fn holds(file: &[u8], text: &str) -> bool {
        file.windows(text.len()).any(|w| w == text.as_bytes())
    }

    #[test]
    fn each_kind_is_told_by_its_bytes_and_found_whole() {
        for kind in KINDS {
            let file = sample(kind);
            assert_eq!(Media::sniff(&file), Some(kind));
            assert_eq!(Media::of(kind.media_type()), Some(kind));
            assert!(kind.check(&file).is_ok(), "{kind:?}");
        }
        for other in [
            &b"GIF89a"[..],
            b"<svg xmlns=",
            b"<html>",
            b"MZ",
            b"",
            b"%PD",
            b"\x89PNG",
        ] {
            assert_eq!(Media::sniff(other), None);
        }
        assert_eq!(Media::of("image/svg+xml"), None);
    }

    #[test]
    fn a_pictures_size_is_told_and_held_to_the_limits() {
        let size = |width, height| Ok(Some(Dimensions { width, height }));
        assert_eq!(Media::Png.check(&png_sized(640, 480)), size(640, 480));
        assert_eq!(Media::Jpeg.check(&jpeg_sized(640, 480)), size(640, 480));
        assert_eq!(
            Media::Png.check(&png_sized(12_000, 4_000)),
            size(12_000, 4_000)
        );
        for (width, height) in [(12_001, 1), (1, 12_001), (60_000, 60_000), (8_000, 8_000)] {
            let too_large = Err(Flaw::TooLarge { width, height });
            assert_eq!(Media::Png.check(&png_sized(width, height)), too_large);
            let (w, h) = (width as u16, height as u16);
            assert_eq!(Media::Jpeg.check(&jpeg_sized(w, h)), too_large);
        }
        assert_eq!(Media::Png.check(&png_sized(0, 10)), Err(Flaw::Damaged));
    }

    #[test]
    fn what_follows_the_end_of_a_picture_is_refused() {
        for kind in [Media::Jpeg, Media::Png] {
            for tail in [&b"PK\x03\x04"[..], b"<script>", b"%PDF-1.7 %%EOF", b"\0"] {
                let file = [sample(kind), tail.to_vec()].concat();
                assert_eq!(kind.check(&file), Err(Flaw::Trailing), "{kind:?}");
                assert_eq!(kind.strip(&file), Err(Flaw::Trailing), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_stripped_picture_is_whole_and_tells_nothing_of_its_maker() {
        for kind in [Media::Jpeg, Media::Png] {
            let file = sample(kind);
            assert!(holds(&file, samples::SECRET), "the sample tells something");
            let clean = kind.strip(&file).expect("whole");
            assert!(!holds(&clean, samples::SECRET), "{kind:?}");
            assert_eq!(kind.check(&clean), kind.check(&file));
            assert_eq!(
                kind.strip(&clean).as_ref(),
                Ok(&clean),
                "stripping twice changes nothing"
            );
            assert!(holds(&clean, samples::PIXELS), "the picture itself stays");
            assert!(holds(&clean, samples::COLOURS), "its colour profile stays");
        }
    }

    #[test]
    fn a_photograph_keeps_which_side_is_up() {
        let clean = Media::Jpeg.strip(&jpeg()).expect("whole");
        assert_eq!(jpeg::orientation_of(&clean), Some(6));
        let upright = Media::Jpeg.strip(&jpeg_sized(4, 4)).expect("whole");
        assert_eq!(jpeg::orientation_of(&upright), None);
    }

    proptest! {
        #[test]
        fn a_file_that_breaks_off_anywhere_is_refused(kind in 0..3usize, at in 0.0..1.0f64) {
            let kind = KINDS[kind];
            let file = sample(kind);
            let cut = &file[..(at * file.len() as f64) as usize];
            prop_assert!(kind.check(cut).is_err(), "{kind:?} cut at {}", cut.len());
            if kind != Media::Pdf {
                prop_assert!(kind.strip(cut).is_err(), "{kind:?} cut at {}", cut.len());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), start in 0..4usize) {
            let head = [&b""[..], b"%PDF-", &[0xFF, 0xD8, 0xFF], png::SIGNATURE][start];
            let file = [head, &bytes[..]].concat();
            for kind in KINDS {
                let _ = (kind.check(&file), kind.strip(&file), jpeg::orientation_of(&file));
            }
        }

        #[test]
        fn a_changed_byte_never_panics_and_is_seen_in_a_png(at in any::<prop::sample::Index>(), bit in 0..8u8) {
            for kind in KINDS {
                let mut file = sample(kind);
                let at = at.index(file.len());
                file[at] ^= 1 << bit;
                let checked = (kind.check(&file), kind.strip(&file));
                prop_assert!(kind != Media::Png || (checked.0.is_err() && checked.1.is_err()));
            }
        }
    }
}

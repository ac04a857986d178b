//! Smaller pictures. A card that is 300 pixels wide has no use for a photo of 4,000, so pages may ask for one of a few
//! widths. Each is made once and kept in memory, as far as there is room; what falls out is made again.
use std::collections::{HashMap, VecDeque};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The widths that can be asked for: every other one would be a picture more to make and to keep.
const WIDTHS: [u32; 3] = [320, 640, 1280];
/// What is kept, in bytes: some hundred pictures of each width.
const ROOM: usize = 32 * 1024 * 1024;
/// Pictures that are made at the same time; each takes a processor and the memory of a large photo.
const AT_ONCE: usize = 2;
const QUALITY: u8 = 80;
/// A larger one is shown as it is. Some bytes of a hostile file can stand for gigabytes.
const WIDEST: u32 = 12_000;
const MEMORY: u64 = 256 * 1024 * 1024;

/// A smaller picture.
#[derive(Clone)]
pub(crate) struct Small {
    pub(crate) media_type: &'static str,
    pub(crate) data: Bytes,
}

/// The width in an address: `None` is the picture itself. Another query than ours means no picture.
pub(crate) fn width(query: Option<&str>) -> Result<Option<u32>, ()> {
    let Some(query) = query else {
        return Ok(None);
    };
    let known = WIDTHS.iter().find(|w| query == format!("w={w}"));
    known.map(|w| Some(*w)).ok_or(())
}

/// Makes and keeps smaller pictures.
pub(crate) struct Smaller {
    kept: Mutex<Kept>,
    places: Arc<Semaphore>,
}

type Key = (Uuid, u32);

/// What was made; `None`: there is nothing smaller to be had of it. The oldest goes first.
#[derive(Default)]
struct Kept {
    made: HashMap<Key, Option<Small>>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl Default for Smaller {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Smaller {
    /// What was made of this picture before.
    pub(crate) fn known(&self, id: Uuid, width: u32) -> Option<Option<Small>> {
        self.kept().made.get(&(id, width)).cloned()
    }

    /// The picture in this width; `None` if it is no wider or cannot be read, and is shown as it is.
    pub(crate) async fn make(&self, id: Uuid, width: u32, whole: Bytes) -> Option<Small> {
        let place = self.places.clone().acquire_owned().await.ok()?;
        // Another visitor may have waited for the same.
        if let Some(known) = self.known(id, width) {
            return known;
        }
        // Once begun it is finished and kept, even if the visitor leaves; so the place goes with it.
        let making = tokio::task::spawn_blocking(move || {
            let small = shrink(&whole, width);
            drop(place);
            small
        });
        let small = making.await.ok()?;
        self.kept().keep((id, width), small.clone());
        small
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, key: Key, small: Option<Small>) {
        // What takes no room still takes an entry.
        self.bytes += size(small.as_ref());
        if let Some(before) = self.made.insert(key, small) {
            self.bytes -= size(before.as_ref());
        } else {
            self.order.push_back(key);
        }
        while self.bytes > ROOM {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(gone) = self.made.remove(&oldest) {
                self.bytes -= size(gone.as_ref());
            }
        }
    }
}

fn size(small: Option<&Small>) -> usize {
    const ENTRY: usize = 256;
    ENTRY + small.map_or(0, |s| s.data.len())
}

fn shrink(whole: &[u8], width: u32) -> Option<Small> {
    let mut reader = ImageReader::new(Cursor::new(whole))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(WIDEST);
    limits.max_image_height = Some(WIDEST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    if picture.width() <= width {
        return None;
    }
    let height = (u64::from(picture.height()) * u64::from(width)).div_ceil(picture.width().into());
    let height = u32::try_from(height).ok()?;
    let picture = picture.resize_exact(width, height, FilterType::Triangle);
    let small = written(&picture)?;
    (small.data.len() < whole.len()).then_some(small)
}

/// A photo as JPEG; what can be seen through stays PNG.
fn written(picture: &DynamicImage) -> Option<Small> {
    let mut data = Vec::new();
    let media_type = if picture.color().has_alpha() {
        let mut to = Cursor::new(&mut data);
        picture.write_to(&mut to, ImageFormat::Png).ok()?;
        "image/png"
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut data, QUALITY);
        picture.to_rgb8().write_with_encoder(encoder).ok()?;
        "image/jpeg"
    };
    Some(Small {
        media_type,
        data: data.into(),
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn photo(width: u32, height: u32) -> Vec<u8> {
        let colours = |x: u32, y: u32| Rgb([(x / 3) as u8, (y / 2) as u8, (x ^ y) as u8]);
        let picture = DynamicImage::from(RgbImage::from_fn(width, height, colours));
        written(&picture).expect("it can be written").data.to_vec()
    }

    #[test]
    fn only_our_widths_are_addresses_of_pictures() {
        assert_eq!(width(None), Ok(None));
        assert_eq!(width(Some("w=640")), Ok(Some(640)));
        for query in ["", "w=", "w=641", "w=0640", "w=640&w=320", "W=640", "x=1"] {
            assert_eq!(width(Some(query)), Err(()), "{query}");
        }
    }

    #[test]
    fn a_photo_gets_the_width_and_keeps_its_shape() {
        let whole = photo(1500, 1001);
        let small = shrink(&whole, 320).expect("smaller");
        assert_eq!(small.media_type, "image/jpeg");
        assert!(small.data.len() < whole.len() / 2);
        let seen = image::load_from_memory(&small.data).expect("a picture");
        assert_eq!((seen.width(), seen.height()), (320, 214));
    }

    #[test]
    fn what_can_be_seen_through_stays_so() {
        let glass = RgbaImage::from_fn(700, 10, |x, y| Rgba([x as u8, y as u8, (x * y) as u8, 99]));
        let mut whole = Vec::new();
        DynamicImage::from(glass)
            .write_to(&mut Cursor::new(&mut whole), ImageFormat::Png)
            .expect("it can be written");
        let small = shrink(&whole, 320).expect("smaller");
        assert_eq!(small.media_type, "image/png");
        let seen = image::load_from_memory(&small.data).expect("a picture");
        assert_eq!((seen.width(), seen.height()), (320, 5));
        assert_eq!(seen.to_rgba8().get_pixel(160, 2)[3], 99);
    }

    #[test]
    fn a_small_one_and_what_is_no_picture_are_shown_as_they_are() {
        assert!(shrink(&photo(320, 200), 320).is_none());
        assert!(shrink(b"no picture", 320).is_none());
        assert!(shrink(&photo(700, 300)[..300], 320).is_none(), "cut off");
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut kept = Kept::default();
        let small = Small {
            media_type: "image/jpeg",
            data: Bytes::from(vec![0; ROOM / 4]),
        };
        let keys: Vec<Key> = (0..6).map(|n| (Uuid::from_u128(n), 320)).collect();
        for key in &keys {
            kept.keep(*key, Some(small.clone()));
            assert!(kept.bytes <= ROOM);
        }
        kept.keep(keys[5], Some(small));
        assert_eq!(kept.made.len(), 3);
        assert!(!kept.made.contains_key(&keys[0]) && kept.made.contains_key(&keys[5]));
    }
}

//! Profile pictures for the demo region: screen prints of nothing in particular, a family of motifs for each art
//! field. What a print looks like follows from the producer's key alone, in every run.
mod craft;
mod design;
mod dice;
mod film;
mod illustration;
mod movement;
mod music;
mod palette;
mod photo;
mod print;
mod shapes;
mod stage;
mod visual;
mod word;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;

use self::dice::Dice;
use self::print::Print;
use super::files::File;

/// Of 100; the grain costs more above and falls apart below.
const QUALITY: u8 = 80;

/// Thrown with every key. With this one, the demo's producers of one art field share few motifs and inks.
const SALT: u32 = 541;

/// Something to print, and what it shows in words.
struct Motif {
    sv: &'static str,
    en: &'static str,
    draw: fn(&mut Print, &mut Dice),
}

/// A picture and what those hear who do not see it.
pub(crate) struct Picture {
    pub(crate) file: File,
    /// In Swedish.
    pub(crate) alt_sv: &'static str,
    /// In English.
    pub(crate) alt_en: &'static str,
}

/// The picture for a producer's profile. The first art field decides on what it shows.
pub(crate) fn picture(key: &str, art_fields: &[String]) -> anyhow::Result<Picture> {
    let mut dice = dice(key);
    let motif = chosen(art_fields, &mut dice);
    let inks = &palette::PALETTES[dice.below(palette::PALETTES.len())];
    let mut print = Print::new(inks, &mut dice);
    (motif.draw)(&mut print, &mut dice);
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&print.dried(&mut dice))?;
    Ok(Picture {
        file: File {
            name: format!("{key}.jpg"),
            media_type: "image/jpeg",
            bytes: bytes.into_inner(),
        },
        alt_sv: motif.sv,
        alt_en: motif.en,
    })
}

fn dice(key: &str) -> Dice {
    Dice::of(&format!("{key}/{SALT}"))
}

fn chosen(art_fields: &[String], dice: &mut Dice) -> &'static Motif {
    let known = art_fields.iter().find_map(|field| motifs(field));
    let motifs = known.unwrap_or(visual::ART);
    &motifs[dice.below(motifs.len())]
}

/// What is printed for producers of an art field.
fn motifs(art_field: &str) -> Option<&'static [Motif]> {
    Some(match art_field {
        "visual" | "visual.art" => visual::ART,
        "visual.craft" => craft::CRAFT,
        "visual.design" => design::DESIGN,
        "visual.illustration" => illustration::ILLUSTRATION,
        "stage" | "stage.theatre" => stage::THEATRE,
        "stage.music" => music::MUSIC,
        "stage.dance" => movement::DANCE,
        "stage.circus" => movement::CIRCUS,
        "stage.opera" => stage::OPERA,
        "word" | "word.literature" => word::LITERATURE,
        "word.journalism" => word::JOURNALISM,
        "word.photo" => photo::PHOTO,
        "film" | "film.direction" => film::DIRECTION,
        "film.animation" => film::ANIMATION,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn drawn(key: &str, art_field: &str) -> Picture {
        picture(key, &[art_field.to_owned()]).expect("it can be drawn")
    }

    #[test]
    fn two_producers_have_different_pictures_and_one_has_always_the_same() {
        let of = |key| drawn(key, "stage.music").file.bytes;
        assert_ne!(of("a"), of("b"));
        assert_eq!(of("a"), of("a"));
    }

    #[test]
    fn every_art_field_of_the_region_has_its_motifs() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions/varmland.toml");
        let text = std::fs::read_to_string(path).expect("the region is there");
        let region: toml::Table = toml::from_str(&text).expect("it is TOML");
        let fields = region["art_field"].as_array().expect("a list");
        let children =
            |field: &toml::Value| field.get("children").and_then(|c| c.as_array().cloned());
        let all = fields
            .iter()
            .cloned()
            .chain(fields.iter().filter_map(children).flatten());
        let keys: Vec<String> = all
            .map(|f| f["key"].as_str().expect("text").to_owned())
            .collect();
        assert!(keys.len() > 10, "{keys:?}");
        for key in keys {
            assert!(
                motifs(&key).is_some_and(|m| !m.is_empty()),
                "{key} has no motif"
            );
        }
    }

    #[test]
    fn every_motif_can_be_printed_and_is_small_enough_to_send() {
        let fields = [
            "visual.art",
            "visual.craft",
            "visual.design",
            "visual.illustration",
            "stage.theatre",
            "stage.music",
            "stage.dance",
            "stage.circus",
            "stage.opera",
            "word.literature",
            "word.journalism",
            "word.photo",
            "film.direction",
            "film.animation",
        ];
        for field in fields {
            for motif in motifs(field).expect("it has some") {
                let mut dice = dice(motif.en);
                let mut print = Print::new(&palette::PALETTES[0], &mut dice);
                (motif.draw)(&mut print, &mut dice);
            }
            let size = drawn("a", field).file.bytes.len();
            assert!((20_000..150_000).contains(&size), "{field}: {size} bytes");
        }
    }
}

//! Inks that get along: a paper, three steps of one family, and one that draws the eye.

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// A paper and its four inks.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) paper: Colour,
    pub(super) light: Colour,
    pub(super) mid: Colour,
    pub(super) dark: Colour,
    pub(super) accent: Colour,
}

const fn palette(paper: u32, light: u32, mid: u32, dark: u32, accent: u32) -> Palette {
    const fn colour(hex: u32) -> Colour {
        let [_, r, g, b] = hex.to_be_bytes();
        [r, g, b]
    }
    Palette {
        paper: colour(paper),
        light: colour(light),
        mid: colour(mid),
        dark: colour(dark),
        accent: colour(accent),
    }
}

/// The papers are never white and the darks never black, so that a picture has an edge on any page.
pub(super) const PALETTES: [Palette; 12] = [
    // Lake water, rowan berries.
    palette(0xF0E7D6, 0xB9CDC8, 0x5F8A93, 0x21394A, 0xD4643F),
    // Spruce, honey.
    palette(0xF1EAD8, 0xC3CFB0, 0x6A8A68, 0x233D33, 0xDDA13F),
    // Aubergine, tangerine.
    palette(0xF1E7DC, 0xD6C2C8, 0x8C6E8E, 0x3C2B45, 0xE08B4A),
    // Winter sky, straw.
    palette(0xECEBE1, 0xBFD3DC, 0x6C97B5, 0x243F5C, 0xE3B34B),
    // Brick, deep water.
    palette(0xF2E5D5, 0xE6C3A3, 0xBD6F4E, 0x552F27, 0x2F5F68),
    // Lichen, rust.
    palette(0xEFEAD4, 0xD2D3A6, 0x8D9958, 0x37432E, 0xC4573A),
    // Coal, vermilion.
    palette(0xEDE7DC, 0xCCC6BA, 0x8A8882, 0x2C2E33, 0xD4523A),
    // Rose hip, bottle glass.
    palette(0xF3E7DE, 0xEAC6BF, 0xC57A7C, 0x542B3B, 0x2F6660),
    // Rye, cornflower.
    palette(0xF3E9D2, 0xEBD09A, 0xCC9340, 0x4D3824, 0x3F6C97),
    // Sea glass, coral.
    palette(0xEFE9DC, 0xB8D6CB, 0x58998E, 0x1F4A4C, 0xE58368),
    // Heather, brass.
    palette(0xEEE8DF, 0xC9CBDD, 0x7F86AE, 0x2E3557, 0xD9A24E),
    // Sand, ink, moss.
    palette(0xF0E6D2, 0xDCCBA8, 0xB09A74, 0x28324A, 0x5E7F5A),
];

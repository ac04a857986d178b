//! Small files of each kind, made by hand. They carry what cameras and programs write.
use super::png::{SIGNATURE, crc32};

/// Stands in every place of the samples where something about their maker could.
pub(super) const SECRET: &str = "Åsa Öberg 59.38N";
/// Stands for the pixels.
pub(super) const PIXELS: &str = "pixels";
/// Stands for the colour profile.
pub(super) const COLOURS: &str = "colour profile";

pub(super) fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n41\n%%EOF".to_vec()
}

pub(super) fn png() -> Vec<u8> {
    png_with(3, 2, true)
}

pub(super) fn png_sized(width: u32, height: u32) -> Vec<u8> {
    png_with(width, height, false)
}

fn png_with(width: u32, height: u32, telling: bool) -> Vec<u8> {
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 2, 0, 0, 0],
    ]
    .concat();
    let mut file = [SIGNATURE, &chunk(b"IHDR", &header)].concat();
    file.extend(chunk(b"iCCP", COLOURS.as_bytes()));
    if telling {
        for kind in [
            b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"fcTL", b"prVt",
        ] {
            file.extend(chunk(kind, SECRET.as_bytes()));
        }
    }
    file.extend(chunk(b"IDAT", PIXELS.as_bytes()));
    file.extend(chunk(b"IEND", b""));
    file
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checked = [&kind[..], data].concat();
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], &checked, &crc32(&checked).to_be_bytes()].concat()
}

pub(super) fn jpeg() -> Vec<u8> {
    jpeg_with(3, 2, true)
}

pub(super) fn jpeg_sized(width: u16, height: u16) -> Vec<u8> {
    jpeg_with(width, height, false)
}

fn jpeg_with(width: u16, height: u16, telling: bool) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    let preview = [
        &b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x05"[..],
        SECRET.as_bytes(),
    ]
    .concat();
    file.extend(segment(0xE0, &preview));
    if telling {
        // Little-endian camera data: one entry that says "turned right", then a text.
        let exif = [
            &b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"[..],
            SECRET.as_bytes(),
        ];
        file.extend(segment(0xE1, &exif.concat()));
        for (marker, name) in [
            (0xE1, "http://ns.adobe.com/xap/1.0/"),
            (0xED, "Photoshop 3.0"),
            (0xE2, "MPF"),
            (0xFE, ""),
        ] {
            file.extend(segment(marker, format!("{name}\0{SECRET}").as_bytes()));
        }
    }
    file.extend(segment(0xE2, format!("ICC_PROFILE\0{COLOURS}").as_bytes()));
    file.extend(segment(0xEE, b"Adobe\0d\0\0\0\0\0\0"));
    file.extend(segment(0xDB, &[0; 65]));
    let frame = [
        &[8][..],
        &height.to_be_bytes(),
        &width.to_be_bytes(),
        &[1, 1, 0x11, 0],
    ]
    .concat();
    file.extend(segment(0xC0, &frame));
    file.extend([0xFF]);
    file.extend(segment(0xDA, &[1, 1, 0, 0, 63, 0]));
    file.extend([0x12, 0xFF, 0x00, 0xFF, 0xD0]);
    file.extend(PIXELS.as_bytes());
    file.extend([0xFF, 0xFF, 0xD9]);
    file
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker][..], &length, data].concat()
}

//! Whether people can read what stands on a colour: contrast as WCAG 2 counts it.

/// A colour's red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour([u8; 3]);

/// A contrast that a colour must have, and what it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// The other colour, as people read it.
    pub(crate) other: &'static str,
    pub(crate) colour: Colour,
    pub(crate) least: f64,
}

pub(crate) const WHITE: Colour = Colour([0xFF; 3]);
/// The text on the brand colour of dark pages.
pub(crate) const INK: Colour = Colour([0x0B, 0x11, 0x15]);
/// The surfaces of dark pages.
pub(crate) const DARK_SURFACE: Colour = Colour([0x1A, 0x1E, 0x23]);

impl Colour {
    /// Reads `#rrggbb`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// From 1 (the same) to 21 (black and white).
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// What is wrong with a colour that must have these contrasts.
pub(crate) fn problems(key: &str, text: &str, needs: &[Need]) -> Vec<String> {
    let Some(colour) = Colour::parse(text) else {
        return vec![format!("{key}: `{text}` is no colour; write #rrggbb")];
    };
    let lacking = needs.iter().filter_map(|need| {
        let contrast = colour.contrast(need.colour);
        // Cut, not rounded: 4.499 must not be told as 4.50 and refused.
        let told = (contrast * 100.0).floor() / 100.0;
        (contrast < need.least).then(|| {
            format!(
                "{key}: {text} and {} have a contrast of {told:.2}, and it must be at least {}; \
                 take a colour that differs more in brightness",
                need.other, need.least
            )
        })
    });
    lacking.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: &str, b: &str) -> f64 {
        let parse = |text| Colour::parse(text).expect("a colour");
        (parse(a).contrast(parse(b)) * 100.0).round() / 100.0
    }

    #[test]
    fn contrast_is_as_wcag_counts_it() {
        assert_eq!(contrast("#000000", "#FFFFFF"), 21.0);
        assert_eq!(contrast("#123456", "#123456"), 1.0);
        // The known boundary: #767676 is the lightest grey that passes on white.
        assert_eq!(contrast("#767676", "#ffffff"), 4.54);
        assert_eq!(contrast("#FFFFFF", "#777777"), 4.48);
    }

    #[test]
    fn a_colour_is_a_hash_and_six_digits() {
        for bad in [
            "",
            "#fff",
            "1E5B3A",
            "#1E5B3",
            "#1E5B3A0",
            "#1E5B3G",
            "#+1+1+1",
            "#åååå",
        ] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
        assert_eq!(Colour::parse("#0b1115"), Some(INK));
    }
}

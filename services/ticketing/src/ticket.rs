//! Ticket codes: what the door reads, signed so that it can be checked without asking anybody.
//!
//! 45 bytes of ids and times and an Ed25519 signature of 64 make 109 bytes, in base32 175 characters. Base32 is all
//! within the QR code's alphanumeric set, so the code fits a QR code of version 7 at error correction M — as would
//! base45, whose 164 characters save nothing there but hold spaces and signs that do not survive being copied or
//! put in an address. Base64 needs the byte mode and version 8.
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

const VERSION: u8 = 1;
const SIGNED: usize = 1 + 2 + 16 + 16 + 2 + 4 + 4;
const CODE: usize = SIGNED + ed25519_dalek::SIGNATURE_LENGTH;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What a code says. No name and no seat: whoever finds a ticket learns nothing of its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The performance.
    pub performance_id: Uuid,
    /// The ticket.
    pub ticket_id: Uuid,
    /// Which code of the ticket it is; older ones no longer count.
    pub generation: u16,
    /// From when it admits, seconds since 1970.
    pub valid_from: u32,
    /// Until when it admits, seconds since 1970. A door that is online goes by the performance instead, which may
    /// have been moved since.
    pub valid_until: u32,
}

/// Makes and checks codes and the secrets of orders.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    public: VerifyingKey,
    key_id: u16,
    order_secret: [u8; 32],
}

impl Signer {
    /// A signer whose replicas all make the same codes.
    pub fn new(seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key();
        let hash = Sha256::digest(public.as_bytes());
        let order_secret = Sha256::new()
            .chain_update(b"order token")
            .chain_update(seed)
            .finalize()
            .into();
        Self {
            key,
            public,
            key_id: u16::from_be_bytes([hash[0], hash[1]]),
            order_secret,
        }
    }

    /// The code of a ticket. Signing is deterministic, so codes need not be stored.
    pub fn sign(&self, claims: &Claims) -> String {
        let mut code = Vec::with_capacity(CODE);
        code.push(VERSION);
        code.extend(self.key_id.to_be_bytes());
        code.extend(claims.performance_id.as_bytes());
        code.extend(claims.ticket_id.as_bytes());
        code.extend(claims.generation.to_be_bytes());
        code.extend(claims.valid_from.to_be_bytes());
        code.extend(claims.valid_until.to_be_bytes());
        let signature = self.key.sign(&code);
        code.extend(signature.to_bytes());
        base32(&code)
    }

    /// What a code says, if it is one of ours and nothing in it was altered.
    pub fn verify(&self, code: &str) -> Option<Claims> {
        let bytes: [u8; CODE] = from_base32(code)?.try_into().ok()?;
        let (signed, signature) = bytes.split_at(SIGNED);
        if signed[0] != VERSION || signed[1..3] != self.key_id.to_be_bytes() {
            return None;
        }
        self.public
            .verify_strict(signed, &Signature::from_slice(signature).ok()?)
            .ok()?;
        Some(Claims {
            performance_id: Uuid::from_slice(&signed[3..19]).ok()?,
            ticket_id: Uuid::from_slice(&signed[19..35]).ok()?,
            generation: u16::from_be_bytes(signed[35..37].try_into().ok()?),
            valid_from: u32::from_be_bytes(signed[37..41].try_into().ok()?),
            valid_until: u32::from_be_bytes(signed[41..45].try_into().ok()?),
        })
    }

    /// The id by which codes name the key.
    pub fn key_id(&self) -> u16 {
        self.key_id
    }

    /// The public key in base64.
    pub fn public_key(&self) -> String {
        STANDARD.encode(self.public.as_bytes())
    }

    /// The secret of an order. It follows from the order's id, so it is stored nowhere.
    pub fn order_token(&self, order_id: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(self.order_mac(order_id).finalize().into_bytes())
    }

    /// True if this is the secret of that order.
    pub fn is_order_token(&self, order_id: Uuid, token: &str) -> bool {
        let given = URL_SAFE_NO_PAD.decode(token);
        given.is_ok_and(|given| self.order_mac(order_id).verify_slice(&given).is_ok())
    }

    fn order_mac(&self, order_id: Uuid) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.order_secret).expect("any length is a key");
        mac.update(order_id.as_bytes());
        mac
    }
}

/// Seconds since 1970, as a code holds them; good until 2106.
pub fn seconds(at: OffsetDateTime) -> u32 {
    u32::try_from(at.unix_timestamp().max(0)).unwrap_or(u32::MAX)
}

/// A code as an SVG image, dark on white with a quiet zone.
pub fn qr_svg(code: &str) -> String {
    let qr = QrCode::with_error_correction_level(code, EcLevel::M)
        .expect("a code of 175 characters fits");
    qr.render::<svg::Color>()
        .min_dimensions(240, 240)
        .quiet_zone(true)
        .build()
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut bits, mut count) = (0u32, 0);
    for byte in bytes {
        bits = (bits << 8 | u32::from(*byte)) & 0xFFFF;
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(BASE32[(bits >> count & 31) as usize]));
        }
    }
    if count > 0 {
        text.push(char::from(BASE32[(bits << (5 - count) & 31) as usize]));
    }
    text
}

/// The bytes that a text stands for; `None` for every text but the one that [`base32`] makes of them.
fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut count) = (0u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xFFFF;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    let spare_bits_are_zero = count < 5 && bits & ((1 << count) - 1) == 0;
    spare_bits_are_zero.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use qrcode::Version;

    use super::*;

    fn signer() -> Signer {
        Signer::new([7; 32])
    }

    fn claims() -> Claims {
        Claims {
            performance_id: Uuid::from_u128(0x0198_c2f0_5b7e_7cc1_9d3e_2f6f_6a1b_9d10),
            ticket_id: Uuid::from_u128(0x0198_c2f0_5b7e_7cc1_9d3e_2f6f_6a1b_9d11),
            generation: 3,
            valid_from: 1_700_000_000,
            valid_until: 1_800_000_000,
        }
    }

    #[test]
    fn a_code_says_what_was_signed_and_is_always_the_same() {
        let code = signer().sign(&claims());
        assert_eq!(signer().verify(&code), Some(claims()));
        assert_eq!(code, signer().sign(&claims()));
        assert_eq!(code.len(), 175);
    }

    #[test]
    fn a_code_fits_a_small_qr_code() {
        let code = signer().sign(&claims());
        let qr = QrCode::with_error_correction_level(&code, EcLevel::M).expect("fits");
        assert_eq!(qr.version(), Version::Normal(7));
        let in_base64 = QrCode::with_error_correction_level(STANDARD.encode([7; CODE]), EcLevel::M)
            .expect("fits");
        assert_eq!(
            in_base64.version(),
            Version::Normal(8),
            "the reason for base32"
        );
        assert!(qr_svg(&code).contains("<svg") && !qr_svg(&code).contains("<script"));
    }

    #[test]
    fn a_code_with_any_altered_byte_or_bit_is_refused() {
        let code = signer().sign(&claims());
        for at in 0..code.len() {
            for bit in 0..8 {
                let mut altered = code.clone().into_bytes();
                altered[at] ^= 1 << bit;
                let altered = String::from_utf8_lossy(&altered).into_owned();
                assert_eq!(
                    signer().verify(&altered),
                    None,
                    "bit {bit} of character {at}"
                );
            }
        }
        let bytes = from_base32(&code).expect("our own");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.clone();
                altered[at] ^= 1 << bit;
                assert_eq!(
                    signer().verify(&base32(&altered)),
                    None,
                    "bit {bit} of byte {at}"
                );
            }
        }
    }

    #[test]
    fn a_code_that_is_cut_off_lengthened_or_of_another_key_is_refused() {
        let code = signer().sign(&claims());
        assert_eq!(signer().verify(&code[..174]), None);
        assert_eq!(signer().verify(&format!("{code}A")), None);
        assert_eq!(signer().verify(&code.to_lowercase()), None);
        assert_eq!(signer().verify(""), None);
        assert_eq!(signer().verify(&"A".repeat(4096)), None);
        assert_eq!(Signer::new([8; 32]).verify(&code), None);
    }

    #[test]
    fn an_order_has_one_secret() {
        let (order, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = signer().order_token(order);
        assert!(signer().is_order_token(order, &token));
        assert!(
            !signer().is_order_token(other, &token)
                && !Signer::new([8; 32]).is_order_token(order, &token)
        );
        assert!(
            !signer().is_order_token(order, "") && !signer().is_order_token(order, &token[1..])
        );
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), coded);
        }
        assert_eq!(
            from_base32("MZ"),
            None,
            "spare bits must be zero, else two codes would be one ticket"
        );
    }

    proptest! {
        #[test]
        fn base32_comes_back_as_it_was(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(from_base32(&base32(&bytes)), Some(bytes));
        }

        #[test]
        fn no_text_that_we_did_not_sign_is_a_code(text in "[A-Z2-7]{0,200}") {
            prop_assert_eq!(signer().verify(&text), None);
        }
    }
}

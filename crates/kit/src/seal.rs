//! Secrets for people without an account: a thing's id and a seal that only this stack can make. Nothing is stored,
//! so nothing can leak from the database.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::auth::Keys;

const ID: usize = 16;

/// Makes and reads the tokens of one purpose.
#[derive(Clone)]
pub struct Tokens {
    key: [u8; 32],
}

impl Tokens {
    /// Tokens for `purpose`; those of another one mean nothing here.
    pub fn new(keys: &Keys, purpose: &str) -> Self {
        Self {
            key: keys.derive(purpose),
        }
    }

    /// The token of a thing.
    pub fn make(&self, id: Uuid) -> String {
        let seal = self.mac(id).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([id.as_bytes(), &seal[..]].concat())
    }

    /// The thing of a token; `None` if it was not made here.
    pub fn read(&self, token: &str) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (head, seal) = bytes.split_at_checked(ID)?;
        let id = Uuid::from_slice(head).ok()?;
        self.mac(id).verify_slice(seal).ok().map(|()| id)
    }

    fn mac(&self, id: Uuid) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length is a key");
        mac.update(id.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_own_thing_alone() {
        let tokens = Tokens { key: [1; 32] };
        let id = Uuid::from_u128(7);
        let token = tokens.make(id);
        assert_eq!(tokens.read(&token), Some(id));
        assert_eq!(Tokens { key: [2; 32] }.read(&token), None);
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert_ne!(
                tokens.read(&String::from_utf8_lossy(&other)),
                Some(Uuid::from_u128(8))
            );
            assert_eq!(
                tokens.read(&String::from_utf8_lossy(&other)),
                None,
                "character {at}"
            );
        }
        for bad in ["", "AAAA", &token[..40], "å"] {
            assert_eq!(tokens.read(bad), None);
        }
    }
}

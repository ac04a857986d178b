//! Secret tokens: 256 random bits for the holder, their hash for us. A stolen database opens nothing.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_core::{OsRng, RngCore};
use sha2::{Digest, Sha256};

/// A new token, and the hash to store.
pub(crate) fn new() -> (String, Vec<u8>) {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&token);
    (token, hash)
}

/// The hash under which a token is stored. Spaces around it, as copying from a mail brings, do not count.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.trim()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_characters_and_no_two_are_the_same() {
        let (token, stored) = new();
        assert_eq!(token.len(), 43);
        assert_eq!(hash(&format!(" {token}\n")), stored);
        assert_ne!(new().0, token);
    }
}

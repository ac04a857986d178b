//! The secret with which a registration is reached without an account: its id and a seal that only this role can
//! make. Nothing is stored, so nothing can leak from the database.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use kit::auth::Keys;
use sha2::Sha256;
use uuid::Uuid;

const ID_BYTES: usize = 16;

/// Makes and reads tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    key: [u8; 32],
}

impl Tokens {
    pub(crate) fn new(keys: &Keys) -> Self {
        Self {
            key: keys.derive("registration for a gathering"),
        }
    }

    /// The token of a registration.
    pub(crate) fn make(&self, registration: Uuid) -> String {
        let mut token = registration.as_bytes().to_vec();
        token.extend_from_slice(&self.seal(registration).finalize().into_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The registration of a token; `None` if it was not made here.
    pub(crate) fn read(&self, token: &str) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, seal) = bytes.split_at_checked(ID_BYTES)?;
        let id = Uuid::from_slice(id).ok()?;
        self.seal(id).verify_slice(seal).ok().map(|()| id)
    }

    fn seal(&self, registration: Uuid) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length is a key");
        mac.update(registration.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_own_registration_and_a_changed_one_opens_none() {
        let tokens = Tokens { key: [7; 32] };
        let id = Uuid::from_u128(42);
        let token = tokens.make(id);
        assert_eq!(tokens.read(&token), Some(id));
        assert_eq!(Tokens { key: [8; 32] }.read(&token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(
                tokens.read(&String::from_utf8_lossy(&changed)),
                None,
                "character {at}"
            );
        }
        assert_eq!(tokens.read(""), None);
    }
}

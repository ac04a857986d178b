//! Accounts: how addresses are compared.
use time::{Duration, OffsetDateTime};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// How long the token that confirms an address is good.
pub(crate) const CONFIRM_WITHIN: Duration = Duration::hours(24);
/// How long the token that resets a password is good.
pub(crate) const RESET_WITHIN: Duration = Duration::hours(1);

/// An account with a confirmed address. Not `Debug`, so that none ends up in a log.
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) password_hash: String,
    pub(crate) confirmed_at: OffsetDateTime,
}

/// What somebody who registers gave, the password hashed. Not `Debug` either.
pub(crate) struct Registration {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) password_hash: String,
}

/// The form in which addresses are compared: composed, small letters. Two addresses with the same key are the same
/// person's, however they are typed.
pub(crate) fn email_key(email: &str) -> String {
    // Small letters of composed text may be decomposed again (İ), hence twice.
    email
        .trim()
        .nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_the_same_however_its_letters_are_typed() {
        assert_eq!(
            email_key("Åsa@Exempel.SE"),
            email_key("a\u{30a}sa@exempel.se")
        );
        assert_ne!(email_key("asa@exempel.se"), email_key("åsa@exempel.se"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(email in "\\PC*") {
            let key = email_key(&email);
            prop_assert_eq!(email_key(&key), key);
        }
    }
}

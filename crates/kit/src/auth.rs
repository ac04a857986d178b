//! Who calls: short-lived Ed25519 tokens, verified offline. People's tokens are signed by the role that
//! knows accounts, a role's own token by the role itself with the stack's service key.
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::config;

const AUDIENCE: &str = "kulturtorg";
const PEOPLE: &str = "people";
const ROLES: &str = "roles";
/// Clocks may differ by this many seconds.
const LEEWAY: i64 = 60;
const LONGEST_TOKEN: usize = 8 * 1024;

/// A role that somebody holds, in the region or in one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role as the contract names it, `ROLE_REVIEWER`.
    pub role: String,
    /// The organisation; `None`: the whole region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Uuid>,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Account id, or the name of a role of the stack.
    pub sub: String,
    /// The session that the token belongs to; people's tokens only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// For whom the token is.
    pub aud: String,
    /// When it was made, seconds since 1970.
    pub iat: i64,
    /// When it ends, seconds since 1970.
    pub exp: i64,
    /// The roles held.
    #[serde(default)]
    pub roles: Vec<Grant>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// Signs tokens.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    kid: &'static str,
}

impl Signer {
    /// Signs people's tokens with a seed of 32 bytes in base64.
    pub fn people(seed: &config::Secret) -> anyhow::Result<Self> {
        let key = SigningKey::from_bytes(&bytes32(
            seed.expose(),
            "the seed that signs people's tokens",
        )?);
        Ok(Self { key, kid: PEOPLE })
    }

    /// The token for these claims.
    pub fn sign(&self, claims: &Claims) -> String {
        let header = Header {
            alg: "EdDSA".to_owned(),
            typ: "at+jwt".to_owned(),
            kid: self.kid.to_owned(),
        };
        let json = |v: &[u8]| URL_SAFE_NO_PAD.encode(v);
        let signed = format!(
            "{}.{}",
            json(&serde_json::to_vec(&header).expect("a header is three strings")),
            json(&serde_json::to_vec(claims).expect("claims are strings and numbers"))
        );
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// The public key in base64, as `auth.issuer_public_key` wants it.
    pub fn public_key(&self) -> String {
        STANDARD.encode(self.key.verifying_key().as_bytes())
    }
}

/// Claims for a person, from `now` for `seconds`.
pub fn person(
    account: Uuid,
    session: Uuid,
    roles: Vec<Grant>,
    now: OffsetDateTime,
    seconds: i64,
) -> Claims {
    Claims {
        sub: account.to_string(),
        sid: Some(session),
        aud: AUDIENCE.to_owned(),
        iat: now.unix_timestamp(),
        exp: now.unix_timestamp() + seconds,
        roles,
    }
}

/// The keys that a role needs: to verify everybody's tokens and to sign its own.
#[derive(Clone)]
pub struct Keys {
    issuer: VerifyingKey,
    service: Arc<SigningKey>,
}

impl Keys {
    /// Reads both keys.
    pub fn load(config: &config::Auth) -> anyhow::Result<Self> {
        let issuer = VerifyingKey::from_bytes(&bytes32(
            &config.issuer_public_key,
            "auth.issuer_public_key",
        )?)
        .map_err(|_| anyhow::anyhow!("auth.issuer_public_key is no Ed25519 key"))?;
        let service =
            SigningKey::from_bytes(&bytes32(config.service_seed.expose(), "auth.service_seed")?);
        Ok(Self {
            issuer,
            service: Arc::new(service),
        })
    }

    /// A token with which `role` calls another role.
    pub fn service_token(&self, role: &str, service_role: &str, now: OffsetDateTime) -> String {
        let signer = Signer {
            key: (*self.service).clone(),
            kid: ROLES,
        };
        signer.sign(&Claims {
            sub: role.to_owned(),
            sid: None,
            aud: AUDIENCE.to_owned(),
            iat: now.unix_timestamp(),
            exp: now.unix_timestamp() + 300,
            roles: vec![Grant {
                role: service_role.to_owned(),
                organisation: None,
            }],
        })
    }

    /// A key for purposes other than tokens, such as page tokens; the same in every replica.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        use sha2::{Digest, Sha256};
        Sha256::new()
            .chain_update(b"kit derive")
            .chain_update(self.service.as_bytes())
            .chain_update(purpose.as_bytes())
            .finalize()
            .into()
    }

    /// The caller behind a token. Every way to be wrong gets the same answer.
    pub fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Caller, Invalid> {
        if token.len() > LONGEST_TOKEN {
            return Err(Invalid);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Invalid)?;
        let (header, claims) = signed.split_once('.').ok_or(Invalid)?;
        let header: Header = decode(header)?;
        if header.alg != "EdDSA" || header.typ != "at+jwt" {
            return Err(Invalid);
        }
        let by_role = match header.kid.as_str() {
            PEOPLE => false,
            ROLES => true,
            _ => return Err(Invalid),
        };
        let key = if by_role {
            self.service.verifying_key()
        } else {
            self.issuer
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Invalid)?;
        let signature = Signature::from_slice(&signature).map_err(|_| Invalid)?;
        key.verify_strict(signed.as_bytes(), &signature)
            .map_err(|_| Invalid)?;

        let claims: Claims = decode(claims)?;
        let now = now.unix_timestamp();
        if claims.aud != AUDIENCE || claims.exp <= now || claims.iat > now + LEEWAY {
            return Err(Invalid);
        }
        Caller::from_claims(claims, by_role, token)
    }
}

/// A token that is malformed, forged, expired or meant for somebody else.
#[derive(Debug, thiserror::Error)]
#[error("the access token is not valid; sign in again")]
pub struct Invalid;

/// Who calls.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    account: Option<Uuid>,
    session: Option<Uuid>,
    service: Option<String>,
    grants: Vec<Grant>,
    token: Option<String>,
}

impl Caller {
    fn from_claims(claims: Claims, by_role: bool, token: &str) -> Result<Self, Invalid> {
        let token = Some(token.to_owned());
        if by_role {
            return Ok(Self {
                service: Some(claims.sub),
                grants: claims.roles,
                token,
                ..Self::default()
            });
        }
        Ok(Self {
            account: Some(Uuid::parse_str(&claims.sub).map_err(|_| Invalid)?),
            session: Some(claims.sid.ok_or(Invalid)?),
            grants: claims.roles,
            token,
            ..Self::default()
        })
    }

    /// The caller of this request, put there by [`crate::guard`].
    pub fn of<T>(request: &Request<T>) -> Self {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_default()
    }

    /// The account, or UNAUTHENTICATED.
    pub fn account(&self) -> Result<Uuid, Status> {
        self.account
            .ok_or_else(|| Status::unauthenticated("sign in first"))
    }

    /// The account, if the caller has signed in.
    pub fn maybe_account(&self) -> Option<Uuid> {
        self.account
    }

    /// The session that the token belongs to.
    pub fn session(&self) -> Option<Uuid> {
        self.session
    }

    /// The role of the stack that calls, if it is none of the people.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The token as it came, to ask another role on the caller's behalf.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// True if the role is held anywhere: in the region or in some organisation.
    pub fn holds(&self, role: &str) -> bool {
        self.grants.iter().any(|g| g.role == role)
    }

    /// True if the role is held in the region.
    pub fn holds_in_region(&self, role: &str) -> bool {
        self.grants
            .iter()
            .any(|g| g.role == role && g.organisation.is_none())
    }

    /// True if the role is held in this organisation or in the whole region.
    pub fn holds_in(&self, role: &str, organisation: Uuid) -> bool {
        self.grants
            .iter()
            .any(|g| g.role == role && g.organisation.is_none_or(|o| o == organisation))
    }

    /// True if any role at all is held: the caller is staff of some kind.
    pub fn is_staff(&self) -> bool {
        !self.grants.is_empty()
    }

    /// Under what name repeated requests of this caller are recognised.
    pub fn key(&self) -> String {
        match (&self.account, &self.service) {
            (Some(account), _) => account.to_string(),
            (None, Some(service)) => format!("role:{service}"),
            (None, None) => "anonymous".to_owned(),
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, Invalid> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid)?;
    serde_json::from_slice(&json).map_err(|_| Invalid)
}

fn bytes32(text: &str, what: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = STANDARD.decode(text.trim()).ok();
    bytes
        .and_then(|b| b.try_into().ok())
        .ok_or_else(|| anyhow::anyhow!("{what} must be 32 bytes in base64"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn seed(byte: u8) -> Secret {
        Secret::new(STANDARD.encode([byte; 32]))
    }

    fn people() -> (Signer, Keys) {
        let signer = Signer::people(&seed(1)).expect("32 bytes");
        let keys = Keys::load(&config::Auth {
            issuer_public_key: signer.public_key(),
            service_seed: seed(2),
        });
        (signer, keys.expect("both keys are good"))
    }

    fn claims() -> Claims {
        let grant = Grant {
            role: "ROLE_HOUSE".to_owned(),
            organisation: Some(Uuid::from_u128(7)),
        };
        person(
            Uuid::from_u128(1),
            Uuid::from_u128(2),
            vec![grant],
            NOW,
            300,
        )
    }

    #[test]
    fn a_token_tells_the_account_and_its_roles() {
        let (signer, keys) = people();
        let caller = keys.verify(&signer.sign(&claims()), NOW).expect("valid");
        assert_eq!(caller.account().expect("a person"), Uuid::from_u128(1));
        assert!(caller.holds_in("ROLE_HOUSE", Uuid::from_u128(7)));
        assert!(!caller.holds_in("ROLE_HOUSE", Uuid::from_u128(8)));
        assert!(!caller.holds_in_region("ROLE_HOUSE"));
    }

    #[test]
    fn a_role_of_the_stack_is_no_person() {
        let (_, keys) = people();
        let caller = keys
            .verify(&keys.service_token("search", "ROLE_SERVICE", NOW), NOW)
            .expect("valid");
        assert_eq!(caller.service(), Some("search"));
        assert!(caller.account().is_err() && caller.holds_in_region("ROLE_SERVICE"));
    }

    #[test]
    fn an_expired_early_foreign_or_altered_token_is_refused() {
        let (signer, keys) = people();
        let good = signer.sign(&claims());
        assert!(
            keys.verify(&good, NOW + time::Duration::seconds(300))
                .is_err(),
            "expired"
        );
        assert!(
            keys.verify(&good, NOW - time::Duration::seconds(61))
                .is_err(),
            "from the future"
        );
        let foreign = Signer::people(&seed(3)).expect("32 bytes").sign(&claims());
        assert!(keys.verify(&foreign, NOW).is_err(), "another issuer");
        let other = Claims {
            aud: "other".to_owned(),
            ..claims()
        };
        assert!(
            keys.verify(&signer.sign(&other), NOW).is_err(),
            "another audience"
        );
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] ^= 1;
            let altered = String::from_utf8_lossy(&bytes).into_owned();
            assert!(keys.verify(&altered, NOW).is_err(), "byte {at} was altered");
        }
    }

    #[test]
    fn a_person_cannot_sign_as_a_role_nor_without_a_signature() {
        let (signer, keys) = people();
        let as_role = Signer {
            kid: ROLES,
            ..signer.clone()
        };
        assert!(keys.verify(&as_role.sign(&claims()), NOW).is_err());
        let token = signer.sign(&claims());
        let body = token.split('.').nth(1).expect("three parts");
        let none = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"at+jwt","kid":"people"}"#);
        assert!(keys.verify(&format!("{none}.{body}."), NOW).is_err());
        assert!(keys.verify(&"a".repeat(64 * 1024), NOW).is_err());
    }
}

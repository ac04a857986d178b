//! Page tokens: where a list goes on, signed, and bound to the query that it belongs to.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use tonic::Status;

use crate::auth::Keys;

const LARGEST: i32 = 200;
const USUAL: i32 = 50;
const TAG: usize = 16;

/// Makes and reads page tokens.
#[derive(Clone)]
pub struct Pager {
    key: [u8; 32],
}

impl Pager {
    /// A pager whose tokens every replica of the stack understands.
    pub fn new(keys: &Keys) -> Self {
        Self {
            key: keys.derive("page"),
        }
    }

    /// The token for the place after `last`, for this query only.
    pub fn token<Q: Serialize, L: Serialize>(&self, query: &Q, last: &L) -> String {
        let place = serde_json::to_vec(last).expect("a place is plain data");
        let mut token = self.tag(query, &place);
        token.extend_from_slice(&place);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The place that a token means; `None` for the first page. A forged token, or one of another query, is refused.
    pub fn place<Q: Serialize, L: DeserializeOwned>(
        &self,
        query: &Q,
        token: &str,
    ) -> Result<Option<L>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let refused = || {
            let what = "is not a token of this query; begin again without it".to_owned();
            crate::fault::bad_request("kit", vec![("page_token".to_owned(), what)])
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
        let (tag, place) = bytes.split_at_checked(TAG).ok_or_else(refused)?;
        if !bool::from(subtle::ConstantTimeEq::ct_eq(
            tag,
            &self.tag(query, place)[..],
        )) {
            return Err(refused());
        }
        serde_json::from_slice(place)
            .map(Some)
            .map_err(|_| refused())
    }

    fn tag<Q: Serialize>(&self, query: &Q, place: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length is a key");
        mac.update(&serde_json::to_vec(query).expect("a query is plain data"));
        mac.update(&[0]);
        mac.update(place);
        mac.finalize().into_bytes()[..TAG].to_vec()
    }
}

/// How many rows a page has: what was asked for, within bounds; the usual number for 0.
pub fn size(asked: i32) -> i64 {
    i64::from(if asked <= 0 {
        USUAL
    } else {
        asked.min(LARGEST)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_works_for_its_own_query_alone() {
        let pager = Pager { key: [1; 32] };
        let token = pager.token(&"dans", &42);
        assert_eq!(
            pager.place::<_, i32>(&"dans", &token).expect("own"),
            Some(42)
        );
        assert!(pager.place::<_, i32>(&"teater", &token).is_err());
        assert!(
            Pager { key: [2; 32] }
                .place::<_, i32>(&"dans", &token)
                .is_err()
        );
        assert!(pager.place::<_, i32>(&"dans", "AAAA").is_err());
        assert_eq!(
            pager.place::<_, i32>(&"dans", "").expect("first page"),
            None
        );
    }
}

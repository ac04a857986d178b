//! The two cookies of a browser's session: one that only the gateway reads, and one that tells the page that the
//! first is there.
use http::{HeaderMap, HeaderValue, Response, header};
use tonic::body::Body;

/// The refresh token's cookie travels to these paths alone.
const PATH: &str = "/session";
/// Tells the page that trying to refresh makes sense; worth nothing to anybody else.
const SIGNED_IN: &str = "kt_signed_in";
/// A session's longest life, 30 days. Identity ends it when that is over, whatever a browser still holds.
const SECONDS: u32 = 30 * 24 * 3600;
/// No token is longer; a longer value is somebody's play.
const LONGEST: usize = 100;

/// How this installation writes its cookies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    secure: bool,
}

impl Cookies {
    /// Cookies for a site at this address: only with TLS do browsers take the prefix and keep it.
    pub(crate) fn of(public_url: &str) -> Self {
        Self {
            secure: public_url.starts_with("https://"),
        }
    }

    fn name(self) -> &'static str {
        if self.secure {
            "__Secure-kt_refresh"
        } else {
            "kt_refresh"
        }
    }

    /// The refresh token that a browser sends.
    pub(crate) fn token(self, headers: &HeaderMap) -> Option<String> {
        let sent = headers.get_all(header::COOKIE).iter();
        sent.filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .map(|(_, token)| token.to_owned())
            .filter(|token| !token.is_empty() && token.len() <= LONGEST)
    }

    /// Gives the browser a token to keep; false: it cannot stand in a cookie.
    pub(crate) fn keep(self, token: &str, response: &mut Response<Body>) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        token.bytes().all(plain) && self.set(token, "1", SECONDS, response)
    }

    /// Takes both from the browser.
    pub(crate) fn clear(self, response: &mut Response<Body>) {
        self.set("", "", 0, response);
    }

    fn set(self, token: &str, told: &str, seconds: u32, response: &mut Response<Body>) -> bool {
        let secure = if self.secure { "; Secure" } else { "" };
        let rest = format!("Max-Age={seconds}; SameSite=Strict{secure}");
        let name = self.name();
        let cookies = [
            format!("{name}={token}; Path={PATH}; HttpOnly; {rest}"),
            format!("{SIGNED_IN}={told}; Path=/; {rest}"),
        ];
        let mut values = Vec::with_capacity(2);
        for cookie in cookies {
            let Ok(mut value) = HeaderValue::from_str(&cookie) else {
                return false;
            };
            // Whatever prints headers leaves this one out.
            value.set_sensitive(true);
            values.push(value);
        }
        for value in values {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(secure: bool, sent: &[&'static str]) -> Option<String> {
        let cookie = |v: &&'static str| (header::COOKIE, HeaderValue::from_static(v));
        Cookies { secure }.token(&sent.iter().map(cookie).collect())
    }

    #[test]
    fn the_token_is_found_by_its_whole_name() {
        assert_eq!(
            token(false, &["a=b; kt_refresh=t1;kt_signed_in=1"]).as_deref(),
            Some("t1")
        );
        assert_eq!(
            token(true, &["a=b", "__Secure-kt_refresh=t2"]).as_deref(),
            Some("t2")
        );
        // Without the prefix anybody on the way could have set it.
        assert_eq!(token(true, &["kt_refresh=t1"]), None);
        for none in [
            "",
            "xkt_refresh=t",
            "kt_refresh",
            "kt_refresh=",
            "a=kt_refresh=t",
        ] {
            assert_eq!(token(false, &[none]), None, "{none}");
        }
    }

    #[test]
    fn a_token_with_other_signs_is_not_put_into_a_cookie() {
        let cookies = Cookies { secure: false };
        for bad in ["a;b", "a b", "a\r\nb", "å"] {
            let mut response = Response::new(Body::empty());
            assert!(!cookies.keep(bad, &mut response), "{bad}");
            assert!(response.headers().is_empty(), "{bad}");
        }
    }
}

//! Rows 43–50: tokens and passwords.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::identity::v1::{
    GetMeRequest, RefreshRequest, RegisterRequest, RequestPasswordResetRequest,
    RequestPasswordResetResponse, ResetPasswordRequest, ResetPasswordResponse, Tokens,
};
use ed25519_dalek::{Signer, SigningKey};
use futures::FutureExt;
use prost::Message;
use serde_json::{Value, json};
use tonic::Code;

use super::stage::{EMAIL, PASSWORD, id, must};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::{WIRES, Wire, framed};

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 8] = [
    Row { number: 43, input: "tokens signed in other ways", holds: Holds::NoTrace(|t| other_signatures(t).boxed_local()) },
    Row { number: 44, input: "tokens of another time, kind or audience", holds: Holds::NoTrace(|t| other_claims(t).boxed_local()) },
    Row { number: 45, input: "tokens of 64 KiB, key ids that are paths, a thousand unknown ones", holds: Holds::NoTrace(|t| odd_tokens(t).boxed_local()) },
    Row { number: 46, input: "refresh tokens used twice, cut, or of nobody", holds: Holds::Trace("a session that began and was ended", |t| refresh_tokens(t).boxed_local()) },
    Row { number: 47, input: "passwords of 1 MiB, with spaces, beyond ASCII", holds: Holds::Trace("the account's new passwords", |t| passwords(t).boxed_local()) },
    Row { number: 48, input: "passkeys of another origin, challenges used again", holds: Holds::NoSuchThing("there are no passkeys yet; accounts have passwords") },
    Row { number: 49, input: "answers of a sign-in by OIDC that were not asked for", holds: Holds::NoSuchThing("there is no sign-in by OIDC yet; accounts have passwords") },
    Row { number: 50, input: "addresses to return to that only look like ours", holds: Holds::NoSuchThing("nothing takes a redirect_uri; where the web app goes after sign-in is held by its own tests") },
];

const GET_ME: &str = "identity/GetMe";
const INVALID: Expect = Expect::Status(Code::Unauthenticated, "INVALID_TOKEN");

/// A token with this header and these claims.
fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "people" })
}

fn with(mut json: Value, name: &str, value: impl Into<Value>) -> Value {
    json[name] = value.into();
    json
}

fn now() -> i64 {
    kit::Clock::system().now().unix_timestamp()
}

/// What a good token says.
fn claims() -> Value {
    json!({ "sub": id(), "sid": id(), "aud": "kulturtorg", "iat": now(), "exp": now() + 200, "roles": [] })
}

/// The token is refused whatever is asked and however.
async fn refused(t: &Trial<'_>, what: &str, token: &str) {
    for wire in WIRES {
        let asking = match wire {
            Wire::Json => wire.asking(GET_ME, "{}"),
            framed_wire => framed_wire.framed(GET_ME, &framed(0, &[])),
        };
        t.told(&format!("{what} by {wire:?}"), asking.by(token), INVALID)
            .await;
    }
    // A method for everybody does not pass a bad token over either.
    let open = contracts::ticketing::v1::ListHousesRequest::default();
    let open = Wire::Web.call("ticketing/ListHouses", &open).by(token);
    t.told(what, open, INVALID).await;
}

async fn other_signatures(t: &Trial<'_>) {
    let ours = &t.stage.region.issuer;
    let theirs = SigningKey::from_bytes(&[9; 32]);
    let marked = with(claims(), "note", t.mark.as_str());
    // Otherwise the others could be refused for another reason. The account is nobody's, so there is none to show.
    let good = signed(ours, &header(), &marked);
    let found = Expect::Status(Code::NotFound, "NO_SUCH_ACCOUNT");
    t.call("a good one", &good, GET_ME, &GetMeRequest {}, found)
        .await;

    let alg = |alg: &str| with(header(), "alg", alg);
    let unsigned = good.rsplit_once('.').expect("three parts").0.to_owned();
    let public = ours.verifying_key();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(theirs.verifying_key()) });
    let jku = with(header(), "jku", format!("https://{}.example/keys", t.mark));
    let cases = [
        (
            "none",
            format!(
                "{}.",
                signed(ours, &alg("none"), &marked)
                    .rsplit_once('.')
                    .expect("three parts")
                    .0
            ),
        ),
        ("none that is signed", signed(ours, &alg("none"), &marked)),
        ("no signature", format!("{unsigned}.")),
        ("two parts", unsigned.clone()),
        (
            "HS256 with the public key",
            hs256(public.as_bytes(), &alg("HS256"), &marked),
        ),
        ("HS256 that is signed", signed(ours, &alg("HS256"), &marked)),
        ("a foreign key", signed(&theirs, &header(), &marked)),
        (
            "a key that it brings",
            signed(&theirs, &with(header(), "jwk", jwk), &marked),
        ),
        ("a key to be fetched", signed(&theirs, &jku, &marked)),
        (
            "another's signature",
            format!(
                "{unsigned}.{}",
                t.stage.staff.rsplit_once('.').expect("three parts").1
            ),
        ),
        ("a role of the stack", t.stage.region.service()),
    ];
    for (what, token) in cases {
        refused(t, what, &token).await;
    }
}

fn hs256(key: &[u8], header: &Value, claims: &Value) -> String {
    use sha2::{Digest, Sha256};
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let padded = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(&signed);
    let outer = Sha256::new()
        .chain_update(padded(0x5C))
        .chain_update(inner.finalize());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(outer.finalize()))
}

async fn other_claims(t: &Trial<'_>) {
    let ours = &t.stage.region.issuer;
    let marked = with(claims(), "note", t.mark.as_str());
    let claim =
        |name: &str, value: Value| signed(ours, &header(), &with(marked.clone(), name, value));
    let without = |name: &str| {
        let mut claims = marked.clone();
        claims.as_object_mut().expect("an object").remove(name);
        signed(ours, &header(), &claims)
    };
    let cases = [
        ("expired", claim("exp", (now() - 1).into())),
        ("of the future", claim("iat", (now() + 120).into())),
        ("for others", claim("aud", "elsewhere".into())),
        ("for many", claim("aud", json!(["kulturtorg"]))),
        ("of nobody", claim("sub", t.mark.as_str().into())),
        ("of no session", without("sid")),
        ("without an end", without("exp")),
        ("for nobody", without("aud")),
        (
            "an id token",
            signed(ours, &with(header(), "typ", "JWT"), &marked),
        ),
        (
            "of no type",
            signed(ours, &with(header(), "typ", ""), &marked),
        ),
        (
            "of another key",
            signed(ours, &with(header(), "kid", "roles"), &marked),
        ),
        ("expired long ago", t.stage.region.expired()),
    ];
    for (what, token) in cases {
        refused(t, what, &token).await;
    }
}

async fn odd_tokens(t: &Trial<'_>) {
    let ours = &t.stage.region.issuer;
    let long = |size: usize| {
        let claims = with(claims(), "note", t.mark.repeat(size / t.mark.len()));
        signed(ours, &header(), &claims)
    };
    refused(t, "9 KiB", &long(7 << 10)).await;
    for wire in WIRES {
        let asking = wire.asking(GET_ME, "").by(&long(48 << 10));
        t.told("64 KiB", asking, Expect::HttpOrCut(&[431])).await;
    }
    for kid in [
        "../../dev/null",
        "/etc/passwd",
        "people\0",
        "",
        "' or 1=1 --",
        &t.mark,
    ] {
        let token = signed(ours, &with(header(), "kid", kid), &claims());
        refused(t, &format!("the key {kid:?}"), &token).await;
    }
    for token in ["", ".", "..", "...", "a.b.c", &t.mark] {
        refused(t, &format!("{token:?}"), token).await;
    }
    // Nothing is fetched for an unknown key, so a thousand of them cost what a thousand refusals cost.
    let client = t.stage.client("");
    for n in 0..1000 {
        let token = signed(
            ours,
            &with(header(), "kid", format!("{}{n}", t.mark)),
            &claims(),
        );
        let caller = client.with_token(Some(token));
        let told = caller
            .unary::<_, Tokens>(&super::wire::path(GET_ME), &GetMeRequest {})
            .await;
        if told.map_err(|s| s.code()) != Err(Code::Unauthenticated) {
            return t.note(format!("unknown key {n} is not refused"));
        }
    }
}

async fn refresh_tokens(t: &Trial<'_>) {
    let Ok(first) = t.stage.sign_in(EMAIL, PASSWORD).await else {
        return t.note("nobody can sign in");
    };
    let first = first.refresh_token;
    let invalid = Expect::Status(Code::Unauthenticated, "INVALID_REFRESH_TOKEN");
    let cut = first[..first.len() - 1].to_owned();
    for token in [
        cut,
        format!("{first}A"),
        t.mark.clone(),
        first.to_lowercase() + "x",
    ] {
        refresh(t, "a token of nobody", &token, invalid).await;
    }
    let second = refresh(t, "the first", &first, Expect::Fine).await;
    let third = refresh(t, "the second", &second, Expect::Fine).await;
    let replayed = Expect::Status(Code::Unauthenticated, "REFRESH_TOKEN_REPLAYED");
    refresh(t, "the first again", &first, replayed).await;
    // Nobody knows which of the two is the thief, so neither goes on.
    for (what, token) in [
        ("the newest", &third),
        ("the second again", &second),
        ("the first a third time", &first),
    ] {
        refresh(t, what, token, invalid).await;
    }
}

/// The token that this one is exchanged for.
async fn refresh(t: &Trial<'_>, what: &str, token: &str, expect: Expect) -> String {
    let request = RefreshRequest {
        refresh_token: token.to_owned(),
    };
    let answer = t.call(what, "", "identity/Refresh", &request, expect).await;
    Tokens::decode(answer).unwrap_or_default().refresh_token
}

async fn passwords(t: &Trial<'_>) {
    let register = |password: String| RegisterRequest {
        email: format!("{}@example.org", t.mark),
        password,
        name: "Åsa".to_owned(),
        language: "sv".to_owned(),
        request_id: id(),
    };
    let too_large = Expect::Code(Code::ResourceExhausted);
    let field = Expect::Field("password");
    for (what, password, expect) in [
        (
            "1 MiB",
            t.mark.repeat((1 << 20) / t.mark.len() + 1),
            too_large,
        ),
        ("100 KiB", t.mark.repeat((100 << 10) / t.mark.len()), field),
        ("257 characters", "å".repeat(257), field),
        ("7 characters", "👩‍🎨abcd".to_owned(), field),
        ("none", String::new(), field),
    ] {
        t.call(what, "", "identity/Register", &register(password), expect)
            .await;
    }
    for password in [
        format!("{:x<64}", t.mark),
        format!("  {}  ", t.mark),
        format!("{} 👩‍🎨 lösenord", t.mark),
        format!("{}\0'; --\n", t.mark),
    ] {
        reset(t, &password).await;
        t.holds(
            &format!("{password:?} is the password"),
            t.stage.sign_in(EMAIL, &password).await.is_ok(),
        );
        for other in [
            password.trim().to_owned(),
            password.to_uppercase(),
            format!("{password} "),
            password[..password.len() - 1].to_owned(),
        ] {
            if other != password {
                let signed_in = t.stage.sign_in(EMAIL, &other).await;
                let wrong = signed_in.map_err(|s| s.code()) == Err(Code::Unauthenticated);
                t.holds(&format!("{other:?} is not {password:?}"), wrong);
            }
        }
    }
    reset(t, PASSWORD).await;
}

/// Mails about a forgotten password.
const RESETS: &str = "notify.mail where template = 'identity.password_reset'";

async fn reset(t: &Trial<'_>, password: &str) {
    let anybody = &t.stage.region.gateway;
    let before = t.stage.count(RESETS).await;
    let request = RequestPasswordResetRequest {
        email: EMAIL.to_owned(),
    };
    let _: RequestPasswordResetResponse =
        must(anybody, "identity/RequestPasswordReset", &request).await;
    testkit::eventually("the mail", async || {
        (t.stage.count(RESETS).await > before).then_some(())
    })
    .await;
    let request = ResetPasswordRequest {
        token: t.stage.code("identity.password_reset").await,
        password: password.to_owned(),
    };
    let _: ResetPasswordResponse = must(anybody, "identity/ResetPassword", &request).await;
}

//! What an operator can set.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The gateway's settings. Its limits of calls and messages are those of `server`, as in every role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Other sites whose pages may call, exactly as browsers name them: `https://kultur.example`.
    /// The gateway's own pages need no entry.
    pub origins: Vec<String>,
    /// Shows kept mail at `/dev/mail`. Only where no real mail is sent.
    pub dev_mail: bool,
    /// The address that people reach the gateway by, `https://kulturtorg.example`; empty: the one it was asked by.
    /// Where it begins with https, browsers send the cookies of sessions over TLS alone.
    pub public_url: String,
    /// Folder of the built web app, served at `/`; none: a plain start page.
    pub web_dir: Option<PathBuf>,
    /// Milliseconds for a call that asks for no deadline.
    pub deadline_ms: u64,
    /// Most milliseconds that a call may ask for.
    pub max_deadline_ms: u64,
    /// Most seconds that a stream lasts; then the client opens it again.
    pub max_stream_seconds: u64,
    /// Seconds after which a connection without calls is asked to leave.
    pub idle_seconds: u64,
    /// Connections open at once; further ones wait to be accepted.
    pub max_connections: usize,
    /// Connections open at once from one address; further ones are closed. Behind a proxy all callers share one.
    pub connections_per_address: usize,
    /// Calls under way at once from one address.
    pub calls_per_address: usize,
    /// Calls under way at once by one account.
    pub calls_per_account: usize,
    /// Streams open at once, out of all calls.
    pub max_streams: usize,
    /// Services of the operator's own that are offered too.
    pub upstreams: Vec<Upstream>,
}

/// A service that is no part of Kulturtorg but offered through its gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Its package, `example.library.v1`; packages below it belong to it too.
    pub package: String,
    /// Where it is, `http://host:port`.
    pub url: String,
    /// A file with its `google.protobuf.FileDescriptorSet`, imports included.
    pub descriptors: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            dev_mail: false,
            public_url: String::new(),
            web_dir: None,
            deadline_ms: 5_000,
            max_deadline_ms: 30_000,
            max_stream_seconds: 600,
            idle_seconds: 60,
            max_connections: 2048,
            connections_per_address: 256,
            calls_per_address: 256,
            calls_per_account: 128,
            max_streams: 256,
            upstreams: Vec::new(),
        }
    }
}

impl Settings {
    /// Refuses what could never work, naming the key.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for origin in &self.origins {
            anyhow::ensure!(
                is_origin(origin),
                "gateway.origins: {origin:?} is no origin; write https://host or https://host:port, without a path"
            );
        }
        if !self.public_url.is_empty() {
            anyhow::ensure!(
                is_origin(&self.public_url),
                "gateway.public_url: {:?} is no address; write https://host or https://host:port",
                self.public_url
            );
        }
        let idle = usize::try_from(self.idle_seconds).unwrap_or(usize::MAX);
        for (key, number) in [
            ("idle_seconds", idle),
            ("max_connections", self.max_connections),
            ("connections_per_address", self.connections_per_address),
            ("calls_per_address", self.calls_per_address),
            ("calls_per_account", self.calls_per_account),
            ("max_streams", self.max_streams),
        ] {
            anyhow::ensure!(number > 0, "gateway.{key} must be at least 1");
        }
        Ok(())
    }
}

/// Scheme, host and perhaps a port: nothing before, between or after.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    let Some(authority) = uri.authority() else {
        return false;
    };
    let scheme = uri.scheme_str().unwrap_or_default();
    matches!(scheme, "http" | "https")
        && text == format!("{scheme}://{authority}")
        && !authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host_and_nothing_else() {
        for good in [
            "https://kultur.example",
            "http://localhost:5173",
            "https://[::1]:8443",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "kultur.example",
            "https://",
            "https://a/",
            "https://a/b",
            "ftp://a",
            "https://u@a",
            "https://a ",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let settings = Settings {
            origins: vec!["https://a/".to_owned()],
            ..Settings::default()
        };
        assert!(
            settings
                .check()
                .expect_err("a path")
                .to_string()
                .contains("gateway.origins")
        );
        let settings = Settings {
            max_streams: 0,
            ..Settings::default()
        };
        assert!(
            settings
                .check()
                .expect_err("no streams")
                .to_string()
                .contains("gateway.max_streams")
        );
        Settings::default().check().expect("the defaults are good");
    }
}

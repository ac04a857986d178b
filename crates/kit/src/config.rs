//! Configuration: defaults in code, one file, then `KT_…__…` from the environment. Unknown keys are
//! refused, secrets never printed.
use std::fmt;
use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Reads a configuration. A missing file, an unknown key or a wrong value is an error that names it.
/// Names in `ignore` (without `KT_`, lower case) share the prefix but are no configuration.
pub fn load<T: Default + Serialize + DeserializeOwned>(
    file: Option<&Path>,
    ignore: &[&str],
) -> anyhow::Result<T> {
    let mut figment = Figment::from(Serialized::defaults(T::default()));
    if let Some(file) = file {
        anyhow::ensure!(
            file.is_file(),
            "there is no configuration file {}",
            file.display()
        );
        figment = figment.merge(Toml::file_exact(file));
    }
    let environment = Env::prefixed("KT_")
        .ignore(ignore)
        .filter(|key| !key.as_str().to_lowercase().ends_with(FROM_FILE))
        .split("__");
    figment = figment.merge(environment);
    for (key, text) in from_files()? {
        figment = figment.merge(Serialized::default(&key, text));
    }
    figment.extract().map_err(|errors| {
        let told: Vec<String> = errors
            .into_iter()
            .map(|e| format!("{}: {}", e.path.join("."), e.kind))
            .collect();
        anyhow::anyhow!("the configuration cannot be used:\n  {}", told.join("\n  "))
    })
}

/// A key with this ending names a file that holds the value: `KT_DB__URL_FILE=/run/secrets/db_url`.
const FROM_FILE: &str = "_file";

fn from_files() -> anyhow::Result<Vec<(String, String)>> {
    let named = std::env::vars().filter_map(|(name, path)| {
        let key = name.strip_prefix("KT_")?.to_lowercase();
        Some((key.strip_suffix(FROM_FILE)?.replace("__", "."), name, path))
    });
    named
        .map(|(key, name, path)| match std::fs::read_to_string(&path) {
            Ok(text) => Ok((key, text.trim_end().to_owned())),
            Err(e) => anyhow::bail!("{name} names {path}, which cannot be read: {e}"),
        })
        .collect()
}

/// What every role is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Common {
    /// Short name of the stack, first part of every subject after `kt`.
    pub region: String,
    /// The database.
    pub db: Db,
    /// The broker.
    pub bus: Bus,
    /// Keys for tokens.
    pub auth: Auth,
    /// Limits of each gRPC server.
    pub server: Server,
    /// Where the other roles are.
    pub peers: Peers,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            region: "varmland".to_owned(),
            db: Db::default(),
            bus: Bus::default(),
            auth: Auth::default(),
            server: Server::default(),
            peers: Peers::default(),
        }
    }
}

/// The database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Db {
    /// `postgres://user:password@host:port/database`.
    pub url: Secret,
    /// Most connections that one role opens. Keep roles × replicas × this below the server's limit.
    pub max_connections: u32,
}

impl Default for Db {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            max_connections: 10,
        }
    }
}

/// The broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    /// `nats://host:port`.
    pub url: Secret,
    /// Most bytes that each role's stream may hold; then publishing is refused and the outbox waits.
    pub stream_bytes: i64,
    /// Copies of each stream: 1, or 3 in a cluster.
    pub replicas: usize,
    /// Seconds in which the broker refuses a fact that it holds already.
    pub duplicate_seconds: u64,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            stream_bytes: 1 << 30,
            replicas: 1,
            duplicate_seconds: 600,
        }
    }
}

/// Keys for tokens, each 32 bytes in base64.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// Public key of the role that signs people's access tokens.
    pub issuer_public_key: String,
    /// Seed with which roles sign for themselves when they call each other.
    pub service_seed: Secret,
}

/// Limits of a gRPC server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Calls under way at once; more are refused with RESOURCE_EXHAUSTED.
    pub max_calls: usize,
    /// Largest message in bytes.
    pub max_message_bytes: usize,
    /// Seconds to finish calls under way when asked to stop.
    pub drain_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            max_calls: 1024,
            max_message_bytes: 1 << 20,
            drain_seconds: 10,
        }
    }
}

/// Where the other roles are: role name → `http://host:port`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Peers(pub std::collections::BTreeMap<String, String>);

/// A text that is never printed. A number in the environment is taken as its digits.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True when nothing was configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() {
            "(not set)"
        } else {
            "(secret)"
        })
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        // Only figment's defaults pass here, and they hold no secret worth hiding.
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Secret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E>(self, v: &str) -> Result<Secret, E> {
                Ok(Secret(v.to_owned()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Secret, E> {
                Ok(Secret(v.to_string()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Secret, E> {
                Ok(Secret(v.to_string()))
            }
        }
        d.deserialize_any(Any)
    }
}

#[cfg(test)]
#[expect(
    clippy::result_large_err,
    reason = "figment's own error, which its test jail asks for"
)]
mod tests {
    use super::*;

    /// What `make test` sets beside the configuration.
    const OTHERS: &[&str] = &["tools", "test_postgres_url", "test_nats_url"];

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        figment::Jail::expect_with(|jail| {
            jail.create_file(
                "kt.toml",
                "region = \"sormland\"\n[db]\nmax_connections = 3\n",
            )?;
            jail.set_env("KT_DB__MAX_CONNECTIONS", "7");
            jail.set_env("KT_DB__URL", "12345");
            let common: Common =
                load(Some(Path::new("kt.toml")), OTHERS).expect("all keys are known");
            assert_eq!(
                (common.region.as_str(), common.db.max_connections),
                ("sormland", 7)
            );
            assert_eq!(common.db.url.expose(), "12345");
            Ok(())
        });
    }

    #[test]
    fn an_unknown_key_and_a_missing_file_are_named() {
        figment::Jail::expect_with(|jail| {
            jail.set_env("KT_DB__MAXCONN", "7");
            let error = load::<Common>(None, OTHERS)
                .expect_err("the key is unknown")
                .to_string();
            assert!(error.to_lowercase().contains("maxconn"), "{error}");
            let error =
                load::<Common>(Some(Path::new("absent.toml")), OTHERS).expect_err("no such file");
            assert!(error.to_string().contains("absent.toml"), "{error}");
            Ok(())
        });
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        figment::Jail::expect_with(|jail| {
            jail.create_file("db_url", "postgres://somewhere\n")?;
            jail.set_env("KT_DB__URL_FILE", "db_url");
            let common: Common = load(None, OTHERS).expect("the file is there");
            assert_eq!(common.db.url.expose(), "postgres://somewhere");
            jail.set_env("KT_DB__URL_FILE", "absent");
            let error = load::<Common>(None, OTHERS)
                .expect_err("no such file")
                .to_string();
            assert!(
                error.contains("KT_DB__URL_FILE") && error.contains("absent"),
                "{error}"
            );
            Ok(())
        });
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "(secret)");
    }
}

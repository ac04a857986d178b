//! The demo region: invented people who do, through the gateway, what real ones would. Every step can be repeated,
//! so a loading that was broken off is finished by the next start.
pub mod applications;
mod data;
pub mod files;
mod gatherings;
mod guidance;
mod houses;
mod people;
mod pictures;
mod producers;

use std::path::Path;

use anyhow::Context;
use uuid::Uuid;

use crate::grpcweb::Client;
use crate::settings::Settings;

/// The password of every demo account.
pub const PASSWORD: &str = "kulturtorg-demo";
/// The demo region's analyst.
pub const ANALYST: &str = "petra.sifferlund@example.org";
/// The account that opens the demo region, its administrator.
pub const ADMINISTRATOR: &str = "gunilla.rosendal@example.org";
/// Key of the adviser who arranges and answers.
const ADVISER: &str = "adviser-norr";
/// How many things are loaded at once.
const AT_ONCE: usize = 8;

/// Loads the demo region through the gateway, unless `state` says that it is there already.
pub async fn load(gateway: &str, settings: &Settings, say: impl Fn(&str)) -> anyhow::Result<()> {
    let mark = settings.state.join("demo");
    if is_loaded(&mark) {
        return Ok(());
    }
    let client = Client::new(gateway);
    let accounts = data::accounts()?;
    let region = people::Region::open(&client, &accounts)
        .await
        .context("the accounts")?;
    say(&format!("demo region: {} accounts", accounts.len()));
    let houses = houses::load(&region).await.context("the houses")?;
    say(&format!("demo region: {houses}"));
    let gatherings = gatherings::load(&region).await.context("the gatherings")?;
    say(&format!("demo region: {gatherings}"));
    let guidance = guidance::load(&region)
        .await
        .context("the guidance cases")?;
    say(&format!("demo region: {guidance}"));
    let producers = producers::load(&region, &say)
        .await
        .context("the producers")?;
    say(&format!("demo region: {producers}"));
    std::fs::write(&mark, "").with_context(|| format!("{} cannot be written", mark.display()))
}

/// True when a mark says that the demo region was loaded to its end.
pub fn is_loaded(mark: &Path) -> bool {
    mark.exists()
}

/// The staff accounts and their roles, as a table for people.
pub fn accounts_table() -> String {
    let accounts = data::accounts().unwrap_or_default();
    let rows = accounts.iter().map(|account| {
        let roles: Vec<String> = account.roles.iter().map(data::Role::told).collect();
        let roles = if roles.is_empty() {
            "visitor".to_owned()
        } else {
            roles.join(", ")
        };
        format!("  {:<36} {roles}", account.email)
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The id under which a step is known, the same in every run.
fn request_id(step: &str, key: &str) -> String {
    const DEMO: Uuid = Uuid::from_u128(0x6b75_6c74_7572_746f_7267_2064_656d_6f21);
    Uuid::new_v5(&DEMO, format!("{step}/{key}").as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_analyst_is_one_of_the_accounts() {
        let accounts = data::accounts().expect("the file is readable");
        let analyst = accounts
            .iter()
            .find(|a| a.email == ANALYST)
            .expect("the account exists");
        assert!(analyst.roles.iter().any(|r| r.role == "analyst"));
    }

    #[test]
    fn the_demo_region_is_as_large_as_promised() {
        let producers = data::producers().expect("readable");
        assert!(producers.len() >= 60);
        assert!(producers.iter().map(|p| p.offers.len()).sum::<usize>() >= 120);
        let states: std::collections::BTreeSet<_> = producers
            .iter()
            .filter_map(|p| p.application.as_ref())
            .map(|a| a.state)
            .collect();
        assert!(states.len() >= 8, "{states:?}");
        assert!(data::gatherings().expect("readable").len() >= 12);
        let houses = data::houses().expect("readable");
        assert_eq!(houses.len(), 3);
        assert!(houses.iter().map(|h| h.performances.len()).sum::<usize>() >= 20);
        let reviewers = data::accounts().expect("readable");
        assert_eq!(
            reviewers
                .iter()
                .filter(|a| a.roles.iter().any(|r| r.role == "reviewer"))
                .count(),
            5
        );
    }
}

//! The mails to account holders; notify has their texts and sends them after the commit.
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{Address, Param, SendRequest};
use kit::db::Tx;
use uuid::Uuid;

use crate::account::Registration;

/// The link and the token that confirm an address.
pub(crate) async fn confirm(
    tx: &mut Tx,
    site: &str,
    to: &Registration,
    token: &str,
) -> sqlx::Result<()> {
    let address = Address {
        email: to.email.clone(),
        name: to.name.clone(),
        language: to.language.clone(),
    };
    let params = vec![
        ("link", format!("{site}/confirm?token={token}")),
        ("token", token.to_owned()),
    ];
    send(tx, Recipient::Address(address), "identity.confirm", params).await
}

/// Somebody wanted to register an address that has an account.
pub(crate) async fn already_registered(tx: &mut Tx, site: &str, account: Uuid) -> sqlx::Result<()> {
    let params = vec![("link", format!("{site}/sign-in"))];
    send(
        tx,
        Recipient::AccountId(account.to_string()),
        "identity.already_registered",
        params,
    )
    .await
}

/// The link and the token that set a new password.
pub(crate) async fn password_reset(
    tx: &mut Tx,
    site: &str,
    account: Uuid,
    token: &str,
) -> sqlx::Result<()> {
    let params = vec![
        ("link", format!("{site}/reset-password?token={token}")),
        ("token", token.to_owned()),
    ];
    send(
        tx,
        Recipient::AccountId(account.to_string()),
        "identity.password_reset",
        params,
    )
    .await
}

/// The password was changed.
pub(crate) async fn password_changed(tx: &mut Tx, site: &str, account: Uuid) -> sqlx::Result<()> {
    let params = vec![("link", format!("{site}/sign-in"))];
    send(
        tx,
        Recipient::AccountId(account.to_string()),
        "identity.password_changed",
        params,
    )
    .await
}

async fn send(
    tx: &mut Tx,
    to: Recipient,
    template: &str,
    params: Vec<(&str, String)>,
) -> sqlx::Result<()> {
    let request = SendRequest {
        request_id: Uuid::now_v7().to_string(),
        recipient: Some(to),
        template: template.to_owned(),
        params: params
            .into_iter()
            .map(|(key, value)| Param {
                key: key.to_owned(),
                value,
            })
            .collect(),
    };
    kit::errand::leave(
        tx,
        "notify",
        "/kulturtorg.notify.v1.NotifyService/Send",
        &request,
    )
    .await
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn notify_has_every_template_with_the_parameters_that_are_given() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notify/templates");
        for (template, params) in [
            ("confirm", &["link", "token"][..]),
            ("already_registered", &["link"]),
            ("password_reset", &["link", "token"]),
            ("password_changed", &["link"]),
        ] {
            for language in ["sv", "en"] {
                let file = folder.join(format!("identity.{template}.{language}.txt"));
                let text =
                    fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
                let text = text.replace("{recipient}", "").replace("{region}", "");
                let rest = params.iter().fold(text, |text, param| {
                    assert!(
                        text.contains(&format!("{{{param}}}")),
                        "{template}.{language} does not show {param}"
                    );
                    text.replace(&format!("{{{param}}}"), "")
                });
                assert!(
                    !rest.contains('{'),
                    "{template}.{language} wants more than is given: {rest}"
                );
            }
        }
    }
}

//! As whom a command calls the gateway.
use anyhow::Context;
use clap::Args;
use contracts::identity::v1::{SignInRequest, Tokens};

use crate::grpcweb::Client;

/// Where the gateway is and who calls.
#[derive(Debug, Clone, Args)]
pub struct Access {
    /// Address of the gateway.
    #[arg(long, default_value = "http://localhost:8080", env = "KT_GATEWAY_URL")]
    pub gateway: String,
    /// Access token to call with.
    #[arg(long, conflicts_with = "login")]
    pub token: Option<String>,
    /// Mail address to sign in with; the password comes from KT_PASSWORD or is asked for.
    #[arg(long)]
    pub login: Option<String>,
}

impl Access {
    /// A client that calls as the one named.
    pub async fn client(&self) -> anyhow::Result<Client> {
        let client = Client::new(&self.gateway);
        let Some(email) = &self.login else {
            return Ok(client.with_token(self.token.clone()));
        };
        let password = match std::env::var("KT_PASSWORD") {
            Ok(password) => password,
            Err(_) => ask_password(email)?,
        };
        sign_in(&client, email, &password).await
    }
}

/// The same gateway, called by the holder of this account.
pub async fn sign_in(client: &Client, email: &str, password: &str) -> anyhow::Result<Client> {
    let request = SignInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
    };
    let tokens: Tokens = client
        .patient("kulturtorg.identity.v1.IdentityService/SignIn", &request)
        .await
        .map_err(crate::call::told)
        .with_context(|| format!("{email} could not sign in"))?;
    Ok(client.with_token(Some(tokens.access_token)))
}

fn ask_password(email: &str) -> anyhow::Result<String> {
    rpassword::prompt_password(format!("Password of {email}: "))
        .context("the password cannot be read; set KT_PASSWORD")
}

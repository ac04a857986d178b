//! What the tests of identity share: the role running, its mails read from what it leaves for notify.
#![allow(dead_code, reason = "each test file uses a part")]
use contracts::identity::v1::identity_service_client::IdentityServiceClient;
use contracts::identity::v1::*;
use contracts::notify::v1::SendRequest;
use contracts::notify::v1::send_request::Recipient;
use contracts::options::v1::Role;
use identity::Settings;
use kit::Secret;
use prost::Message;
use testkit::{Client, Stack};
use tonic::Status;
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "en lång ramsa";
pub(crate) const ADMINISTRATOR: &str = "admin@example.org";

pub(crate) type Identity = IdentityServiceClient<Client>;

pub(crate) struct App {
    pub(crate) stack: Stack,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(Stack::new().await).await
    }

    pub(crate) async fn with(mut stack: Stack) -> Self {
        stack
            .start("identity", |start, region, listener| {
                identity::serve(start, region, settings(), listener)
            })
            .await;
        Self { stack }
    }

    pub(crate) fn anybody(&self) -> Identity {
        Identity::new(self.stack.anonymous("identity"))
    }

    pub(crate) fn person(&self, account: Uuid) -> Identity {
        Identity::new(self.stack.person("identity", account, &[]))
    }

    pub(crate) fn administrator(&self, account: Uuid) -> Identity {
        Identity::new(
            self.stack
                .person("identity", account, &[(Role::Administrator, None)]),
        )
    }

    pub(crate) fn holder(&self, tokens: &Tokens) -> Identity {
        Identity::new(self.stack.client("identity", Some(&tokens.access_token)))
    }

    /// Every mail of this template that was left for notify, in the order written.
    pub(crate) async fn mails(&self, template: &str) -> Vec<SendRequest> {
        let mut db = self.stack.database.connect().await;
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from identity.errand where peer = 'notify' order by id",
        )
        .fetch_all(&mut db)
        .await
        .expect("errands are readable");
        let mails = payloads
            .iter()
            .map(|p| SendRequest::decode(&p[..]).expect("a request of notify"));
        mails.filter(|m| m.template == template).collect()
    }

    /// The tokens in the mails that confirm this address, in the order written.
    pub(crate) async fn confirm_tokens(&self, email: &str) -> Vec<String> {
        let to = |m: &SendRequest| matches!(&m.recipient, Some(Recipient::Address(a)) if a.email == email);
        self.mails("identity.confirm")
            .await
            .iter()
            .filter(|m| to(m))
            .map(token)
            .collect()
    }

    /// A confirmed account.
    pub(crate) async fn account(&self, email: &str) -> Uuid {
        self.anybody()
            .register(registration(email))
            .await
            .expect("registered");
        let token = self
            .confirm_tokens(email)
            .await
            .pop()
            .expect("a mail was left");
        let answer = self
            .anybody()
            .confirm_email(ConfirmEmailRequest { token })
            .await
            .expect("confirmed");
        answer.into_inner().account_id.parse().expect("an id")
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Tokens {
        self.try_sign_in(email, PASSWORD).await.expect("signed in")
    }

    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Result<Tokens, Status> {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
        };
        self.anybody()
            .sign_in(request)
            .await
            .map(|r| r.into_inner())
    }

    pub(crate) async fn refresh(&self, tokens: &Tokens) -> Result<Tokens, Status> {
        let request = RefreshRequest {
            refresh_token: tokens.refresh_token.clone(),
        };
        self.anybody()
            .refresh(request)
            .await
            .map(|r| r.into_inner())
    }

    /// The audit log's actions, oldest first, after its chain was verified.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let mut db = self.stack.database.connect().await;
        let entries = identity::audit::verify(&mut db)
            .await
            .expect("the chain is whole");
        let actions: Vec<String> =
            sqlx::query_scalar("select action from identity.audit order by seq")
                .fetch_all(&mut db)
                .await
                .expect("readable");
        assert_eq!(entries as usize, actions.len());
        actions
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        issuer_seed: Secret::new(testkit::ISSUER_SEED),
        first_administrator: "Admin@Example.org".to_owned(),
        ..Settings::default()
    }
}

pub(crate) fn registration(email: &str) -> RegisterRequest {
    RegisterRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        name: "Åsa Öberg".to_owned(),
        language: "sv".to_owned(),
        request_id: Uuid::now_v7().to_string(),
    }
}

pub(crate) fn token(mail: &SendRequest) -> String {
    param(mail, "token")
}

pub(crate) fn param(mail: &SendRequest, key: &str) -> String {
    mail.params
        .iter()
        .find(|p| p.key == key)
        .expect("the mail has the parameter")
        .value
        .clone()
}

/// All that a refused caller can tell two answers apart by, the time aside.
pub(crate) fn bytes(status: &Status) -> (i32, String, Vec<u8>) {
    (
        status.code() as i32,
        status.message().to_owned(),
        status.details().to_vec(),
    )
}

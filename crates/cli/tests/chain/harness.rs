//! A region for one test, and people who use it.
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use contracts::identity::v1::{
    Account, ConfirmEmailRequest, ConfirmEmailResponse, GetMeRequest, Grant, GrantRoleRequest,
    RegisterRequest, RegisterResponse, grant_role_request,
};
use contracts::notify::v1::{KeptMail, ListKeptMailRequest, ListKeptMailResponse};
use contracts::options::v1::Role;
use contracts::search::v1::{SearchRequest, SearchResponse};
use kit::Secret;
use kulturtorg::access::sign_in;
use kulturtorg::grpcweb::Client;
use kulturtorg::roles::Running;
use kulturtorg::settings::Settings;
use prost::Message;
use tempfile::TempDir;
use testkit::{Database, TestNats, eventually};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "skogens tysta vatten";
const ADMINISTRATOR: &str = "regionen@prov.example";

/// When the region opens and launches.
pub(crate) struct Launch {
    pub(crate) registration_opens: OffsetDateTime,
    pub(crate) site_launches: OffsetDateTime,
}

impl Launch {
    /// Both long ago.
    pub(crate) fn past() -> Self {
        let now = now();
        Self {
            registration_opens: now - Duration::days(60),
            site_launches: now - Duration::days(30),
        }
    }
}

/// Servers, keys and a region's file, for roles wherever they run.
pub(crate) struct Ground {
    pub(crate) settings: Settings,
    pub(crate) dir: TempDir,
    pub(crate) nats: TestNats,
    _database: Database,
}

impl Ground {
    /// The region is Värmland with another launch.
    pub(crate) async fn new(launch: &Launch) -> Self {
        testkit::logs();
        // A second test in the same process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let regions = dir.path().join("regions");
        write_region(&regions, launch);
        let database = testkit::database().await;
        let nats = testkit::nats().await;
        let mut settings = Settings {
            regions,
            http: "127.0.0.1:0".to_owned(),
            ..Settings::default()
        };
        settings.state = dir.path().to_owned();
        settings.db.url = Secret::new(database.url());
        settings.db.max_connections = 4;
        settings.bus.url = Secret::new(nats.url());
        settings.bus.stream_bytes = 64 << 20;
        settings.server.drain_seconds = 1;
        settings.notify.mode = notify::Mode::Keep;
        settings.identity.first_administrator = ADMINISTRATOR.to_owned();
        kulturtorg::keys::fill_in(&mut settings, &dir.path().join("keys.toml"))
            .expect("keys can be made");
        Self {
            settings,
            dir,
            nats,
            _database: database,
        }
    }
}

fn write_region(folder: &Path, launch: &Launch) {
    let original = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../regions/varmland.toml");
    let original = std::fs::read_to_string(original).expect("the repository's region file");
    let stamp = |at: OffsetDateTime| {
        at.replace_nanosecond(0)
            .expect("0 is valid")
            .format(&Rfc3339)
            .expect("a time of our days has a form")
    };
    let lines = original.lines().map(|line| match line.split(' ').next() {
        Some("registration_opens") => format!(
            "registration_opens = \"{}\"",
            stamp(launch.registration_opens)
        ),
        Some("site_launches") => format!("site_launches = \"{}\"", stamp(launch.site_launches)),
        _ => line.to_owned(),
    });
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(
        folder.join("varmland.toml"),
        lines.collect::<Vec<_>>().join("\n"),
    )
    .expect("written");
}

/// A region that runs: all roles in this process.
pub(crate) struct Town {
    /// The gateway, called by nobody in particular.
    pub(crate) anybody: Client,
    pub(crate) administrator: Person,
    pub(crate) ground: Ground,
    private: Mutex<Vec<String>>,
    stop: CancellationToken,
    _running: Option<Running>,
}

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) client: Client,
}

impl Town {
    /// Launched long ago.
    pub(crate) async fn start() -> Self {
        Self::start_with(&Launch::past(), |_| {}).await
    }

    pub(crate) async fn start_with(launch: &Launch, change: impl FnOnce(&mut Settings)) -> Self {
        let mut ground = Ground::new(launch).await;
        change(&mut ground.settings);
        let stop = CancellationToken::new();
        let mut running = Running::start(ground.settings.clone(), stop.clone())
            .await
            .expect("the roles start");
        running.ready(|_| {}).await.expect("the roles serve");
        let gateway = running.gateway.clone();
        Self::at(&gateway, ground, stop, Some(running)).await
    }

    /// Roles that run already, behind this gateway.
    pub(crate) async fn at(
        gateway: &str,
        ground: Ground,
        stop: CancellationToken,
        running: Option<Running>,
    ) -> Self {
        let anybody = Client::new(gateway);
        let nobody = Person {
            email: String::new(),
            client: anybody.clone(),
        };
        let mut town = Self {
            anybody,
            administrator: nobody,
            ground,
            private: Mutex::default(),
            stop,
            _running: running,
        };
        town.administrator = town.join(ADMINISTRATOR, "Rut Regionsdotter").await;
        town
    }

    /// Notes a text that must never reach analysts.
    pub(crate) fn private(&self, text: &str) -> String {
        self.private
            .lock()
            .expect("nobody panics holding it")
            .push(text.to_owned());
        text.to_owned()
    }

    pub(crate) fn all_private(&self) -> Vec<String> {
        self.private
            .lock()
            .expect("nobody panics holding it")
            .clone()
    }

    /// Registers, confirms with the code from the mail and signs in.
    pub(crate) async fn join(&self, email: &str, name: &str) -> Person {
        let request = RegisterRequest {
            email: self.private(email),
            password: self.private(PASSWORD),
            name: self.private(name),
            language: "sv".to_owned(),
            request_id: id(),
        };
        let _: RegisterResponse = call(&self.anybody, "identity/Register", &request).await;
        let token = self.code(email, "identity.confirm").await;
        let confirmed: ConfirmEmailResponse = call(
            &self.anybody,
            "identity/ConfirmEmail",
            &ConfirmEmailRequest { token },
        )
        .await;
        self.private(&confirmed.account_id);
        Person {
            email: email.to_owned(),
            client: self.sign_in(email).await,
        }
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Client {
        sign_in(&self.anybody, email, PASSWORD)
            .await
            .unwrap_or_else(|e| panic!("{e:#}"))
    }

    /// Appoints somebody, who signs in again to use the role.
    pub(crate) async fn appoint(
        &self,
        person: &mut Person,
        role: Role,
        organisation: &str,
        art_fields: &[&str],
    ) {
        let request = GrantRoleRequest {
            account: Some(grant_role_request::Account::Email(person.email.clone())),
            role: role.into(),
            organisation_id: organisation.to_owned(),
            art_fields: keys(art_fields),
            request_id: id(),
        };
        let _: Grant = call(&self.administrator.client, "identity/GrantRole", &request).await;
        person.client = self.sign_in(&person.email).await;
        let me: Account = call(&person.client, "identity/GetMe", &GetMeRequest {}).await;
        assert!(
            me.grants.iter().any(|g| g.role() == role),
            "{role:?} was granted"
        );
    }

    /// Somebody new with a role in the region.
    pub(crate) async fn staff(
        &self,
        email: &str,
        name: &str,
        role: Role,
        art_fields: &[&str],
    ) -> Person {
        let mut person = self.join(email, name).await;
        self.appoint(&mut person, role, "", art_fields).await;
        person
    }

    /// The newest mail of this template to this address, waited for.
    pub(crate) async fn mail(&self, address: &str, template: &str) -> KeptMail {
        let request = ListKeptMailRequest {
            address: address.to_owned(),
            ..Default::default()
        };
        eventually(&format!("mail {template} to {address}"), async || {
            let kept: ListKeptMailResponse =
                call(&self.anybody, "notify/ListKeptMail", &request).await;
            kept.mails.into_iter().find(|m| m.template == template)
        })
        .await
    }

    /// The code in that mail: it stands alone on a line.
    pub(crate) async fn code(&self, address: &str, template: &str) -> String {
        let mail = self.mail(address, template).await;
        let alone = |l: &&str| {
            l.len() >= 32
                && l.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let code = mail.text.lines().map(str::trim).find(alone);
        code.unwrap_or_else(|| panic!("no code in:\n{}", mail.text))
            .to_owned()
    }

    pub(crate) async fn search(&self, request: &SearchRequest) -> SearchResponse {
        call(&self.anybody, "search/Search", request).await
    }

    /// Searches until this thing is found.
    pub(crate) async fn searchable(&self, query: &str, id: &str) -> SearchResponse {
        let request = SearchRequest {
            query: query.to_owned(),
            page_size: 100,
            ..Default::default()
        };
        eventually(&format!("`{query}` finds {id}"), async || {
            let found = self.search(&request).await;
            found.results.iter().any(|r| r.id == id).then_some(found)
        })
        .await
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Calls `role/Method`.
pub(crate) async fn call<Q: Message, A: Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> A {
    let answer = client.unary(&path(method), request).await;
    answer.unwrap_or_else(|s| panic!("{method}: {:#}", kulturtorg::call::told(s)))
}

/// Calls `role/Method`, which must be refused.
pub(crate) async fn refused<Q: Message>(client: &Client, method: &str, request: &Q) -> Status {
    let answer = client
        .unary_bytes(&path(method), request.encode_to_vec().into())
        .await;
    answer.expect_err(&format!("{method} must be refused"))
}

/// Every message of a streamed answer.
pub(crate) async fn stream<Q: Message, A: Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> Result<Vec<A>, Status> {
    let mut answers = client
        .stream(&path(method), request.encode_to_vec().into())
        .await?;
    let mut all = Vec::new();
    while let Some(answer) = answers.next().await? {
        all.push(A::decode(answer).expect("an answer is readable"));
    }
    Ok(all)
}

fn path(method: &str) -> String {
    let (role, name) = method.split_once('/').expect("role/Method");
    let (first, rest) = role.split_at(1);
    format!(
        "kulturtorg.{role}.v1.{}{rest}Service/{name}",
        first.to_uppercase()
    )
}

/// An id for a request.
pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

pub(crate) fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|k| (*k).to_owned()).collect()
}

/// A text in the region's languages.
pub(crate) fn texts(sv: &str, en: &str) -> Vec<contracts::common::v1::LocalText> {
    let text = |language: &str, text: &str| contracts::common::v1::LocalText {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    vec![text("sv", sv), text("en", en)]
}

/// The time. Roles that run as people run them have no clock that a test owns.
pub(crate) fn now() -> OffsetDateTime {
    kit::Clock::system().now()
}

/// So many days from now.
pub(crate) fn in_days(days: i64) -> Option<prost_types::Timestamp> {
    Some(kit::clock::to_proto(now() + Duration::days(days)))
}

/// The calendar day so many days ago.
pub(crate) fn day_ago(days: i64) -> String {
    (now() - Duration::days(days)).date().to_string()
}

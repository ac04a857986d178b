//! The region in which the rows are tried, with what they need in it, and a look at all that it stores.
use contracts::common::v1::LocalText;
use contracts::identity::v1::{
    ConfirmEmailRequest, ConfirmEmailResponse, RegisterRequest, RegisterResponse, SignInRequest,
    Tokens,
};
use contracts::notify::v1::{ListKeptMailRequest, ListKeptMailResponse};
use contracts::profiles::v1::{Contact, CreateProfileRequest, Profile, ProfileContent};
use contracts::ticketing::v1::{
    CreateHouseRequest, HoldSeatsRequest, ListHousesRequest, ListHousesResponse, Order, SeatChoice,
};
use kulturtorg::grpcweb::Client;
use prost::Message;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::eventually;
use tonic::Status;
use uuid::Uuid;

use super::log::Log;
use super::wire::path;
use crate::region::Region;
use crate::sale::{House, Purchase, bought};

/// The one account. It is the first administrator's because that one may register whatever the region's launch.
pub(crate) const EMAIL: &str = "åsa.nyckel@exempel.se";
pub(crate) const PASSWORD: &str = "skogens tysta vatten";
/// The one site whose pages may call.
pub(crate) const LISTED: &str = "https://kulturtorg.example";

/// Tables that count tries and questions. What is refused may change these alone.
const COUNTS: [&str; 2] = ["identity.throttle", "search.miss"];

/// A region with a house, its sale, an account and a profile.
pub(crate) struct Stage {
    pub(crate) region: Region,
    pub(crate) log: Log,
    /// `host:port` of the gateway.
    pub(crate) address: String,
    /// The token of somebody who may do whatever a person may.
    pub(crate) staff: String,
    /// The token of the profile's owner.
    pub(crate) owner: String,
    pub(crate) profile: String,
    /// How the house was made.
    pub(crate) created: CreateHouseRequest,
    pub(crate) house: House,
    /// The same house with other performances.
    pub(crate) other: House,
    pub(crate) not_yet: House,
    pub(crate) over: House,
    /// Seat 1 of the house's numbered performance.
    pub(crate) bought: Purchase,
    /// Seat 2, of which a newer code was made.
    pub(crate) reissued: Purchase,
    /// Seat 3, for who comes to two gates.
    pub(crate) twice: Purchase,
    /// Seat 1 of another performance.
    pub(crate) elsewhere: Purchase,
    /// Seat 4, held by somebody.
    pub(crate) held: Order,
    /// Seat 5, held and not paid in time.
    pub(crate) lapsed: Order,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let log = Log::keep();
        let region = Region::start_with(|settings| {
            settings.gateway.origins = vec![LISTED.to_owned()];
            settings.identity.first_administrator = EMAIL.to_owned();
        })
        .await;
        let address = region.gateway.gateway().replace("http://", "");
        let (staff, owner) = (region.everything(), region.person(&[]));
        let client = region.gateway.with_token(Some(staff.clone()));
        register(&region.gateway).await;
        let own = region.gateway.with_token(Some(owner.clone()));
        let profile: Profile = must(&own, "profiles/CreateProfile", &profile()).await;
        let created = CreateHouseRequest {
            name: "Ladan".to_owned(),
            municipality: "1780".to_owned(),
            request_id: id(),
            ..Default::default()
        };
        let _: contracts::ticketing::v1::House =
            must(&client, "ticketing/CreateHouse", &created).await;

        let house = House::open(&client, 3, 10).await;
        let mut others = [house.clone(), house.clone(), house.clone()];
        for other in &mut others {
            other.open_performances(&client).await;
        }
        let [other, not_yet, over] = others;
        let anybody = &region.gateway;
        let numbered = house.numbered.clone();
        let stage = Self {
            bought: bought(anybody, &numbered, 1).await,
            reissued: bought(anybody, &numbered, 2).await,
            twice: bought(anybody, &numbered, 3).await,
            elsewhere: bought(anybody, &other.numbered, 1).await,
            held: must(anybody, "ticketing/HoldSeats", &hold(&numbered, 4)).await,
            lapsed: must(anybody, "ticketing/HoldSeats", &hold(&numbered, 5)).await,
            profile: profile.id,
            region,
            log,
            address,
            staff,
            owner,
            created,
            house,
            other,
            not_yet,
            over,
        };
        stage.let_time_pass().await;
        stage
    }

    pub(crate) fn client(&self, token: &str) -> Client {
        self.region.gateway.with_token(Some(token.to_owned()))
    }

    /// What no call does, because it is the clock's or a later version's work.
    async fn let_time_pass(&self) {
        let ticket = &self.reissued.paid.as_ref().expect("paid").tickets[0].id;
        let (not_yet, over) = (&self.not_yet.numbered, &self.over.numbered);
        let lapsed = &self.lapsed.id;
        let statements = [
            format!(
                "update ticketing.performance set sale_from = now() + interval '1 day' where id = '{not_yet}'"
            ),
            format!(
                "update ticketing.performance set sale_until = now() - interval '1 day' where id = '{over}'"
            ),
            format!(
                "update ticketing.order_line set generation = generation + 1 where id = '{ticket}'"
            ),
            format!(
                "update ticketing.seat_sale set held_until = now() where order_id = '{lapsed}'"
            ),
            format!("update ticketing.orders set held_until = now() where id = '{lapsed}'"),
        ];
        let mut database = self.region.database.connect().await;
        for statement in statements {
            let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut database);
            assert_eq!(done.await.expect("a statement").rows_affected(), 1);
        }
        let state = format!("select state from ticketing.orders where id = '{lapsed}'");
        eventually("the hold to be given back", async || {
            let state: String = one(&mut database, &state).await;
            (state == "lapsed").then_some(())
        })
        .await;
        database.close().await.expect("it closes");
    }

    /// All that the region stores, a line for each table: how many rows, and a sum over what stands in them.
    pub(crate) async fn stored(&self) -> Vec<String> {
        let mut database = self.region.database.connect().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select schemaname || '.' || tablename from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema') order by 1",
        )
        .fetch_all(&mut database)
        .await
        .expect("there are tables");
        assert!(tables.len() > 40, "only {} tables", tables.len());
        let look = |table: &String| {
            format!(
                "select '{table}: ' || count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from {table} t"
            )
        };
        let counted = tables.iter().filter(|t| !COUNTS.contains(&t.as_str()));
        let all = counted.map(look).collect::<Vec<_>>().join(" union all ");
        // PostgreSQL may look at several tables at once.
        let all = format!("{all} order by 1");
        let stored = sqlx::query_scalar(AssertSqlSafe(all)).fetch_all(&mut database);
        let stored = stored.await.expect("tables can be read");
        database.close().await.expect("it closes");
        stored
    }

    /// The same, once mails, relays and copies have caught up.
    pub(crate) async fn at_rest(&self) -> Vec<String> {
        let mut before = self.stored().await;
        eventually("the region to come to rest", async || {
            // Longer than a relay or an errand waits for work.
            tokio::time::sleep(std::time::Duration::from_millis(400)).await;
            let now = self.stored().await;
            let rests = now == before;
            before.clone_from(&now);
            rests.then_some(now)
        })
        .await
    }

    /// A number from the database.
    pub(crate) async fn count(&self, what: &str) -> i64 {
        let mut database = self.region.database.connect().await;
        let count = one(&mut database, &format!("select count(*) from {what}")).await;
        database.close().await.expect("it closes");
        count
    }

    /// Whether a call that reads the database is served, as if nothing had happened.
    pub(crate) async fn serves(&self) -> Result<(), Status> {
        let houses: ListHousesResponse = self
            .region
            .gateway
            .unary(&path("ticketing/ListHouses"), &ListHousesRequest::default())
            .await?;
        assert!(!houses.houses.is_empty(), "the stage has houses");
        Ok(())
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<Tokens, Status> {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
        };
        let at = path("identity/SignIn");
        self.region.gateway.unary(&at, &request).await
    }

    /// The code of the newest mail of this template to the account: it stands alone on a line.
    pub(crate) async fn code(&self, template: &str) -> String {
        code(&self.region.gateway, template).await
    }
}

async fn register(anybody: &Client) {
    let request = RegisterRequest {
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        name: "Åsa Nyckel".to_owned(),
        language: "sv".to_owned(),
        request_id: id(),
    };
    let _: RegisterResponse = must(anybody, "identity/Register", &request).await;
    let token = code(anybody, "identity.confirm").await;
    let request = ConfirmEmailRequest { token };
    let _: ConfirmEmailResponse = must(anybody, "identity/ConfirmEmail", &request).await;
}

async fn code(anybody: &Client, template: &str) -> String {
    let request = ListKeptMailRequest {
        address: EMAIL.to_owned(),
        ..Default::default()
    };
    let mail = eventually(&format!("mail {template}"), async || {
        let kept: ListKeptMailResponse = must(anybody, "notify/ListKeptMail", &request).await;
        kept.mails.into_iter().find(|m| m.template == template)
    })
    .await;
    let sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let mut lines = mail.text.lines().map(str::trim);
    let code = lines.find(|l| l.len() >= 32 && l.bytes().all(sign));
    code.expect("the mail has a code").to_owned()
}

fn profile() -> CreateProfileRequest {
    let content = ProfileContent {
        name: "Åsa Öberg".to_owned(),
        art_fields: vec!["stage.music".to_owned()],
        municipality: "1780".to_owned(),
        contact: Some(Contact {
            email: "asa@example.org".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    CreateProfileRequest {
        request_id: id(),
        content: Some(content),
    }
}

/// Asks for a numbered seat.
pub(crate) fn hold(performance: &str, seat_id: i32) -> HoldSeatsRequest {
    let seat = SeatChoice {
        seat_id,
        ..Default::default()
    };
    HoldSeatsRequest {
        performance_id: performance.to_owned(),
        seats: vec![seat],
        request_id: id(),
        ..Default::default()
    }
}

pub(crate) async fn must<A: Message + Default>(
    client: &Client,
    method: &str,
    request: &impl Message,
) -> A {
    let answer = client.unary(&path(method), request).await;
    answer.unwrap_or_else(|status| panic!("{method}: {status:?}"))
}

pub(crate) fn texts(text: &str) -> Vec<LocalText> {
    vec![LocalText {
        language: "sv".to_owned(),
        text: text.to_owned(),
    }]
}

/// An id for a request.
pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

async fn one<T>(database: &mut PgConnection, query: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let found = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(database);
    found.await.expect("a row")
}

//! `kill -9` in the middle of a sale, as the operating system, a power cut or an operator does it: what was
//! acknowledged is there afterwards, nothing is sold twice, and no fact is lost or doubled.
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use contracts::ticketing::v1::{ListHousesRequest, ListHousesResponse};
use futures::StreamExt;
use kit::auth::Signer;
use kulturtorg::grpcweb::Client;
use kulturtorg::settings::Settings;
use servers::{Nats, NatsOptions, Postgres, PostgresOptions, Scratch, Tools};
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::checker::{self, stream_name};
use crate::region::{PEOPLES, person};
use crate::sale::{Dice, House, Purchase};

const ROUNDS: u32 = 3;
const BUYERS: u64 = 12;

/// Each round kills twice: first all at once, with the servers that `up` owns; then the process alone, with servers
/// that live on.
#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_killed_in_the_middle_of_a_sale_loses_nothing_and_doubles_nothing() {
    let seed = std::env::var("KT_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(Uuid::now_v7().as_u128() as u64);
    println!("KT_SEED={seed} gives the same moments again");
    let mut test = Test::new(seed);
    for round in 1..=ROUNDS {
        let process = test.up(None).await;
        test.sell_until_killed(process).await;

        let servers = test.servers().await;
        let process = test.up(Some(&servers)).await;
        test.everything_stands(
            &process,
            &servers,
            &format!("round {round}, all killed at once"),
        )
        .await;
        test.sell_until_killed(process).await;

        let mut process = test.up(Some(&servers)).await;
        test.everything_stands(
            &process,
            &servers,
            &format!("round {round}, the process killed"),
        )
        .await;
        process.child.kill().await.expect("it ran");
        if round == ROUNDS {
            a_doubled_fact_would_be_seen(&servers).await;
        }
        servers.nats.stop().await;
        servers.postgres.stop().await;
    }
}

struct Test {
    dice: Dice,
    scratch: Scratch,
    port: u16,
    house: Option<House>,
    purchases: Vec<Purchase>,
}

struct Process {
    child: Child,
    client: Client,
}

struct Servers {
    postgres: Postgres,
    nats: Nats,
}

impl Servers {
    fn database(&self) -> String {
        self.postgres.url("kulturtorg")
    }
}

impl Test {
    fn new(seed: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port");
        Self {
            dice: Dice(seed),
            scratch: Scratch::new().expect("a temporary folder"),
            port: free.port(),
            house: None,
            purchases: Vec::new(),
        }
    }

    fn state(&self) -> &Path {
        self.scratch.path()
    }

    /// Starts the binary as `make run` does, an empty region; with servers of its own, or with these.
    async fn up(&self, servers: Option<&Servers>) -> Process {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.state().join("log"))
            .expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kulturtorg"));
        command
            .args(["up", "--no-demo"])
            .env("KT_STATE", self.state())
            .env(
                "KT_REGIONS",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../../regions"),
            )
            .env("KT_HTTP", format!("127.0.0.1:{}", self.port))
            .env("KT_NOTIFY__MODE", "keep")
            .env("KT_TELEMETRY__FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(servers) = servers {
            command
                .env("KT_DB__URL", servers.database())
                .env("KT_BUS__URL", servers.nats.url());
        }
        let child = command.spawn().expect("the binary starts");
        let client = Client::new(&format!("http://127.0.0.1:{}", self.port));
        let mut process = Process { child, client };
        self.wait(&mut process).await;
        process
    }

    async fn wait(&self, process: &mut Process) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let log = || std::fs::read_to_string(self.state().join("log")).unwrap_or_default();
            if let Some(status) = process.child.try_wait().expect("it is our child") {
                panic!("the region ended while starting: {status}\n{}", log());
            }
            let path = "kulturtorg.ticketing.v1.TicketingService/ListHouses";
            let told: Result<ListHousesResponse, _> = process
                .client
                .unary(path, &ListHousesRequest::default())
                .await;
            if told.is_ok() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "the region did not serve within a minute: {told:?}\n{}",
                log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Servers on what the region's own left behind.
    async fn servers(&self) -> Servers {
        let tools = Tools::find().expect("make tools installs them");
        let postgres = PostgresOptions::durable(self.state().join("postgres"));
        let nats = NatsOptions::durable(self.state().join("nats"));
        Servers {
            postgres: Postgres::start(&tools, postgres)
                .await
                .expect("PostgreSQL starts again"),
            nats: Nats::start(&tools, nats)
                .await
                .expect("nats-server starts again"),
        }
    }

    /// Somebody who may do anything, known by the keys that the region keeps.
    fn staff(&self, client: &Client) -> Client {
        let mut settings = Settings::default();
        kulturtorg::keys::fill_in(&mut settings, &self.state().join("keys.toml"))
            .expect("the region made keys");
        let signer = Signer::people(&settings.identity.issuer_seed).expect("a seed");
        client.with_token(Some(person(&signer, &PEOPLES.map(|r| (r, None)))))
    }

    /// Sells new performances to many buyers and kills the process at some moment.
    async fn sell_until_killed(&mut self, mut process: Process) {
        let staff = self.staff(&process.client);
        match &mut self.house {
            Some(house) => house.open_performances(&staff).await,
            None => self.house = Some(House::open(&staff, 20, 40).await),
        }
        let house = self.house.clone().expect("just opened");
        let dead = Arc::new(AtomicBool::new(false));
        let buyers: Vec<_> = (0..BUYERS)
            .map(|_| {
                tokio::spawn(buyer(
                    process.client.clone(),
                    house.clone(),
                    self.dice.below(u64::MAX),
                    dead.clone(),
                ))
            })
            .collect();
        let moment = Duration::from_millis(600 + self.dice.below(1_800));
        tokio::time::sleep(moment).await;
        dead.store(true, Ordering::Release);
        process.child.kill().await.expect("it ran until now");
        let before = self.purchases.len();
        for buyer in buyers {
            self.purchases
                .extend(buyer.await.expect("a buyer does not panic"));
        }
        let new = &self.purchases[before..];
        let unknown = new.iter().filter(|p| p.paid.is_none()).count();
        println!(
            "killed after {moment:?}: {} purchases, {unknown} of unknown outcome",
            new.len()
        );
        assert!(new.len() > unknown, "nothing was sold before the kill");
    }

    async fn everything_stands(&mut self, process: &Process, servers: &Servers, when: &str) {
        let began = Instant::now();
        let client = &process.client;
        let mut wrong = Vec::new();
        let mut kept = Vec::new();
        for mut purchase in std::mem::take(&mut self.purchases) {
            if purchase.paid.is_some() {
                kept.push(purchase);
                continue;
            }
            match again(&mut purchase, client).await {
                Ok(true) => {
                    wrong.extend(purchase.repeat(client).await.err());
                    kept.push(purchase);
                }
                Ok(false) => assert!(purchase.held.is_none(), "what is held can be paid"),
                Err(status) => wrong.push(format!(
                    "an unknown outcome could not be cleared up: {status:?}"
                )),
            }
        }
        self.purchases = kept;
        let checked = futures::stream::iter(&self.purchases)
            .map(|p| p.check(client))
            .buffer_unordered(4);
        wrong.extend(
            checked
                .filter_map(async |c| c.err())
                .collect::<Vec<_>>()
                .await,
        );
        let mut database = PgConnection::connect(&servers.database())
            .await
            .expect("the database runs");
        wrong.extend(
            self.nothing_is_sold_twice(&mut database)
                .await
                .expect("the database answers"),
        );
        let (of_facts, facts) = checker::check(&mut database, &servers.nats.url()).await;
        wrong.extend(of_facts);
        wrong.truncate(20);
        assert!(wrong.is_empty(), "{when}:\n{}", wrong.join("\n"));
        println!(
            "{when}: {} orders and {facts} facts stand; looked for {:?}",
            self.purchases.len(),
            began.elapsed()
        );
    }

    async fn nothing_is_sold_twice(
        &self,
        database: &mut PgConnection,
    ) -> sqlx::Result<Vec<String>> {
        let mut wrong = Vec::new();
        let mut sold = HashSet::new();
        for seat in self.purchases.iter().flat_map(Purchase::seats) {
            if !sold.insert(seat.clone()) {
                wrong.push(format!("seat {seat:?} was sold twice"));
            }
        }
        let ours: HashMap<&str, bool> = self
            .purchases
            .iter()
            .filter_map(|p| Some((p.held.as_ref()?.id.as_str(), p.paid.is_some())))
            .collect();
        let orders: Vec<(Uuid, String, i64)> = sqlx::query_as(
            "select o.id, o.state, (select count(*) from ticketing.payment p where p.order_id = o.id and p.state = 'captured')
             from ticketing.orders o",
        )
        .fetch_all(&mut *database)
        .await?;
        for (id, state, payments) in &orders {
            let expected = (state == "paid", *payments) == (true, 1)
                && ours.get(id.to_string().as_str()) == Some(&true);
            if !expected {
                wrong.push(format!(
                    "order {id} is {state} with {payments} payments; its buyer says {:?}",
                    ours.get(id.to_string().as_str())
                ));
            }
        }
        if orders.len() != ours.len() {
            wrong.push(format!("{} orders instead of {}", orders.len(), ours.len()));
        }
        let balances: Vec<(Uuid, String, i64, i64, i64, i64)> = sqlx::query_as(
            "select p.id, b.category, b.capacity, b.free, b.held, b.sold
             from ticketing.performance p cross join lateral ticketing.balance(p.id) b",
        )
        .fetch_all(&mut *database)
        .await?;
        let off = balances
            .iter()
            .filter(|b| b.2 != b.3 + b.4 + b.5)
            .map(|b| format!("the places do not add up: {b:?}"));
        wrong.extend(off);
        let misplaced: Vec<(Uuid, i32)> = sqlx::query_as(
            "select p.id, m.seat_id from ticketing.performance p cross join lateral ticketing.misplaced_seats(p.id) m",
        )
        .fetch_all(database)
        .await?;
        wrong.extend(
            misplaced
                .iter()
                .map(|m| format!("a seat belongs to the wrong order: {m:?}")),
        );
        Ok(wrong)
    }
}

/// Buys until the region is dead; gives what was bought and what may have been.
async fn buyer(client: Client, house: House, seed: u64, dead: Arc<AtomicBool>) -> Vec<Purchase> {
    let mut dice = Dice(seed);
    let mut purchases = Vec::new();
    while !dead.load(Ordering::Acquire) {
        let mut purchase = Purchase::new(&house, &mut dice);
        // Some payments succeed although their answer says that nobody knows.
        let lost = dice.below(10) == 0;
        match purchase.go_on(&client, lost).await {
            Ok(true) | Err(_) => purchases.push(purchase),
            Ok(false) => {}
        }
    }
    purchases
}

/// A role that has just started may be busy yet.
async fn again(purchase: &mut Purchase, client: &Client) -> Result<bool, tonic::Status> {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        match purchase.go_on(client, false).await {
            Err(status)
                if status.code() == tonic::Code::Unavailable && Instant::now() < deadline => {}
            other => return other,
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The check would have failed, had a fact been doubled: here one is.
async fn a_doubled_fact_would_be_seen(servers: &Servers) {
    let context = checker::jetstream(&servers.nats.url()).await;
    let stream = context
        .get_stream(stream_name("ticketing"))
        .await
        .expect("the role has a stream");
    let last = stream
        .get_raw_message(stream.cached_info().state.last_sequence)
        .await
        .expect("it holds facts");
    let mut headers = async_nats::HeaderMap::new();
    for (name, values) in last
        .headers
        .iter()
        .filter(|(name, _)| name.to_string().starts_with("ce-"))
    {
        values
            .iter()
            .for_each(|v| headers.append(name.clone(), v.clone()));
    }
    let sent = context
        .publish_with_headers(last.subject.clone(), headers, last.payload.clone())
        .await
        .expect("sent");
    sent.await.expect("stored");
    let mut database = PgConnection::connect(&servers.database())
        .await
        .expect("the database runs");
    let (wrong, _) = checker::look(&mut database, &servers.nats.url()).await;
    assert!(
        wrong.iter().any(|w| w.contains("2 times")),
        "a doubled fact went unseen: {wrong:?}"
    );
}

//! The real servers, from `KT_TOOLS` or `.tools`. Run as root they drop to `nobody`, else they run as we do; the
//! tests hold for both.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use servers::{
    Error, Nats, NatsOptions, Postgres, PostgresOptions, Scratch, Tools, check_postgres_version,
};
use sqlx::{Connection, PgConnection};

fn tools() -> Tools {
    Tools::find().unwrap_or_else(|error| panic!("{error}"))
}

fn scratch() -> Scratch {
    Scratch::new().expect("a temporary directory")
}

async fn start(options: PostgresOptions) -> Postgres {
    Postgres::start(&tools(), options)
        .await
        .expect("PostgreSQL starts")
}

async fn refusal(options: PostgresOptions) -> Error {
    match Postgres::start(&tools(), options).await {
        Ok(_) => panic!("PostgreSQL started"),
        Err(error) => error,
    }
}

async fn run(url: &str, sql: &'static str) {
    let mut connection = PgConnection::connect(url).await.expect("connects");
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("runs");
    connection.close().await.expect("closes");
}

async fn count(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.expect("connects");
    let query = sqlx::query_scalar("select count(*) from seat");
    query.fetch_one(&mut connection).await.expect("counts")
}

/// The client does not take the login from the address by itself.
async fn connect(url: &str) -> Result<async_nats::Client, async_nats::ConnectError> {
    let address: async_nats::ServerAddr = url.parse().expect("an address");
    let options = match (address.username(), address.password()) {
        (Some(user), Some(password)) => {
            async_nats::ConnectOptions::with_user_and_password(user.into(), password.into())
        }
        _ => async_nats::ConnectOptions::new(),
    };
    options.connect(address).await
}

/// The real user id of a process.
fn owner(pid: u32) -> u32 {
    fs::metadata(format!("/proc/{pid}"))
        .expect("the process runs")
        .uid()
}

fn is_root() -> bool {
    owner(std::process::id()) == 0
}

fn gone(pid: u32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn postgres_keeps_its_data_over_a_stop_and_over_a_kill() {
    let dir = scratch();
    let options = PostgresOptions::durable(dir.path().join("a/postgres"));
    let server = start(options.clone()).await;
    server.create_database("region").await.unwrap();
    server.create_database("region").await.unwrap();
    run(
        &server.url("region"),
        "create table seat (id int); insert into seat values (1)",
    )
    .await;
    check_postgres_version(&server.url("region")).await.unwrap();
    let pid = server.pid();
    server.stop().await;
    assert!(gone(pid));
    let log = fs::read_to_string(options.data_dir.join("server.log")).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");

    let server = start(options.clone()).await;
    run(&server.url("region"), "insert into seat values (2)").await;
    drop(server);

    let server = start(options).await;
    assert_eq!(count(&server.url("region")).await, 2);
    server.stop().await;
}

#[tokio::test]
async fn a_durable_server_asks_for_its_password() {
    let dir = scratch();
    let server = start(PostgresOptions::durable(dir.path().join("postgres"))).await;
    let anybody = format!(
        "postgres://postgres:guess@127.0.0.1:{}/postgres",
        server.port()
    );
    let error = check_postgres_version(&anybody)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("password authentication failed"), "{error}");
    let mode = |name: &str| fs::metadata(server.data_dir().join(name)).unwrap().mode() & 0o777;
    assert_eq!(
        (mode("password"), mode("cluster"), mode("server.log")),
        (0o600, 0o700, 0o600)
    );

    let nats = Nats::start(&tools(), NatsOptions::durable(dir.path().join("nats")))
        .await
        .unwrap();
    connect(&nats.url()).await.unwrap();
    async_nats::connect(format!("nats://127.0.0.1:{}", nats.port()))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn nats_keeps_its_streams_over_a_stop_and_over_a_kill() {
    let dir = scratch();
    let options = NatsOptions::durable(dir.path().join("nats"));
    for round in 0..3 {
        let server = Nats::start(&tools(), options.clone()).await.unwrap();
        let client = connect(&server.url()).await.unwrap();
        assert_eq!(client.server_info().max_payload, 1 << 20);
        let jetstream = async_nats::jetstream::new(client);
        let config = async_nats::jetstream::stream::Config {
            name: "facts".into(),
            subjects: vec!["facts.>".into()],
            ..Default::default()
        };
        let mut stream = jetstream.get_or_create_stream(config).await.unwrap();
        assert_eq!(stream.info().await.unwrap().state.messages, round);
        jetstream
            .publish("facts.one", "payload".into())
            .await
            .unwrap()
            .await
            .unwrap();
        match round {
            0 => server.stop().await,
            _ => drop(server), // killed
        }
    }
}

#[tokio::test]
async fn root_is_dropped_and_a_normal_user_is_kept() {
    let dir = scratch();
    let postgres = start(PostgresOptions::throwaway(dir.path().join("postgres"))).await;
    let nats = Nats::start(&tools(), NatsOptions::throwaway(dir.path().join("nats")))
        .await
        .unwrap();
    let expected = if is_root() {
        65534
    } else {
        owner(std::process::id())
    };
    assert_eq!(owner(postgres.pid()), expected);
    assert_eq!(owner(nats.pid()), expected);
}

#[tokio::test]
async fn data_and_tools_that_nobody_can_enter_are_moved_for_root() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap(); // like a home directory
    let closed_tools = dir.path().join("tools");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(tools().root())
        .arg(&closed_tools)
        .status();
    assert!(copied.unwrap().success());
    let closed_tools = Tools::at(&closed_tools).unwrap();
    let options = PostgresOptions::throwaway(dir.path().join("postgres"));

    let server = Postgres::start(&closed_tools, options.clone())
        .await
        .unwrap();
    let data = server.data_dir().to_owned();
    run(&server.url("postgres"), "create table seat (id int)").await;
    server.stop().await;
    let server = Postgres::start(&closed_tools, options.clone())
        .await
        .unwrap();
    assert_eq!(
        count(&server.url("postgres")).await,
        0,
        "the second start finds the moved data"
    );
    assert_eq!(
        options.data_dir.canonicalize().unwrap(),
        data,
        "a link leads to the data"
    );
    assert_eq!(
        !data.starts_with(dir.path().canonicalize().unwrap()),
        is_root()
    );

    let executable = fs::read_link(format!("/proc/{}/exe", server.pid())).unwrap();
    drop(server);
    if is_root() {
        fs::remove_dir_all(data).unwrap();
        fs::remove_dir_all(executable.ancestors().nth(4).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_start_that_was_interrupted_is_cleaned_up() {
    let dir = scratch();
    let data = dir.path().join("postgres");
    fs::create_dir_all(data.join("cluster.new/base")).unwrap();
    fs::write(data.join("cluster.new/postgresql.conf"), "half").unwrap();
    let server = start(PostgresOptions::throwaway(&data)).await;
    assert!(!data.join("cluster.new").exists());
    server.stop().await;
}

#[tokio::test]
async fn a_directory_with_other_files_is_refused_and_left_alone() {
    let dir = scratch();
    let data = dir.path().join("photos");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("holiday.jpg"), "x").unwrap();
    let error = refusal(PostgresOptions::throwaway(&data)).await.to_string();
    assert!(
        error.contains("not PostgreSQL data of ours (such as \"holiday.jpg\")"),
        "{error}"
    );
    let nats = Nats::start(&tools(), NatsOptions::throwaway(&data)).await;
    assert!(matches!(
        nats,
        Err(Error::ForeignData {
            what: "nats-server",
            ..
        })
    ));
    assert_eq!(fs::read_to_string(data.join("holiday.jpg")).unwrap(), "x");
}

#[tokio::test]
async fn data_of_another_version_damaged_data_and_data_of_another_user_are_refused() {
    let dir = scratch();
    let options = PostgresOptions::throwaway(dir.path().join("postgres"));
    start(options.clone()).await.stop().await;
    let version = options.data_dir.join("cluster/PG_VERSION");

    fs::write(&version, "17\n").unwrap();
    let error = refusal(options.clone()).await.to_string();
    assert!(
        error.contains("was written by PostgreSQL 17, but this program runs 18"),
        "{error}"
    );

    fs::remove_file(&version).unwrap();
    let error = refusal(options.clone()).await.to_string();
    assert!(
        error.contains("is damaged (PG_VERSION is missing)"),
        "{error}"
    );

    if is_root() {
        std::os::unix::fs::chown(options.data_dir.join("cluster"), Some(4711), None).unwrap();
        let error = refusal(options).await.to_string();
        assert!(error.contains("belongs to user id 4711"), "{error}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let dir = scratch();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let data = dir.path().join("postgres");
    let options = PostgresOptions {
        port: Some(port),
        ..PostgresOptions::throwaway(&data)
    };
    let error = refusal(options).await.to_string();
    assert!(
        error.contains(&format!("port {port} on 127.0.0.1, wanted for PostgreSQL")),
        "{error}"
    );
    assert!(
        !data.join("cluster").exists(),
        "nothing was made before the port was looked at"
    );

    let data = dir.path().join("nats");
    let options = NatsOptions {
        port: Some(port),
        ..NatsOptions::throwaway(data)
    };
    let error = Nats::start(&tools(), options.clone())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains(&format!("port {port} on 127.0.0.1, wanted for nats-server")),
        "{error}"
    );

    drop(taken);
    let nats = Nats::start(&tools(), options).await.unwrap();
    assert_eq!(nats.port(), port);
}

#[tokio::test]
async fn data_in_use_are_refused() {
    let dir = scratch();
    let options = PostgresOptions::throwaway(dir.path().join("postgres"));
    let server = start(options.clone()).await;
    let error = refusal(options).await.to_string();
    assert!(
        error.contains("is in use by another running kulturtorg: stop that first"),
        "{error}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_pid_file_with_a_reused_id_does_not_stop_a_start() {
    let dir = scratch();
    let options = PostgresOptions::throwaway(dir.path().join("postgres"));
    start(options.clone()).await.stop().await;
    // A process that runs, belongs to the user of the server as far as PostgreSQL can see, and is another program.
    let pid_file = options.data_dir.join("cluster/postmaster.pid");
    fs::write(
        &pid_file,
        format!("{}\n\n\n\n\n\n\nready\n", std::process::id()),
    )
    .unwrap();
    fs::set_permissions(&pid_file, fs::Permissions::from_mode(0o644)).unwrap();
    start(options).await.stop().await;
}

#[tokio::test]
async fn a_server_that_dies_is_noticed_with_the_end_of_its_log() {
    let dir = scratch();
    let postgres = start(PostgresOptions::throwaway(dir.path().join("postgres"))).await;
    let stopped = Command::new("kill")
        .arg("-INT")
        .arg(postgres.pid().to_string())
        .status();
    assert!(stopped.unwrap().success());
    let error = postgres.exited().await.to_string();
    assert!(
        error.starts_with("PostgreSQL ended unexpectedly (exit status: 0)"),
        "{error}"
    );
    assert!(
        error.contains("server.log") && error.contains("database system is shut down"),
        "{error}"
    );
}

/// Our own binary stands for the parent: it is killed without a chance to clean up.
#[test]
fn the_servers_end_with_a_killed_parent() {
    let mut parent = Command::new(env!("CARGO_BIN_EXE_with-servers"))
        .args([
            "--",
            "sh",
            "-c",
            "echo $KT_TEST_POSTGRES_URL $KT_TEST_NATS_URL; exec sleep 60",
        ])
        .env("KT_TOOLS", tools().root())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(parent.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert!(
        line.contains("postgres://") && line.contains("nats://"),
        "{line}"
    );
    let (servers, others): (Vec<_>, Vec<_>) = children_of(parent.id())
        .into_iter()
        .partition(|(_, name)| ["postgres", "nats-server"].contains(&name.as_str()));
    assert_eq!(servers.len(), 2, "{servers:?} {others:?}");

    parent.kill().unwrap();
    parent.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !servers.iter().all(|(pid, _)| gone(*pid)) {
        assert!(
            Instant::now() < deadline,
            "a server outlived its parent: {servers:?}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    for (pid, _) in others {
        Command::new("kill").arg(pid.to_string()).status().unwrap();
    }
}

/// The processes started by another, with their names.
fn children_of(parent: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("there is /proc").flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse() else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let (Some((_, rest)), Some((_, rest_of_name))) =
            (stat.rsplit_once(") "), stat.split_once('('))
        else {
            continue;
        };
        let name = rest_of_name
            .rsplit_once(')')
            .map(|(name, _)| name.to_owned())
            .unwrap_or_default();
        if rest.split(' ').nth(1).and_then(|id| id.parse().ok()) == Some(parent) {
            found.push((pid, name));
        }
    }
    found
}

#[test]
fn the_exit_code_of_the_command_is_passed_on() {
    let run = |script: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_with-servers"));
        command
            .args(["--", "sh", "-c", script])
            .env("KT_TOOLS", tools().root());
        command.status().unwrap().code()
    };
    assert_eq!(run("exit 7"), Some(7));
    assert_eq!(run("exit 0"), Some(0));
}

//! Real servers, for one test at a time or two.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use onsale_testbed::instance::Instance;
use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::programs::find_program;
use onsale_testbed::proxy::Proxy;
use onsale_testbed::redis::{self, Redis};
use onsale_testbed::secret::random;
use tokio::sync::{Semaphore, SemaphorePermit};

const BINARY: &str = env!("CARGO_BIN_EXE_onsale");
const DATABASE: &str = "onsale";
static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Each cluster is about ten busy processes.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How a cluster is made.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) instances: usize,
    pub(crate) capacity: u32,
    pub(crate) hold_seconds: u32,
    pub(crate) pass_seconds: u32,
    /// Whether PostgreSQL is reached through the proxy.
    pub(crate) has_proxy: bool,
    /// Whether Redis keeps a log of its writes.
    pub(crate) append_only: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            instances: 2,
            capacity: 12,
            hold_seconds: 300,
            pass_seconds: 600,
            has_proxy: false,
            append_only: false,
        }
    }
}

impl Plan {
    /// Whether holds and passes run out within a trial.
    pub(crate) fn is_hasty(&self) -> bool {
        self.hold_seconds < 60
    }
}

/// Instances, and what they share. In the order in which they go.
pub(crate) struct Cluster {
    pub(crate) instances: Vec<Instance>,
    pub(crate) redis: Redis,
    pub(crate) proxy: Proxy,
    pub(crate) postgres: Postgres,
    pub(crate) plan: Plan,
    _turn: SemaphorePermit<'static>,
}

impl Cluster {
    pub(crate) async fn start(plan: Plan) -> Self {
        let turn = TURNS.acquire().await.expect("the semaphore is never closed");
        let postgres = Postgres::start(&postgres::Options::default()).expect("PostgreSQL");
        postgres.create_database(DATABASE).expect("a database");
        let proxy = Proxy::start(([127, 0, 0, 1], postgres.port()).into()).expect("a proxy");
        let redis = Redis::start(&redis::Options { append_only: plan.append_only, ..Default::default() })
            .expect("Redis");
        let mut cluster = Self { instances: Vec::new(), redis, proxy, postgres, plan, _turn: turn };
        let settings = cluster.settings();
        for _ in 0..cluster.plan.instances {
            let instance = Instance::start(Path::new(BINARY), &settings).expect("an instance");
            instance.wait_until_ready(READY_WITHIN).expect("ready");
            cluster.instances.push(instance);
        }
        cluster
    }

    fn settings(&self) -> Vec<(String, String)> {
        let store = if self.plan.has_proxy {
            format!("postgres://onsale@{}/{DATABASE}", self.proxy.addr())
        } else {
            self.postgres.url(DATABASE)
        };
        let settings = [
            ("ONSALE_STORE", store),
            ("ONSALE_LINE", self.redis.url()),
            ("ONSALE_TOKEN_SECRET", SECRET.clone()),
            ("ONSALE_LINE_CAPACITY", self.plan.capacity.to_string()),
            ("ONSALE_HOLD_SECONDS", self.plan.hold_seconds.to_string()),
            ("ONSALE_PASS_SECONDS", self.plan.pass_seconds.to_string()),
        ];
        settings.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// As in `http://127.0.0.1:20123`, one an instance.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.instances.iter().map(|instance| format!("http://{}", instance.addr())).collect()
    }

    pub(crate) fn operator(&self) -> String {
        let (_, printed) = self.onsale(&["token", "--operator"]);
        printed.trim_end().to_owned()
    }

    /// The store's own audit: whether it passed, and what it said.
    pub(crate) fn audit(&self) -> (bool, String) {
        self.onsale(&["check"])
    }

    fn onsale(&self, args: &[&str]) -> (bool, String) {
        let mut command = Command::new(BINARY);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ONSALE_") {
                command.env_remove(name);
            }
        }
        command.args(args).envs(self.settings()).env("ONSALE_STORE", self.postgres.url(DATABASE));
        let ended = command.output().expect("onsale runs");
        let words = [ended.stdout, ended.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (ended.status.success(), words.concat())
    }

    /// Asks PostgreSQL directly; one line a row, columns apart by `|`.
    pub(crate) fn sql(&self, statement: &str) -> Result<String, String> {
        let psql = find_program("psql")?;
        run(&psql, &[&self.postgres.url(DATABASE), "-XAtq", "-c", statement])
    }

    pub(crate) fn redis_cli(&self, command: &[&str]) -> Result<String, String> {
        let url = self.redis.url();
        run(&find_program("redis-cli")?, &[&["-u", &url], command].concat())
    }

    /// What the instances logged last, to explain a failure.
    pub(crate) fn last_words(&self) -> String {
        let words: Vec<String> = self.instances.iter().map(Instance::log_tail).collect();
        words.join("\n--\n")
    }
}

fn run(program: &Path, args: &[&str]) -> Result<String, String> {
    let ended = Command::new(program).args(args).output().map_err(|error| error.to_string())?;
    if ended.status.success() {
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    } else {
        Err(format!("{}: {}", program.display(), String::from_utf8_lossy(&ended.stderr)))
    }
}

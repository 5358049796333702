//! The scenarios with one instance on throwaway PostgreSQL and Redis servers, compared with pgbench and
//! redis-benchmark on the same servers.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::programs::find_program;
use onsale_testbed::redis::{self, Redis};
use tempfile::TempDir;

use crate::crowd::Office;
use crate::journeys;
use crate::load::{at_rate, burst, request};
use crate::report::{figure, median, note, report};
use crate::requests::{SECRET, WRITERS, WRITES, hold_requests, payment_requests, poll_requests};
use crate::server::Server;

/// Clients of pgbench.
const CLIENTS: &str = "64";
const YARDSTICK_SECONDS: &str = "5";
const JOINS: usize = 100_000;
const HOT: usize = 1_000;

/// Tables for pgbench: those that a hold and a payment touch, with the same columns and indexes as onsale's.
const YARDSTICK: &str = "
CREATE TABLE seats (concert_id uuid, seat_no integer, id uuid, price bigint, holder_id uuid, reserved_at timestamptz,
    deadline timestamptz, paid_at timestamptz, PRIMARY KEY (concert_id, seat_no)) WITH (fillfactor = 80);
CREATE INDEX ON seats (holder_id) WHERE holder_id IS NOT NULL;
CREATE TABLE charges (user_id integer PRIMARY KEY, amount bigint, updated_at timestamptz) WITH (fillfactor = 80);
CREATE TABLE bills (id uuid, holder_id integer, seat_no integer, amount bigint, created_at timestamptz, serial bigserial
    PRIMARY KEY);
CREATE INDEX ON bills (holder_id, created_at);
CREATE TABLE ledger_entries (movement_id uuid, account text, user_id integer, amount bigint, created_at timestamptz,
    PRIMARY KEY (movement_id, account));
CREATE TABLE passes (number bigint PRIMARY KEY, user_id integer, lasts_until timestamptz, ended_at timestamptz)
    WITH (fillfactor = 80);
INSERT INTO seats SELECT '00000000-0000-0000-0000-0000000000c1', n, gen_random_uuid(), 1 FROM generate_series(1, 50000) n;
INSERT INTO charges SELECT n, 1000000 FROM generate_series(1, 50000) n;
INSERT INTO passes SELECT n, n, now() FROM generate_series(1, 50000) n;
VACUUM ANALYZE;";

/// One transaction that holds a seat.
const HOLD: &str = "\\set n random(1, 50000)
UPDATE seats SET holder_id = gen_random_uuid(), reserved_at = clock_timestamp(), deadline = clock_timestamp() + '5 min'
WHERE concert_id = '00000000-0000-0000-0000-0000000000c1' AND seat_no = :n;
";

/// One transaction that pays for a seat: balance, seat, bill, ledger, pass.
const PAY: &str = "\\set n random(1, 50000)
BEGIN;
UPDATE charges SET amount = amount - 1, updated_at = clock_timestamp() WHERE user_id = :n;
UPDATE seats SET paid_at = clock_timestamp()
WHERE concert_id = '00000000-0000-0000-0000-0000000000c1' AND seat_no = :n;
INSERT INTO bills VALUES (gen_random_uuid(), :n, :n, 1, clock_timestamp());
INSERT INTO ledger_entries VALUES (gen_random_uuid(), 'wallet', :n, -1, clock_timestamp()),
    (gen_random_uuid(), 'sales', NULL, 1, clock_timestamp());
UPDATE passes SET ended_at = clock_timestamp() WHERE number = :n;
COMMIT;
";

/// Throwaway servers, one instance on them, and others beside it.
struct Place {
    server: Server,
    others: Vec<Server>,
    postgres: Postgres,
    redis: Redis,
    folder: TempDir,
}

/// Work of the servers, per second.
struct Costs {
    requests: f64,
    /// Seconds of processor time.
    redis_busy: f64,
    transactions: f64,
}

impl Place {
    fn open(flags: &[&str]) -> Self {
        Self::with_instances(1, flags)
    }

    fn with_instances(count: usize, flags: &[&str]) -> Self {
        let postgres = Postgres::start(&postgres::Options::default()).expect("PostgreSQL starts");
        let redis =
            Redis::start(&redis::Options { append_only: true, ..Default::default() }).expect("Redis starts");
        postgres.create_database("onsale").expect("a database");
        postgres.create_database("yardstick").expect("a database");
        let folder = tempfile::tempdir().expect("a folder");
        let (store, line) = (postgres.url("onsale"), redis.url());
        let mut all = vec!["--store", &store, "--line", &line, "--pass-seconds", "3600"];
        all.extend(flags);
        let server = Server::onsale(folder.path(), &SECRET, &all);
        let others = (1..count).map(|_| Server::onsale(folder.path(), &SECRET, &all)).collect();
        let place = Self { server, others, postgres, redis, folder };
        place.psql(YARDSTICK);
        place
    }

    /// Runs SQL on the yardstick's database; returns its output.
    fn psql(&self, sql: &str) -> String {
        Self::run("psql", &[&self.postgres.url("yardstick"), "-XAtq", "-v", "ON_ERROR_STOP=1"], sql)
    }

    /// Transactions per second that pgbench reaches with a script.
    fn pgbench(&self, script: &str) -> f64 {
        let file = self.folder.path().join("script.sql");
        std::fs::write(&file, script).expect("a script");
        let (url, file) = (self.postgres.url("yardstick"), file.display().to_string());
        let output = Self::run(
            "pgbench",
            &["-n", "-M", "prepared", "-c", CLIENTS, "-j", "2", "-T", YARDSTICK_SECONDS, "-f", &file, &url],
            "",
        );
        let rate =
            output.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.expect("pgbench reports its rate")
    }

    /// Answers per second that redis-benchmark reaches with INCR and 64 clients, one request at a time each.
    fn redis_benchmark(&self) -> f64 {
        let port = self.redis.port().to_string();
        let output = Self::run(
            "redis-benchmark",
            &["-p", &port, "-c", CLIENTS, "-n", "200000", "-t", "incr", "--csv"],
            "",
        );
        let rate =
            output.lines().nth(1).and_then(|line| line.split(',').nth(1)?.trim_matches('"').parse().ok());
        rate.expect("redis-benchmark reports its rate")
    }

    fn redis_info(&self, section: &str, field: &str) -> f64 {
        let port = self.redis.port().to_string();
        let output = Self::run("redis-cli", &["-p", &port, "INFO", section], "");
        let value =
            output.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.trim().parse().ok());
        value.expect("Redis reports its statistics")
    }

    fn transactions(&self) -> f64 {
        let sql = "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = 'onsale'";
        self.psql(sql).trim().parse().expect("a count")
    }

    /// The result of `work`, and what the servers do per second meanwhile.
    async fn costs_of<T>(&self, work: impl Future<Output = T>) -> (T, Costs) {
        let counters = || {
            (self.requests(), self.redis_info("cpu", "used_cpu_user"), self.transactions(), Instant::now())
        };
        let (requests, busy, transactions, start) = counters();
        let done = work.await;
        let (requests_after, busy_after, transactions_after, end) = counters();
        let seconds = end.duration_since(start).as_secs_f64();
        let costs = Costs {
            requests: (requests_after - requests) / seconds,
            redis_busy: (busy_after - busy) / seconds,
            transactions: (transactions_after - transactions) / seconds,
        };
        (done, costs)
    }

    /// Scripts and plain commands that instances have sent. Commands inside a script do not count.
    fn requests(&self) -> f64 {
        let port = self.redis.port().to_string();
        let output = Self::run("redis-cli", &["-p", &port, "INFO", "commandstats"], "");
        let calls = |command: &str| -> f64 {
            let line = output.lines().find_map(|line| line.strip_prefix(command)?.strip_prefix(":calls="));
            line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0.0)
        };
        calls("cmdstat_evalsha") + calls("cmdstat_publish")
    }

    fn run(program: &str, args: &[&str], input: &str) -> String {
        use std::io::Write;
        let path = find_program(program).unwrap_or_else(|error| panic!("{error}"));
        let mut child = Command::new(path)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("input is read");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{program} failed");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Durable reservations over HTTP compared with pgbench.
pub(crate) async fn reservations() {
    let place = Place::open(&["--line-capacity", "1000000"]);
    let office = Office::new(&SECRET);
    let (mut ratios, mut rate) = (Vec::new(), 0.0_f64);
    for _ in 0..3 {
        let commits = place.pgbench(HOLD);
        note(&format!("pgbench, one prepared UPDATE a transaction: {commits:.0}/s"));
        let holds = hold_requests(&office, &place.server, WRITES).await;
        let held = burst(place.server.address, WRITERS, &holds, 200).await;
        report("durable reservation", &held);
        ratios.push(held.per_second() / commits);
        rate = rate.max(held.per_second());
    }
    figure("durable reservations / pgbench", median(ratios), "at least 3");
    let holds = hold_requests(&office, &place.server, WRITES).await;
    let half = at_rate(place.server.address, WRITERS, &holds, 200, rate / 2.0).await;
    report("durable reservation at half load", &half);
}

/// Payments over HTTP compared with pgbench.
pub(crate) async fn payments() {
    let place = Place::open(&["--line-capacity", "1000000"]);
    let office = Office::new(&SECRET);
    let (mut ratios, mut rate) = (Vec::new(), 0.0_f64);
    for _ in 0..3 {
        let commits = place.pgbench(PAY);
        note(&format!("pgbench, one payment a transaction: {commits:.0}/s"));
        let requests = payment_requests(&office, &place.server, WRITES / 2).await;
        let paid = burst(place.server.address, WRITERS, &requests, 200).await;
        report("payment", &paid);
        ratios.push(paid.per_second() / commits);
        rate = rate.max(paid.per_second());
    }
    figure("payments / pgbench", median(ratios), "at least 4");
    let requests = payment_requests(&office, &place.server, WRITES / 2).await;
    let half = at_rate(place.server.address, WRITERS, &requests, 200, rate / 2.0).await;
    report("payment at half load", &half);
}

/// Whole journeys compared with pgbench.
pub(crate) fn journeys() {
    let place = Place::open(&["--line-capacity", "1000000"]);
    let office = Office::new(&SECRET);
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let commits = place.pgbench(PAY);
        note(&format!("pgbench, one payment a transaction: {commits:.0}/s"));
        ratios.push(journeys::round(place.server.address, &office, place.folder.path()) / commits);
    }
    figure("whole journeys / pgbench", median(ratios), "no aim");
}

/// Joins, the memory of a waiting person in Redis, and what polls cost the servers.
pub(crate) async fn joins() {
    let place = Place::open(&["--line-capacity", "0"]);
    let office = Office::new(&SECRET);
    note(&format!("redis-benchmark, INCR: {:.0}/s", place.redis_benchmark()));
    let before = place.redis_info("memory", "used_memory");
    let mut rates = Vec::new();
    for _ in 0..3 {
        let joins = office.joins(None, JOINS / 3);
        let joined = burst(place.server.address, WRITERS, &joins, 200).await;
        report("join", &joined);
        rates.push(joined.per_second());
    }
    figure("joins a second", median(rates), "at least 15,000");
    let memory = place.redis_info("memory", "used_memory") - before;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let each = memory / (JOINS / 3 * 3) as f64;
    figure("bytes of Redis memory for a waiting person, of 100,000", each, "at most 100");

    let fans = office.join(&place.server, 20_000).await;
    let polls = poll_requests(&fans);
    // Polls before `pollAfterMs` would be answered with 429.
    tokio::time::sleep(Duration::from_secs(4)).await;
    // Measures what the servers do while nobody polls.
    let idle = place.costs_of(tokio::time::sleep(Duration::from_secs(3))).await.1;
    let (polled, busy) = place.costs_of(burst(place.server.address, 64, &polls, 200)).await;
    report("status poll", &polled);
    note(&format!(
        "PostgreSQL: {:.1} transactions a second idle, {:.1} under polls",
        idle.transactions, busy.transactions
    ));
    let per_poll = |busy: f64, idle: f64| (busy - idle).max(0.0) / polled.per_second();
    figure("requests to Redis for a poll", per_poll(busy.requests, idle.requests), "as good as none");
    let each_us = per_poll(busy.redis_busy, idle.redis_busy) * 1e6;
    figure("Redis' processor time for a poll in us", each_us, "as good as none");
}

/// A burst of joins at a rate, dealt to three instances.
pub(crate) async fn join_burst() {
    let place = Place::with_instances(3, &["--line-capacity", "0"]);
    let office = Office::new(&SECRET);
    let instances = std::iter::once(&place.server).chain(&place.others);
    let bursts: Vec<_> = instances
        .map(|server| {
            let (address, joins) = (server.address, office.joins(None, 50_000 / 3));
            tokio::spawn(async move { at_rate(address, 700, &joins, 200, 5_000.0 / 3.0).await })
        })
        .collect();
    let mut worst: f64 = 0.0;
    for joined in bursts {
        let joined = joined.await.expect("a burst");
        report("join at one of three instances", &joined);
        worst = worst.max(joined.latency_ms(99.0));
    }
    figure("join p99 in ms at the slowest of three instances, 50,000 in 10 s", worst, "under 1,000");
}

/// Many people try to hold one seat at the same instant.
pub(crate) async fn hot_seat() {
    let place = Place::open(&["--line-capacity", "1000000"]);
    let office = Office::new(&SECRET);
    let fans = office.join(&place.server, HOT).await;
    let mut worst = Vec::new();
    for _ in 0..5 {
        let concert = office.concert(&place.server, 1, 1).await;
        let path = format!("/v1/concerts/{concert}/seats/1/reservations");
        let holds = fans.iter().map(|fan| request("POST", &path, &fan.queue, None)).collect();
        let tried = burst(place.server.address, HOT, &Arc::new(holds), 400).await;
        let (p99, winners) = (tried.latency_ms(99.0), tried.unexpected);
        note(&format!("{HOT} people, one seat: p99 {p99:.0} ms, {winners} got it"));
        worst.push(p99);
    }
    figure("hot seat p99 in ms", median(worst), "under 250");
}

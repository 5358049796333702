//! The scenarios with one instance on SQLite, compared with a bare handler and raw SQLite.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::crowd::{Office, Tokens, all_succeed, charge};
use crate::journeys;
use crate::load::{Connection, Request, at_rate, burst, request};
use crate::report::{figure, median, note, note_cpu, report};
use crate::requests::{SECRET, WRITERS, WRITES, hold_requests, payment_requests, poll_requests};
use crate::server::Server;
use crate::yardstick::{sqlite_payments_per_second, sqlite_reservations_per_second};

/// Enough connections to keep one writer busy, few enough for two cores.
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 9;
const POLLS: usize = 40_000;

/// Polls compared with a bare handler, and refusals of a sold seat compared with polls.
pub(crate) async fn polls_and_refusals() {
    let folder = tempfile::tempdir().expect("a folder");
    let server =
        Server::onsale(folder.path(), &SECRET, &["--line-capacity", "10", "--line-rate-per-minute", "0"]);
    let office = Office::new(&SECRET);
    let concert = office.concert(&server, 50, 1).await;
    let inside = office.join(&server, 10).await;
    sell_first_seat(&server, &concert, &inside[0]).await;
    // Nobody may take the buyer's slot, so that the others stay in line.
    let full = request("PATCH", "/v1/line", &office.operator(), Some(r#"{"capacity":9}"#));
    all_succeed(&server, &Arc::new(vec![full])).await;
    let waiting = office.join(&server, POLLS).await;

    let polls = poll_requests(&waiting);
    let mut connection = Connection::open(server.address).await.expect("a connection");
    let sample = connection.send(&polls[0]).await.expect("an answer");
    let bare = Server::bare_axum(&"x".repeat(sample.body.len()));
    let refusal = format!("/v1/concerts/{concert}/seats/1/reservations");
    let refusals: Arc<Vec<Request>> =
        Arc::new((0..POLLS).map(|i| request("POST", &refusal, &inside[1 + i % 9].queue, None)).collect());

    let (mut poll_ratios, mut refusal_ratios) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let before = bare.cpu_ticks();
        let bare_burst = burst(bare.address, CONNECTIONS, &polls, 200).await;
        let bare_ticks = bare.cpu_ticks() - before;
        // Polls before `pollAfterMs` would be answered with 429.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let before = server.cpu_ticks();
        let poll_burst = burst(server.address, CONNECTIONS, &polls, 200).await;
        let ticks = server.cpu_ticks() - before;
        let refusal_burst = burst(server.address, CONNECTIONS, &refusals, 400).await;
        report("bare axum", &bare_burst);
        report("status poll", &poll_burst);
        report("refusal of a sold seat", &refusal_burst);
        poll_ratios.push(poll_burst.per_second() / bare_burst.per_second());
        refusal_ratios.push(poll_burst.per_second() / refusal_burst.per_second());
        note_cpu(round, POLLS, "polls", ticks, bare_ticks);
    }
    figure("status polls / bare axum", median(poll_ratios), "at least 0.85");
    figure("cost of refusing a sold seat / cost of a poll", median(refusal_ratios), "at most 1.5");
}

/// Durable reservations over HTTP compared with raw SQLite.
pub(crate) async fn reservations() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--line-capacity", "100000", "--pass-seconds", "3600"];
    let server = Server::onsale(folder.path(), &SECRET, &flags);
    let office = Office::new(&SECRET);
    let mut ratios = Vec::new();
    let mut rate: f64 = 0.0;
    for _ in 0..3 {
        let commits = sqlite_reservations_per_second(folder.path(), Duration::from_secs(3));
        note(&format!("SQLite, one commit each: {commits:.0}/s"));
        let holds = hold_requests(&office, &server, WRITES).await;
        let held = burst(server.address, WRITERS, &holds, 200).await;
        report("durable reservation", &held);
        ratios.push(held.per_second() / commits);
        rate = rate.max(held.per_second());
    }
    figure("durable reservations / SQLite, one commit each", median(ratios), "at least 5");
    let holds = hold_requests(&office, &server, WRITES).await;
    let half = at_rate(server.address, WRITERS, &holds, 200, rate / 2.0).await;
    report("durable reservation at half load", &half);
    figure("reservation p99 in ms at half load", half.latency_ms(99.0), "under 50");
}

/// Payments over HTTP compared with raw SQLite.
pub(crate) async fn payments() {
    let folder = tempfile::tempdir().expect("a folder");
    let server =
        Server::onsale(folder.path(), &SECRET, &["--line-capacity", "100000", "--pass-seconds", "3600"]);
    let office = Office::new(&SECRET);
    let mut ratios = Vec::new();
    let mut rate: f64 = 0.0;
    for _ in 0..3 {
        let commits = sqlite_payments_per_second(folder.path(), Duration::from_secs(3));
        note(&format!("SQLite, one commit for each payment: {commits:.0}/s"));
        let requests = payment_requests(&office, &server, WRITES / 2).await;
        let paid = burst(server.address, WRITERS, &requests, 200).await;
        report("payment", &paid);
        ratios.push(paid.per_second() / commits);
        rate = rate.max(paid.per_second());
    }
    figure("payments / SQLite, one commit for each payment", median(ratios), "at least 5");
    let requests = payment_requests(&office, &server, WRITES / 2).await;
    let half = at_rate(server.address, WRITERS, &requests, 200, rate / 2.0).await;
    report("payment at half load", &half);
    figure("payment p99 in ms at half load", half.latency_ms(99.0), "under 50");
}

/// Whole journeys compared with raw SQLite.
pub(crate) fn journeys() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::onsale(folder.path(), &SECRET, &["--line-capacity", "1000000"]);
    let office = Office::new(&SECRET);
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let commits = sqlite_payments_per_second(folder.path(), Duration::from_secs(3));
        note(&format!("SQLite, one commit for each payment: {commits:.0}/s"));
        ratios.push(journeys::round(server.address, &office, folder.path()) / commits);
    }
    figure("whole journeys / SQLite, one commit for each payment", median(ratios), "no aim");
}

/// A million people waiting: memory, and the cost of a poll compared with a poll among ten.
pub(crate) async fn million() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::onsale(folder.path(), &SECRET, &["--line-capacity", "0"]);
    let office = Office::new(&SECRET);
    let ten = office.join(&server, 10).await;
    let among_ten = one_by_one(&server, &ten).await;
    let fans = office.join(&server, POLLS).await;
    let polls = poll_requests(&fans);
    // Polls before `pollAfterMs` would be answered with 429.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let small = burst(server.address, CONNECTIONS, &polls, 200).await;
    report(&format!("status poll, {POLLS} waiting"), &small);
    let start = Instant::now();
    for _ in 0..(1_000_000 - POLLS) / 48_000 {
        office.join(&server, 48_000).await;
    }
    note(&format!("joined in {:.0} s (including the signing of tokens)", start.elapsed().as_secs_f64()));
    // Until memory and the line have settled.
    tokio::time::sleep(Duration::from_mins(1)).await;
    let among_million = one_by_one(&server, &ten).await;
    let large = burst(server.address, CONNECTIONS, &polls, 200).await;
    report("status poll, a million waiting", &large);
    let memory = u32::try_from(server.memory_mib()).unwrap_or(u32::MAX);
    figure("memory in MiB with a million waiting", f64::from(memory), "under 200");
    figure("poll among a million / among ten, one by one", among_million / among_ten, "under 2");
    figure(
        "poll among a million / among 40,000, at full load",
        small.per_second() / large.per_second(),
        "under 2",
    );
}

/// The median time of a poll in microseconds, one at a time and never too early.
async fn one_by_one(server: &Server, fans: &[Tokens]) -> f64 {
    let mut connection = Connection::open(server.address).await.expect("a connection");
    let polls = poll_requests(fans);
    let mut times = Vec::new();
    for _ in 0..20 {
        for poll in polls.iter() {
            let start = Instant::now();
            let answer = connection.send(poll).await.expect("an answer");
            if answer.status == 200 {
                times.push(start.elapsed().as_secs_f64() * 1e6);
            }
        }
        // Polls before `pollAfterMs` would be answered with 429.
        tokio::time::sleep(Duration::from_millis(1_900)).await;
    }
    let typical = median(times.clone());
    note(&format!("{} polls one by one: median {typical:.0} us", times.len()));
    typical
}

async fn sell_first_seat(server: &Server, concert: &str, fan: &Tokens) {
    charge(server, std::slice::from_ref(fan), 10).await;
    let path = format!("/v1/concerts/{concert}/seats/1");
    let hold = request("POST", &format!("{path}/reservations"), &fan.queue, None);
    all_succeed(server, &Arc::new(vec![hold])).await;
    let pay = request("POST", &format!("{path}/payments"), &fan.queue, None);
    all_succeed(server, &Arc::new(vec![pay])).await;
}

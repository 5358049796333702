//! The figures, one function each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::crowd::{Fan, Office, all_succeed, charge};
use crate::journeys;
use crate::load::{Burst, Connection, Request, at_rate, burst, request};
use crate::pages;
use crate::server::Server;
use crate::shared;
use crate::yardstick::{sqlite_payments_per_second, sqlite_reservations_per_second};

pub(crate) const SECRET: &str = "a secret of the benchmark, longer than 32 bytes";
/// Enough connections to keep one writer busy, few enough for two cores.
const CONNECTIONS: usize = 64;
/// Writers wait for the disk: with twice the largest batch in flight, one is written while the next comes in.
pub(crate) const WRITERS: usize = 512;
const ROUNDS: usize = 9;
const POLLS: usize = 40_000;
pub(crate) const WRITES: usize = 20_000;

/// Runs the named scenarios, or all of them.
#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) async fn run(names: &[String]) {
    let wants = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    println!("onsale bench: ratios of one run; see docs/benchmarks.md");
    if wants("polls") {
        polls_and_refusals().await;
    }
    if wants("reservations") {
        reservations().await;
    }
    if wants("payments") {
        payments().await;
    }
    if wants("journeys") {
        journeys();
    }
    if wants("pages") {
        pages::costs().await;
    }
    if wants("streams") {
        pages::streams().await;
    }
    if wants("million") {
        million().await;
    }
    if wants("shared-reservations") {
        shared::reservations().await;
    }
    if wants("shared-payments") {
        shared::payments().await;
    }
    if wants("shared-journeys") {
        shared::journeys();
    }
    if wants("shared-joins") {
        shared::joins().await;
    }
    if wants("hot-seat") {
        shared::hot_seat().await;
    }
}

/// Polls beside a bare handler, and refusals of a sold seat beside polls.
async fn polls_and_refusals() {
    let folder = tempfile::tempdir().expect("a folder");
    let server =
        Server::onsale(folder.path(), SECRET, &["--line-capacity", "10", "--line-rate-per-minute", "0"]);
    let office = Office::new(SECRET);
    let concert = office.concert(&server, 50, 1).await;
    let inside = office.join(&server, 10).await;
    sell_first_seat(&server, &concert, &inside[0]).await;
    // Nobody takes the buyer's place: everybody else is to stay in line.
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
        // Everybody waits out the interval that they were told; asking earlier would be answered 429.
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
        note(&format!(
            "round {round}: {} ms of CPU for {POLLS} polls, {} ms bare",
            ticks * 10,
            bare_ticks * 10
        ));
    }
    figure("status polls / bare axum", median(poll_ratios), "at least 0.85");
    figure("cost of refusing a sold seat / cost of a poll", median(refusal_ratios), "at most 1.5");
}

/// Durable reservations through HTTP beside raw SQLite.
async fn reservations() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--line-capacity", "100000", "--pass-seconds", "3600"];
    let server = Server::onsale(folder.path(), SECRET, &flags);
    let office = Office::new(SECRET);
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

/// Payments through HTTP beside raw SQLite.
async fn payments() {
    let folder = tempfile::tempdir().expect("a folder");
    let server =
        Server::onsale(folder.path(), SECRET, &["--line-capacity", "100000", "--pass-seconds", "3600"]);
    let office = Office::new(SECRET);
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

/// Whole journeys beside raw SQLite.
fn journeys() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::onsale(folder.path(), SECRET, &["--line-capacity", "1000000"]);
    let office = Office::new(SECRET);
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let commits = sqlite_payments_per_second(folder.path(), Duration::from_secs(3));
        note(&format!("SQLite, one commit for each payment: {commits:.0}/s"));
        ratios.push(journeys::round(server.address, &office, folder.path()) / commits);
    }
    figure("whole journeys / SQLite, one commit for each payment", median(ratios), "no aim");
}

/// A million people waiting: memory, and a poll beside a poll among ten.
async fn million() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::onsale(folder.path(), SECRET, &["--line-capacity", "0"]);
    let office = Office::new(SECRET);
    let ten = office.join(&server, 10).await;
    let among_ten = one_by_one(&server, &ten).await;
    let fans = office.join(&server, POLLS).await;
    let polls = poll_requests(&fans);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let small = burst(server.address, CONNECTIONS, &polls, 200).await;
    report(&format!("status poll, {POLLS} waiting"), &small);
    let start = Instant::now();
    for _ in 0..(1_000_000 - POLLS) / 48_000 {
        office.join(&server, 48_000).await;
    }
    note(&format!("joined in {:.0} s (tokens signed in between)", start.elapsed().as_secs_f64()));
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

/// The median time of a poll in microseconds, asked one at a time and never too early.
async fn one_by_one(server: &Server, fans: &[Fan]) -> f64 {
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
        tokio::time::sleep(Duration::from_millis(1_900)).await;
    }
    let typical = median(times.clone());
    note(&format!("{} polls one by one: median {typical:.0} us", times.len()));
    typical
}

async fn sell_first_seat(server: &Server, concert: &str, fan: &Fan) {
    charge(server, std::slice::from_ref(fan), 10).await;
    let path = format!("/v1/concerts/{concert}/seats/1");
    let hold = request("POST", &format!("{path}/reservations"), &fan.queue, None);
    all_succeed(server, &Arc::new(vec![hold])).await;
    let pay = request("POST", &format!("{path}/payments"), &fan.queue, None);
    all_succeed(server, &Arc::new(vec![pay])).await;
}

pub(crate) fn poll_requests(fans: &[Fan]) -> Arc<Vec<Request>> {
    Arc::new(fans.iter().map(|fan| request("GET", "/v1/enqueues", &fan.queue, None)).collect())
}

/// One seat each of a new concert, for people who have just come in.
pub(crate) async fn hold_requests(office: &Office, server: &Server, count: usize) -> Arc<Vec<Request>> {
    let fans = office.join(server, count).await;
    let concert = office.concert(server, u32::try_from(count).expect("few seats"), 1).await;
    let path = |seat: usize| format!("/v1/concerts/{concert}/seats/{seat}/reservations");
    let holds = fans.iter().zip(1..).map(|(fan, seat)| request("POST", &path(seat), &fan.queue, None));
    Arc::new(holds.collect())
}

pub(crate) async fn payment_requests(office: &Office, server: &Server, count: usize) -> Arc<Vec<Request>> {
    let fans = office.join(server, count).await;
    charge(server, &fans, 10).await;
    let concert = office.concert(server, u32::try_from(count).expect("few seats"), 1).await;
    let act = |(seat, fan): (usize, &Fan), what: &str| {
        request("POST", &format!("/v1/concerts/{concert}/seats/{}/{what}", seat + 1), &fan.queue, None)
    };
    let holds = fans.iter().enumerate().map(|fan| act(fan, "reservations")).collect();
    all_succeed(server, &Arc::new(holds)).await;
    Arc::new(fans.iter().enumerate().map(|fan| act(fan, "payments")).collect())
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn report(what: &str, burst: &Burst) {
    let (p50, p99) = (burst.latency_ms(50.0), burst.latency_ms(99.0));
    println!("  {what}: {:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms", burst.per_second());
    if let Some(example) = &burst.example {
        println!("  UNEXPECTED: {} of {} answers, such as {example}", burst.unexpected, burst.count);
    }
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn figure(what: &str, value: f64, aim: &str) {
    println!("FIGURE {what}: {value:.2} ({aim})");
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn note(text: &str) {
    println!("  {text}");
}

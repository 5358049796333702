//! The scenarios about sales, with one instance on SQLite: joins that wait, a draw, sales beside each other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::crowd::{self, Office, Tokens};
use crate::load::{Burst, Connection, Request, at_rate, burst, request};
use crate::report::{figure, median, note, note_cpu, report};
use crate::requests::{SECRET, poll_requests};
use crate::server::Server;

/// Enough connections to keep the server busy, few enough for two cores.
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const JOINS: usize = 40_000;
const POLLS: usize = 40_000;
/// People join in such groups, so that their tokens do not fill the client's memory at once.
const GROUP: usize = 50_000;
const MILLION: usize = 1_000_000;
/// What the line asks for at most, of however many people.
const POLLS_PER_SECOND: f64 = 20_000.0;
/// Polls come at least so long after another: before `pollAfterMs` they would be answered with 429.
const POLL_AFTER: Duration = Duration::from_secs(4);

/// A server on SQLite in an empty folder, and who signs for it.
struct Place {
    server: Server,
    office: Office,
    _folder: TempDir,
}

impl Place {
    fn open(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::onsale(folder.path(), &SECRET, flags);
        Self { server, office: Office::new(&SECRET), _folder: folder }
    }

    fn ask_line(&self, sale: &str) -> Request {
        request("GET", &format!("/v1/sales/{sale}/line"), &self.office.operator(), None)
    }
}

/// An operator's view of a sale's line.
async fn line(connection: &mut Connection, ask: &Request) -> Value {
    crowd::json(&connection.send(ask).await.expect("an answer"))
}

/// Joins of people who wait, compared with a bare handler that takes a POST; then a burst at a rate.
pub(crate) async fn waiting_joins() {
    let place = Place::open(&["--line-capacity", "0"]);
    let mut connection = Connection::open(place.server.address).await.expect("a connection");
    let sample = connection.send(&place.office.joins(None, 1)[0]).await.expect("an answer");
    let bare = Server::bare_axum(&"x".repeat(sample.body.len()));
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let joins = place.office.joins(None, JOINS);
        let before = bare.cpu_ticks();
        let posted = burst(bare.address, CONNECTIONS, &joins, 200).await;
        let bare_ticks = bare.cpu_ticks() - before;
        let before = place.server.cpu_ticks();
        let joined = burst(place.server.address, CONNECTIONS, &joins, 200).await;
        let ticks = place.server.cpu_ticks() - before;
        report("bare axum, POST", &posted);
        report("join", &joined);
        ratios.push(joined.per_second() / posted.per_second());
        note_cpu(round, JOINS, "joins", ticks, bare_ticks);
    }
    figure("joins that wait / bare axum's POSTs", median(ratios), "at least 0.65");
    let burst_of =
        at_rate(place.server.address, 2_000, &place.office.joins(None, 50_000), 200, 5_000.0).await;
    report("join in a burst of 50,000 in 10 s", &burst_of);
    figure("join p99 in ms, 50,000 in 10 s", burst_of.latency_ms(99.0), "under 500");
}

/// Polls in a drawn sale compared with polls in a sale by arrival, on the same server.
pub(crate) async fn drawn_polls() {
    let place = Place::open(&[]);
    let mut sales = Vec::new();
    for order in ["arrival", "draw"] {
        let opens_at = whole_second(Timestamp::now() + SignedDuration::from_secs(40));
        let fields = json!({"order": order, "opensAt": opens_at.to_string(), "capacity": 0});
        let sale = place.office.sale(&place.server, order, fields).await;
        let fans = place.office.join_sale(&place.server, Some(&sale), POLLS).await;
        sales.push((sale, opens_at, poll_requests(&fans)));
    }
    for (sale, opens_at, _) in &sales {
        wait_until(*opens_at + SignedDuration::from_secs(3)).await;
        note(&format!("the sale {sale} is open"));
    }
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        tokio::time::sleep(POLL_AFTER).await;
        let mut rates = [0.0; 2];
        // Who begins changes from round to round.
        for side in [round % 2, (round + 1) % 2] {
            let polled = burst(place.server.address, CONNECTIONS, &sales[side].2, 200).await;
            report(["poll by arrival", "poll in a drawn sale"][side], &polled);
            rates[side] = polled.per_second();
        }
        ratios.push(rates[1] / rates[0]);
    }
    figure("polls in a drawn sale / polls by arrival", median(ratios), "at least 0.95");
}

/// The draw of a million: when the first is called, and the memory that it takes.
pub(crate) async fn draw() {
    let place = Place::open(&[]);
    let opens_at = whole_second(Timestamp::now() + SignedDuration::from_secs(60));
    let fields = json!({"order": "draw", "opensAt": opens_at.to_string(), "capacity": 10});
    let sale = place.office.sale(&place.server, "Draw of a million", fields).await;
    let start = Instant::now();
    for _ in 0..MILLION / GROUP {
        let joined =
            burst(place.server.address, CONNECTIONS, &place.office.joins(Some(&sale), GROUP), 200).await;
        assert_eq!(joined.unexpected, 0, "{:?}", joined.example);
    }
    note_joined(start);
    assert!(Timestamp::now() < opens_at - SignedDuration::from_secs(5), "all joined before the opening");
    wait_until(opens_at - SignedDuration::from_secs(3)).await;
    let mut connection = Connection::open(place.server.address).await.expect("a connection");
    let ask = place.ask_line(&sale);
    let line = line(&mut connection, &ask).await;
    note(&format!("before the opening: {line}"));
    assert_eq!(line["head"], 0, "nobody is called before the opening");
    place.server.forget_peak();
    let before = place.server.memory_mib();
    let (called_after, slowest) = loop_until_called(&mut connection, &ask, opens_at).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let more = place.server.peak_mib().saturating_sub(before);
    figure("first call after opensAt in s, a million in the lobby", called_after, "at most 1.0");
    figure("slowest answer meanwhile in ms", slowest, "no aim");
    figure("MiB more at the draw", f64::from(u32::try_from(more).unwrap_or(u32::MAX)), "at most 32");
}

/// Seconds from `opens_at` until somebody has been called, and the slowest answer in milliseconds meanwhile.
async fn loop_until_called(connection: &mut Connection, ask: &Request, opens_at: Timestamp) -> (f64, f64) {
    let mut slowest: f64 = 0.0;
    loop {
        let asked = Instant::now();
        let line = line(connection, ask).await;
        slowest = slowest.max(asked.elapsed().as_secs_f64() * 1e3);
        if line["head"].as_u64() > Some(0) {
            let after = Timestamp::now().duration_since(opens_at).as_secs_f64();
            assert!(after > 0.0, "nobody is called before the opening");
            return (after, slowest);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Five sales with people in them, alone and beside 95 in which nobody stands: processor time and memory.
pub(crate) async fn idle_sales() {
    let few = Place::open(&[]);
    let many = Place::open(&[]);
    let mut polls = Vec::new();
    for (place, idle) in [(&few, 0), (&many, 95)] {
        for number in 0..idle {
            place.office.sale(&place.server, &format!("Idle {number}"), json!({"capacity": 0})).await;
        }
        let mut all = Vec::new();
        for number in 0..5 {
            let fields = json!({"capacity": 0});
            let sale = place.office.sale(&place.server, &format!("Busy {number}"), fields).await;
            all.extend(place.office.join_sale(&place.server, Some(&sale), POLLS / 5).await);
        }
        polls.push(poll_requests(&all));
    }
    let (mut ratios, mut rests) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        tokio::time::sleep(POLL_AFTER).await;
        let mut ticks = [0.0; 2];
        let mut rest = [0.0; 2];
        for (side, place) in [&few, &many].into_iter().enumerate() {
            let before = place.server.cpu_ticks();
            let polled = burst(place.server.address, CONNECTIONS, &polls[side], 200).await;
            report(["poll, 5 sales", "poll, 100 sales"][side], &polled);
            ticks[side] = ticks_since(place, before);
            let before = place.server.cpu_ticks();
            tokio::time::sleep(Duration::from_secs(8)).await;
            rest[side] = ticks_since(place, before);
        }
        note(&format!("CPU in 10 ms: {ticks:?} for {POLLS} polls, {rest:?} in 8 s without polls"));
        ratios.push(ticks[1] / ticks[0]);
        rests.push(rest[1] - rest[0]);
    }
    figure("CPU for polls, 100 sales / 5", median(ratios), "at most 1.05");
    figure("CPU at rest, 100 sales less 5, in % of a core", median(rests) / 8.0, "as good as none");
    let [less, more] = [&few, &many].map(|place| place.server.memory_mib());
    note(&format!("memory: {less} MiB with 5 sales, {more} MiB with 100"));
}

fn ticks_since(place: &Place, before: u64) -> f64 {
    f64::from(u32::try_from(place.server.cpu_ticks() - before).unwrap_or(u32::MAX))
}

/// A sale beside another in which a million people wait and poll as they are asked to.
pub(crate) async fn neighbour() {
    let place = Place::open(&[]);
    let quiet = place.office.sale(&place.server, "Quiet", json!({"capacity": 0})).await;
    let loud = place.office.sale(&place.server, "Loud", json!({"capacity": 0})).await;
    let fans = place.office.join_sale(&place.server, Some(&quiet), POLLS).await;
    let crowd = million(&place, &loud).await;
    let polls = poll_requests(&fans);
    let (mut poll_ratios, mut join_ratios) = (Vec::new(), Vec::new());
    for (round, of_the_loud) in crowd.iter().enumerate() {
        tokio::time::sleep(POLL_AFTER).await;
        let alone = quiet_load(&place, &quiet, &polls, round).await;
        let before = place.server.cpu_ticks();
        let start = Instant::now();
        let loudly = at_rate(place.server.address, CONNECTIONS, of_the_loud, 200, POLLS_PER_SECOND);
        let (beside, loudly) = tokio::join!(
            async {
                tokio::time::sleep(POLL_AFTER).await;
                quiet_load(&place, &quiet, &polls, round + crowd.len()).await
            },
            loudly
        );
        report("polls among the million", &loudly);
        let used = ticks_since(&place, before) / start.elapsed().as_secs_f64();
        note(&format!("the server used {used:.0} % of a core"));
        for (ratios, [quietly, beside]) in
            [(&mut poll_ratios, [&alone.0, &beside.0]), (&mut join_ratios, [&alone.1, &beside.1])]
        {
            report("alone", quietly);
            report("beside the million", beside);
            ratios.push(beside.latency_ms(99.0) / quietly.latency_ms(99.0));
        }
    }
    figure("poll p99 beside a million / alone", median(poll_ratios), "at most 1.5");
    figure("join p99 beside a million / alone", median(join_ratios), "at most 1.5");
}

/// Lets a million join; three rounds of polls of people who have not polled yet.
async fn million(place: &Place, sale: &str) -> Vec<Arc<Vec<Request>>> {
    let mut fans: Vec<Tokens> = Vec::new();
    let start = Instant::now();
    for group in 0..MILLION / GROUP {
        if group < 12 {
            fans.extend(place.office.join_sale(&place.server, Some(sale), GROUP).await);
        } else {
            burst(place.server.address, CONNECTIONS, &place.office.joins(Some(sale), GROUP), 200).await;
        }
    }
    note_joined(start);
    fans.chunks(200_000).map(poll_requests).collect()
}

/// Five seconds of polls and joins at a moderate rate in the quiet sale.
async fn quiet_load(place: &Place, sale: &str, polls: &Arc<Vec<Request>>, part: usize) -> (Burst, Burst) {
    let polls = Arc::new(polls.iter().skip(part * 2_500).take(2_500).cloned().collect::<Vec<_>>());
    let joins = place.office.joins(Some(sale), 1_000);
    let address = place.server.address;
    tokio::join!(at_rate(address, 16, &polls, 200, 500.0), at_rate(address, 16, &joins, 200, 200.0))
}

fn note_joined(start: Instant) {
    note(&format!(
        "a million joined in {:.0} s (including the signing of tokens)",
        start.elapsed().as_secs_f64()
    ));
}

/// What an opening may be: times of sales have no parts of a microsecond.
fn whole_second(time: Timestamp) -> Timestamp {
    time.round(jiff::Unit::Second).expect("far from the end of time")
}

async fn wait_until(time: Timestamp) {
    let left = time.duration_since(Timestamp::now());
    tokio::time::sleep(left.try_into().unwrap_or_default()).await;
}

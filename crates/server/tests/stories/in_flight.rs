//! Answers that nobody reads, and how much one ticket may have in flight.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::events::Events;
use super::watching::value;
use crate::actors::Actor;
use crate::answer::{Answer, tally};
use crate::stage::{DATE, PRICE, Stage, at_once, concert_with, secs};

const HALL: u32 = 50_000;
const MIB: u64 = 1024 * 1024;
const MANY: (&str, &str) = ("line_capacity", "1000");
const HOLDS: (&str, &str) = ("holds_per_user", "100");
/// Two of these cover every block of the hall.
const SPREAD: u32 = 98;

/// A request whose answer is read up to the end of its head, and no further.
struct Unread {
    head: String,
    _stream: TcpStream,
}

impl Unread {
    async fn get(stage: &Stage, path: &str, ticket: &str) -> Self {
        let base = stage.client.base();
        let address = base.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).await.expect("the server accepts");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ticket}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("the server takes bytes");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("the server answers"));
        }
        Self { head: String::from_utf8(head).expect("heads are text"), _stream: stream }
    }

    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status")
    }
}

/// With a hall of 50,000 seats.
async fn large_hall(settings: &[(&'static str, &str)]) -> (Stage, Uuid) {
    let stage = Stage::with(&[&[MANY, HOLDS], settings].concat()).await;
    let hall = stage.open_concert(&concert_with(&json!({"name": "Arena", "capacity": HALL}))).await;
    (stage, hall)
}

async fn insider_of(stage: &Stage, concert: Uuid) -> Actor {
    let mut fan = stage.insider().await;
    fan.concert = concert;
    fan
}

async fn answer_bytes(stage: &Stage) -> u64 {
    stage.tick().await;
    value(&stage.metrics().await.text, "onsale_answer_bytes")
}

/// Asks until the answer is a success.
async fn until_ok(ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..400 {
        let answer = ask().await;
        if answer.status == 200 {
            return answer;
        }
        // Between two looks at a condition.
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it is still refused")
}

#[tokio::test]
async fn unread_maps_share_their_memory() {
    let (stage, hall) = large_hall(&[]).await;
    let mut fans = Vec::new();
    for seat_no in 1..=5 {
        let fan = insider_of(&stage, hall).await;
        fan.hold(seat_no * 1_000).await.ok();
        fans.push(fan);
    }
    let map = format!("/v1/concerts/{hall}/seats");
    let free = format!("{map}?status=available");
    let mut unread = Vec::new();
    for path in [&map, &free] {
        for fan in &fans {
            for _ in 0..3 {
                unread.push(Unread::get(&stage, path, &fan.ticket()).await);
            }
            unread.push(Unread::get(&stage, &format!("{map}/events"), &fan.ticket()).await);
        }
    }
    assert!(unread.iter().all(|unread| unread.status() == 200));
    let bytes = answer_bytes(&stage).await;
    assert!((3 * MIB..6 * MIB).contains(&bytes), "{bytes} for {} answers", unread.len());
    drop(unread);
    stage.end().await;
}

#[tokio::test]
async fn unread_answers_are_refused_before_they_take_more_than_the_budget() {
    let (stage, hall) = large_hall(&[("answer_mib", "16")]).await;
    let map = format!("/v1/concerts/{hall}/seats");
    let (mut unread, mut refusal) = (Vec::new(), None);
    for round in 1..=8 {
        // Every block of the map changes, so that no answer shares memory with the ones before.
        for half in 0..2 {
            let fan = insider_of(&stage, hall).await;
            let seats: Vec<u32> =
                (half * SPREAD..(half + 1) * SPREAD).map(|block| block * 256 + round).collect();
            fan.hold_all(&seats).await.ok();
        }
        let reader = insider_of(&stage, hall).await;
        let answer = Unread::get(&stage, &map, &reader.ticket()).await;
        let bytes = answer_bytes(&stage).await;
        assert!(bytes <= 16 * MIB, "{bytes}");
        if answer.status() == 200 {
            unread.push(answer);
        } else {
            refusal = Some(answer.head);
        }
    }
    let refusal = refusal.expect("eight different maps are more than the budget");
    assert!(refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("retry-after: 1\r\n"), "{refusal}");
    assert!(unread.len() >= 2, "{}", unread.len());
    let metrics = stage.metrics().await.text;
    assert!(value(&metrics, "onsale_answers_refused_total") > 0);
    assert_eq!(value(&metrics, "onsale_answer_bytes_max"), 16 * MIB);

    // Everything else goes on.
    let fan = stage.insider().await;
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/openapi.json", 200)] {
        assert_eq!(stage.client.get(path).await.status, status, "{path}");
    }
    fan.seats().await.ok();
    fan.hold(7).await.ok();
    let page = fan.queue(Method::GET, &format!("/sale/{}", stage.concert));
    let page = page.header("cookie", &format!("onsale_ticket={}", fan.ticket())).open().await;
    assert_eq!(page.status(), 200);
    fan.charge(PRICE).await.ok();
    fan.pay(7).await.ok();

    // Once the answers are gone, the map is there again.
    drop(unread);
    let reader = insider_of(&stage, hall).await;
    until_ok(async || reader.seats().await).await;
    stage.end().await;
}

/// Number and whether it is their own, of every seat in an answer.
fn listed(answer: &Value) -> Vec<(u64, &str, bool)> {
    let seats = answer["seats"].as_array().expect("a list of seats").iter();
    seats
        .map(|seat| {
            let number = seat["seatNo"].as_u64().expect("a number");
            (number, seat["status"].as_str().expect("a status"), seat["mine"].as_bool().expect("a flag"))
        })
        .collect()
}

#[tokio::test]
async fn maps_in_blocks_show_everybody_their_own_seats() {
    let stage = Stage::with(&[HOLDS]).await;
    let hall = stage.open_concert(&concert_with(&json!({"capacity": 700, "price": 0}))).await;
    let (mina, bo) = (insider_of(&stage, hall).await, insider_of(&stage, hall).await);
    let others = insider_of(&stage, hall).await;
    // At both ends of blocks, side by side, and in a block that is taken as a whole.
    let (minas, bos) = ([1, 2, 256, 257, 300, 700], [3, 512, 513]);
    let expected = |mine: &[u64], state: &dyn Fn(u64) -> &'static str| -> Vec<(u64, &'static str, bool)> {
        (1..=700).map(|seat_no| (seat_no, state(seat_no), mine.contains(&seat_no))).collect()
    };
    mina.seats().await.ok();
    mina.hold_all(&minas.map(|seat_no| u32::try_from(seat_no).unwrap())).await.ok();
    bo.hold_all(&bos.map(|seat_no| u32::try_from(seat_no).unwrap())).await.ok();
    let held = |seat_no: u64| {
        if minas.contains(&seat_no) || bos.contains(&seat_no) { "held" } else { "available" }
    };
    for (fan, mine) in [(&mina, &minas[..]), (&bo, &bos[..]), (&others, &[][..])] {
        let all = expected(mine, &held);
        for status in ["", "available", "held", "sold"] {
            let path =
                format!("/v1/concerts/{hall}/seats?{}", if status.is_empty() { "" } else { "status=" });
            let answer = fan.queue(Method::GET, &format!("{path}{status}")).send().await.ok();
            let wanted: Vec<_> =
                all.iter().filter(|seat| status.is_empty() || seat.1 == status).copied().collect();
            assert_eq!(listed(&answer), wanted, "{status}");
        }
    }
    let path = format!("/v1/concerts/{hall}/seats/events?from=2&to=520");
    let mut events = Events::at(&mina, &path).await;
    let event = events.data("seats").await;
    assert_eq!(listed(&event), expected(&minas, &held)[1..520]);
    assert_eq!(event["available"], 700 - 9);
    drop(events);

    bo.pay_all(&[512, 513]).await.ok();
    let sold = |seat_no: u64| match seat_no {
        512 | 513 => "sold",
        _ if minas.contains(&seat_no) => "held",
        _ => "available",
    };
    assert_eq!(listed(&mina.seats().await.ok()), expected(&minas, &sold));
    // A hold that runs out changes the map without a commit.
    stage.advance(secs(300)).await;
    let over = |seat_no: u64| if seat_no == 512 || seat_no == 513 { "sold" } else { "available" };
    assert_eq!(listed(&mina.seats().await.ok()), expected(&[], &over));
    stage.end().await;
}

#[tokio::test]
async fn an_event_with_very_many_changes_has_every_seat() {
    let stage = Stage::with(&[MANY, HOLDS]).await;
    let hall = stage.open_concert(&concert_with(&json!({"capacity": 1_500, "price": 0}))).await;
    let watcher = insider_of(&stage, hall).await;
    let version = watcher.seats().await.ok()["version"].as_str().unwrap().to_owned();
    for tens in 0..11 {
        let fan = insider_of(&stage, hall).await;
        let seats: Vec<u32> = (1..=100).map(|seat_no| tens * 100 + seat_no).collect();
        fan.hold_all(&seats).await.ok();
    }
    let path = format!("/v1/concerts/{hall}/seats/events?version={version}");
    let mut events = Events::at(&watcher, &path).await;
    assert_eq!(listed(&events.data("seats").await).len(), 1_500);
    stage.advance(secs(300)).await;
    watcher.hold(1_500).await.ok();
    let all = events.data("seats").await;
    assert_eq!(listed(&all).len(), 1_500);
    assert_eq!(listed(&all).last(), Some(&(1_500, "held", true)));
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn a_ticket_has_few_streams_and_few_requests_in_flight() {
    let (stage, hall) = large_hall(&[("streams_per_ticket", "3"), ("requests_per_ticket", "2")]).await;
    let (mina, bo) = (insider_of(&stage, hall).await, insider_of(&stage, hall).await);
    let map = format!("/v1/concerts/{hall}/seats");
    let line = "/v1/enqueues/events";
    let mut streams = Vec::new();
    for path in [line, &format!("{map}/events"), line] {
        streams.push(Unread::get(&stage, path, &mina.ticket()).await);
    }
    assert!(streams.iter().all(|stream| stream.status() == 200));
    for path in [line, &format!("{map}/events")] {
        let refused = mina.queue(Method::GET, path).send().await;
        assert_eq!((refused.line().as_str(), refused.retry_after_seconds()), ("429 too_many_streams", 1));
    }
    // A new token of the same place does not help.
    mina.join().await.ok();
    assert_eq!(mina.queue(Method::GET, line).send().await.line(), "429 too_many_streams");
    assert_eq!(Unread::get(&stage, line, &bo.ticket()).await.status(), 200);
    assert_eq!(mina.poll().await.line(), "200 admitted", "a poll needs no stream");
    drop(streams.pop());
    until_ok(async || {
        let status = Unread::get(&stage, line, &mina.ticket()).await.status();
        Answer { status, headers: reqwest::header::HeaderMap::default(), text: String::new() }
    })
    .await;

    let unread =
        [Unread::get(&stage, &map, &mina.ticket()).await, Unread::get(&stage, &map, &mina.ticket()).await];
    assert!(unread.iter().all(|unread| unread.status() == 200));
    let dates = format!("/v1/dates/{DATE}/seats");
    let refused = [mina.seats().await, mina.hold(9).await, mina.queue(Method::GET, &dates).send().await];
    for answer in refused {
        assert_eq!((answer.line().as_str(), answer.retry_after_seconds()), ("429 too_many_requests", 1));
    }
    bo.seats().await.ok();
    drop((unread, streams));
    until_ok(async || mina.seats().await).await;
    stage.end().await;
}

#[tokio::test]
async fn many_requests_of_one_ticket_at_once_are_all_answered() {
    let stage = Stage::with(&[("requests_per_ticket", "2")]).await;
    let mina = stage.insider().await;
    let answers = at_once((1..=50).map(|seat_no| mina.hold(seat_no))).await;
    assert_eq!(tally(&answers), "4 x 200 held, 46 x 400 hold_limit", "they wait for each other");
    stage.end().await;
}

//! From joining the line to the ticket.

use insta::{assert_compact_json_snapshot, assert_snapshot};
use reqwest::Method;
use serde_json::json;

use crate::stage::{DATE, PRICE, Stage, buy, secs};

#[tokio::test]
async fn a_fan_joins_and_looks_around() {
    let stage = Stage::open().await;
    let alice = stage.fan("Alice").await;
    assert_compact_json_snapshot!(alice.join().await.normalized(), @r#"
    {
      "admittedUntil": "2026-03-01T09:10:00Z",
      "ahead": 0,
      "estimatedWait": null,
      "number": 1,
      "opensAt": null,
      "outlook": null,
      "phase": "open",
      "place": 1,
      "pollAfterMs": "[ms]",
      "position": 0,
      "saleId": "[uuid]",
      "status": "admitted",
      "token": "[token]",
      "waitSupported": false
    }
    "#);
    assert_snapshot!(alice.poll().await.line(), @"200 admitted");
    let dates = alice.dates().await.normalized();
    assert_compact_json_snapshot!(dates, @r#"[{"available": 50, "concerts": 1, "date": "2026-03-20"}]"#);
    let on_date = alice.seats_on(DATE).await.ok();
    assert_eq!(on_date[0]["seats"], json!((1..=50).collect::<Vec<_>>()));
    assert_compact_json_snapshot!(alice.concerts().await.normalized(), @r#"
    [
      {
        "available": 50,
        "capacity": 50,
        "closingAt": "2026-03-20T09:00:00Z",
        "createdAt": "2026-03-01T09:00:00Z",
        "eventDate": "2026-03-20T19:00:00Z",
        "id": "[uuid]",
        "name": "Spring Night",
        "openingAt": "2026-03-01T08:00:00Z",
        "price": 50000,
        "updatedAt": "2026-03-01T09:00:00Z"
      }
    ]
    "#);
    stage.end().await;
}

#[tokio::test]
async fn a_fan_holds_charges_and_pays() {
    let stage = Stage::open().await;
    let alice = stage.fan("Alice").await;
    alice.enter().await;
    assert_compact_json_snapshot!(alice.hold(7).await.normalized(), @r#"
    {
      "concertId": "[uuid]",
      "deadline": "2026-03-01T09:05:00Z",
      "holderId": "[uuid]",
      "id": "[uuid]",
      "paidAt": null,
      "price": 50000,
      "reservedAt": "2026-03-01T09:00:00Z",
      "seatNo": 7,
      "status": "held"
    }
    "#);
    assert_eq!(alice.balance().await, 0);
    let wallet = alice.charge(60_000).await.normalized();
    assert_compact_json_snapshot!(wallet, @r#"{"amount": 60000, "userId": "[uuid]"}"#);
    stage.advance(secs(30)).await;
    assert_compact_json_snapshot!(alice.pay(7).await.normalized(), @r#"
    {
      "amount": 50000,
      "balance": 10000,
      "concertId": "[uuid]",
      "createdAt": "2026-03-01T09:00:30Z",
      "holderId": "[uuid]",
      "id": "[uuid]",
      "seatId": "[uuid]",
      "seatNo": 7
    }
    "#);
    assert_eq!(alice.balance().await, 10_000);
    assert_compact_json_snapshot!(alice.poll().await.normalized(), @r#"
    {
      "admittedUntil": null,
      "ahead": 0,
      "estimatedWait": null,
      "number": 1,
      "opensAt": null,
      "outlook": null,
      "phase": "open",
      "place": 1,
      "pollAfterMs": null,
      "position": 0,
      "saleId": "[uuid]",
      "status": "ended",
      "waitSupported": false
    }
    "#);
    stage.end().await;
}

#[tokio::test]
async fn a_buyer_finds_the_bill_and_the_seat() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    buy(&alice, 7).await;
    let bills = alice.user(Method::GET, "/v1/bills").send().await;
    assert_compact_json_snapshot!(bills.normalized(), @r#"
    {
      "items": [
        {
          "amount": 50000,
          "concertId": "[uuid]",
          "createdAt": "2026-03-01T09:00:00Z",
          "holderId": "[uuid]",
          "id": "[uuid]",
          "seatId": "[uuid]",
          "seatNo": 7
        }
      ],
      "next": null
    }
    "#);
    let mine = alice.user(Method::GET, "/v1/reservations").send().await;
    assert_compact_json_snapshot!(mine.normalized(), @r#"
    {
      "items": [
        {
          "concertId": "[uuid]",
          "deadline": "2026-03-01T09:05:00Z",
          "holderId": "[uuid]",
          "id": "[uuid]",
          "paidAt": "2026-03-01T09:00:00Z",
          "price": 50000,
          "reservedAt": "2026-03-01T09:00:00Z",
          "seatNo": 7,
          "status": "paid"
        }
      ],
      "next": null
    }
    "#);
    stage.end().await;
}

#[tokio::test]
async fn everybody_sees_a_seat_free_then_held_then_sold() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.buyer(PRICE).await, stage.insider().await);
    assert_compact_json_snapshot!(bob.seat(7).await, @r#"{"deadline": null, "mine": false, "price": 50000, "seatNo": 7, "status": "available"}"#);
    let version = bob.seats().await.ok()["version"].clone();
    alice.hold(7).await.ok();
    assert_compact_json_snapshot!(alice.seat(7).await, @r#"{"deadline": "2026-03-01T09:05:00Z", "mine": true, "price": 50000, "seatNo": 7, "status": "held"}"#);
    assert_compact_json_snapshot!(bob.seat(7).await, @r#"{"deadline": "2026-03-01T09:05:00Z", "mine": false, "price": 50000, "seatNo": 7, "status": "held"}"#);
    assert_ne!(bob.seats().await.ok()["version"], version);
    alice.pay(7).await.ok();
    assert_compact_json_snapshot!(bob.seat(7).await, @r#"{"deadline": null, "mine": false, "price": 50000, "seatNo": 7, "status": "sold"}"#);

    let only = async |status: &str| {
        let path = format!("/v1/concerts/{}/seats?status={status}", stage.concert);
        let map = bob.queue(Method::GET, &path).send().await.ok();
        map["seats"].as_array().map_or(0, Vec::len)
    };
    bob.hold(8).await.ok();
    assert_eq!((only("available").await, only("held").await, only("sold").await), (48, 1, 1));
    assert_eq!(bob.dates().await.ok()[0]["available"], 48);
    assert_eq!(bob.seats_on(DATE).await.ok()[0]["seats"].as_array().map(Vec::len), Some(48));
    stage.end().await;
}

#[tokio::test]
async fn versioned_and_unversioned_paths_give_the_same_answers() {
    let stage = Stage::open().await;
    let alice = stage.fan("Alice").await;
    assert_eq!(alice.user(Method::POST, "/enqueues").send().await.line(), "200 admitted");
    alice.join().await.ok();
    let concert = stage.concert;
    let seat = format!("/concerts/{concert}/seats/7");
    let both = async |method: Method, path: &str, body: Option<&str>| {
        let mut answers = Vec::new();
        for prefix in ["/v1", ""] {
            let path = format!("{prefix}{path}");
            let is_wallet = path.ends_with("/charges");
            let call = if is_wallet {
                alice.user(method.clone(), &path)
            } else {
                alice.queue(method.clone(), &path)
            };
            let call = match body {
                Some(body) => call.header("content-type", "application/json").body(body.to_owned()).key("k"),
                None => call,
            };
            answers.push(call.send().await);
        }
        assert_eq!(answers[0].status, 200, "{method} {path}: {:?}", answers[0]);
        assert_eq!(answers[0].text, answers[1].text, "{method} {path}");
    };
    both(Method::GET, "/enqueues", None).await;
    both(Method::GET, "/concerts", None).await;
    both(Method::GET, &format!("/concerts/{concert}/seats"), None).await;
    both(Method::PATCH, "/charges", Some(r#"{"amount": 200000}"#)).await;
    both(Method::GET, "/charges", None).await;
    both(Method::POST, &format!("{seat}/reservations"), None).await;
    alice.release(7).await.ok();
    assert_eq!(alice.queue(Method::POST, &format!("{seat}/reservations")).send().await.line(), "200 held");
    assert_eq!(
        alice.queue(Method::DELETE, &format!("{seat}/reservations")).send().await.line(),
        "200 available"
    );
    let several = format!("/concerts/{concert}/reservations");
    let call = alice.queue(Method::POST, &several).json(&json!({"seatNos": [7]}));
    assert_eq!(call.send().await.status, 200);
    both(Method::POST, &format!("{seat}/payments"), None).await;
    assert_eq!(alice.queue(Method::DELETE, "/enqueues").send().await.line(), "401 pass_ended");
    let opened = stage.operator().call(Method::POST, "/concerts").json(&crate::stage::concert()).send().await;
    assert_eq!(opened.status, 200);
    stage.end().await;
}

#[tokio::test]
async fn a_released_seat_can_be_held_by_others() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    alice.hold(7).await.ok();
    assert_snapshot!(bob.hold(7).await.line(), @"400 seat_held");
    assert_compact_json_snapshot!(alice.release(7).await.normalized(), @r#"
    {
      "concertId": "[uuid]",
      "deadline": null,
      "holderId": null,
      "id": "[uuid]",
      "paidAt": null,
      "price": 50000,
      "reservedAt": null,
      "seatNo": 7,
      "status": "available"
    }
    "#);
    assert_snapshot!(bob.hold(7).await.line(), @"200 held");
    assert_snapshot!(alice.release(7).await.line(), @"403 not_holder");
    stage.end().await;
}

#[tokio::test]
async fn leaving_releases_all_holds() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.buyer(PRICE).await, stage.insider().await);
    alice.hold(7).await.ok();
    assert_compact_json_snapshot!(alice.leave().await.normalized(), @r#"
    {
      "admittedUntil": null,
      "ahead": 0,
      "estimatedWait": null,
      "number": 1,
      "opensAt": null,
      "outlook": null,
      "phase": "open",
      "place": 1,
      "pollAfterMs": null,
      "position": 0,
      "saleId": "[uuid]",
      "status": "ended",
      "waitSupported": false
    }
    "#);
    assert_snapshot!(bob.hold(7).await.line(), @"200 held");
    assert_snapshot!(alice.pay(7).await.line(), @"401 pass_ended");
    assert_eq!(alice.reservations().await, json!([]));
    assert_eq!(alice.balance().await, PRICE);
    stage.end().await;
}

#[tokio::test]
async fn a_user_has_one_place_until_it_ends_and_then_a_new_one() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob) = (stage.newcomer(), stage.newcomer());
    alice.enter().await;
    bob.join().await.ok();
    let first = alice.ticket();
    assert_eq!(alice.join().await.ok()["number"], 1);
    assert_ne!(alice.ticket(), first, "a fresh token");
    assert_eq!(bob.join().await.ok()["number"], 2, "waiting or inside");
    assert_snapshot!(alice.hold(7).await.line(), @"200 held");
    alice.take_ticket(first);
    assert_snapshot!(alice.hold(7).await.line(), @"200 held");

    alice.charge(PRICE).await.ok();
    alice.pay(7).await.ok();
    let again = alice.join().await.ok();
    assert_eq!((&again["number"], &again["status"]), (&json!(3), &json!("waiting")));
    bob.leave().await.ok();
    assert_eq!(bob.join().await.ok()["number"], 4);
    stage.end().await;
}

#[tokio::test]
async fn lists_are_paged_with_the_newest_first() {
    let stage = Stage::with(&[("pass_seconds", "86400"), ("holds_per_user", "100")]).await;
    let concert = crate::stage::concert_with(&json!({"capacity": 70, "price": 0}));
    let mut alice = stage.insider().await;
    alice.concert = stage.open_concert(&concert).await;
    for seat_no in 1..=60 {
        stage.advance(secs(1)).await;
        alice.hold(seat_no).await.ok();
    }
    let numbers = async |path: String| {
        let page = alice.user(Method::GET, &path).send().await.ok();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let numbers: Vec<_> = items.iter().map(|item| item["seatNo"].as_u64().unwrap_or(0)).collect();
        (numbers, page["next"].as_str().map(str::to_owned))
    };
    let (page, next) = numbers("/v1/reservations".to_owned()).await;
    assert_eq!(page, (11..=60).rev().collect::<Vec<_>>());
    let (page, next) = numbers(format!("/v1/reservations?after={}", next.unwrap())).await;
    assert_eq!((page, next), ((1..=10).rev().collect::<Vec<_>>(), None));

    alice.pay_all(&(1..=60).collect::<Vec<_>>()).await.ok();
    let (page, next) = numbers("/v1/bills".to_owned()).await;
    let (rest, last) = numbers(format!("/v1/bills?after={}", next.unwrap())).await;
    let mut all = [page.clone(), rest].concat();
    all.sort_unstable();
    assert_eq!((page.len(), all, last), (50, (1..=60).collect::<Vec<_>>(), None));
    stage.end().await;
}

#[tokio::test]
async fn dates_are_in_the_sales_time_zone_and_listed_only_while_bookable() {
    let stage = Stage::with(&[("time_zone", "Asia/Seoul"), ("pass_seconds", "86400")]).await;
    let alice = stage.insider().await;
    // 19:00 in London is the next morning in Seoul.
    let dates = alice.dates().await;
    assert_compact_json_snapshot!(dates.normalized(), @r#"[{"available": 50, "concerts": 1, "date": "2026-03-21"}]"#);
    assert_eq!(alice.seats_on(DATE).await.ok(), json!([]));
    let of_date = async |date: &str| {
        let concerts = alice.queue(Method::GET, &format!("/v1/concerts?date={date}")).send().await.ok();
        concerts.as_array().map_or(0, Vec::len)
    };
    assert_eq!((of_date("2026-03-21").await, of_date("2026-03-20").await), (1, 0));

    let short = crate::stage::concert_with(&json!({"name": "Matinee", "closingAt": "2026-03-01T10:00:00Z",
        "eventDate": "2026-03-01T10:00:00Z"}));
    stage.open_concert(&short).await;
    assert_eq!(alice.dates().await.ok().as_array().map(Vec::len), Some(2));
    stage.advance(secs(3600)).await;
    assert_eq!(alice.dates().await.ok().as_array().map(Vec::len), Some(1), "the sale of one has closed");
    assert_eq!(alice.seats_on("2026-03-01").await.ok(), json!([]));
    stage.end().await;
}

#[tokio::test]
async fn people_outside_see_only_what_they_can_wait_for() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob) = (stage.insider().await, stage.newcomer());
    bob.join().await.ok();
    assert_compact_json_snapshot!(bob.concerts().await.normalized(), @r#"[{"id": "[uuid]", "name": "Spring Night", "openingAt": "2026-03-01T08:00:00Z"}]"#);
    let with_user_token = alice.user(Method::GET, "/v1/concerts").send().await;
    assert_eq!(with_user_token.text, bob.concerts().await.text);
    buy(&alice, 1).await;
    assert_snapshot!(alice.concerts().await.line(), @"401 pass_ended");
    stage.end().await;
}

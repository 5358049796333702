//! Paths, queries and headers that make no sense.

use reqwest::Method;
use serde_json::json;

use crate::stage::{DATE, Stage};

const SEAT_NO: &str = "400 invalid_request seatNo";
const OUT_OF_RANGE: &str = "400 seat_no_out_of_range";

#[tokio::test]
async fn seat_numbers_are_plain_digits_from_1_to_capacity() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for (seat_no, expected) in [
        ("0", OUT_OF_RANGE),
        ("000", OUT_OF_RANGE),
        ("51", OUT_OF_RANGE),
        ("4294967296", OUT_OF_RANGE),
        ("4294967297", OUT_OF_RANGE),
        ("99999999999999999999", OUT_OF_RANGE),
        ("+1", SEAT_NO),
        ("-1", SEAT_NO),
        ("1.0", SEAT_NO),
        ("1e0", SEAT_NO),
        ("0x1", SEAT_NO),
        ("1%20", SEAT_NO),
        ("%201", SEAT_NO),
        ("1_0", SEAT_NO),
        ("%00", SEAT_NO),
        ("1%00", SEAT_NO),
        ("%2B1", SEAT_NO),
        ("１", SEAT_NO),
        ("一", SEAT_NO),
        ("null", SEAT_NO),
        ("1%2F2", SEAT_NO),
        ("%FF", "400 invalid_request path"),
        ("", SEAT_NO),
    ] {
        for (method, what) in
            [(Method::POST, "reservations"), (Method::DELETE, "reservations"), (Method::POST, "payments")]
        {
            let path = format!("/v1/concerts/{}/seats/{seat_no}/{what}", stage.concert);
            assert_eq!(alice.queue(method, &path).send().await.line(), expected, "{what} {seat_no:?}");
        }
    }
    assert_eq!(alice.reservations().await, json!([]));
    for (seat_no, number) in [("007", 7), ("%37", 7), ("50", 50)] {
        let path = format!("/v1/concerts/{}/seats/{seat_no}/reservations", stage.concert);
        assert_eq!(alice.queue(Method::POST, &path).send().await.ok()["seatNo"], number);
    }
    stage.end().await;
}

#[tokio::test]
async fn concert_ids_are_uuids() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let short = &stage.concert.to_string()[1..];
    for id in ["1", "nonsense", short, "%00", "..%2F..", "0199d6a0-0000-7000-8000-00000000000g"] {
        for path in [format!("/v1/concerts/{id}/seats"), format!("/concerts/{id}/seats")] {
            assert_eq!(
                alice.queue(Method::GET, &path).send().await.line(),
                "400 invalid_request id",
                "{path}"
            );
        }
        let hold = alice.queue(Method::POST, &format!("/v1/concerts/{id}/seats/1/reservations"));
        assert_eq!(hold.send().await.line(), "400 invalid_request id", "{id}");
        let several = alice.queue(Method::POST, &format!("/v1/concerts/{id}/payments"));
        assert_eq!(
            several.json(&json!({"seatNos": [1]})).send().await.line(),
            "400 invalid_request id",
            "{id}"
        );
    }
    let unknown = uuid::Uuid::now_v7();
    let seats = alice.queue(Method::GET, &format!("/v1/concerts/{unknown}/seats"));
    assert_eq!(seats.send().await.line(), "404 not_found");
    stage.end().await;
}

#[tokio::test]
async fn dates_are_year_month_day() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for date in [
        "tomorrow",
        "2026-02-30",
        "2026-13-01",
        "20260320",
        "2026-3-20",
        "2026-03-20T00:00:00Z",
        "-026-03-20",
        "２026-03-20",
        "%00",
        "2026-03-20%00",
    ] {
        assert_eq!(alice.seats_on(date).await.line(), "400 invalid_request date", "{date}");
        let concerts = alice.queue(Method::GET, &format!("/v1/concerts?date={date}"));
        assert_eq!(concerts.send().await.line(), "400 invalid_request date", "{date}");
    }
    for date in ["1999-12-31", "9999-12-31", "0000-01-01", "2028-02-29"] {
        assert_eq!(alice.seats_on(date).await.ok(), json!([]), "{date}");
    }
    assert_eq!(alice.seats_on(DATE).await.status, 200);
    stage.end().await;
}

#[tokio::test]
async fn nonsensical_queries_are_refused() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let seats = format!("/v1/concerts/{}/seats", stage.concert);
    for (query, expected) in [
        ("?status=free", "400 invalid_request status"),
        ("?status=", "400 invalid_request status"),
        ("?status=Held", "400 invalid_request status"),
        ("?status=held&status=sold", "400 invalid_request query"),
        ("?status=%FF", "400 invalid_request status"),
        ("?colour=red", "200"),
    ] {
        let answer = alice.queue(Method::GET, &format!("{seats}{query}")).send().await;
        assert_eq!(answer.line(), expected, "{query}");
    }
    for after in [
        "",
        "1",
        "nonsense",
        "1-2",
        "-",
        "99999999999999999999-0199d6a00000700080000000000000c1",
        "9223372036854775807-0199d6a00000700080000000000000c1",
        "1-0199d6a0",
        "%00",
        "%FF",
    ] {
        for list in ["reservations", "bills"] {
            let answer = alice.user(Method::GET, &format!("/v1/{list}?after={after}")).send().await;
            assert_eq!(answer.line(), "400 invalid_request after", "{list} {after:?}");
        }
    }
    let long_ago =
        alice.user(Method::GET, "/v1/bills?after=-62135596800000000-0199d6a00000700080000000000000c1");
    assert_eq!(long_ago.send().await.ok(), json!({"items": [], "next": null}));
    stage.end().await;
}

#[tokio::test]
async fn unknown_paths_get_404_and_unknown_methods_405() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for path in [
        "/v1",
        "/v1/",
        "/v2/enqueues",
        "/v1/enqueues/",
        "/v1//enqueues",
        "/v1/concerts/",
        "/users",
        "/dates",
        "/wp-admin",
        "/%00",
        "/%FF",
        "/v1/enqueues%2Fevents",
        "/v1/concerts/1/2/3",
        "/V1/enqueues",
    ] {
        assert_eq!(alice.queue(Method::GET, path).send().await.line(), "404 not_found", "{path}");
    }
    let odd = Method::from_bytes(b"BREW").unwrap();
    for (method, path) in [
        (odd, "/v1/enqueues"),
        (Method::PUT, "/v1/charges"),
        (Method::POST, "/v1/charges"),
        (Method::DELETE, "/v1/concerts"),
        (Method::OPTIONS, "/v1/line"),
        (Method::TRACE, "/livez"),
        (Method::PATCH, "/enqueues"),
    ] {
        let answer = alice.queue(method.clone(), path).send().await;
        assert_eq!(answer.line(), "405 method_not_allowed", "{method} {path}");
    }
    assert_eq!(alice.queue(Method::HEAD, "/v1/enqueues").open().await.status(), 200);
    stage.end().await;
}

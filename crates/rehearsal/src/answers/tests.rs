//! Correct answers, and every way in which an answer may be wrong.

use super::*;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderValue};

const ME: Uuid = Uuid::from_u128(1);
const CONCERT: Uuid = Uuid::from_u128(7);
const ASKER: Asker = Asker { user: ME, concert: CONCERT };

fn reservation(seat: u32, holder: Uuid) -> String {
    format!(
        r#"{{"id":"{ME}","concertId":"{CONCERT}","seatNo":{seat},"holderId":"{holder}","price":5,"status":"held",
        "reservedAt":"2026-03-01T09:00:00Z","deadline":"2026-03-01T09:05:00.5Z","paidAt":null}}"#
    )
}

fn answer(status: u16, body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/problem+json"));
    Answer { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn problem(status: u16, code: &str, detail: &str) -> String {
    format!(
        r#"{{"type":"urn:onsale:problem:{code}","title":"No","status":{status},"code":"{code}","detail":"{detail}"}}"#
    )
}

#[test]
fn holds_must_be_the_requested_ones_and_the_askers_own() {
    let body = reservation(4, ME);
    let (from, deadline) = (at("2026-03-01T09:00:00Z"), at("2026-03-01T09:05:00.5Z"));
    let Ok(Outcome::Held(held, _)) = holds(body.as_bytes(), ASKER, &[4]) else { panic!("not held") };
    assert_eq!(held[..], [Held { seat: 4, from, deadline }]);
    let both = format!("[{},{}]", reservation(4, ME), reservation(2, ME));
    assert!(holds(both.as_bytes(), ASKER, &[2, 4]).is_ok());
    assert!(matches!(holds(both.as_bytes(), ASKER, &[2, 5]), Err(Wrong::Form(_))));
    assert!(matches!(holds(body.as_bytes(), ASKER, &[5]), Err(Wrong::Form(_))));
    let elsewhere = Asker { concert: ME, ..ASKER };
    assert!(matches!(holds(body.as_bytes(), elsewhere, &[4]), Err(Wrong::Form(_))));
    let others = reservation(4, CONCERT);
    assert!(matches!(holds(others.as_bytes(), ASKER, &[4]), Err(Wrong::Privacy(_))));
}

#[test]
fn a_map_that_names_a_holder_shows_too_much() {
    let map = |more: &str| {
        format!(r#"{{"concertId":"{CONCERT}","seats":[{{"seatNo":1,"status":"held","mine":false{more}}}]}}"#)
    };
    assert_eq!(seat_map(map("").as_bytes(), CONCERT).map(|seats| seats[0].status), Ok(SeatStatus::Held));
    let named = seat_map(map(&format!(r#","holderId":"{ME}""#)).as_bytes(), CONCERT);
    assert!(matches!(named, Err(Wrong::Privacy(_))));
}

#[test]
fn only_503_may_be_unknown_and_must_say_when_to_come_back() {
    let mut busy = answer(503, &problem(503, "unavailable", "not now; nothing was changed"));
    assert!(matches!(refusal(&busy), (Outcome::Busy, Some(Wrong::Form(_)))));
    busy.headers.insert("retry-after", HeaderValue::from_static("1"));
    assert_eq!(refusal(&busy), (Outcome::Busy, None));
    let mut open = answer(503, &problem(503, "unavailable", "nobody knows"));
    open.headers.insert("retry-after", HeaderValue::from_static("1"));
    assert_eq!(refusal(&open), (Outcome::Unknown(Lost::SaidSo), None));
    let broken = answer(500, &problem(500, "internal", "oops"));
    assert!(matches!(refusal(&broken), (Outcome::Unknown(_), Some(Wrong::Form(_)))));
    assert!(matches!(refusal(&answer(500, "stack trace")), (Outcome::Unknown(_), Some(Wrong::Form(_)))));
    assert_eq!(refusal(&answer(502, "<html>")), (Outcome::Unknown(Lost::Connection), None));
}

#[test]
fn a_refusal_has_its_code_and_agrees_with_itself() {
    let held = answer(400, &problem(400, "seat_held", "taken"));
    assert_eq!(refusal(&held), (Outcome::Refused(400, Code::SeatHeld), None));
    let odd = answer(400, &problem(401, "seat_held", "taken"));
    assert!(matches!(refusal(&odd), (Outcome::Refused(400, Code::SeatHeld), Some(_))));
    let other = answer(400, &problem(400, "no_such_code", "taken"));
    assert_eq!(refusal(&other).0, Outcome::Refused(400, Code::Other));
}

/// A store's time.
fn at(time: &str) -> crate::history::Micros {
    time.parse::<Timestamp>().expect("a time").as_microsecond()
}

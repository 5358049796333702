//! Reads an answer about a place in line.

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{Read, Wrong, read, require, text};
use crate::history::sale::Phase;
use crate::history::{Micros, Outcome, Waiting};

/// What an answer says about a place in line.
#[derive(Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) outcome: Outcome,
    /// The queue token, in the answer to a join.
    pub(crate) token: Option<String>,
    pub(crate) sale: Uuid,
    pub(crate) opens_at: Option<Micros>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    token: Option<String>,
    status: Status,
    sale_id: Uuid,
    phase: Phase,
    opens_at: Option<Timestamp>,
    number: u64,
    place: Option<u64>,
    ahead: Option<u64>,
    position: Option<u64>,
    estimated_wait: Option<Estimate>,
    poll_after_ms: Option<u64>,
    admitted_until: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Waiting,
    Admitted,
    Ended,
}

#[derive(Deserialize)]
struct Estimate {
    p10: u32,
    p50: u32,
    p90: u32,
}

/// Reads a place in line.
pub(crate) fn place(body: &[u8]) -> Read<Placed> {
    let ticket: Ticket = read(body)?;
    let number = ticket.number;
    let outcome = match (&ticket.status, ticket.poll_after_ms, ticket.admitted_until) {
        (Status::Waiting, Some(poll_after_ms), None) => waiting(&ticket, poll_after_ms, body)?,
        (Status::Admitted, Some(_), Some(until)) => {
            require(ticket.position == Some(0), || format!("admitted with a position: {}", text(body)))?;
            Outcome::Admitted { number, until: until.as_microsecond(), place: ticket.place }
        }
        (Status::Ended, None, None) => Outcome::Ended { number },
        _ => return Err(Wrong::Form(format!("fields that contradict each other: {}", text(body)))),
    };
    let opens_at = ticket.opens_at.map(Timestamp::as_microsecond);
    Ok(Placed { outcome, token: ticket.token, sale: ticket.sale_id, opens_at })
}

/// Only in the lobby of a draw does nobody know where they come.
fn waiting(ticket: &Ticket, poll_after_ms: u64, body: &[u8]) -> Read<Outcome> {
    let is_known = ticket.ahead.is_some();
    require(
        ticket.position == ticket.ahead.map(|ahead| ahead + 1) && ticket.place.is_some() == is_known,
        || format!("ahead, position and place disagree: {}", text(body)),
    )?;
    require(is_known || ticket.phase == Phase::Lobby, || {
        format!("nothing about the place, although the lobby is closed: {}", text(body))
    })?;
    Ok(Outcome::Waiting(Waiting {
        number: ticket.number,
        phase: ticket.phase,
        place: ticket.place,
        ahead: ticket.ahead.map(|ahead| u32::try_from(ahead).unwrap_or(u32::MAX)),
        poll_after_ms: u32::try_from(poll_after_ms).unwrap_or(u32::MAX),
        estimate: ticket.estimated_wait.as_ref().map(|it| [it.p10, it.p50, it.p90]),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALE: &str = r#""saleId":"00000000-0000-0000-0000-000000000005""#;

    fn place_of(fields: &str) -> Read<Placed> {
        place(format!("{{{SALE},{fields}}}").as_bytes())
    }

    fn outcome(fields: &str) -> Outcome {
        place_of(fields).expect("a place").outcome
    }

    fn at(time: &str) -> Micros {
        time.parse::<Timestamp>().expect("a time").as_microsecond()
    }

    #[test]
    fn a_place_is_read_in_each_state() {
        let waiting = r#""status":"waiting","phase":"open","opensAt":"2026-03-01T09:00:00Z","number":9,"place":7,
            "ahead":3,"position":4,"estimatedWait":{"p10":1,"p50":2,"p90":3},"pollAfterMs":1000,"admittedUntil":null,
            "token":"t""#;
        let placed = place_of(waiting).expect("a place");
        let expected = Waiting {
            number: 9,
            phase: Phase::Open,
            place: Some(7),
            ahead: Some(3),
            poll_after_ms: 1_000,
            estimate: Some([1, 2, 3]),
        };
        assert_eq!((placed.outcome, placed.token.as_deref()), (Outcome::Waiting(expected), Some("t")));
        assert_eq!((placed.sale, placed.opens_at), (Uuid::from_u128(5), Some(at("2026-03-01T09:00:00Z"))));
        let inside = r#""status":"admitted","phase":"open","number":9,"place":7,"ahead":0,"position":0,
            "estimatedWait":null,"pollAfterMs":30000,"admittedUntil":"2026-03-01T09:10:00Z""#;
        let until = at("2026-03-01T09:10:00Z");
        assert_eq!(outcome(inside), Outcome::Admitted { number: 9, until, place: Some(7) });
        let ended = r#""status":"ended","phase":"over","number":9,"place":9,"ahead":0,"position":0,
            "estimatedWait":null,"pollAfterMs":null,"admittedUntil":null"#;
        assert_eq!(outcome(ended), Outcome::Ended { number: 9 });
    }

    #[test]
    fn the_lobby_of_a_draw_has_no_places() {
        let lobby = r#""status":"waiting","phase":"lobby","number":9,"place":null,"ahead":null,"position":null,
            "pollAfterMs":1000"#;
        let expected = Waiting { number: 9, phase: Phase::Lobby, poll_after_ms: 1_000, ..Waiting::default() };
        assert_eq!(outcome(lobby), Outcome::Waiting(expected));
        assert!(matches!(place_of(&lobby.replace("lobby", "open")), Err(Wrong::Form(_))));
    }

    #[test]
    fn a_place_that_contradicts_itself_is_wrong() {
        for fields in [
            r#""status":"waiting","phase":"open","number":9,"place":9,"ahead":3,"position":3,"pollAfterMs":1000"#,
            r#""status":"waiting","phase":"open","number":9,"place":9,"ahead":3,"position":4"#,
            r#""status":"waiting","phase":"open","number":9,"place":null,"ahead":3,"position":4,"pollAfterMs":1"#,
            r#""status":"waiting","phase":"lobby","number":9,"place":9,"ahead":null,"position":null,"pollAfterMs":1"#,
            r#""status":"waiting","phase":"late","number":9,"place":9,"ahead":3,"position":4,"pollAfterMs":1"#,
            r#""status":"admitted","phase":"open","number":9,"place":9,"ahead":0,"position":0,"pollAfterMs":1"#,
            r#""status":"admitted","phase":"open","number":9,"place":9,"ahead":0,"position":1,"pollAfterMs":1,
            "admittedUntil":"2026-03-01T09:10:00Z""#,
            r#""status":"gone","phase":"open","number":9,"ahead":0,"position":0"#,
            r#""status":"ended","phase":"open","ahead":0,"position":0"#,
        ] {
            assert!(matches!(place_of(fields), Err(Wrong::Form(_))), "{fields}");
        }
        assert!(matches!(place(b"no JSON"), Err(Wrong::Form(_))));
    }
}

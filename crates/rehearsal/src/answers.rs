//! Reads answers field by field, as this crate understands the API. A field that is missing, has another type
//! or is about something else than the request is a breach.

pub(crate) mod place;

use std::hash::{DefaultHasher, Hasher};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::client::Answer;
use crate::history::sale::Order;
use crate::history::{Bill, Code, Digest, Held, Lost, Outcome};

/// Why an answer is wrong in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It does not have the documented format.
    Form(String),
    /// It is about somebody else.
    Privacy(String),
}

type Read<T> = Result<T, Wrong>;

/// Who sent the request, and about which concert.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    pub(crate) user: Uuid,
    pub(crate) concert: Uuid,
}

#[derive(Deserialize)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reservation {
    concert_id: Uuid,
    seat_no: u32,
    holder_id: Option<Uuid>,
    status: String,
    reserved_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    id: Uuid,
    concert_id: Uuid,
    seat_no: u32,
    holder_id: Uuid,
    amount: i64,
    created_at: Timestamp,
    balance: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wallet {
    user_id: Uuid,
    amount: i64,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FreeDate {
    pub(crate) available: u32,
}

/// A concert as people inside see it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FullConcert {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) capacity: u32,
    pub(crate) price: i64,
    pub(crate) event_date: Timestamp,
}

/// A concert as everybody sees it.
#[derive(Deserialize)]
pub(crate) struct ConcertTitle {
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

/// Free seats of a concert, as listed for a date.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FreeSeats {
    concert_id: Uuid,
    seats: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeatMap {
    concert_id: Uuid,
    pub(crate) seats: Vec<Seat>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seat {
    #[serde(rename = "seatNo")]
    pub(crate) number: u32,
    pub(crate) status: SeatStatus,
    holder_id: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SeatStatus {
    Available,
    Held,
    Sold,
    Unavailable,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) capacity: u32,
    pub(crate) rate_per_minute: u32,
    pub(crate) paused: bool,
    pub(crate) waiting: u64,
    pub(crate) inside: u64,
    pub(crate) tail: u64,
    pub(crate) epoch: u32,
}

#[derive(Deserialize)]
struct Problem {
    r#type: String,
    title: String,
    status: u16,
    code: String,
    detail: String,
}

/// A sale as its operator sees it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorSale {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) order: Order,
    pub(crate) lobby_at: Option<Timestamp>,
    pub(crate) opens_at: Option<Timestamp>,
    pub(crate) closes_at: Option<Timestamp>,
    pub(crate) seats_per_person: Option<u32>,
    pub(crate) commitment: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Codes {
    pub(crate) codes: Vec<Box<str>>,
}

/// Reads the body of any answer.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Read<T> {
    serde_json::from_slice(body).map_err(|error| {
        let start: String = String::from_utf8_lossy(body).chars().take(200).collect();
        Wrong::Form(format!("{error}: {start}"))
    })
}

/// Reads the holds on requested seats.
pub(crate) fn holds(body: &[u8], asker: Asker, wanted: &[u32]) -> Read<Outcome> {
    let held: Vec<Reservation> = if wanted.len() == 1 { vec![read(body)?] } else { read(body)? };
    let seats: Vec<u32> = held.iter().map(|it| it.seat_no).collect();
    require(same(&seats, wanted), || format!("requested seats {wanted:?}, was given {seats:?}"))?;
    let held: Box<[Held]> = held.iter().map(|it| hold(it, asker)).collect::<Read<_>>()?;
    Ok(Outcome::Held(held, digest(body)))
}

fn hold(reservation: &Reservation, asker: Asker) -> Read<Held> {
    about(reservation.concert_id, reservation.holder_id, asker)?;
    match (reservation.status.as_str(), reservation.reserved_at, reservation.deadline) {
        ("held", Some(from), Some(deadline)) => Ok(Held {
            seat: reservation.seat_no,
            from: from.as_microsecond(),
            deadline: deadline.as_microsecond(),
        }),
        (status, ..) => Err(Wrong::Form(format!("seat {} should be held: {status}", reservation.seat_no))),
    }
}

/// Reads a released seat.
pub(crate) fn released(body: &[u8], seat: u32) -> Read<Outcome> {
    let seat_now: Reservation = read(body)?;
    let is_free = seat_now.seat_no == seat && seat_now.status == "available" && seat_now.holder_id.is_none();
    require(is_free, || format!("seat {seat} should be available: {}", text(body)))?;
    Ok(Outcome::Released)
}

/// Reads the payments for requested seats.
pub(crate) fn payments(body: &[u8], asker: Asker, wanted: &[u32]) -> Read<Outcome> {
    let paid: Vec<Payment> = if wanted.len() == 1 { vec![read(body)?] } else { read(body)? };
    let seats: Vec<u32> = paid.iter().map(|it| it.seat_no).collect();
    require(same(&seats, wanted), || format!("paid for seats {wanted:?}, was given bills for {seats:?}"))?;
    let balance = paid.last().and_then(|it| it.balance);
    let balance = balance.ok_or_else(|| Wrong::Form("a payment without a balance".to_owned()))?;
    let bills: Box<[Bill]> = paid.iter().map(|it| bill(it, asker)).collect::<Read<_>>()?;
    Ok(Outcome::Paid(bills, balance, digest(body)))
}

fn bill(outcome: &Payment, asker: Asker) -> Read<Bill> {
    about(outcome.concert_id, Some(outcome.holder_id), asker)?;
    Ok(Bill {
        id: outcome.id,
        seat: outcome.seat_no,
        amount: outcome.amount,
        created: outcome.created_at.as_microsecond(),
    })
}

/// Reads a wallet.
pub(crate) fn money(body: &[u8], asker: Asker) -> Read<Outcome> {
    let wallet: Wallet = read(body)?;
    is_mine(Some(wallet.user_id), asker)?;
    Ok(Outcome::Money(wallet.amount, digest(body)))
}

/// Reads a page of bills for this concert, and where the next page begins.
pub(crate) fn bills(body: &[u8], asker: Asker) -> Read<(Vec<Bill>, Option<String>)> {
    let page: Page<Payment> = read(body)?;
    let mut bills = Vec::new();
    for outcome in &page.items {
        is_mine(Some(outcome.holder_id), asker)?;
        if outcome.concert_id == asker.concert {
            bills.push(bill(outcome, asker)?);
        }
    }
    Ok((bills, page.next))
}

/// Reads a page of holds and paid seats of this concert, and where the next page begins.
pub(crate) fn mine(body: &[u8], asker: Asker) -> Read<(Vec<Held>, Vec<u32>, Option<String>)> {
    let page: Page<Reservation> = read(body)?;
    let (mut held, mut paid) = (Vec::new(), Vec::new());
    for outcome in &page.items {
        is_mine(outcome.holder_id, asker)?;
        if outcome.concert_id != asker.concert {
            continue;
        }
        if outcome.status == "paid" {
            paid.push(outcome.seat_no);
        } else {
            held.push(hold(outcome, asker)?);
        }
    }
    Ok((held, paid, page.next))
}

/// Reads a concert's seats.
pub(crate) fn seat_map(body: &[u8], concert: Uuid) -> Read<Vec<Seat>> {
    let map: SeatMap = read(body)?;
    require(map.concert_id == concert, || format!("seats of concert {}", map.concert_id))?;
    if map.seats.iter().any(|seat| seat.holder_id.is_some()) {
        return Err(Wrong::Privacy("a seat map names holders".to_owned()));
    }
    Ok(map.seats)
}

/// Reads a concert's free seats in the list of a date; none if the concert has another date.
pub(crate) fn free_seats(body: &[u8], concert: Uuid) -> Read<Option<Vec<u32>>> {
    let concerts: Vec<FreeSeats> = read(body)?;
    Ok(concerts.into_iter().find(|it| it.concert_id == concert).map(|it| it.seats))
}

/// Reads the number of free seats on all dates together.
pub(crate) fn dates(body: &[u8]) -> Read<Outcome> {
    let dates: Vec<FreeDate> = read(body)?;
    Ok(Outcome::Seen { available: dates.iter().map(|date| date.available).sum() })
}

/// Reads an answer that reports no success.
pub(crate) fn refusal(answer: &Answer) -> (Outcome, Option<Wrong>) {
    let wrong_form = |outcome, wrong: String| (outcome, Some(Wrong::Form(wrong)));
    // A proxy answers like this when its server has gone away.
    if matches!(answer.status, 502 | 504) {
        return (Outcome::Unknown(Lost::Connection), None);
    }
    let is_problem =
        answer.headers.get("content-type").is_some_and(|kind| kind == "application/problem+json");
    let Ok(problem) = read::<Problem>(&answer.body) else {
        let body = text(&answer.body);
        return wrong_form(
            Outcome::Unknown(Lost::SaidSo),
            format!("{} without a problem document: {body}", answer.status),
        );
    };
    let code = serde_json::from_value(problem.code.clone().into()).unwrap_or(Code::Other);
    let outcome = match answer.status {
        503 if problem.detail.contains("nothing was changed") => Outcome::Busy,
        500.. => Outcome::Unknown(Lost::SaidSo),
        status => Outcome::Refused(status, code),
    };
    let may_come_back = matches!(answer.status, 429 | 503);
    if may_come_back && !answer.headers.contains_key("retry-after") {
        return wrong_form(outcome, format!("{} without Retry-After", answer.status));
    }
    let is_whole = is_problem
        && problem.status == answer.status
        && problem.r#type.ends_with(&problem.code)
        && !problem.title.is_empty();
    if !is_whole {
        return wrong_form(
            outcome,
            format!("{} with a problem document that disagrees: {}", answer.status, text(&answer.body)),
        );
    }
    if answer.status >= 500 && answer.status != 503 {
        return wrong_form(outcome, format!("{}: {}", answer.status, problem.detail));
    }
    (outcome, None)
}

fn about(concert: Uuid, holder: Option<Uuid>, asker: Asker) -> Read<()> {
    is_mine(holder, asker)?;
    require(concert == asker.concert, || {
        format!("requested concert {}, the answer is about {concert}", asker.concert)
    })
}

fn is_mine(holder: Option<Uuid>, asker: Asker) -> Read<()> {
    if holder == Some(asker.user) {
        Ok(())
    } else {
        Err(Wrong::Privacy(format!("user {} was shown data of {holder:?}", asker.user)))
    }
}

fn require(is_so: bool, what: impl FnOnce() -> String) -> Read<()> {
    if is_so { Ok(()) } else { Err(Wrong::Form(what())) }
}

/// The same seats, in any order.
fn same(some: &[u32], others: &[u32]) -> bool {
    let sorted = |seats: &[u32]| {
        let mut seats = seats.to_vec();
        seats.sort_unstable();
        seats
    };
    sorted(some) == sorted(others)
}

fn digest(body: &[u8]) -> Digest {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    hasher.finish()
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect()
}

#[cfg(test)]
mod tests;

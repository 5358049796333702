//! Short names for the commands of a test: `hold(alice, &[1])`.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::bill::Bill;
use onsale_booking::command::{Call, NewConcert, PassHolder};
use onsale_booking::ids::{BillId, ConcertId, MovementId, PassKey, SaleId, SeatKey, SeatNo, UserId};
use onsale_booking::money::Money;
use onsale_booking::request::RequestKey;
use onsale_booking::seat::Seat;
use onsale_booking::seen::SeenHolds;
use onsale_booking::{Command, Outcome};
use onsale_line::Capacity;
use onsale_plan::Plan;
use onsale_storage::port::DatedSeat;
use uuid::Uuid;

pub(crate) const CONCERT: ConcertId = ConcertId(Uuid::from_u128(0xC0));
pub(crate) const MAIN_SALE: SaleId = SaleId(Uuid::from_u128(0x11));
pub(crate) const PRICE: i64 = 1_000;
pub(crate) const SEATS: u32 = 60;

const CAST: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// A time whose microseconds are not round, so that a store that rounds is noticed.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_microsecond(1_800_000_000_123_457).unwrap()
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

pub(crate) const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// A number of people inside.
pub(crate) fn room(people: u32) -> Capacity {
    Capacity::new(people).unwrap()
}

/// One of the cast: each name's number is its place in the cast.
pub(crate) fn holder(name: &str) -> PassHolder {
    let place = CAST.iter().position(|known| *known == name).unwrap();
    member(place as u64 + 1)
}

/// One of a crowd.
pub(crate) fn member(number: u64) -> PassHolder {
    by_number(UserId(Uuid::from_u128(0xA000_0000 + u128::from(number))), number)
}

/// The same user with another number.
pub(crate) fn by_number(user: UserId, number: u64) -> PassHolder {
    PassHolder { user, pass: PassKey { sale: MAIN_SALE, number } }
}

/// Stands for the current epoch of the line; the caller fills it in.
pub(crate) const THIS_EPOCH: u32 = 0;

pub(crate) fn admit(by: PassHolder) -> Command {
    let call = Call { epoch: THIS_EPOCH, until: Timestamp::MAX };
    Command::Admit { user: by.user, pass: by.pass, call }
}

pub(crate) fn leave(by: PassHolder) -> Command {
    Command::Leave { user: by.user, pass: by.pass, seen: None }
}

pub(crate) fn register(user: UserId, name: &str) -> Command {
    Command::Register { user, name: name.to_owned(), key: None }
}

pub(crate) fn use_code(user: UserId, browser: u128, code: &str) -> Command {
    Command::UseCode { user, by: Uuid::from_u128(browser), code: RequestKey::new(code).unwrap() }
}

pub(crate) fn hold(by: PassHolder, seat_nos: &[SeatNo]) -> Command {
    Command::Hold { by, concert: CONCERT, seat_nos: seat_nos.to_vec(), key: None }
}

pub(crate) fn release(by: PassHolder, seat_no: SeatNo) -> Command {
    Command::Release { by, seat: SeatKey { concert: CONCERT, seat_no }, seen: None }
}

pub(crate) fn pay(by: PassHolder, seat_nos: &[SeatNo]) -> Command {
    let seats = seat_nos.iter().map(|&seat_no| (seat_no, BillId(fresh()))).collect();
    Command::Pay { by, concert: CONCERT, seats, key: None, seen: None }
}

/// The payment of a page that showed these holds.
pub(crate) fn pay_seen(by: PassHolder, seat_nos: &[SeatNo], shown: &[Seat]) -> Command {
    let mut command = pay(by, seat_nos);
    if let Command::Pay { seen, .. } = &mut command {
        let live = |seat: &Seat| Some((seat.key(), seat.live_hold_of(by.user, Timestamp::MIN)?.deadline));
        *seen = Some(SeenHolds(shown.iter().filter_map(live).collect()));
    }
    command
}

pub(crate) fn charge(by: PassHolder, amount: i64) -> Command {
    let movement = MovementId(fresh());
    Command::Charge { user: by.user, amount: Money(amount), movement, key: None, seen: None }
}

/// The command under an Idempotency-Key.
pub(crate) fn keyed(mut command: Command, text: &str) -> Command {
    match &mut command {
        Command::Hold { key, .. }
        | Command::Pay { key, .. }
        | Command::Charge { key, .. }
        | Command::Register { key, .. } => {
            *key = RequestKey::new(text);
        }
        other => panic!("{other:?} takes no key"),
    }
    command
}

/// A concert that is on sale for a week.
pub(crate) fn open_concert(id: ConcertId, capacity: u32) -> Command {
    Command::OpenConcert(NewConcert {
        id,
        name: "Night".to_owned(),
        capacity,
        price: Money(PRICE),
        opening_at: start(),
        closing_at: start() + SignedDuration::from_hours(24 * 7),
        event_date: start() + SignedDuration::from_hours(24 * 8),
        sales: vec![],
        opened_by: None,
    })
}

/// Seats without their dates.
pub(crate) fn undated(seats: Vec<DatedSeat>) -> Vec<Seat> {
    seats.into_iter().map(|dated| dated.seat).collect()
}

pub(crate) fn seats(outcome: Outcome) -> Vec<Seat> {
    match outcome {
        Outcome::Held(seats) => seats,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn bills(outcome: Outcome) -> (Vec<Bill>, i64) {
    match outcome {
        Outcome::Paid { bills, balance } => (bills, balance.0),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn json(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).unwrap()
}

/// An identity that nothing else in this test run has.
pub(crate) fn fresh() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(0xF000_0000_0000 + u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// A plan, which nobody brings.
pub(crate) fn add_plan(file: &[u8]) -> Command {
    Command::AddPlan(Plan::read(file).unwrap().to_keep(None))
}

//! A stage for tests: one book, a manual clock, and named actors.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::book::{Book, Rows};
use crate::command::{Call, Command, NewConcert, PassHolder};
use crate::decide::decide;
use crate::ids::{BillId, ConcertId, MovementId, PassKey, SaleId, SeatKey, SeatNo, UserId};
use crate::money::Money;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::request::RequestKey;
use crate::sale::Sale;
use crate::seat::{Seat, SeatState};
use crate::seen::{SeenHolds, SeenPlace};

mod sales;

pub(crate) use sales::{LATE_SHOW, PRESALE};

pub(crate) const CONCERT: ConcertId = ConcertId(Uuid::from_u128(0xC0));
pub(crate) const MAIN_SALE: SaleId = SaleId(Uuid::from_u128(0x11));
pub(crate) const PRICE: i64 = 100;

/// One concert of 10 seats at 100 each, on sale for a day from [`Stage::start`].
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) book: Book,
    next: u128,
}

impl Stage {
    /// The line's epoch.
    pub(crate) const EPOCH: u32 = 3;
    /// How long a call stands.
    pub(crate) const CALL: SignedDuration = SignedDuration::from_secs(30);

    pub(crate) fn start() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }

    pub(crate) fn new() -> Self {
        let rows = Rows {
            epochs: vec![(MAIN_SALE, Self::EPOCH), (PRESALE, Self::EPOCH)],
            sales: vec![Sale::main(MAIN_SALE, Self::start())],
            ..Rows::default()
        };
        let mut stage = Self { book: Book::new(rows, Self::start(), Policy::default()), next: 1_000 };
        stage.open(CONCERT, 10).unwrap();
        stage
    }

    pub(crate) fn concert(id: ConcertId, capacity: u32) -> NewConcert {
        NewConcert {
            id,
            name: "Night".to_owned(),
            capacity,
            price: Money(PRICE),
            opening_at: Self::start(),
            closing_at: Self::start() + SignedDuration::from_hours(24),
            event_date: Self::start() + SignedDuration::from_hours(48),
            sales: vec![],
            opened_by: None,
        }
    }

    pub(crate) fn open(&mut self, id: ConcertId, capacity: u32) -> Result<(), Refusal> {
        match self.run(&Command::OpenConcert(Self::concert(id, capacity)))? {
            Outcome::Opened(concert) => {
                self.book.put_seats(concert.new_seats());
                Ok(())
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn run(&mut self, command: &Command) -> Result<Outcome, Refusal> {
        decide(&mut self.book, command)
    }

    pub(crate) fn wait(&mut self, duration: SignedDuration) {
        let now = self.book.now() + duration;
        self.book.set_now(now);
    }

    pub(crate) fn wait_secs(&mut self, seconds: i64) {
        self.wait(SignedDuration::from_secs(seconds));
    }

    /// A user who still waits. Each name's number is its place in the cast.
    pub(crate) fn waiting(name: &str) -> PassHolder {
        let number = ["alice", "bob", "carol", "dave"].iter().position(|known| *known == name).unwrap() + 1;
        PassHolder {
            user: UserId(Uuid::from_u128(number as u128)),
            pass: PassKey { sale: MAIN_SALE, number: number as u64 },
        }
    }

    /// The command that admits a user who was called just now.
    pub(crate) fn admit(&self, by: PassHolder) -> Command {
        let call = Call { epoch: Self::EPOCH, until: self.book.now() + Self::CALL };
        Command::Admit { user: by.user, pass: by.pass, call }
    }

    /// A user who is inside.
    pub(crate) fn inside(&mut self, name: &str) -> PassHolder {
        let holder = Self::waiting(name);
        self.run(&self.admit(holder)).unwrap();
        holder
    }

    /// A user inside with `amount` to spend.
    pub(crate) fn rich(&mut self, name: &str, amount: i64) -> PassHolder {
        let holder = self.inside(name);
        self.charge(holder, amount).unwrap();
        holder
    }

    /// The same user, called again under a new number.
    pub(crate) fn again(&mut self, by: PassHolder, number: u64) -> PassHolder {
        let holder = PassHolder { user: by.user, pass: PassKey { sale: MAIN_SALE, number } };
        self.run(&self.admit(holder)).unwrap();
        holder
    }

    pub(crate) fn hold(&mut self, by: PassHolder, seat_nos: &[SeatNo]) -> Result<Vec<Seat>, Refusal> {
        self.hold_keyed(by, seat_nos, None)
    }

    pub(crate) fn hold_keyed(
        &mut self,
        by: PassHolder,
        seat_nos: &[SeatNo],
        key: Option<&str>,
    ) -> Result<Vec<Seat>, Refusal> {
        let seat_nos = seat_nos.to_vec();
        match self.run(&Command::Hold { by, concert: CONCERT, seat_nos, key: key_of(key) })? {
            Outcome::Held(seats) => Ok(seats),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn release(&mut self, by: PassHolder, seat_no: SeatNo) -> Result<Outcome, Refusal> {
        self.run(&Command::Release { by, seat: SeatKey { concert: CONCERT, seat_no }, seen: None })
    }

    pub(crate) fn release_seen(
        &mut self,
        by: PassHolder,
        seat_no: SeatNo,
        seen: &SeenHolds,
    ) -> Result<Outcome, Refusal> {
        let seat = SeatKey { concert: CONCERT, seat_no };
        self.run(&Command::Release { by, seat, seen: Some(seen.clone()) })
    }

    pub(crate) fn pay(&mut self, by: PassHolder, seat_nos: &[SeatNo]) -> Result<Outcome, Refusal> {
        self.pay_keyed(by, seat_nos, None)
    }

    pub(crate) fn pay_keyed(
        &mut self,
        by: PassHolder,
        seat_nos: &[SeatNo],
        key: Option<&str>,
    ) -> Result<Outcome, Refusal> {
        let (seats, key) = (self.seats_to_pay(seat_nos), key_of(key));
        self.run(&Command::Pay { by, concert: CONCERT, seats, key, seen: None })
    }

    pub(crate) fn pay_seen(
        &mut self,
        by: PassHolder,
        seat_nos: &[SeatNo],
        seen: &SeenHolds,
    ) -> Result<Outcome, Refusal> {
        let (seats, seen) = (self.seats_to_pay(seat_nos), Some(seen.clone()));
        self.run(&Command::Pay { by, concert: CONCERT, seats, key: None, seen })
    }

    fn seats_to_pay(&mut self, seat_nos: &[SeatNo]) -> Vec<(SeatNo, BillId)> {
        seat_nos.iter().map(|&seat_no| (seat_no, BillId(self.fresh()))).collect()
    }

    /// What a page would show as held by a user now.
    pub(crate) fn seen(&self, by: PassHolder) -> SeenHolds {
        SeenHolds(self.book.live_holds(by.user).map(|(key, hold)| (key, hold.deadline)).collect())
    }

    pub(crate) fn charge(&mut self, by: PassHolder, amount: i64) -> Result<Outcome, Refusal> {
        self.charge_keyed(by, amount, None)
    }

    pub(crate) fn charge_keyed(
        &mut self,
        by: PassHolder,
        amount: i64,
        key: Option<&str>,
    ) -> Result<Outcome, Refusal> {
        self.charge_as(by, amount, key, None)
    }

    pub(crate) fn charge_seen(
        &mut self,
        by: PassHolder,
        amount: i64,
        key: Option<&str>,
        seen: Money,
    ) -> Result<Outcome, Refusal> {
        self.charge_as(by, amount, key, Some(seen))
    }

    fn charge_as(
        &mut self,
        by: PassHolder,
        amount: i64,
        key: Option<&str>,
        seen: Option<Money>,
    ) -> Result<Outcome, Refusal> {
        let (movement, key) = (MovementId(self.fresh()), key_of(key));
        self.run(&Command::Charge { user: by.user, amount: Money(amount), movement, key, seen })
    }

    pub(crate) fn leave(&mut self, by: PassHolder) -> Result<Outcome, Refusal> {
        self.run(&Command::Leave { user: by.user, pass: by.pass, seen: None })
    }

    pub(crate) fn leave_seen(&mut self, by: PassHolder, seen: SeenPlace) -> Result<Outcome, Refusal> {
        self.run(&Command::Leave { user: by.user, pass: by.pass, seen: Some(seen) })
    }

    /// The house keeps the seat.
    pub(crate) fn keep(&mut self, seat_no: SeatNo) {
        self.book.set_seat(SeatKey { concert: CONCERT, seat_no }, SeatState::Kept);
    }

    pub(crate) fn seat(&self, seat_no: SeatNo) -> &Seat {
        self.book.seat(SeatKey { concert: CONCERT, seat_no }).unwrap()
    }

    pub(crate) fn balance(&self, by: PassHolder) -> i64 {
        self.book.balance(by.user).0
    }

    fn fresh(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }
}

fn key_of(key: Option<&str>) -> Option<RequestKey> {
    key.map(|key| RequestKey::new(key).unwrap())
}

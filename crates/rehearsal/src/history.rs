//! Requests and their outcomes as outsiders see them: the only input of the auditor and the report.
//!
//! A request with an unknown outcome counts both ways: it may have had its effect, and it proves nothing.

pub mod sale;

use uuid::Uuid;

use sale::{Phase, SaleFacts};

/// Microseconds since 1970: by the rehearsal's clock, which never goes back, for requests; by the store's in
/// answers.
pub type Micros = i64;

/// One second.
pub const SECOND: Micros = 1_000_000;

/// Everything that happened.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The sale that was played.
    pub sale: SaleFacts,
    /// The concert that was played.
    pub concert: Concert,
    /// One for each fan, in no particular order.
    pub stories: Vec<Story>,
    /// The line as an operator saw it, oldest first; empty without an operator's token.
    pub readings: Vec<LineReading>,
    /// Answers that were wrong in themselves.
    pub complaints: Vec<Complaint>,
    /// What was done to the servers during the sale.
    pub faults: Vec<Fault>,
}

/// What outsiders know about the concert.
#[derive(Debug, Clone, Default)]
pub struct Concert {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How many seats it has, numbered from 1.
    pub seats: u32,
    /// The price of each, in the currency's minor unit.
    pub price: i64,
}

/// What one fan did. A fan does one thing at a time, so events are in order and do not overlap.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// Which fan, counted from 0.
    pub fan: u32,
    /// The user's id.
    pub user: Uuid,
    /// When this fan was to arrive.
    pub arrives: Micros,
    /// Which of the sale's access codes this fan joins with, counted from 0; none for no code, or for one
    /// that the sale does not have.
    pub code: Option<u32>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
}

/// One request with its answer, or one message of an event stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it was due. Latency counts from here: a stalled server cannot hide behind a waiting client.
    pub due: Micros,
    /// When it was sent: later than due if no connection was free.
    pub sent: Micros,
    /// When the answer was complete, or the client gave up.
    pub answered: Micros,
    /// Which attempt at the same request this is, counted from 0.
    pub attempt: u16,
    /// The `Idempotency-Key`, unique within the story; 0 for none.
    pub key: u32,
    /// Which of the addresses was used, counted from 0. Those that share their connections count as one.
    pub instance: u16,
    /// What was requested.
    pub act: Act,
    /// The outcome.
    pub outcome: Outcome,
}

impl Event {
    /// Whether the request succeeded.
    pub fn succeeded(&self) -> bool {
        let outcome = &self.outcome;
        !matches!(outcome, Outcome::Refused(..) | Outcome::Busy | Outcome::Unknown(_) | Outcome::NotSent)
    }

    /// Whether the server failed to serve the request.
    pub fn is_trouble(&self) -> bool {
        matches!(self.outcome, Outcome::Busy | Outcome::Unknown(_))
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// `POST /v1/enqueues`.
    Join,
    /// `GET /v1/enqueues`.
    Poll,
    /// A message of `GET /v1/enqueues/events`. `sent` is its arrival time: nobody requested it.
    Hear,
    /// `DELETE /v1/enqueues`.
    Leave,
    /// `GET /v1/dates`.
    Dates,
    /// `GET /v1/dates/{date}/seats` or `GET /v1/concerts/{id}/seats`.
    Map,
    /// `POST .../reservations` for these seats, all or none.
    Hold(Seats),
    /// `DELETE .../reservations`.
    Release(u32),
    /// `PATCH /v1/charges`.
    Charge(i64),
    /// `POST .../payments` for these seats, all or none.
    Pay(Seats),
    /// `GET /v1/charges`.
    Balance,
    /// `GET /v1/bills`, all pages.
    Bills,
    /// `GET /v1/reservations`, all pages.
    Mine,
    /// `POST .../reservations` for a seat of a concert that only another sale sells.
    Stray,
}

impl Act {
    /// The kind of request, without its arguments.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Poll => "poll",
            Self::Hear => "hear",
            Self::Leave => "leave",
            Self::Dates => "dates",
            Self::Map => "map",
            Self::Hold(_) => "hold",
            Self::Release(_) => "release",
            Self::Charge(_) => "charge",
            Self::Pay(_) => "pay",
            Self::Balance => "balance",
            Self::Bills => "bills",
            Self::Mine => "mine",
            Self::Stray => "stray",
        }
    }
}

/// Seat numbers, in the order of the request.
pub type Seats = Box<[u32]>;

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Join, poll or stream: still waiting.
    Waiting(Waiting),
    /// Join, poll or stream: inside until this time by the store's clock.
    Admitted {
        /// The place in line.
        number: u64,
        /// `admittedUntil`.
        until: Micros,
        /// Where the number comes.
        place: Option<u64>,
    },
    /// Join, poll, stream or leave: the place has ended.
    Ended {
        /// The place in line.
        number: u64,
    },
    /// Dates or map: how many seats are free.
    Seen {
        /// Free seats.
        available: u32,
    },
    /// These seats are held.
    Held(Box<[Held]>, Digest),
    /// The seat was released.
    Released,
    /// Charge or balance: the money in the wallet.
    Money(i64, Digest),
    /// Paid: a bill for each seat, and the balance afterwards.
    Paid(Box<[Bill]>, i64, Digest),
    /// Own bills.
    Bills(Box<[Bill]>),
    /// Own live holds, and own paid seats.
    Mine(Box<[Held]>, Seats),
    /// Refused for a reason. Nothing was changed, or so the answer promises.
    Refused(u16, Code),
    /// A 503 that says that nothing was changed.
    Busy,
    /// Unknown: no answer, half an answer, or a 503 that says so.
    Unknown(Lost),
    /// Not sent: no connection could be opened.
    NotSent,
}

/// A waiting fan's place in line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The place in line.
    pub number: u64,
    /// What the line does with the people in it.
    pub phase: Phase,
    /// Where the number comes; none in the lobby of a draw.
    pub place: Option<u64>,
    /// People who will be called earlier; none in the lobby of a draw.
    pub ahead: Option<u32>,
    /// When to poll again.
    pub poll_after_ms: u32,
    /// The estimate in seconds: p10, p50, p90.
    pub estimate: Option<[u32; 3]>,
}

/// One live hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The seat.
    pub seat: u32,
    /// When it began, by the store's clock.
    pub from: Micros,
    /// Its deadline, by the store's clock.
    pub deadline: Micros,
}

/// One payment's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// Its id.
    pub id: Uuid,
    /// The seat.
    pub seat: u32,
    /// The price paid.
    pub amount: i64,
    /// When, by the store's clock.
    pub created: Micros,
}

/// A hash of an answer's bytes: all answers to one `Idempotency-Key` must have the same.
pub type Digest = u64;

/// The `code` of a problem document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the API's own names")]
pub enum Code {
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    TokenKind,
    PassEnded,
    NotAdmitted,
    NotHolder,
    OperatorOnly,
    InvalidRequest,
    SeatNoOutOfRange,
    SeatHeld,
    SeatUnavailable,
    SeatSold,
    SeatNotHeld,
    HoldExpired,
    SaleNotOpen,
    SaleClosed,
    InsufficientBalance,
    HoldLimit,
    SeatLimit,
    OtherSale,
    GroupRequired,
    CodeInvalid,
    CodeUsedUp,
    BalanceLimit,
    IdempotencyKeyReused,
    NotFound,
    TooManyRequests,
    /// Any other.
    #[serde(other)]
    Other,
}

/// Why the outcome of a request is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// The connection ended before the answer was complete.
    Connection,
    /// No answer in time.
    Silence,
    /// A 503 that says that the outcome is unknown.
    SaidSo,
}

/// The line as an operator saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineReading {
    /// When the request was sent.
    pub sent: Micros,
    /// When it was answered.
    pub answered: Micros,
    /// People who may be inside at once.
    pub capacity: u32,
    /// Calls in any minute; 0 for no limit.
    pub rate_per_minute: u32,
    /// Whether calls are paused.
    pub paused: bool,
    /// People who wait.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// The last number given out.
    pub tail: u64,
    /// The line's epoch: a new one begins when the line is rebuilt.
    pub epoch: u32,
}

/// Something done to the servers on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// When.
    pub at: Micros,
    /// The command.
    pub what: String,
}

/// An answer that is wrong in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Which fan saw it.
    pub fan: u32,
    /// When.
    pub at: Micros,
    /// Which promise it breaks.
    pub promise: PromiseId,
    /// What was seen.
    pub text: String,
}

/// What must always be true of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseId {
    /// No seat has two people at once.
    OneHolder,
    /// A hold ends exactly once and never early; a sold seat stays sold.
    HoldsLast,
    /// Nobody holds or pays for a seat after its deadline.
    Deadlines,
    /// Balance = charges - payments, never below zero.
    Money,
    /// A payment makes debit, bill, every seat and the end of the pass, or none of them.
    WholePayments,
    /// Whatever was acknowledged is still there at the end.
    Acknowledged,
    /// One `Idempotency-Key` has one effect and one answer.
    OneEffect,
    /// Refusals change nothing and are justified.
    Refusals,
    /// Numbers follow the order of joins; none is given out twice.
    Order,
    /// Of two people who are present throughout, the lower place is called no later.
    Calls,
    /// Nobody loses their place.
    Places,
    /// People inside never exceed the capacity.
    Capacity,
    /// Calls never exceed the rate.
    Rate,
    /// No slot stays empty while somebody present waits.
    NoIdleSlots,
    /// Only people whose turn it is get past the line.
    Turn,
    /// Nobody is let in before the opening, and the first soon after it.
    Opening,
    /// Everybody's place is the one that the published order gives their number.
    Draw,
    /// Access codes let in as many people as they have uses, and nobody gets in without one.
    Admittance,
    /// Nobody holds and owns more seats than the sale allows.
    SeatLimit,
    /// Nobody learns who anybody else is.
    Privacy,
    /// People ahead, estimates and free seats agree with what outsiders can know.
    Honesty,
    /// Every answer has the documented format and arrives in time.
    WellFormed,
}

//! Requests and what came of them, as outsiders see them: the only thing that the auditor and the report
//! read.
//!
//! A request whose outcome is not known counts both ways: it may have had its effect, and it proves nothing.

use uuid::Uuid;

/// Microseconds since 1970. Of a request: by the rehearsal's clock, which never goes back. In an answer: by
/// the store's.
pub type Micros = i64;

/// One second.
pub const SECOND: Micros = 1_000_000;

/// Everything that happened.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The concert that was played.
    pub concert: Concert,
    /// One for each fan, in no order.
    pub stories: Vec<Story>,
    /// What an operator saw of the line, oldest first; empty without an operator's token.
    pub readings: Vec<LineReading>,
    /// What somebody saw at once to be wrong.
    pub complaints: Vec<Complaint>,
    /// What was done to the servers meanwhile.
    pub faults: Vec<Fault>,
}

/// What is known of the concert from outside.
#[derive(Debug, Clone, Default)]
pub struct Concert {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How many seats it has, numbered from 1.
    pub seats: u32,
    /// What each costs, in the currency's minor unit.
    pub price: i64,
}

/// What one fan did. A fan does one thing after the other, so events are in order and do not overlap.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// Which fan: the place in the plan.
    pub fan: u32,
    /// The user's id.
    pub user: Uuid,
    /// When this fan was to arrive.
    pub arrives: Micros,
    /// What happened, oldest first.
    pub events: Vec<Event>,
}

/// One request with its answer, or one message of an event stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it was to be sent. Latency counts from here, so that a server that stalls cannot hide behind a
    /// client that waits.
    pub due: Micros,
    /// When it was sent, later than due if no connection was free.
    pub sent: Micros,
    /// When the answer was complete, or was given up.
    pub answered: Micros,
    /// Which attempt at the same thing this is: 0 for the first.
    pub attempt: u16,
    /// The `Idempotency-Key`, unique within the story; 0 for none.
    pub key: u32,
    /// Which of the addresses was asked, counted from 0. Those that share their connections count as one.
    pub instance: u16,
    /// What was asked.
    pub act: Act,
    /// What came of it.
    pub outcome: Outcome,
}

impl Event {
    /// Whether it did what it was sent for.
    pub fn succeeded(&self) -> bool {
        let outcome = &self.outcome;
        !matches!(outcome, Outcome::Refused(..) | Outcome::Busy | Outcome::Unknown(_) | Outcome::NotSent)
    }

    /// Whether the server could not do what it was there for.
    pub fn is_trouble(&self) -> bool {
        matches!(self.outcome, Outcome::Busy | Outcome::Unknown(_))
    }
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// `POST /v1/enqueues`.
    Join,
    /// `GET /v1/enqueues`.
    Poll,
    /// A message of `GET /v1/enqueues/events`; `sent` is then when it came, as nothing was asked.
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
}

impl Act {
    /// What is asked for, without what differs from one to the next.
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
        }
    }
}

/// Seat numbers, in the order in which they were named.
pub type Seats = Box<[u32]>;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Join, poll or stream: still waiting.
    Waiting(Waiting),
    /// Join, poll or stream: inside until then, by the store's clock.
    Admitted {
        /// The place in line.
        number: u64,
        /// `admittedUntil`.
        until: Micros,
    },
    /// Join, poll, stream or leave: the place is over.
    Ended {
        /// The place in line.
        number: u64,
    },
    /// Dates or map: how many seats can be had.
    Seen {
        /// Free seats.
        available: u32,
    },
    /// These seats are held.
    Held(Box<[Held]>, Digest),
    /// The seat was released.
    Released,
    /// Charge or balance: what is in the wallet.
    Money(i64, Digest),
    /// Paid: a bill for each seat, and the balance after it.
    Paid(Box<[Bill]>, i64, Digest),
    /// Own bills.
    Bills(Box<[Bill]>),
    /// Own live holds, and own paid seats.
    Mine(Box<[Held]>, Seats),
    /// Refused for a reason: nothing was changed, the answer promises.
    Refused(u16, Code),
    /// 503 that says that nothing was changed.
    Busy,
    /// Nobody can say: no answer, half an answer, or a 503 that says so.
    Unknown(Lost),
    /// It cannot have been carried out: no connection was made.
    NotSent,
}

/// A place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The place in line.
    pub number: u64,
    /// People who will be called before.
    pub ahead: u32,
    /// When to ask again.
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
    /// What was paid for it.
    pub amount: i64,
    /// When, by the store's clock.
    pub created: Micros,
}

/// Of an answer's bytes: two answers to one `Idempotency-Key` must have the same.
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
    SeatSold,
    SeatNotHeld,
    HoldExpired,
    SaleNotOpen,
    SaleClosed,
    InsufficientBalance,
    HoldLimit,
    BalanceLimit,
    IdempotencyKeyReused,
    NotFound,
    TooManyRequests,
    /// Any other.
    #[serde(other)]
    Other,
}

/// Why nobody can say what became of a request.
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
    /// When it was asked for.
    pub sent: Micros,
    /// When it was answered.
    pub answered: Micros,
    /// People who may be inside at once.
    pub capacity: u32,
    /// Calls in any minute; 0 for no limit.
    pub rate_per_minute: u32,
    /// Whether calls rest.
    pub paused: bool,
    /// People who wait.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// The last number given out.
    pub tail: u64,
    /// One life of the line: another one begins when it had to be rebuilt.
    pub epoch: u32,
}

/// Something that was done to the servers on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// When.
    pub at: Micros,
    /// The command.
    pub what: String,
}

/// An answer that is wrong by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Which fan saw it.
    pub fan: u32,
    /// When.
    pub at: Micros,
    /// About which promise.
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
    /// A hold ends exactly once, and not before its time; sold stays sold.
    HoldsLast,
    /// Nothing is held or paid at or after the deadline it rests on.
    Deadlines,
    /// Balance = charges - payments, never below zero.
    Money,
    /// A payment has debit, bill, every seat and the pass's end, or none of them.
    WholePayments,
    /// What was acknowledged is there in the end.
    Acknowledged,
    /// One `Idempotency-Key` has one effect and one answer.
    OneEffect,
    /// A refusal had no effect, and was due.
    Refusals,
    /// Numbers follow the order of joins; none is given twice.
    Order,
    /// Of two who are there throughout, the lower number is called no later.
    Calls,
    /// Nobody loses their place.
    Places,
    /// People inside never exceed the capacity.
    Capacity,
    /// Calls never exceed the rate.
    Rate,
    /// No slot stays empty while somebody who is there waits.
    NoIdleSlots,
    /// Only those whose turn it is do anything behind the line.
    Turn,
    /// Nobody learns who others are.
    Privacy,
    /// `ahead` and the rest of an answer agree with what an outsider knows.
    Honesty,
    /// Every answer is of the form that was agreed on, and comes in time.
    WellFormed,
}

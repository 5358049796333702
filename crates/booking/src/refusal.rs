//! Every "no" of the rules, by name.

use jiff::Timestamp;
use thiserror::Error;

use crate::ids::SeatNo;
use crate::money::Money;

/// Why a command was not carried out. A refused command had no effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A field has a value that makes no sense.
    #[error("{field} {detail}")]
    Invalid {
        /// The field, as the API spells it.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The key was used for something else before.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyKeyReused,
    /// Payment, leaving or its time ended the pass.
    #[error("the pass has ended")]
    PassEnded,
    /// Still waiting in line.
    #[error("not admitted yet")]
    NotAdmitted,
    /// No such concert.
    #[error("there is no such concert")]
    ConcertNotFound,
    /// Seats are 1 to capacity.
    #[error("seat {seat_no} is not one of seats 1 to {capacity}")]
    SeatNoOutOfRange {
        /// The seat asked for.
        seat_no: SeatNo,
        /// The last seat there is.
        capacity: u32,
    },
    /// Somebody owns the seat.
    #[error("seat {seat_no} is sold")]
    SeatSold {
        /// The seat.
        seat_no: SeatNo,
    },
    /// Somebody else holds the seat for now.
    #[error("seat {seat_no} is held by somebody else")]
    SeatHeld {
        /// The seat.
        seat_no: SeatNo,
    },
    /// Paying or giving back what somebody else holds.
    #[error("seat {seat_no} is held by somebody else")]
    NotHolder {
        /// The seat.
        seat_no: SeatNo,
    },
    /// Paying or giving back what was never held, or was given back.
    #[error("seat {seat_no} is not held")]
    SeatNotHeld {
        /// The seat.
        seat_no: SeatNo,
    },
    /// One's own hold is over, and nobody has taken the seat since.
    #[error("the hold on seat {seat_no} ended at {deadline}")]
    HoldExpired {
        /// The seat.
        seat_no: SeatNo,
        /// When it ended.
        deadline: Timestamp,
    },
    /// Too early.
    #[error("the sale opens at {opening_at}")]
    SaleNotOpen {
        /// When it opens.
        opening_at: Timestamp,
    },
    /// Too late.
    #[error("the sale closed at {closing_at}")]
    SaleClosed {
        /// When it closed.
        closing_at: Timestamp,
    },
    /// Too many live holds in one concert.
    #[error("at most {limit} seats of a concert can be held at once")]
    HoldLimit {
        /// How many are allowed.
        limit: u32,
    },
    /// The wallet would hold too much.
    #[error("a balance is at most {limit}")]
    BalanceLimit {
        /// How much is allowed.
        limit: Money,
    },
    /// The wallet holds too little.
    #[error("the price is {price}, the balance {balance}")]
    InsufficientBalance {
        /// What is asked.
        price: Money,
        /// What is there.
        balance: Money,
    },
}

impl Refusal {
    pub(crate) fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { field, detail: detail.into() }
    }
}

//! Identities. Callers create them, or they are derived from others.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The number printed on a seat: 1 to the concert's capacity.
pub type SeatNo = u32;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A person, as named by `sub` of a signed token.
    UserId
);
id!(
    /// A concert: one date, one price list, one map of seats.
    ConcertId
);
id!(
    /// One seat of one concert.
    SeatId
);
id!(
    /// The record of one seat's payment.
    BillId
);
id!(
    /// What people queue for: a line, a window, and the concerts that it sells.
    SaleId
);
id!(
    /// A drawing of a hall, by its content.
    PlanId
);
id!(
    /// One movement of money: the two ledger entries that carry it sum to zero.
    MovementId
);

impl SeatId {
    /// A seat's identity follows from its concert and number, so that 50,000 new seats need no random numbers
    /// (UUID version 5, RFC 9562 section 5.5).
    pub fn of(concert: ConcertId, seat_no: SeatNo) -> Self {
        Self(Uuid::new_v5(&concert.0, &seat_no.to_be_bytes()))
    }
}

impl PlanId {
    /// A plan's identity follows from the SHA-256 of its content: the same plan sent twice is one plan.
    pub fn of(hash: &[u8; 32]) -> Self {
        Self(Uuid::new_v5(&Uuid::nil(), hash))
    }
}

/// Identifies a pass: the place in line by which a person came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PassKey {
    /// The sale whose line called the person.
    pub sale: SaleId,
    /// Their number in that line, from 1. Numbers of different sales are unrelated.
    pub number: u64,
}

/// Identifies a seat by its place, which is also the order in which stores lock seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeatKey {
    /// The concert.
    pub concert: ConcertId,
    /// The seat's number in it.
    pub seat_no: SeatNo,
}

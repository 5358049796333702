//! Bills: the record of a payment. A seat has at most one, ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{BillId, ConcertId, SeatId, SeatNo, UserId};
use crate::money::Money;

/// What was paid for a seat, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The bill's identity.
    pub id: BillId,
    /// Who paid, and owns the seat.
    pub holder: UserId,
    /// The seat.
    pub seat: SeatId,
    /// Its concert.
    pub concert: ConcertId,
    /// Its number there.
    pub seat_no: SeatNo,
    /// What was taken from the wallet.
    pub amount: Money,
    /// When it was paid.
    pub created_at: Timestamp,
}

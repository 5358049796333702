//! What operators ask for: a new sale, or changes to one.

use jiff::Timestamp;

use crate::access::Access;
use crate::ids::{ConcertId, SaleId, UserId};
use crate::seed::{Commitment, SealedSeed};

/// A new sale as an operator defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSale {
    /// Its identity.
    pub id: SaleId,
    /// What it is called.
    pub name: String,
    /// Whether the public list shows it.
    pub listed: bool,
    /// The order of calls.
    pub order: NewOrder,
    /// The public value that a draw's beacon will be; only for a draw.
    pub beacon_source: Option<String>,
    /// From when one may join; `None` for half an hour before the opening.
    pub lobby_at: Option<Timestamp>,
    /// When calls begin; `None` for at once.
    pub opens_at: Option<Timestamp>,
    /// When it is over; `None` for never.
    pub closes_at: Option<Timestamp>,
    /// The most seats of one person.
    pub seats_per_person: Option<u32>,
    /// Who may join.
    pub access: Access,
    /// What it sells; none twice.
    pub concerts: Vec<ConcertId>,
    /// The dials of its line.
    pub dials: NewDials,
    /// The operator who makes it; `None` if nobody does. No rule uses it: it is for the log.
    pub created_by: Option<UserId>,
}

/// The dials of a new sale's line, where they differ from the settings. No rule uses them: the caller
/// checks them by the rules of the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewDials {
    /// How many people are inside at once.
    pub capacity: Option<u32>,
    /// How many are called per minute; 0 for no limit.
    pub rate_per_minute: Option<u32>,
    /// Whether nobody is called.
    pub paused: Option<bool>,
}

/// The row of a new sale's line, to be written with the sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLine {
    /// The sale.
    pub sale: SaleId,
    /// Its dials.
    pub dials: NewDials,
}

/// An order of calls as an operator asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewOrder {
    /// The order of joins.
    Arrival,
    /// A draw by a seed that was made for it.
    Draw {
        /// The SHA-256 of the seed.
        commitment: Commitment,
        /// The encrypted seed.
        sealed_seed: SealedSeed,
    },
}

/// Changes to a sale. `None` leaves a field as it is; `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaleChanges {
    /// What it is called.
    pub name: Option<String>,
    /// Whether the public list shows it.
    pub listed: Option<bool>,
    /// The order of calls. A draw stays the draw that it is, with its seed.
    pub order: Option<NewOrder>,
    /// The public value that a draw's beacon will be.
    pub beacon_source: Option<Option<String>>,
    /// From when one may join; cleared, it is half an hour before the opening again.
    pub lobby_at: Option<Option<Timestamp>>,
    /// When calls begin; cleared, the sale opens at once.
    pub opens_at: Option<Option<Timestamp>>,
    /// When it is over.
    pub closes_at: Option<Option<Timestamp>>,
    /// The most seats of one person.
    pub seats_per_person: Option<Option<u32>>,
    /// Who may join.
    pub access: Option<Access>,
    /// What it sells, all of it; none twice.
    pub concerts: Option<Vec<ConcertId>>,
    /// A draw's beacon: 1 to 4,096 bytes, once the lobby's tail is fixed.
    pub beacon: Option<Vec<u8>>,
}

//! A seat's life: free, held by one person until a deadline, sold to one person for good.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ConcertId, PassKey, SeatId, SeatKey, SeatNo, UserId};
use crate::money::Money;

/// One seat of one concert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Which.
    pub id: SeatId,
    /// Of which concert.
    pub concert: ConcertId,
    /// Its number there.
    pub seat_no: SeatNo,
    /// What it costs.
    pub price: Money,
    /// What is special about it. Absent from results that were stored before seats had kinds, and from those
    /// of ordinary seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SeatKind>,
    /// Whose it is.
    pub state: SeatState,
}

/// What is special about a seat. Most seats are no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeatKind {
    /// A place for a wheelchair.
    Wheelchair,
    /// For a person who comes with the one in the wheelchair place beside it.
    Companion,
    /// The view of the stage is restricted.
    Restricted,
}

impl SeatKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Wheelchair, Self::Companion, Self::Restricted];

    /// Its name in stores, in the API and in plans' lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wheelchair => "wheelchair",
            Self::Companion => "companion",
            Self::Restricted => "restricted",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A seat's state. A hold past its deadline binds nobody. It stays recorded only so that its former holder
/// gets the right refusal, until somebody else takes the seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum SeatState {
    /// Nobody's.
    Free,
    /// Nobody's, and not for sale: the house keeps it.
    Kept,
    /// Held by one person until the deadline.
    Held(Hold),
    /// Sold for good.
    Sold(Ownership),
}

/// A temporary assignment of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who.
    pub holder: UserId,
    /// The pass that made it. Only this pass can pay or release it, and it ends with this pass.
    pub pass: PassKey,
    /// Since when.
    pub reserved_at: Timestamp,
    /// From this microsecond on the hold is over, for everybody.
    pub deadline: Timestamp,
}

impl Hold {
    /// Whether it is in force at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.deadline
    }

    /// Turns the hold into ownership.
    pub(crate) fn pay(self, now: Timestamp) -> Ownership {
        Ownership {
            holder: self.holder,
            pass: self.pass,
            reserved_at: self.reserved_at,
            deadline: self.deadline,
            paid_at: now,
        }
    }
}

/// A seat's final assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// The owner.
    pub holder: UserId,
    /// The pass that bought it, and with it the sale.
    pub pass: PassKey,
    /// When the hold that was paid began.
    pub reserved_at: Timestamp,
    /// When that hold would have ended.
    pub deadline: Timestamp,
    /// When it was paid.
    pub paid_at: Timestamp,
}

/// How many seats of a concert one person owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedSeats {
    /// Who.
    pub user: UserId,
    /// The concert.
    pub concert: ConcertId,
    /// How many.
    pub count: u32,
}

impl Seat {
    /// Where it is.
    pub fn key(&self) -> SeatKey {
        SeatKey { concert: self.concert, seat_no: self.seat_no }
    }

    /// The hold in force at `now`, if any.
    pub fn live_hold(&self, now: Timestamp) -> Option<Hold> {
        match self.state {
            SeatState::Held(hold) if hold.is_live(now) => Some(hold),
            _ => None,
        }
    }

    /// `user`'s own hold in force at `now`, if any.
    pub fn live_hold_of(&self, user: UserId, now: Timestamp) -> Option<Hold> {
        self.live_hold(now).filter(|hold| hold.holder == user)
    }

    /// Whether the house keeps the seat.
    pub fn is_kept(&self) -> bool {
        self.state == SeatState::Kept
    }

    /// Whether the seat is sold.
    pub fn is_sold(&self) -> bool {
        matches!(self.state, SeatState::Sold(_))
    }

    /// Whether the seat is sold to `user`.
    pub fn is_sold_to(&self, user: UserId) -> bool {
        matches!(self.state, SeatState::Sold(owned) if owned.holder == user)
    }

    /// The recorded holder or owner, whether or not the deadline has passed.
    pub fn holder(&self) -> Option<UserId> {
        match self.state {
            SeatState::Free | SeatState::Kept => None,
            SeatState::Held(hold) => Some(hold.holder),
            SeatState::Sold(owned) => Some(owned.holder),
        }
    }

    /// What people may know about the seat at `now`.
    pub fn status(&self, now: Timestamp) -> SeatStatus {
        match self.state {
            SeatState::Sold(_) => SeatStatus::Sold,
            SeatState::Kept => SeatStatus::Unavailable,
            SeatState::Held(hold) if hold.is_live(now) => SeatStatus::Held,
            SeatState::Held(_) | SeatState::Free => SeatStatus::Available,
        }
    }
}

/// What people may know about a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeatStatus {
    /// Can be held.
    Available,
    /// Held by somebody.
    Held,
    /// Sold.
    Sold,
    /// Not for sale.
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_seat_is_stored_as_before_there_were_kinds() {
        let (id, concert) = (uuid::Uuid::from_u128(1), ConcertId(uuid::Uuid::from_u128(2)));
        let seat = |kind, state| Seat { id: SeatId(id), concert, seat_no: 3, price: Money(4), kind, state };
        let text = concat!(
            r#"{"id":"00000000-0000-0000-0000-000000000001","concert":"00000000-0000-0000-0000-000000000002","#,
            r#""seat_no":3,"price":4,"state":{"is":"free"}}"#
        );
        assert_eq!(serde_json::to_string(&seat(None, SeatState::Free)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Seat>(text).unwrap(), seat(None, SeatState::Free));
        let kept = seat(Some(SeatKind::Companion), SeatState::Kept);
        let read: Seat = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        assert_eq!(read, kept);
        assert_eq!((read.status(Timestamp::UNIX_EPOCH), read.holder()), (SeatStatus::Unavailable, None));
    }

    #[test]
    fn a_kind_has_one_name() {
        for kind in SeatKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(SeatKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(SeatKind::parse("Wheelchair"), None);
    }
}

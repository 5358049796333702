//! Every refusal of the rules, by name.

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;

use crate::access::GroupName;
use crate::ids::SeatNo;
use crate::money::Money;

/// Why a command was not carried out. A refused command had no effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A field has an invalid value.
    #[error("{field} {detail}")]
    Invalid {
        /// The field, as the API spells it.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A user with this identity is registered already.
    #[error("this user is registered already")]
    AlreadyRegistered,
    /// The key was already used for another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyKeyReused,
    /// The pass has ended: by payment, by leaving, or because it ran out.
    #[error("the pass has ended")]
    PassEnded,
    /// The user still waits in line.
    #[error("not admitted yet")]
    NotAdmitted,
    /// No such concert or sale.
    #[error("there is no such {0}")]
    NotFound(Missing),
    /// The pass is of a sale that does not sell this, or the hold belongs to another pass.
    #[error("the pass is of a sale that does not sell this, or another pass holds the seat")]
    OtherSale,
    /// The concert has no seat with that number.
    #[error("seat {seat_no} is not one of seats 1 to {capacity}")]
    SeatNoOutOfRange {
        /// The seat asked for.
        seat_no: SeatNo,
        /// The concert's last seat.
        capacity: u32,
    },
    /// The house keeps the seat.
    #[error("seat {seat_no} is not for sale")]
    SeatUnavailable {
        /// The seat.
        seat_no: SeatNo,
    },
    /// The seat is sold.
    #[error("seat {seat_no} is sold")]
    SeatSold {
        /// The seat.
        seat_no: SeatNo,
    },
    /// Somebody else holds the seat.
    #[error("seat {seat_no} is held by somebody else")]
    SeatHeld {
        /// The seat.
        seat_no: SeatNo,
    },
    /// Paying for or releasing a seat that somebody else holds.
    #[error("seat {seat_no} is held by somebody else")]
    NotHolder {
        /// The seat.
        seat_no: SeatNo,
    },
    /// Paying for or releasing a seat that was never held, or was released.
    #[error("seat {seat_no} is not held")]
    SeatNotHeld {
        /// The seat.
        seat_no: SeatNo,
    },
    /// The user's own hold has expired, and nobody has taken the seat since.
    #[error("the hold on seat {seat_no} ended at {deadline}")]
    HoldExpired {
        /// The seat.
        seat_no: SeatNo,
        /// When it ended.
        deadline: Timestamp,
    },
    /// The sale is not open yet.
    #[error("the sale opens at {opens_at}")]
    SaleNotOpen {
        /// From when one may join its line; `None` if it is a concert that is not on sale yet.
        lobby_at: Option<Timestamp>,
        /// When it opens.
        opens_at: Timestamp,
    },
    /// The sale is over.
    #[error("the sale closed at {closes_at}")]
    SaleClosed {
        /// When it closed.
        closes_at: Timestamp,
    },
    /// The user would have too many live holds in one concert.
    #[error("at most {limit} seats of a concert can be held at once")]
    HoldLimit {
        /// How many are allowed.
        limit: u32,
    },
    /// The user would hold and own too many seats in the concerts of the sale.
    #[error("one person can have at most {limit} seats of this sale")]
    SeatLimit {
        /// How many are allowed.
        limit: u32,
    },
    /// The sale is for the members of a group, which the user is not in.
    #[error("the sale is for members of {}", group.as_str())]
    GroupRequired {
        /// The group.
        group: GroupName,
    },
    /// The sale has no such access code.
    #[error("the access code is not valid for this sale")]
    CodeInvalid,
    /// As many people have used the access code as may.
    #[error("the access code has been used up")]
    CodeUsedUp,
    /// The balance would be too high.
    #[error("a balance is at most {limit}")]
    BalanceLimit {
        /// The highest balance.
        limit: Money,
    },
    /// The balance is too low.
    #[error("the price is {price}, the balance {balance}")]
    InsufficientBalance {
        /// The price.
        price: Money,
        /// The balance.
        balance: Money,
    },
    /// The user holds a seat that the form's page did not show, and it would be lost.
    #[error("other seats are held than the form's page showed")]
    HoldsChanged,
    /// The user waits where the form's page showed them inside, or the other way round.
    #[error("the place in line is another one than the form's page showed")]
    PlaceChanged,
    /// The wallet has another balance than the form's page showed.
    #[error("the balance is {balance}, which the form's page did not show")]
    BalanceChanged {
        /// The balance.
        balance: Money,
    },
    /// The dials are set to other values than the form's page showed.
    #[error("the dials have been set since the form's page was shown")]
    DialsChanged,
    /// The sale is another one than the form's page showed: an operator or time has changed it.
    #[error("the sale has changed since the form's page was shown")]
    SaleChanged,
    /// The form has already put a concert on sale.
    #[error("there is already a concert with this id")]
    ConcertExists {
        /// Whether it is the concert that was asked for: the form was sent twice.
        is_same: bool,
    },
    /// The form has already made a sale.
    #[error("there is already a sale with this id")]
    SaleExists {
        /// Whether it is the sale that was asked for: the form was sent twice.
        is_same: bool,
    },
}

/// What was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A concert.
    Concert,
    /// A sale.
    Sale,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Concert => "concert",
            Self::Sale => "sale",
        })
    }
}

macro_rules! codes {
    ($($refusal:pat => $code:literal,)+) => {
        impl Refusal {
            /// Every code, in the order of the variants.
            pub const ALL_CODES: &'static [&'static str] = &[$($code),+];

            /// The stable name of this refusal: the `code` of the HTTP contract, and what metrics count by.
            pub fn code(&self) -> &'static str {
                match self {
                    $($refusal => $code,)+
                }
            }
        }
    };
}

// The one list of codes. A new refusal does not compile without a line here.
codes! {
    Self::Invalid { .. } => "invalid_request",
    Self::AlreadyRegistered => "already_registered",
    Self::IdempotencyKeyReused => "idempotency_key_reused",
    Self::PassEnded => "pass_ended",
    Self::NotAdmitted => "not_admitted",
    Self::NotFound(_) => "not_found",
    Self::OtherSale => "other_sale",
    Self::SeatNoOutOfRange { .. } => "seat_no_out_of_range",
    Self::SeatUnavailable { .. } => "seat_unavailable",
    Self::SeatSold { .. } => "seat_sold",
    Self::SeatHeld { .. } => "seat_held",
    Self::NotHolder { .. } => "not_holder",
    Self::SeatNotHeld { .. } => "seat_not_held",
    Self::HoldExpired { .. } => "hold_expired",
    Self::SaleNotOpen { .. } => "sale_not_open",
    Self::SaleClosed { .. } => "sale_closed",
    Self::HoldLimit { .. } => "hold_limit",
    Self::SeatLimit { .. } => "seat_limit",
    Self::GroupRequired { .. } => "group_required",
    Self::CodeInvalid => "code_invalid",
    Self::CodeUsedUp => "code_used_up",
    Self::BalanceLimit { .. } => "balance_limit",
    Self::InsufficientBalance { .. } => "insufficient_balance",
    Self::HoldsChanged => "holds_changed",
    Self::PlaceChanged => "place_changed",
    Self::BalanceChanged { .. } => "balance_changed",
    Self::DialsChanged => "dials_changed",
    Self::SaleChanged => "sale_changed",
    Self::ConcertExists { .. } => "concert_exists",
    Self::SaleExists { .. } => "sale_exists",
}

impl Refusal {
    /// A field with an invalid value, and what is wrong with it.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { field, detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One refusal of each kind.
    fn every_refusal() -> Vec<Refusal> {
        let (seat_no, at, limit) = (7, Timestamp::UNIX_EPOCH, Money(1));
        vec![
            Refusal::invalid("name", "is empty"),
            Refusal::AlreadyRegistered,
            Refusal::IdempotencyKeyReused,
            Refusal::PassEnded,
            Refusal::NotAdmitted,
            Refusal::NotFound(Missing::Concert),
            Refusal::OtherSale,
            Refusal::SeatNoOutOfRange { seat_no, capacity: 1 },
            Refusal::SeatUnavailable { seat_no },
            Refusal::SeatSold { seat_no },
            Refusal::SeatHeld { seat_no },
            Refusal::NotHolder { seat_no },
            Refusal::SeatNotHeld { seat_no },
            Refusal::HoldExpired { seat_no, deadline: at },
            Refusal::SaleNotOpen { lobby_at: Some(at), opens_at: at },
            Refusal::SaleClosed { closes_at: at },
            Refusal::HoldLimit { limit: 4 },
            Refusal::SeatLimit { limit: 4 },
            Refusal::GroupRequired { group: GroupName::new("members").unwrap() },
            Refusal::CodeInvalid,
            Refusal::CodeUsedUp,
            Refusal::BalanceLimit { limit },
            Refusal::InsufficientBalance { price: limit, balance: Money::ZERO },
            Refusal::HoldsChanged,
            Refusal::PlaceChanged,
            Refusal::BalanceChanged { balance: limit },
            Refusal::DialsChanged,
            Refusal::SaleChanged,
            Refusal::ConcertExists { is_same: true },
            Refusal::SaleExists { is_same: true },
        ]
    }

    #[test]
    fn every_refusal_has_a_code_of_its_own() {
        let codes: Vec<&str> = every_refusal().iter().map(Refusal::code).collect();
        assert_eq!(codes, Refusal::ALL_CODES);
        assert_eq!(
            codes.iter().collect::<BTreeSet<_>>().len(),
            codes.len(),
            "a code stands for two refusals"
        );
    }

    #[test]
    fn codes_are_snake_case() {
        for code in Refusal::ALL_CODES {
            let is_snake = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_snake && !code.starts_with('_') && !code.ends_with('_'), "{code}");
        }
    }
}

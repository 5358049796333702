//! Checks that what a form's page showed is still true. A command that did not come from a page passes.

use crate::book::Book;
use crate::ids::{SeatKey, UserId};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::seat::Hold;
use crate::seen::{SeenHolds, SeenPlace};

/// The page showed this hold.
pub(super) fn check_seen_hold(seen: Option<&SeenHolds>, key: SeatKey, hold: Hold) -> Result<(), Refusal> {
    let is_seen = seen.is_none_or(|seen| seen.0.contains(&(key, hold.deadline)));
    if is_seen { Ok(()) } else { Err(Refusal::HoldsChanged) }
}

/// The page showed every live hold of `user`.
pub(super) fn check_seen_holds(seen: Option<&SeenHolds>, book: &Book, user: UserId) -> Result<(), Refusal> {
    book.live_holds(user).try_for_each(|(key, hold)| check_seen_hold(seen, key, hold))
}

/// The page showed `user` in this place, with every live hold.
pub(super) fn check_seen_place(
    seen: Option<&SeenPlace>,
    book: &Book,
    user: UserId,
    is_inside: bool,
) -> Result<(), Refusal> {
    if seen.is_some_and(|seen| seen.is_inside != is_inside) {
        return Err(Refusal::PlaceChanged);
    }
    check_seen_holds(seen.map(|seen| &seen.holds), book, user)
}

/// The page showed this balance.
pub(super) fn check_seen_balance(seen: Option<Money>, balance: Money) -> Result<(), Refusal> {
    if seen.is_none_or(|seen| seen == balance) { Ok(()) } else { Err(Refusal::BalanceChanged { balance }) }
}

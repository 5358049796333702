//! Checks that what a form's page showed is still true. A command that did not come from a page passes.

use crate::book::Book;
use crate::command::PassHolder;
use crate::ids::SeatKey;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::sale::Sale;
use crate::seat::Hold;
use crate::seen::{SeenHolds, SeenPlace, SeenSale};

/// The page showed this hold.
pub(super) fn check_seen_hold(seen: Option<&SeenHolds>, key: SeatKey, hold: Hold) -> Result<(), Refusal> {
    let is_seen = seen.is_none_or(|seen| seen.0.contains(&(key, hold.deadline)));
    if is_seen { Ok(()) } else { Err(Refusal::HoldsChanged) }
}

/// The page showed every live hold of `by`'s pass.
pub(super) fn check_seen_holds(seen: Option<&SeenHolds>, book: &Book, by: PassHolder) -> Result<(), Refusal> {
    book.live_holds_of_pass(by).try_for_each(|(key, hold)| check_seen_hold(seen, key, hold))
}

/// The page showed the user in this place, with every live hold of their pass.
pub(super) fn check_seen_place(
    seen: Option<&SeenPlace>,
    book: &Book,
    by: PassHolder,
    is_inside: bool,
) -> Result<(), Refusal> {
    if seen.is_some_and(|seen| seen.is_inside != is_inside) {
        return Err(Refusal::PlaceChanged);
    }
    check_seen_holds(seen.map(|seen| &seen.holds), book, by)
}

/// The page showed this balance.
pub(super) fn check_seen_balance(seen: Option<Money>, balance: Money) -> Result<(), Refusal> {
    if seen.is_none_or(|seen| seen == balance) { Ok(()) } else { Err(Refusal::BalanceChanged { balance }) }
}

/// The page showed the sale as it is now.
pub(super) fn check_seen_sale(seen: Option<&SeenSale>, book: &Book, sale: &Sale) -> Result<(), Refusal> {
    let is_seen = seen.is_none_or(|seen| {
        let has_stood_still = sale.changes_at(seen.at) == sale.changes_at(book.now());
        seen.revision == sale.revision && has_stood_still && seen.concerts == book.members_of(sale.id)
    });
    if is_seen { Ok(()) } else { Err(Refusal::SaleChanged) }
}

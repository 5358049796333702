//! One file per rule: guards on top, one refusal each, in a tested order; the effect last.

mod add_codes;
mod add_plan;
mod admit;
mod change_sale;
mod charge;
mod create_sale;
mod hold;
mod leave;
mod open_concert;
mod open_sale;
mod pay;
mod redeem_code;
mod register;
mod release;
mod sale_fields;
mod seen;
#[cfg(test)]
mod tests;
mod use_code;

pub(crate) use add_codes::add_codes;
pub(crate) use add_plan::add_plan;
pub(crate) use admit::admit;
pub(crate) use change_sale::change_sale;
pub(crate) use charge::charge;
pub(crate) use create_sale::create_sale;
pub(crate) use hold::hold;
pub use hold::refuse_early;
pub(crate) use leave::leave;
pub(crate) use open_concert::open_concert;
pub(crate) use open_sale::open_sale;
pub(crate) use pay::pay;
pub(crate) use redeem_code::redeem_code;
pub(crate) use register::register;
pub(crate) use release::release;
pub(crate) use use_code::use_code;

use std::collections::HashSet;

use crate::book::Book;
use crate::command::PassHolder;
use crate::concert::Concert;
use crate::ids::{SeatKey, SeatNo, UserId};
use crate::policy::SEATS_PER_COMMAND_MAX;
use crate::refusal::Refusal;
use crate::seat::{Hold, Seat, SeatState};

/// Checks that a list of seats has at least one, not too many, and none twice.
fn check_seat_list(seat_nos: impl Iterator<Item = SeatNo>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for seat_no in seat_nos {
        if !seen.insert(seat_no) {
            return Err(Refusal::invalid("seatNos", format!("names seat {seat_no} twice")));
        }
    }
    if seen.is_empty() || seen.len() > SEATS_PER_COMMAND_MAX {
        return Err(Refusal::invalid("seatNos", format!("must name 1 to {SEATS_PER_COMMAND_MAX} seats")));
    }
    Ok(())
}

/// Every seat exists, and then: none is sold.
fn check_not_gone<'a>(
    concert: &Concert,
    seats: impl Iterator<Item = (SeatNo, Option<&'a Seat>)> + Clone,
) -> Result<(), Refusal> {
    check_range(concert, seats.clone().map(|(seat_no, _)| seat_no))?;
    seats.into_iter().try_for_each(|(seat_no, seat)| check_not_sold(seat_no, seat))
}

/// Every seat exists, and then: none is kept, and then: none is sold.
fn check_for_sale<'a>(
    concert: &Concert,
    mut seats: impl Iterator<Item = (SeatNo, Option<&'a Seat>)> + Clone,
) -> Result<(), Refusal> {
    check_range(concert, seats.clone().map(|(seat_no, _)| seat_no))?;
    let is_kept = |seat: Option<&Seat>| seat.is_some_and(Seat::is_kept);
    if let Some((seat_no, _)) = seats.clone().find(|(_, seat)| is_kept(*seat)) {
        return Err(Refusal::SeatUnavailable { seat_no });
    }
    seats.try_for_each(|(seat_no, seat)| check_not_sold(seat_no, seat))
}

fn check_range(concert: &Concert, mut seat_nos: impl Iterator<Item = SeatNo>) -> Result<(), Refusal> {
    match seat_nos.find(|seat_no| !concert.has_seat(*seat_no)) {
        Some(seat_no) => Err(Refusal::SeatNoOutOfRange { seat_no, capacity: concert.capacity }),
        None => Ok(()),
    }
}

/// A sold seat stays sold, so a snapshot shows it as well as the row does.
fn check_not_sold(seat_no: SeatNo, seat: Option<&Seat>) -> Result<(), Refusal> {
    if seat.is_some_and(Seat::is_sold) { Err(Refusal::SeatSold { seat_no }) } else { Ok(()) }
}

/// Whether somebody other than `user` holds the seat now.
fn is_held_by_another(book: &Book, key: SeatKey, user: UserId) -> bool {
    let hold = book.seat(key).and_then(|seat| seat.live_hold(book.now()));
    hold.is_some_and(|hold| hold.holder != user)
}

/// `user`'s own live hold on the seat. The former holder learns that it expired until somebody else takes the
/// seat, however long ago it was.
fn own_hold(book: &Book, key: SeatKey, user: UserId) -> Result<Hold, Refusal> {
    let SeatKey { seat_no, .. } = key;
    match book.seat(key).map(|seat| seat.state) {
        Some(SeatState::Held(hold)) if hold.holder == user => {
            if hold.is_live(book.now()) {
                Ok(hold)
            } else {
                Err(Refusal::HoldExpired { seat_no, deadline: hold.deadline })
            }
        }
        _ => Err(Refusal::SeatNotHeld { seat_no }),
    }
}

/// The seats are this pass's to pay or release: no other pass of the user holds one of them, and the pass's
/// sale sells them. A concert that has left the sale does not matter for a hold that was made before.
fn check_own_pass(
    book: &Book,
    by: PassHolder,
    concert: &Concert,
    mut keys: impl Iterator<Item = SeatKey> + Clone,
) -> Result<(), Refusal> {
    let holding_pass = |key| {
        let hold = book.seat(key)?.live_hold_of(by.user, book.now())?;
        Some(hold.pass)
    };
    if keys.clone().filter_map(holding_pass).any(|pass| pass != by.pass) {
        return Err(Refusal::OtherSale);
    }
    let is_all_held = keys.all(|key| holding_pass(key).is_some());
    if is_all_held || book.sells(by.pass.sale, concert) { Ok(()) } else { Err(Refusal::OtherSale) }
}

/// Ends every live hold of `by`'s pass. Holds of other passes stay.
fn release_all(book: &mut Book, by: PassHolder) {
    let keys: Vec<SeatKey> = book.live_holds_of_pass(by).map(|(key, _)| key).collect();
    for key in keys {
        book.set_seat(key, SeatState::Free);
    }
}

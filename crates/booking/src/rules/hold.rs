//! Holding seats: the heart of the sale.

use crate::book::Book;
use crate::command::PassHolder;
use crate::ids::{ConcertId, SeatKey, SeatNo, UserId};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::rules::{check_for_sale, check_not_sold, check_seat_list, is_held_by_another};
use crate::seat::{Hold, Seat, SeatState};

/// Holds all of the seats or none. Holding one's own live hold again returns that hold with its deadline,
/// whichever of one's passes made it: a repeated request must not extend it.
pub(crate) fn hold(
    book: &mut Book,
    by: PassHolder,
    concert: ConcertId,
    seat_nos: &[SeatNo],
) -> Result<Outcome, Refusal> {
    check_seat_list(seat_nos.iter().copied())?;
    let now = book.now();
    let keys: Vec<SeatKey> = seat_nos.iter().map(|&seat_no| SeatKey { concert, seat_no }).collect();
    let fresh: Vec<SeatKey> = keys.iter().copied().filter(|&key| !is_mine(book, key, by)).collect();
    if fresh.is_empty() {
        return Ok(Outcome::Held(seats_at(book, &keys)));
    }
    let session = book.session(by)?;
    if now >= session.admitted_until {
        // A pass that only a live hold extends allows no new holds.
        return Err(Refusal::PassEnded);
    }
    let on_sale = book.concert(concert)?;
    if !book.sells(by.pass.sale, on_sale) {
        return Err(Refusal::OtherSale);
    }
    check_for_sale(on_sale, keys.iter().map(|&key| (key.seat_no, book.seat(key))))?;
    if let Some(key) = keys.iter().find(|&&key| is_held_by_another(book, key, by.user)) {
        return Err(Refusal::SeatHeld { seat_no: key.seat_no });
    }
    book.sale(by.pass.sale)?.admits(now)?;
    on_sale.check_window(now)?;
    check_limits(book, by, concert, fresh.len())?;

    let hold = Hold { holder: by.user, pass: by.pass, reserved_at: now, deadline: now + book.policy().hold };
    for key in fresh {
        book.set_seat(key, SeatState::Held(hold));
    }
    book.renew_pass(by);
    Ok(Outcome::Held(seats_at(book, &keys)))
}

/// The refusal that holding one seat gets whatever happens next, as far as a snapshot of the seat can show:
/// it is sold to somebody else. The store decides everything else.
///
/// Only for a request without a key, because a stored result comes before every guard, and for a user who is
/// inside a sale that sells the concert, because the rule refuses others first.
///
/// # Errors
/// [`Refusal::SeatSold`].
pub fn refuse_early(snapshot: &Seat, user: UserId) -> Result<(), Refusal> {
    if snapshot.is_sold_to(user) { Ok(()) } else { check_not_sold(snapshot.seat_no, Some(snapshot)) }
}

/// `fresh` more holds in `concert` exceed neither the limit of live holds there nor the limit of seats in the
/// pass's sale. Both count what the user has through all of their passes.
fn check_limits(book: &Book, by: PassHolder, concert: ConcertId, fresh: usize) -> Result<(), Refusal> {
    let holds = book.live_holds(by.user).filter(|(key, _)| key.concert == concert).count() + fresh;
    let limit = book.policy().holds_per_user;
    if is_above(holds, limit) {
        return Err(Refusal::HoldLimit { limit });
    }
    let Some(limit) = book.sale(by.pass.sale)?.seats_per_person else { return Ok(()) };
    let counts = |id: ConcertId| book.concert(id).is_ok_and(|concert| book.sells(by.pass.sale, concert));
    let held = book.live_holds(by.user).filter(|(key, _)| counts(key.concert)).count();
    let owned = book.owned(by.user).filter(|(concert, _)| counts(*concert)).map(|(_, count)| count as usize);
    if is_above(owned.sum::<usize>() + held + fresh, limit) {
        return Err(Refusal::SeatLimit { limit });
    }
    Ok(())
}

fn is_above(seats: usize, limit: u32) -> bool {
    u32::try_from(seats).unwrap_or(u32::MAX) > limit
}

fn is_mine(book: &Book, key: SeatKey, by: PassHolder) -> bool {
    book.seat(key).is_some_and(|seat| seat.live_hold_of(by.user, book.now()).is_some())
}

fn seats_at(book: &Book, keys: &[SeatKey]) -> Vec<Seat> {
    keys.iter().filter_map(|&key| book.seat(key).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::refuse_early;
    use crate::command::{Command, PassHolder};
    use crate::ids::ConcertId;
    use crate::refusal::{Missing, Refusal};
    use crate::seat::SeatStatus;
    use crate::testing::{CONCERT, Stage};

    const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

    #[test]
    fn a_hold_keeps_others_out_until_its_deadline_to_the_microsecond() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        let hold = stage.hold(alice, &[1]).unwrap()[0].live_hold(Stage::start()).unwrap();
        assert_eq!(hold.deadline.duration_since(hold.reserved_at), SignedDuration::from_secs(300));
        stage.wait(SignedDuration::from_secs(300) - MICROSECOND);
        assert_eq!(stage.hold(bob, &[1]), Err(Refusal::SeatHeld { seat_no: 1 }));
        stage.wait(MICROSECOND);
        stage.hold(bob, &[1]).unwrap();
        assert_eq!(stage.seat(1).holder(), Some(bob.user));
    }

    #[test]
    fn holding_again_keeps_the_deadline() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        let first = stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(100);
        assert_eq!(stage.hold(alice, &[1]).unwrap(), first);
        let both = stage.hold(alice, &[1, 2]).unwrap();
        assert_eq!(both[0], first[0], "seats that were held already keep their deadline");
    }

    #[test]
    fn a_seat_can_be_held_again_after_ones_own_hold_expired() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(300);
        assert_eq!(stage.seat(1).status(stage.book.now()), SeatStatus::Available);
        stage.hold(alice, &[1]).unwrap();
        assert_eq!(stage.seat(1).status(stage.book.now()), SeatStatus::Held);
    }

    #[test]
    fn the_same_seat_number_exists_in_every_concert() {
        let mut stage = Stage::new();
        let other = ConcertId(Uuid::from_u128(0xC1));
        stage.open(other, 10).unwrap();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        stage.run(&Command::Hold { by: bob, concert: other, seat_nos: vec![1], key: None }).unwrap();
    }

    #[test]
    fn a_waiting_person_is_not_admitted() {
        let mut stage = Stage::new();
        assert_eq!(stage.hold(Stage::waiting("alice"), &[1]), Err(Refusal::NotAdmitted));
    }

    #[test]
    fn seats_are_1_to_capacity() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        for seat_no in [0, 11, u32::MAX] {
            let refusal = Refusal::SeatNoOutOfRange { seat_no, capacity: 10 };
            assert_eq!(stage.hold(alice, &[seat_no]), Err(refusal));
        }
    }

    #[test]
    fn an_unknown_concert_is_not_found() {
        let mut stage = Stage::new();
        let by = stage.inside("alice");
        let concert = ConcertId(Uuid::from_u128(404));
        let command = Command::Hold { by, concert, seat_nos: vec![1], key: None };
        assert_eq!(stage.run(&command), Err(Refusal::NotFound(Missing::Concert)));
    }

    #[test]
    fn a_kept_seat_is_for_nobody() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.rich("alice", 100), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        stage.keep(2);
        assert_eq!(stage.seat(2).status(stage.book.now()), SeatStatus::Unavailable);
        let refusal = Refusal::SeatUnavailable { seat_no: 2 };
        assert_eq!(stage.hold(bob, &[1, 2]), Err(refusal.clone()), "before a sold seat");
        assert_eq!(stage.hold(bob, &[2, 0]), Err(Refusal::SeatNoOutOfRange { seat_no: 0, capacity: 10 }));
        assert_eq!(stage.hold(bob, &[3, 2]), Err(refusal), "all or none");
        assert_eq!(stage.seat(3).holder(), None);
        assert_eq!(refuse_early(stage.seat(2), bob.user), Ok(()), "it may be released");
        assert_eq!(stage.pay(bob, &[2]).err(), Some(Refusal::SeatNotHeld { seat_no: 2 }));
    }

    #[test]
    fn a_sold_seat_stays_sold() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.rich("alice", 100), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        assert_eq!(stage.hold(bob, &[1]), Err(Refusal::SeatSold { seat_no: 1 }));
        stage.wait_secs(301);
        assert_eq!(stage.hold(bob, &[1]), Err(Refusal::SeatSold { seat_no: 1 }));
    }

    #[test]
    fn a_seat_is_refused_early_if_it_is_sold_to_another() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.rich("alice", 100), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        stage.hold(bob, &[2]).unwrap();
        let early = |stage: &Stage, seat_no, by: PassHolder| refuse_early(stage.seat(seat_no), by.user);
        let refusal = early(&stage, 1, bob).expect_err("refused early");
        assert_eq!(refusal, Refusal::SeatSold { seat_no: 1 });
        assert_eq!(stage.hold(bob, &[1]), Err(refusal), "the rule says the same");
        assert_eq!(early(&stage, 1, alice), Ok(()), "her own seat is for the store");
        for seat_no in [2, 3] {
            assert_eq!(early(&stage, seat_no, alice), Ok(()), "held or free, that may change");
        }
    }

    #[test]
    fn the_sale_is_open_from_opening_until_just_before_closing() {
        let mut stage = Stage::new();
        stage.book.set_now(Stage::start() - MICROSECOND);
        let alice = stage.inside("alice");
        assert!(matches!(stage.hold(alice, &[1]), Err(Refusal::SaleNotOpen { .. })));
        stage.wait(MICROSECOND);
        stage.hold(alice, &[1]).unwrap();
        stage.wait(SignedDuration::from_hours(24) - MICROSECOND);
        let bob = stage.inside("bob");
        stage.hold(bob, &[2]).unwrap();
        stage.wait(MICROSECOND);
        assert!(matches!(stage.hold(bob, &[3]), Err(Refusal::SaleClosed { .. })));
    }

    #[test]
    fn a_user_holds_at_most_four_seats_of_a_concert() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.hold(alice, &[1, 2, 3]).unwrap();
        assert_eq!(stage.hold(alice, &[4, 5]), Err(Refusal::HoldLimit { limit: 4 }));
        stage.hold(alice, &[4]).unwrap();
        assert_eq!(stage.hold(alice, &[5]), Err(Refusal::HoldLimit { limit: 4 }));
        stage.wait_secs(300);
        stage.hold(alice, &[5, 6, 7, 8]).unwrap();
    }

    #[test]
    fn several_seats_are_held_all_or_none() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold(alice, &[2]).unwrap();
        let before = stage.book.clone();
        assert_eq!(stage.hold(bob, &[1, 2, 3]), Err(Refusal::SeatHeld { seat_no: 2 }));
        assert_eq!(stage.book, before, "a refusal has no effect");
    }

    #[test]
    fn a_list_has_1_to_100_different_seats() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        for seat_nos in [vec![], vec![1, 1], (1..=101).collect()] {
            let refusal = stage.hold(alice, &seat_nos);
            assert!(matches!(refusal, Err(Refusal::Invalid { field: "seatNos", .. })), "{refusal:?}");
        }
    }

    #[test]
    fn guards_come_in_their_order() {
        // Each step removes the reason of the refusal before it, so that the next guard refuses.
        let mut stage = Stage::new();
        let (alice, bob) = (Stage::waiting("alice"), stage.rich("bob", 100));
        stage.hold(bob, &[1]).unwrap();
        let carol = stage.inside("carol");
        stage.hold(carol, &[3, 4, 5, 6]).unwrap();
        stage.pay(bob, &[1]).unwrap();
        let bob = stage.again(bob, 20);
        stage.hold(bob, &[2]).unwrap();
        assert_eq!(stage.hold(alice, &[99, 1, 2]), Err(Refusal::NotAdmitted));
        let out_of_range = Refusal::SeatNoOutOfRange { seat_no: 99, capacity: 10 };
        assert_eq!(stage.hold(carol, &[2, 1, 99]), Err(out_of_range));
        assert_eq!(stage.hold(carol, &[2, 1]), Err(Refusal::SeatSold { seat_no: 1 }));
        assert_eq!(stage.hold(carol, &[2, 7]), Err(Refusal::SeatHeld { seat_no: 2 }));
        assert_eq!(stage.hold(carol, &[7]), Err(Refusal::HoldLimit { limit: 4 }));
        stage.book.set_now(Stage::start() + SignedDuration::from_hours(24));
        let carol = stage.again(carol, 21);
        let window = stage.hold(carol, &[7, 8, 9, 10, 2]);
        assert!(matches!(window, Err(Refusal::SaleClosed { .. })), "before the limit: {window:?}");
    }

    #[test]
    fn the_same_key_and_content_gives_one_hold_and_one_answer() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        let first = stage.hold_keyed(alice, &[1], Some("k")).unwrap();
        stage.release(alice, 1).unwrap();
        assert_eq!(stage.hold_keyed(alice, &[1], Some("k")).unwrap(), first);
        assert_eq!(stage.seat(1).status(stage.book.now()), SeatStatus::Available, "no second effect");
        stage.leave(alice).unwrap();
        assert_eq!(stage.hold_keyed(alice, &[1], Some("k")).unwrap(), first, "asked before the pass");
    }

    #[test]
    fn the_same_key_with_other_content_is_refused() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.hold_keyed(alice, &[1], Some("k")).unwrap();
        assert_eq!(stage.hold_keyed(alice, &[2], Some("k")), Err(Refusal::IdempotencyKeyReused));
        assert_eq!(stage.charge_keyed(alice, 1, Some("k")), Err(Refusal::IdempotencyKeyReused));
    }

    #[test]
    fn keys_of_different_users_are_independent() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold_keyed(alice, &[1], Some("k")).unwrap();
        stage.hold_keyed(bob, &[2], Some("k")).unwrap();
    }

    #[test]
    fn a_refusal_is_not_remembered_under_its_key() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        assert!(stage.hold_keyed(bob, &[1], Some("k")).is_err());
        stage.release(alice, 1).unwrap();
        stage.hold_keyed(bob, &[1], Some("k")).unwrap();
    }

    #[test]
    fn a_stored_result_is_used_for_24_hours() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.charge_keyed(alice, 5, Some("k")).unwrap();
        stage.wait(SignedDuration::from_hours(24) - MICROSECOND);
        stage.charge_keyed(alice, 5, Some("k")).unwrap();
        assert_eq!(stage.balance(alice), 5);
        stage.wait(MICROSECOND);
        stage.charge_keyed(alice, 5, Some("k")).unwrap();
        assert_eq!(stage.balance(alice), 10);
    }

    #[test]
    fn a_command_asks_for_every_row_it_can_touch() {
        let by = Stage::waiting("alice");
        let reserve = Command::Hold { by, concert: CONCERT, seat_nos: vec![9, 2], key: None };
        let scope = crate::Scope::of([&reserve]);
        assert_eq!(scope.seats.iter().map(|key| key.seat_no).collect::<Vec<_>>(), [2, 9], "sorted");
        assert!(scope.users.contains(&by.user) && scope.holders.contains(&by.user));
        assert!(scope.passes.contains(&by.pass) && scope.concerts.contains(&CONCERT));
        assert!(scope.sales.contains(&by.pass.sale) && scope.owners.contains(&by.user));
    }
}

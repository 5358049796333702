//! Releasing a held seat before its deadline.

use crate::book::Book;
use crate::command::PassHolder;
use crate::ids::SeatKey;
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::rules::seen::check_seen_hold;
use crate::rules::{check_not_gone, check_own_pass, is_held_by_another, own_hold};
use crate::seat::{Seat, SeatState};
use crate::seen::SeenHolds;

/// Releases one hold: from a page, the one that the page showed.
pub(crate) fn release(
    book: &mut Book,
    by: PassHolder,
    key: SeatKey,
    seen: Option<&SeenHolds>,
) -> Result<Outcome, Refusal> {
    book.session(by)?;
    let on_sale = book.concert(key.concert)?;
    check_own_pass(book, by, on_sale, std::iter::once(key))?;
    check_not_gone(on_sale, std::iter::once((key.seat_no, book.seat(key))))?;
    if is_held_by_another(book, key, by.user) {
        return Err(Refusal::NotHolder { seat_no: key.seat_no });
    }
    let hold = own_hold(book, key, by.user)?;
    check_seen_hold(seen, key, hold)?;

    book.set_seat(key, SeatState::Free);
    book.renew_pass(by);
    let seat: Option<Seat> = book.seat(key).cloned();
    seat.map(Outcome::Released).ok_or(Refusal::SeatNotHeld { seat_no: key.seat_no })
}

#[cfg(test)]
mod tests {
    use crate::refusal::Refusal;
    use crate::seat::SeatStatus;
    use crate::testing::Stage;

    #[test]
    fn a_released_seat_is_free_at_once() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        stage.release(alice, 1).unwrap();
        assert_eq!(stage.seat(1).status(stage.book.now()), SeatStatus::Available);
        stage.hold(bob, &[1]).unwrap();
    }

    #[test]
    fn only_the_holder_releases_a_seat() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        assert_eq!(stage.release(bob, 1), Err(Refusal::NotHolder { seat_no: 1 }));
        assert_eq!(stage.release(Stage::waiting("carol"), 1), Err(Refusal::NotAdmitted));
    }

    #[test]
    fn a_page_releases_only_the_hold_that_it_showed() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.hold(alice, &[1]).unwrap();
        let seen = stage.seen(alice);
        stage.wait_secs(300);
        stage.hold(alice, &[1, 2]).unwrap();
        assert_eq!(stage.release_seen(alice, 1, &seen), Err(Refusal::HoldsChanged));
        let seen = stage.seen(alice);
        stage.hold(alice, &[3]).unwrap();
        stage.release_seen(alice, 1, &seen).expect("a further hold is not touched");
    }

    #[test]
    fn a_seat_that_is_not_held_cannot_be_released() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 100);
        assert_eq!(stage.release(alice, 1), Err(Refusal::SeatNotHeld { seat_no: 1 }));
        stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(300);
        assert!(matches!(stage.release(alice, 1), Err(Refusal::HoldExpired { seat_no: 1, .. })));
        assert!(matches!(stage.release(alice, 11), Err(Refusal::SeatNoOutOfRange { .. })));
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        let alice = stage.again(alice, 9);
        assert_eq!(stage.release(alice, 1), Err(Refusal::SeatSold { seat_no: 1 }));
    }
}

//! Leaving the line, or the sale.

use crate::book::Book;
use crate::command::PassHolder;
use crate::ids::{PassKey, UserId};
use crate::outcome::Outcome;
use crate::pass::{Pass, PassEnd, PassState};
use crate::refusal::Refusal;
use crate::rules::release_all;
use crate::rules::seen::check_seen_place;
use crate::seen::SeenPlace;

/// Ends the place for good, and every hold that its pass made. Another user's pass is left alone. A form for
/// leaving gives up only what its page showed.
pub(crate) fn leave(
    book: &mut Book,
    user: UserId,
    key: PassKey,
    seen: Option<&SeenPlace>,
) -> Result<Outcome, Refusal> {
    let now = book.now();
    let session = book.pass(key).map(|pass| pass.session_of(user, now)).transpose()?;
    let by = PassHolder { user, pass: key };
    check_seen_place(seen, book, by, session.is_some())?;
    release_all(book, by);
    let pass = Pass { key, user, state: PassState::Ended { session, ended_at: now, cause: PassEnd::Left } };
    book.set_pass(pass.clone());
    Ok(Outcome::Left(pass))
}

#[cfg(test)]
mod tests {
    use crate::outcome::Outcome;
    use crate::pass::PassState;
    use crate::refusal::Refusal;
    use crate::seen::{SeenHolds, SeenPlace};
    use crate::testing::Stage;

    #[test]
    fn leaving_releases_every_hold() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.hold(alice, &[1, 2]).unwrap();
        stage.leave(alice).unwrap();
        stage.hold(bob, &[1, 2]).unwrap();
    }

    #[test]
    fn who_leaves_from_a_page_gives_up_only_what_it_showed() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        let waiting = SeenPlace::default();
        let inside = |holds| SeenPlace { is_inside: true, holds };
        assert_eq!(stage.leave_seen(alice, inside(SeenHolds::default())), Err(Refusal::PlaceChanged));
        let alice = stage.inside("alice");
        assert_eq!(stage.leave_seen(alice, waiting.clone()), Err(Refusal::PlaceChanged), "her turn has come");
        let empty = inside(stage.seen(alice));
        stage.hold(alice, &[1]).unwrap();
        let before = stage.book.clone();
        assert_eq!(stage.leave_seen(alice, empty), Err(Refusal::HoldsChanged));
        assert_eq!(stage.book, before);
        let seen = stage.seen(alice);
        stage.leave_seen(alice, inside(seen)).unwrap();
        let bob = Stage::waiting("bob");
        stage.leave_seen(bob, waiting).unwrap();
    }

    #[test]
    fn leaving_ends_the_pass_for_good() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.leave(alice).unwrap();
        assert_eq!(stage.hold(alice, &[1]), Err(Refusal::PassEnded));
        assert_eq!(stage.leave(alice), Err(Refusal::PassEnded));
    }

    #[test]
    fn a_person_who_leaves_while_waiting_was_never_inside() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        let Outcome::Left(pass) = stage.leave(alice).unwrap() else { panic!() };
        assert!(matches!(pass.state, PassState::Ended { session: None, .. }));
    }

    #[test]
    fn nobody_leaves_with_another_users_pass() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        let mut thief = Stage::waiting("bob");
        thief.pass = alice.pass;
        assert_eq!(stage.leave(thief), Err(Refusal::NotAdmitted));
        stage.hold(alice, &[1]).expect("alice is still inside");
        stage.leave(alice).unwrap();
        assert_eq!(stage.leave(thief), Err(Refusal::NotAdmitted));
    }

    #[test]
    fn leaving_keeps_what_was_paid() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 100);
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        let alice = stage.again(alice, 9);
        stage.leave(alice).unwrap();
        assert!(stage.seat(1).is_sold_to(alice.user));
    }
}

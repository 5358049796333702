//! A called person comes in. The line decides whether there is room; a store that counted would need one row
//! on which all commits queue.

use crate::book::Book;
use crate::command::Call;
use crate::ids::{PassKey, UserId};
use crate::outcome::Outcome;
use crate::pass::{Pass, PassState, Session};
use crate::refusal::Refusal;

/// Admitting twice returns the pass of the first time. Nobody comes in with another user's number.
///
/// A call that no longer stands admits nobody: an instance may have been frozen since, and the slot given to
/// somebody else.
pub(crate) fn admit(book: &mut Book, user: UserId, key: PassKey, call: Call) -> Result<Outcome, Refusal> {
    let now = book.now();
    if let Some(pass) = book.pass(key) {
        pass.session_of(user, now)?;
        return Ok(Outcome::Admitted(pass.clone()));
    }
    if !book.stands(key.sale, call) {
        return Err(Refusal::NotAdmitted);
    }
    book.sale(key.sale)?.admits(now)?;
    let admitted_until = now + book.policy().pass;
    let session = Session { admitted_at: now, admitted_until, lasts_until: admitted_until };
    let pass = Pass { key, user, state: PassState::Inside(session) };
    book.set_pass(pass.clone());
    Ok(Outcome::Admitted(pass))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::command::{Call, Command};
    use crate::outcome::Outcome;
    use crate::pass::PassState;
    use crate::refusal::Refusal;
    use crate::testing::Stage;

    #[test]
    fn a_pass_lasts_for_the_time_that_the_policy_gives() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.wait_secs(599);
        stage.hold(alice, &[1]).unwrap();
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.wait_secs(600);
        assert_eq!(stage.hold(alice, &[1]), Err(Refusal::PassEnded));
    }

    #[test]
    fn admitting_twice_has_one_effect() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        let before = stage.book.pass(alice.pass).cloned().unwrap();
        stage.wait_secs(60);
        let again = stage.run(&stage.admit(alice)).unwrap();
        assert_eq!(again, Outcome::Admitted(before));
    }

    #[test]
    fn an_ended_pass_is_never_admitted_again() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.leave(alice).unwrap();
        let admit = stage.admit(alice);
        assert_eq!(stage.run(&admit), Err(Refusal::PassEnded));
        let bob = stage.inside("bob");
        stage.wait_secs(600);
        let admit = stage.admit(bob);
        assert_eq!(stage.run(&admit), Err(Refusal::PassEnded));
    }

    #[test]
    fn a_call_admits_until_it_lapses_to_the_microsecond() {
        let mut stage = Stage::new();
        let (alice, bob) = (Stage::waiting("alice"), Stage::waiting("bob"));
        let (alices, bobs) = (stage.admit(alice), stage.admit(bob));
        stage.wait(Stage::CALL - SignedDuration::from_micros(1));
        stage.run(&alices).unwrap();
        stage.wait(SignedDuration::from_micros(1));
        assert_eq!(stage.run(&bobs), Err(Refusal::NotAdmitted));
        stage.run(&alices).expect("a user who is inside needs no call");
    }

    #[test]
    fn a_call_of_another_epoch_lets_nobody_in() {
        for epoch in [Stage::EPOCH - 1, Stage::EPOCH + 1] {
            let mut stage = Stage::new();
            let alice = Stage::waiting("alice");
            let Command::Admit { user, pass, call } = stage.admit(alice) else { panic!() };
            let admit = Command::Admit { user, pass, call: Call { epoch, ..call } };
            assert_eq!(stage.run(&admit), Err(Refusal::NotAdmitted));
        }
    }

    #[test]
    fn a_pass_is_of_no_use_to_another_user() {
        let mut stage = Stage::new();
        let mut thief = Stage::waiting("bob");
        thief.pass = stage.inside("alice").pass;
        assert_eq!(stage.hold(thief, &[1]), Err(Refusal::NotAdmitted));
        let admit = stage.admit(thief);
        assert_eq!(stage.run(&admit), Err(Refusal::NotAdmitted));
    }

    #[test]
    fn a_live_hold_keeps_the_pass_alive_until_its_deadline() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 100);
        stage.wait_secs(500);
        stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(299);
        // 799 s after admission: beyond the pass, within the hold.
        assert_eq!(stage.hold(alice, &[2]), Err(Refusal::PassEnded), "no new holds");
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
    }

    #[test]
    fn releasing_the_last_hold_ends_the_time_that_it_added() {
        let mut stage = Stage::new();
        let alice = stage.inside("alice");
        stage.wait_secs(500);
        stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(200);
        stage.release(alice, 1).unwrap();
        let PassState::Inside(session) = stage.book.pass(alice.pass).unwrap().state else { panic!() };
        assert_eq!(session.lasts_until, session.admitted_until);
        assert_eq!(stage.release(alice, 1), Err(Refusal::PassEnded));
    }
}

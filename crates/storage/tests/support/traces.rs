//! Random traces: whatever keeps the line, it must answer as the pure rules do.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use onsale_booking::command::PassHolder;
use onsale_booking::ids::{PassKey, UserId};
use onsale_booking::pass::{Pass, PassState};
use onsale_booking::{Command, Outcome};
use onsale_line::{DialChanges, Dials, Line, Number, NumberState, Schedule, Sign, Tallies};
use onsale_storage::line::LinePort;
use proptest::prelude::*;

use super::commands::{admit, leave, member, room, seconds};
use super::sale::Caller;

/// One step. There are few people, so that they meet again.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Join(u64),
    /// Somebody polls with one of the numbers given out so far, and promises to be back this many seconds
    /// later.
    Sign(u8, i64),
    Tick,
    /// The called holder of a number comes in.
    ComeIn(u8),
    Leave(u8),
    Wait(i64),
    SetDials(DialChanges),
}

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let dials = (prop::option::of(0..4_u32), prop::option::of(0..4_u32), prop::option::of(any::<bool>()))
        .prop_map(|(capacity, rate_per_minute, paused)| DialChanges {
            capacity: capacity.map(room),
            rate_per_minute,
            paused,
        });
    let wait = prop_oneof![1..12_i64, Just(30), Just(60), Just(599), Just(600)];
    let step = prop_oneof![
        8 => (1..12_u64).prop_map(Step::Join),
        8 => (any::<u8>(), 1..40_i64).prop_map(|(which, back)| Step::Sign(which, back)),
        6 => Just(Step::Tick),
        6 => any::<u8>().prop_map(Step::ComeIn),
        3 => any::<u8>().prop_map(Step::Leave),
        5 => wait.prop_map(Step::Wait),
        1 => dials.prop_map(Step::SetDials),
    ];
    prop::collection::vec(step, 1..most)
}

/// Several instances of one line, and the pure rules beside them. The first instance is notified of every
/// commit.
pub(crate) struct Replay {
    pub(crate) lines: Vec<Arc<dyn LinePort>>,
    pub(crate) caller: Caller,
    pub(crate) now: Box<dyn Fn() -> Timestamp + Send>,
    pub(crate) advance: Box<dyn Fn(SignedDuration) + Send>,
    model: Line,
    given: Vec<(Number, UserId)>,
    turn: usize,
}

impl Replay {
    pub(crate) fn new(
        lines: Vec<Arc<dyn LinePort>>,
        caller: Caller,
        dials: Dials,
        now: impl Fn() -> Timestamp + Send + 'static,
        advance: impl Fn(SignedDuration) + Send + 'static,
    ) -> Self {
        Self::with_schedule(lines, caller, (dials, Schedule::default()), now, advance)
    }

    /// Lines of a sale that opens or closes.
    pub(crate) fn with_schedule(
        lines: Vec<Arc<dyn LinePort>>,
        caller: Caller,
        (dials, schedule): (Dials, Schedule),
        now: impl Fn() -> Timestamp + Send + 'static,
        advance: impl Fn(SignedDuration) + Send + 'static,
    ) -> Self {
        let mut model = Line::with_schedule(1, dials, schedule, now());
        model.allocate(u64::from(u32::MAX));
        let (now, advance) = (Box::new(now), Box::new(advance));
        Self { lines, caller, now, advance, model, given: Vec::new(), turn: 0 }
    }

    /// The rules' own line, which opens beside the others.
    pub(crate) fn model(&mut self) -> &mut Line {
        &mut self.model
    }

    pub(crate) async fn play(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            self.step(step).await;
            self.compare(&format!("after step {index}, {step:?}, of {steps:?}")).await;
        }
    }

    /// The next instance: each step uses another.
    fn line(&mut self) -> Arc<dyn LinePort> {
        self.turn += 1;
        Arc::clone(&self.lines[self.turn % self.lines.len()])
    }

    fn holder(&self, user: UserId, number: Number) -> PassHolder {
        PassHolder { user, pass: PassKey { sale: self.lines[0].sale(), number } }
    }

    fn picked(&self, which: u8) -> Option<(Number, UserId)> {
        self.given.get(usize::from(which) % self.given.len().max(1)).copied()
    }

    async fn step(&mut self, step: &Step) {
        let (line, now) = (self.line(), (self.now)());
        match step {
            Step::Join(person) => self.join(member(*person).user).await,
            Step::Sign(which, back) => {
                let Some((number, user)) = self.picked(*which) else { return };
                let due = u32::try_from((now + seconds(*back)).as_second()).unwrap();
                let sign = Sign { number, user: user.0, due };
                line.signs_of_life(vec![sign]).await.unwrap();
                self.model.sign_of_life(sign, now);
            }
            Step::Tick => self.tick().await,
            Step::ComeIn(which) => {
                let Some((number, user)) = self.picked(*which) else { return };
                let call = line.claim(number).await.unwrap();
                assert_eq!(call.is_some(), self.model.claim(number, now), "claim of {number}");
                if call.is_some() {
                    self.write(admit(self.holder(user, number)), number, user).await;
                }
            }
            Step::Leave(which) => {
                let Some((number, user)) = self.picked(*which) else { return };
                if self.model.state(number, now) != NumberState::Ended {
                    self.write(leave(self.holder(user, number)), number, user).await;
                }
            }
            Step::Wait(wait) => {
                (self.advance)(seconds(*wait));
                self.tick().await;
            }
            Step::SetDials(changes) => {
                let dials = line.set_dials(*changes, None, None).await.unwrap();
                self.model.set_dials(dials);
                // The other instances learn of new dials with their next request to the line.
                for line in &self.lines {
                    line.lookup(0).await.unwrap();
                }
            }
        }
    }

    async fn join(&mut self, user: UserId) {
        // A join calls people for the room there is; a tick first frees what has lapsed.
        self.tick().await;
        let now = (self.now)();
        let joined = self.line().join(user).await.unwrap();
        let number = self.model.join(user.0, now).unwrap();
        let called = self.model.tick(now);
        assert_eq!((joined.number, joined.called), (number, called), "join of {user:?}");
        assert_eq!(joined.lookup.state, self.model.state(number, now), "join of {user:?}");
        if !self.given.contains(&(number, user)) {
            self.given.push((number, user));
        }
    }

    async fn tick(&mut self) {
        let called = self.line().tick().await.unwrap().called;
        let expected = self.model.tick((self.now)());
        // The other instances learn of it at their next tick; there is nobody left to call.
        let mut all = called;
        for line in self.lines.clone() {
            all.extend(line.tick().await.unwrap().called);
        }
        all.sort_unstable();
        all.dedup();
        assert!(expected.iter().all(|number| all.contains(number)), "{expected:?} were called, not {all:?}");
    }

    async fn write(&mut self, command: Command, number: Number, user: UserId) {
        let message = format!("{command:?}");
        let pass: Pass =
            match self.caller.ask(command).await.unwrap_or_else(|error| panic!("{message}: {error:?}")) {
                Outcome::Admitted(pass) | Outcome::Left(pass) => pass,
                other => panic!("{other:?}"),
            };
        match pass.state {
            PassState::Inside(session) => self.model.enter(number, user.0, session.lasts_until),
            PassState::Ended { .. } => self.model.end(number, user.0),
        }
        // The commit notifies the first instance; once it has answered another request, the line knows.
        self.lines[0].lookup(0).await.unwrap();
    }

    async fn compare(&mut self, message: &str) {
        self.tick().await;
        let now = (self.now)();
        let given = self.model.tail();
        for line in &self.lines {
            for number in 0..=given + 1 {
                let place = line.lookup(number).await.unwrap().state;
                assert_eq!(place, self.model.state(number, now), "{number} {message}");
            }
            for person in 1..12 {
                let user = member(person).user;
                let found =
                    line.state_of_user(user).await.unwrap().map(|(number, lookup)| (number, lookup.state));
                assert_eq!(found, self.model.state_of_user(user.0, now), "place of {person} {message}");
            }
            let view = line.tick().await.unwrap().view;
            let model = self.model.view(now);
            let numbers = |tallies: Tallies| {
                (tallies.waiting, tallies.inside, tallies.called, tallies.head, tallies.tail)
            };
            assert_eq!(numbers(view.tallies()), numbers(model.tallies()), "{message}");
            assert_eq!(view.dials(), model.dials(), "{message}");
            for number in 1..=given {
                assert_eq!(view.ahead(number, 0), model.ahead(number, 0), "ahead of {number} {message}");
            }
        }
    }
}

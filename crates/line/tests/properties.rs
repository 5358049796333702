//! Random evenings, played on the line and on the naive model at once.
//!
//! After every step the two must agree on everything that can be asked. The promises are checked besides, on
//! what happened, so that an error made in both is found too.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Capacity, Dials, Line, NumberState, Recovery, Schedule, Sign, View};
use proptest::prelude::*;
use support::naive::{Millis, Naive, State};
use support::start;
use uuid::Uuid;

#[derive(Debug, Clone)]
enum Step {
    Join {
        user: u8,
    },
    /// A poll by the holder of the nth ticket, to be back after `seconds`.
    Sign {
        ticket: usize,
        seconds: u64,
    },
    /// Everybody polls.
    AllSign {
        seconds: u64,
    },
    Tick,
    Claim {
        ticket: usize,
    },
    /// The nth ticket gets a pass, called or not.
    Enter {
        ticket: usize,
        seconds: u64,
    },
    /// All who are called claim and enter.
    AllEnter {
        seconds: u64,
    },
    End {
        ticket: usize,
    },
    Dials {
        capacity: u32,
        rate: u32,
        paused: bool,
    },
    Wait {
        millis: Millis,
    },
    Allocate {
        more: u64,
    },
    /// The process dies; the head that was logged is `back` changes old.
    Restart {
        back: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ticket = 0_usize..1_000;
    let step = prop_oneof![
        16 => (0_u8..16).prop_map(|user| Step::Join { user }),
        12 => (ticket.clone(), 0_u64..50).prop_map(|(ticket, seconds)| Step::Sign { ticket, seconds }),
        4 => (2_u64..60).prop_map(|seconds| Step::AllSign { seconds }),
        16 => Just(Step::Tick),
        5 => ticket.clone().prop_map(|ticket| Step::Claim { ticket }),
        3 => (ticket.clone(), 0_u64..90).prop_map(|(ticket, seconds)| Step::Enter { ticket, seconds }),
        4 => (1_u64..90).prop_map(|seconds| Step::AllEnter { seconds }),
        5 => ticket.prop_map(|ticket| Step::End { ticket }),
        3 => (0_u32..7, 0_u32..9, proptest::bool::weighted(0.15))
            .prop_map(|(capacity, rate, paused)| Step::Dials { capacity, rate, paused }),
        14 => prop_oneof![0_u64..3_000, Just(1_000), Just(10_000), 0_u64..40_000]
            .prop_map(|millis| Step::Wait { millis }),
        3 => (1_u64..6).prop_map(|more| Step::Allocate { more }),
        1 => (0_usize..4).prop_map(|back| Step::Restart { back }),
    ];
    proptest::collection::vec(step, 1..160)
}

fn uuid(user: u8) -> Uuid {
    Uuid::from_u128(u128::from(user) + 1)
}

fn at(millis: Millis) -> Timestamp {
    start() + SignedDuration::from_millis(i64::try_from(millis).unwrap())
}

fn unix(second: u64) -> u32 {
    u32::try_from(start().as_second()).unwrap() + u32::try_from(second).unwrap()
}

/// The line and the model side by side.
struct Both {
    line: Line,
    naive: Naive,
    now: Millis,
    /// Every ticket ever handed out.
    tickets: Vec<(u64, u8)>,
    /// Every head there has been in this life.
    heads: Vec<u64>,
    /// An older picture, the model as it was, and when.
    older: (View, Naive, Millis),
}

impl Both {
    fn new() -> Self {
        let dials = Dials { capacity: Capacity::new(3).unwrap(), rate_per_minute: 0, paused: false };
        let mut line = Line::new(1, dials, at(0));
        line.allocate(8);
        let naive = Naive { capacity: 3, allocated: 8, ..Naive::default() };
        let older = (line.view(at(0)), naive.clone(), 0);
        // Not 0: a due of 0 means nothing was promised.
        Self { line, naive, now: 100_000, tickets: Vec::new(), heads: vec![0], older }
    }

    fn ticket(&self, index: usize) -> Option<(u64, u8)> {
        self.tickets.get(index % self.tickets.len().max(1)).copied()
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Join { user } => self.join(user),
            Step::Sign { ticket, seconds } => {
                if let Some((number, user)) = self.ticket(ticket) {
                    self.sign(number, user, seconds);
                }
            }
            Step::AllSign { seconds } => {
                for (number, user) in self.tickets.clone() {
                    self.sign(number, user, seconds);
                }
            }
            Step::Tick => self.tick(),
            Step::Claim { ticket } => {
                if let Some((number, _)) = self.ticket(ticket) {
                    assert_eq!(self.line.claim(number, at(self.now)), self.naive.claim(number, self.now));
                }
            }
            Step::Enter { ticket, seconds } => {
                if let Some((number, user)) = self.ticket(ticket) {
                    self.enter(number, user, seconds);
                }
            }
            Step::AllEnter { seconds } => {
                for (number, user) in self.tickets.clone() {
                    if self.line.claim(number, at(self.now)) {
                        assert!(self.naive.claim(number, self.now));
                        self.enter(number, user, seconds);
                    }
                }
            }
            Step::End { ticket } => {
                if let Some((number, user)) = self.ticket(ticket) {
                    self.line.end(number, uuid(user));
                    self.naive.end(number);
                }
            }
            Step::Dials { capacity, rate, paused } => {
                self.line.set_dials(Dials {
                    capacity: Capacity::new(capacity).unwrap(),
                    rate_per_minute: rate,
                    paused,
                });
                (self.naive.capacity, self.naive.rate, self.naive.paused) =
                    (capacity as usize, rate as usize, paused);
            }
            Step::Wait { millis } => self.now += millis,
            Step::Allocate { more } => {
                self.naive.allocated += more;
                self.line.allocate(self.naive.allocated);
            }
            Step::Restart { back } => self.restart(back),
        }
    }

    fn join(&mut self, user: u8) {
        let number = self.line.join(uuid(user), at(self.now)).ok();
        assert_eq!(number, self.naive.join(user, self.now));
        if let Some(number) = number
            && !self.tickets.contains(&(number, user))
        {
            let is_new = self.tickets.iter().all(|(given, _)| *given < number);
            assert!(is_new, "number {number} was given out before, or out of order");
            self.tickets.push((number, user));
        }
    }

    fn sign(&mut self, number: u64, user: u8, seconds: u64) {
        let due = (self.now / 1_000) + seconds;
        let sign = Sign { number, user: uuid(user), due: unix(due) };
        let ended = self.line.sign_of_life(sign, at(self.now));
        assert_eq!(ended, self.naive.sign(number, user, due, self.now), "ended by a sign for {number}");
    }

    fn enter(&mut self, number: u64, user: u8, seconds: u64) {
        let until = self.now + seconds * 1_000;
        self.line.enter(number, uuid(user), at(until));
        self.naive.enter(number, user, until);
    }

    fn tick(&mut self) {
        let dead: Vec<u64> =
            self.naive.people.iter().filter(|(_, p)| p.state == State::Ended).map(|(n, _)| *n).collect();
        let called = self.line.tick(at(self.now));
        assert_eq!(called, self.naive.tick(self.now), "whom to call");
        self.heads.push(self.line.head());
        self.check_promises(&called, &dead);
    }

    fn check_promises(&self, called: &[u64], dead: &[u64]) {
        let (naive, now) = (&self.naive, self.now);
        let left = naive.present(now);
        if let Some(last) = called.last() {
            assert!(called.is_sorted(), "order: {called:?}");
            assert!(left.iter().all(|number| number > last), "order: {left:?} passed over by {called:?}");
            assert!(called.iter().all(|number| !dead.contains(number)), "an ended number was called");
            assert!(!naive.paused, "called while paused");
            let tallies = self.line.view(at(now)).tallies();
            assert!(tallies.inside + tallies.called <= naive.capacity as u64, "cap: {tallies:?}");
            let lately = naive.calls_in_minute(now);
            assert!(naive.rate == 0 || lately <= naive.rate, "rate: {lately} calls in a minute");
        }
        let has_room = naive.occupied() < naive.capacity;
        let may_call = naive.rate == 0 || naive.calls_in_minute(now) < naive.rate;
        if has_room && may_call && !naive.paused {
            assert!(left.is_empty(), "a slot is free and {left:?} wait");
        }
    }

    fn restart(&mut self, back: usize) {
        let people = &self.naive.people;
        let inside = people.iter().filter_map(|(number, person)| match person.state {
            State::Inside { until } => Some((*number, uuid(person.user.unwrap()), at(until))),
            _ => None,
        });
        let ended =
            people.iter().filter(|(_, person)| person.state == State::Ended).map(|(number, _)| *number);
        let lately = self.naive.calls.iter().filter(|(at, _)| self.now - at <= 60_000);
        let head = self.heads[self.heads.len().saturating_sub(1 + back)];
        let recovery = Recovery {
            epoch: 1,
            schedule: Schedule::default(),
            head,
            given: None,
            allocated: self.naive.allocated,
            inside: inside.collect(),
            ended: ended.collect(),
            recent_calls: lately.map(|(call, _)| at(*call)).collect(),
        };
        self.line = Line::recover(recovery, self.line.dials(), at(self.now));
        self.naive.restart(head, self.now);
        self.heads = vec![head];
        self.older = (self.line.view(at(self.now)), self.naive.clone(), self.now);
    }

    fn compare(&self) {
        let (line, naive, now) = (&self.line, &self.naive, self.now);
        let view = line.view(at(now));
        assert_eq!((line.head(), line.tail(), line.allocated()), (naive.head, naive.tail(), naive.allocated));
        let counted = |wanted: fn(State) -> bool| {
            naive.people.values().filter(|person| wanted(person.state)).count() as u64
        };
        let tallies = view.tallies();
        assert_eq!(tallies.waiting, naive.present(now).len() as u64, "waiting");
        assert_eq!(tallies.called, counted(|state| matches!(state, State::Called { .. })), "called");
        assert_eq!(tallies.inside, counted(|state| matches!(state, State::Inside { .. })), "inside");
        for number in 1..=naive.tail() {
            let place = line.state(number, at(now));
            assert_eq!(place, self.expected_place(number), "place of {number}");
            assert_eq!(view.state(number, at(now)), place, "place of {number} in the view");
            assert_eq!(view.is_present(number), naive.is_present(number, now), "presence of {number}");
            if matches!(place, NumberState::Waiting | NumberState::Late) {
                assert_eq!(
                    view.ahead(number, 0),
                    Some(naive.ahead(number, naive.head, now)),
                    "ahead of {number}"
                );
            }
        }
        for number in [0, naive.tail() + 1, naive.allocated + 1] {
            assert_eq!(line.state(number, at(now)), NumberState::Unknown);
        }
        self.compare_older();
    }

    /// An older view, asked with the head of today: newcomers count on top.
    fn compare_older(&self) {
        let (view, naive, then) = &self.older;
        let head = self.naive.head;
        for number in head.max(naive.head) + 1..=self.naive.tail() {
            let newcomers = (naive.tail() + 1..number).filter(|number| *number > head).count() as u64;
            let expected = naive.ahead(number, head.max(naive.head), *then) + newcomers;
            assert_eq!(view.ahead(number, head), Some(expected), "ahead of {number} in an older view");
        }
    }

    fn expected_place(&self, number: u64) -> NumberState {
        match self.naive.people[&number].state {
            State::Waiting { .. } => NumberState::Waiting,
            State::Behind { .. } if self.naive.is_present(number, self.now) => NumberState::Late,
            State::Called { until } if until > self.now => NumberState::Called { until: at(until) },
            State::Behind { .. } | State::Called { .. } => NumberState::Skipped,
            State::Inside { until } if until > self.now => NumberState::Inside { until: at(until) },
            State::Inside { .. } | State::Ended => NumberState::Ended,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_line_keeps_its_promises_and_agrees_with_the_naive_model(steps in steps()) {
        let mut both = Both::new();
        for (index, step) in steps.iter().enumerate() {
            both.play(step);
            both.compare();
            if index % 7 == 0 {
                both.older = (both.line.view(at(both.now)), both.naive.clone(), both.now);
            }
        }
    }
}

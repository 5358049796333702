//! Random evenings, played on the line and on the naive model at once.
//!
//! After every step the two must agree on everything that can be asked. The promises are checked besides, on
//! what happened, so that an error made in both is found too.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{
    Capacity, Dials, Line, LineOpening, LineWindow, NumberState, Order, Phase, Recovery, Schedule, Sign, View,
};
use proptest::prelude::*;
use support::naive::{Lobby, Millis, Naive, State};
use support::start;
use support::steps::{BEGINS, Plan, Step, plans, steps};
use uuid::Uuid;

fn uuid(user: u8) -> Uuid {
    Uuid::from_u128(u128::from(user) + 1)
}

fn at(millis: Millis) -> Timestamp {
    start() + SignedDuration::from_millis(i64::try_from(millis).unwrap())
}

fn unix(second: u64) -> u32 {
    u32::try_from(start().as_second()).unwrap() + u32::try_from(second).unwrap()
}

/// The schedule of a line with the model's times, whose store has committed the opening if `opened` names the
/// lobby's last number.
fn schedule(plan: &Plan, naive: &Naive, opened: Option<u64>) -> Schedule {
    let lobby = naive.lobby.or(plan.lobby);
    let window = LineWindow {
        lobby_at: lobby.map(|lobby| at(lobby.joins_at)),
        opens_at: lobby.map(|lobby| at(lobby.opens_at)),
        closes_at: naive.closes_at.map(at),
    };
    let opening = match (lobby, opened) {
        (Some(Lobby { is_draw: true, .. }), Some(tail)) => {
            LineOpening::Open(Order::draw(&plan.seed, &plan.beacon, tail))
        }
        (None, _) | (_, Some(_)) => LineOpening::Open(Order::arrival()),
        (Some(Lobby { is_draw, .. }), None) => LineOpening::Lobby { is_draw, tail: None },
    };
    Schedule { window, opening }
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
    plan: Plan,
    /// The lobby's last number, once the store has committed the opening.
    opened: Option<u64>,
}

impl Both {
    fn new(plan: Plan) -> Self {
        let dials = Dials { capacity: Capacity::new(3).unwrap(), rate_per_minute: 0, paused: false };
        let naive = Naive {
            capacity: 3,
            allocated: 8,
            lobby: plan.lobby,
            closes_at: plan.closes_at,
            ..Naive::default()
        };
        let mut line = Line::with_schedule(1, dials, schedule(&plan, &naive, None), at(0));
        line.allocate(8);
        let older = (line.view(at(0)), naive.clone(), 0);
        Self { line, naive, now: BEGINS, tickets: Vec::new(), heads: vec![0], older, plan, opened: None }
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
            Step::Fix => {
                self.fix();
            }
            Step::Open => self.open(),
            Step::NotYet => {
                self.line.unfix_lobby();
                if let Some(lobby) = &mut self.naive.lobby {
                    lobby.tail = None;
                }
            }
            Step::Postpone { millis } => self.postpone(millis),
        }
    }

    fn postpone(&mut self, millis: Millis) {
        if let Some(lobby) = &mut self.naive.lobby {
            (lobby.opens_at, lobby.tail) = (lobby.opens_at + millis, None);
            self.line.set_window(self.schedule().window);
        }
    }

    fn fix(&mut self) -> Option<u64> {
        let fixed = self.line.fix_lobby(at(self.now));
        assert_eq!(fixed, self.naive.fix(self.now), "the lobby's last number");
        fixed
    }

    fn open(&mut self) {
        let Some(tail) = self.fix() else { return };
        self.opened = Some(tail);
        self.naive.open(tail, &self.plan.seed, &self.plan.beacon);
        self.line.open(self.schedule().order().clone());
    }

    /// What the store knows of the times and the opening.
    fn schedule(&self) -> Schedule {
        schedule(&self.plan, &self.naive, self.opened)
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
            let place = |number: &u64| naive.place(*number);
            assert!(called.is_sorted_by_key(place), "order: {called:?}");
            let is_passed_over = left.iter().any(|number| place(number) < place(last));
            assert!(!is_passed_over, "order: {left:?} passed over by {called:?}");
            let is_early = self.plan.lobby.is_some_and(|lobby| self.opened.is_none() || now < lobby.opens_at);
            assert!(!is_early && !naive.is_over(now), "called before the opening or after the closing");
            assert!(called.iter().all(|number| !dead.contains(number)), "an ended number was called");
            assert!(!naive.paused, "called while paused");
            let tallies = self.line.view(at(now)).tallies();
            assert!(tallies.inside + tallies.called <= naive.capacity as u64, "cap: {tallies:?}");
            let lately = naive.calls_in_minute(now);
            assert!(naive.rate == 0 || lately <= naive.rate, "rate: {lately} calls in a minute");
        }
        let has_room = naive.occupied() < naive.capacity;
        let may_call = naive.rate == 0 || naive.calls_in_minute(now) < naive.rate;
        if has_room && may_call && !naive.paused && naive.lobby.is_none() {
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
        // In a lobby the tail is noted beside the head.
        let given = self.naive.lobby.map(|_| self.naive.tail().saturating_sub(back as u64));
        let recovery = Recovery {
            epoch: 1,
            schedule: self.schedule(),
            head,
            given,
            allocated: self.naive.allocated,
            inside: inside.collect(),
            ended: ended.collect(),
            recent_calls: lately.map(|(call, _)| at(*call)).collect(),
        };
        self.line = Line::recover(recovery, self.line.dials(), at(self.now));
        self.naive.restart(head, given.unwrap_or(u64::MAX), self.now);
        self.heads = vec![head];
        self.older = (self.line.view(at(self.now)), self.naive.clone(), self.now);
    }

    fn compare(&self) {
        let (line, naive, now) = (&self.line, &self.naive, self.now);
        let view = line.view(at(now));
        let is_unknown = naive.lobby.is_some_and(|lobby| lobby.is_draw);
        assert_eq!(view.phase(at(now)), self.expected_phase(), "phase");
        assert_eq!((line.head(), line.tail(), line.allocated()), (naive.head, naive.tail(), naive.allocated));
        let counted = |wanted: fn(State) -> bool| {
            naive.people.values().filter(|person| wanted(person.state)).count() as u64
        };
        let tallies = view.tallies();
        assert_eq!(tallies.waiting, naive.present(now).len() as u64, "waiting");
        assert_eq!(tallies.called, counted(|state| matches!(state, State::Called { .. })), "called");
        assert_eq!(tallies.inside, counted(|state| matches!(state, State::Inside { .. })), "inside");
        for number in 1..=naive.tail() {
            let state = line.state(number, at(now));
            assert_eq!(state, self.expected_state(number), "state of {number}");
            assert_eq!(view.state(number, at(now)), state, "state of {number} in the view");
            assert_eq!(view.is_present(number), naive.is_present(number, now), "presence of {number}");
            if matches!(state, NumberState::Waiting | NumberState::Late) {
                let ahead = (!is_unknown).then(|| naive.ahead(number, naive.head, now));
                assert_eq!(view.ahead(number, 0), ahead, "ahead of {number}");
            }
            let comes = (!is_unknown).then(|| naive.place(number));
            assert_eq!(view.place(number), comes, "where {number} comes");
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
        let is_unknown = naive.lobby.is_some_and(|lobby| lobby.is_draw);
        for number in (1..=self.naive.tail()).filter(|number| naive.place(*number) > head.max(naive.head)) {
            if is_unknown {
                assert_eq!(view.ahead(number, head), None, "a picture of a draw's lobby");
                continue;
            }
            let newcomers = (naive.tail() + 1..number).filter(|number| *number > head).count() as u64;
            let expected = naive.ahead(number, head.max(naive.head), *then) + newcomers;
            assert_eq!(view.ahead(number, head), Some(expected), "ahead of {number} in an older view");
        }
    }

    fn expected_phase(&self) -> Phase {
        match &self.naive {
            naive if naive.is_over(self.now) => Phase::Over,
            Naive { lobby: Some(_), .. } => Phase::Lobby,
            Naive { paused: true, .. } => Phase::Paused,
            Naive { .. } => Phase::Open,
        }
    }

    fn expected_state(&self, number: u64) -> NumberState {
        match self.naive.people[&number].state {
            State::Inside { until } if until > self.now => NumberState::Inside { until: at(until) },
            _ if self.naive.is_over(self.now) => NumberState::Ended,
            State::Waiting { .. } => NumberState::Waiting,
            State::Behind { .. } if self.naive.is_present(number, self.now) => NumberState::Late,
            State::Called { until } if until > self.now => NumberState::Called { until: at(until) },
            State::Behind { .. } | State::Called { .. } => NumberState::Skipped,
            State::Inside { .. } | State::Ended => NumberState::Ended,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_line_keeps_its_promises_and_agrees_with_the_naive_model(plan in plans(), steps in steps()) {
        let mut both = Both::new(plan);
        for (index, step) in steps.iter().enumerate() {
            both.play(step);
            both.compare();
            if index % 7 == 0 {
                both.older = (both.line.view(at(both.now)), both.naive.clone(), both.now);
            }
        }
    }
}

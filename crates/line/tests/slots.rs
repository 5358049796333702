//! Promise 4: people who left do not keep slots empty.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Line, Number, NumberState, Sign};
use support::{room_for, start, user};

const CAPACITY: u32 = 100;
const PEOPLE: Number = 3_000;
const SESSION_SECONDS: i64 = 180;
const TICK: SignedDuration = SignedDuration::from_millis(100);

/// A fixed, evenly spread sequence in place of chance: the same story every time.
fn spread(number: u64) -> f64 {
    f64::from(u32::try_from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32).unwrap()) / f64::from(u32::MAX)
}

fn pop_due(events: &mut BTreeSet<(Timestamp, Number)>, now: Timestamp) -> Option<(Timestamp, Number)> {
    if events.first()?.0 <= now { events.pop_first() } else { None }
}

/// Everybody polls after the interval they got; every second person closes the tab some time in the first ten
/// minutes.
struct Crowd {
    line: Line,
    now: Timestamp,
    polls: BTreeSet<(Timestamp, Number)>,
    leaves_at: Vec<Timestamp>,
    ends: BTreeSet<(Timestamp, Number)>,
}

impl Crowd {
    fn new() -> Self {
        let mut line = Line::new(1, room_for(CAPACITY), start());
        line.allocate(PEOPLE);
        let mut crowd = Self {
            line,
            now: start(),
            polls: BTreeSet::new(),
            leaves_at: vec![Timestamp::MAX],
            ends: BTreeSet::new(),
        };
        for number in 1..=PEOPLE {
            crowd.line.join(user(number), start()).unwrap();
            let stays = number.is_multiple_of(2);
            let patience = SignedDuration::from_secs_f64(600.0 * spread(number));
            crowd.leaves_at.push(if stays { Timestamp::MAX } else { start() + patience });
            crowd.polls.insert((start(), number));
        }
        crowd
    }

    fn step(&mut self) {
        self.now += TICK;
        while let Some((_, number)) = pop_due(&mut self.ends, self.now) {
            self.line.end(number, user(number));
        }
        let view = self.line.view(self.now);
        while let Some((_, number)) = pop_due(&mut self.polls, self.now) {
            if self.leaves_at[usize::try_from(number).unwrap()] > self.now {
                self.poll(number, &view);
            }
        }
        self.line.tick(self.now);
    }

    fn poll(&mut self, number: Number, view: &onsale_line::View) {
        if self.line.claim(number, self.now) {
            let until = self.now + SignedDuration::from_secs(SESSION_SECONDS);
            self.line.enter(number, user(number), until + SignedDuration::from_secs(60));
            self.ends.insert((until, number));
            return;
        }
        assert!(matches!(self.line.state(number, self.now), NumberState::Waiting | NumberState::Late));
        let jitter = 2.0 * spread(number ^ u64::try_from(self.now.as_millisecond()).unwrap()) - 1.0;
        let interval = view.poll_interval(view.ahead(number, self.line.head()), self.now, jitter);
        let due = view.due_after(self.now, interval);
        self.line.sign_of_life(Sign { number, user: user(number), due }, self.now);
        self.polls.insert((self.now + SignedDuration::try_from(interval).unwrap(), number));
    }
}

#[test]
fn with_half_of_the_line_gone_99_percent_of_the_slots_are_used() {
    let mut crowd = Crowd::new();
    let (mut taken, mut inside, mut slots) = (0, 0, 0);
    for tick in 0..11_000 {
        crowd.step();
        if tick < 2_000 {
            continue;
        }
        let tallies = crowd.line.view(crowd.now).tallies();
        assert!(tallies.waiting > 0, "the crowd was gone too soon to tell");
        taken += tallies.inside + tallies.called;
        inside += tallies.inside;
        slots += u64::from(CAPACITY);
    }
    assert!(taken * 100 >= slots * 99, "{taken} of {slots} slots called or inside");
    // Calling ghosts would keep slots taken too, but nobody would be in them.
    assert!(inside * 1_000 >= slots * 975, "{inside} of {slots} slots inside");
}

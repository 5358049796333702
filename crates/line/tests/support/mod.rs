//! One evening at the line, step by step. The nth user to join is user n.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod naive;
pub(crate) mod steps;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{
    Capacity, Dials, Line, LineOpening, LineWindow, Number, NumberState, Order, Recovery, Schedule, Sign,
};
use uuid::Uuid;

/// The dials most stories start from: room for some, no rate.
pub(crate) fn room_for(capacity: u32) -> Dials {
    Dials { capacity: Capacity::new(capacity).unwrap(), rate_per_minute: 0, paused: false }
}

pub(crate) fn user(id: Number) -> Uuid {
    Uuid::from_u128(u128::from(id))
}

pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// The seed of the first vector in docs/draw.md: of ten numbers, 6 comes first, then 10 3 1 2 4 5 8 9 7.
pub(crate) const SEED: [u8; 32] = {
    let mut seed = [0; 32];
    let mut index = 0;
    while index < 32 {
        seed[index as usize] = index;
        index += 1;
    }
    seed
};

/// A lobby from the start on, which opens after `opens_in` seconds.
pub(crate) fn lobby(is_draw: bool, opens_in: i64) -> Schedule {
    let opens_at = Some(start() + SignedDuration::from_secs(opens_in));
    let window = LineWindow { lobby_at: Some(start()), opens_at, closes_at: None };
    Schedule { window, opening: LineOpening::Lobby { is_draw, tail: None } }
}

/// A line and the clock on the wall.
pub(crate) struct Evening {
    pub(crate) line: Line,
    pub(crate) now: Timestamp,
}

impl Evening {
    pub(crate) fn new(dials: Dials) -> Self {
        let mut line = Line::new(1, dials, start());
        line.allocate(1_000_000);
        Self { line, now: start() }
    }

    /// A lobby that opens in `opens_in` seconds.
    pub(crate) fn in_lobby(dials: Dials, is_draw: bool, opens_in: i64) -> Self {
        let mut line = Line::with_schedule(1, dials, lobby(is_draw, opens_in), start());
        line.allocate(1_000_000);
        Self { line, now: start() }
    }

    /// The store commits the opening, and the line opens.
    pub(crate) fn open(&mut self) {
        let tail = self.line.fix_lobby(self.now).unwrap();
        let is_draw = matches!(self.line.schedule().opening, LineOpening::Lobby { is_draw: true, .. });
        let order = if is_draw { Order::draw(&SEED, &[], tail) } else { Order::arrival() };
        self.line.open(order);
    }

    /// Users 1 to `count` join, and get the numbers 1 to `count`.
    pub(crate) fn with_people(dials: Dials, count: Number) -> Self {
        let mut evening = Self::new(dials);
        evening.join_all(count);
        evening
    }

    /// Users 1 to `count` join, and get the numbers 1 to `count`.
    pub(crate) fn join_all(&mut self, count: Number) {
        for id in 1..=count {
            assert_eq!(self.join(id), id);
        }
    }

    /// The process dies; a new one starts from what the store knows.
    pub(crate) fn restart(&mut self, recovery: Recovery) {
        self.line = Line::recover(recovery, self.line.dials(), self.now);
    }

    pub(crate) fn wait(&mut self, seconds: f64) {
        self.now += SignedDuration::from_secs_f64(seconds);
    }

    pub(crate) fn join(&mut self, id: Number) -> Number {
        self.line.join(user(id), self.now).unwrap()
    }

    /// A poll of user `id`, who has the number `number` and promises to be back within `seconds`.
    pub(crate) fn sign_as(&mut self, id: Number, number: Number, seconds: i64) -> Option<Number> {
        let due = u32::try_from(self.now.as_second() + seconds).unwrap();
        self.line.sign_of_life(Sign { number, user: user(id), due }, self.now)
    }

    /// A poll of user `number`.
    pub(crate) fn sign(&mut self, number: Number, seconds: i64) {
        assert_eq!(self.sign_as(number, number, seconds), None);
    }

    pub(crate) fn tick(&mut self) -> Vec<Number> {
        self.line.tick(self.now)
    }

    pub(crate) fn claim(&mut self, number: Number) -> bool {
        self.line.claim(number, self.now)
    }

    /// The store writes a pass for user `number`.
    pub(crate) fn enter(&mut self, number: Number, seconds: i64) {
        self.line.enter(number, user(number), self.now + SignedDuration::from_secs(seconds));
    }

    pub(crate) fn end(&mut self, number: Number) {
        self.line.end(number, user(number));
    }

    pub(crate) fn state(&self, number: Number) -> NumberState {
        let place = self.line.state(number, self.now);
        assert_eq!(self.line.view(self.now).state(number, self.now), place, "the view differs on {number}");
        place
    }

    pub(crate) fn ahead(&self, number: Number) -> u64 {
        self.line.view(self.now).ahead(number, 0).unwrap()
    }

    pub(crate) fn in_seconds(&self, seconds: i64) -> Timestamp {
        self.now + SignedDuration::from_secs(seconds)
    }
}

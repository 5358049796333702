//! Which number each user is known by.

use jiff::Timestamp;
use uuid::Uuid;

use crate::admissions::NumberState;
use crate::line::Line;
use crate::number::Number;

impl Line {
    /// A user's number, if its place is live at `now`. A pass that has run out is ended on the way: expiry is
    /// judged at use.
    pub(crate) fn live_number(&mut self, user: Uuid, now: Timestamp) -> Option<Number> {
        let number = Number::from(*self.users.get(&user)?);
        if self.admissions.state(self.place(number), now) == NumberState::Ended {
            self.end(number, user);
            return None;
        }
        Some(number)
    }

    /// Makes `kept` the user's number and ends `other`, unless that is called or inside: then it keeps its
    /// slot until the store or the clock ends it.
    pub(crate) fn keep_one(&mut self, user: Uuid, kept: Number, other: Number) -> Option<Number> {
        self.register(user, kept);
        if self.rank(other) < Rank::Waiting {
            return None;
        }
        self.end(other, user);
        Some(other)
    }

    pub(crate) fn rank(&self, number: Number) -> Rank {
        let place = self.place(number);
        if self.admissions.pass(place).is_some() {
            Rank::Inside
        } else if self.admissions.call(place).is_some() {
            Rank::Called
        } else {
            Rank::Waiting
        }
    }

    pub(crate) fn register(&mut self, user: Uuid, number: Number) {
        if let Ok(number) = u32::try_from(number) {
            self.users.insert(user, number);
        }
    }

    pub(crate) fn forget(&mut self, user: Uuid, number: Number) {
        if self.users.get(&user).is_some_and(|known| Number::from(*known) == number) {
            self.users.remove(&user);
        }
    }
}

/// Which of a user's two numbers counts more, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Inside,
    Called,
    Waiting,
}

//! What the operator sets.

use std::fmt;

/// The operator's dials. They may be set at any time; lowering them evicts nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dials {
    /// The most people inside or called at once.
    pub capacity: Capacity,
    /// The most calls in any rolling minute; 0 means no limit.
    pub rate_per_minute: u32,
    /// Nobody is called while the line is paused. Joining, polling and leaving go on.
    pub paused: bool,
}

impl Dials {
    /// The phase of an open line with these dials; see [`Schedule::phase`](crate::Schedule::phase).
    pub fn phase(&self) -> Phase {
        if self.paused { Phase::Paused } else { Phase::Open }
    }

    /// Whether these dials call nobody at all.
    pub fn calls_nobody(&self) -> bool {
        self.paused || self.capacity.get() == 0
    }
}

/// What a line does with the people in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It takes people in and calls nobody before it opens.
    Lobby,
    /// It calls people.
    Open,
    /// It calls nobody until an operator resumes it.
    Paused,
    /// It has closed: nobody joins or is called any more.
    Over,
}

/// How many people may be inside or called at once: 0 to 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capacity(u32);

impl Capacity {
    /// The largest capacity.
    pub const MAX: Self = Self(1_000_000);

    /// A capacity of `people`, or `None` above [`Self::MAX`].
    pub const fn new(people: u32) -> Option<Self> {
        if people <= Self::MAX.0 { Some(Self(people)) } else { None }
    }

    /// The number of people.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Dials that an operator sets; `None` leaves a dial as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DialChanges {
    /// The most people inside at once.
    pub capacity: Option<Capacity>,
    /// The most calls in a rolling minute; 0 means no limit.
    pub rate_per_minute: Option<u32>,
    /// Whether nobody is called.
    pub paused: Option<bool>,
}

impl DialChanges {
    /// Whether these changes leave every dial as it is.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The dials in force after these changes to `dials`.
    pub fn applied_to(self, dials: Dials) -> Dials {
        Dials {
            capacity: self.capacity.unwrap_or(dials.capacity),
            rate_per_minute: self.rate_per_minute.unwrap_or(dials.rate_per_minute),
            paused: self.paused.unwrap_or(dials.paused),
        }
    }

    /// Whether every dial that they set has the same value in `dials`.
    pub fn are_in(self, dials: Dials) -> bool {
        self.applied_to(dials) == dials
    }

    /// These changes on top of `earlier` ones.
    pub fn after(self, earlier: Self) -> Self {
        Self {
            capacity: self.capacity.or(earlier.capacity),
            rate_per_minute: self.rate_per_minute.or(earlier.rate_per_minute),
            paused: self.paused.or(earlier.paused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Capacity;

    #[test]
    fn a_capacity_is_0_to_a_million() {
        for people in [0, 1, 999_999, 1_000_000] {
            assert_eq!(Capacity::new(people).map(Capacity::get), Some(people));
        }
        for people in [1_000_001, u32::MAX] {
            assert_eq!(Capacity::new(people), None);
        }
    }
}

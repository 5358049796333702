//! What a map knows without looking at every seat: how many are free, when holds run out, what has changed.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};

use jiff::Timestamp;
use onsale_booking::ids::SeatNo;
use onsale_booking::seat::{Seat, SeatState};

/// How many seats are free, held and sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeatCounts {
    /// Can be held.
    pub free: usize,
    /// Have a live hold.
    pub held: usize,
    /// Are paid.
    pub sold: usize,
}

impl std::iter::Sum for SeatCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            free: sum.free + one.free,
            held: sum.held + one.held,
            sold: sum.sold + one.sold,
        })
    }
}

/// See the module. Every method costs as much as what it finds, whatever the size of the hall.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the recorded states: a hold counts until something else is recorded.
    recorded: SeatCounts,
    /// How many the house keeps; nobody can get them.
    kept: usize,
    /// When each recorded hold runs out.
    deadlines: BTreeSet<(Timestamp, SeatNo)>,
    /// At which revision each seat got its state; without those that never changed.
    revised: BTreeSet<(u64, SeatNo)>,
}

impl Index {
    /// The index of these seats, none of which has changed yet.
    pub(super) fn of(seats: &[Seat]) -> Self {
        let mut index = Self::default();
        for seat in seats {
            index.add(seat);
        }
        index
    }

    /// Replaces a seat by what it has become, at a revision. `before` is the revision of its last change; 0
    /// if there was none.
    pub(super) fn replace(&mut self, was: &Seat, is: &Seat, before: u64, revision: u64) {
        *self.count_of(was.state) -= 1;
        if let SeatState::Held(hold) = was.state {
            self.deadlines.remove(&(hold.deadline, was.seat_no));
        }
        self.add(is);
        self.revised.remove(&(before, is.seat_no));
        self.revised.insert((revision, is.seat_no));
    }

    /// How many seats are what at `now`.
    pub(super) fn counts(&self, now: Timestamp) -> SeatCounts {
        let SeatCounts { free, held, sold } = self.recorded;
        let lapsed = self.deadlines.range(..=(now, SeatNo::MAX)).count();
        SeatCounts { free: free + lapsed, held: held - lapsed, sold }
    }

    /// When the next live hold runs out.
    pub(super) fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let live = (Excluded((now, SeatNo::MAX)), Unbounded);
        self.deadlines.range(live).next().map(|(deadline, _)| *deadline)
    }

    /// Whether a hold is recorded that has run out.
    pub(super) fn has_lapsed(&self, now: Timestamp) -> bool {
        self.deadlines.first().is_some_and(|(deadline, _)| *deadline <= now)
    }

    /// The seats that got their state after `revision`, or whose hold was live at `since` and has run out by
    /// `now`.
    pub(super) fn changed(&self, revision: u64, since: Timestamp, now: Timestamp) -> BTreeSet<SeatNo> {
        let revised = self.revised.range((Excluded((revision, SeatNo::MAX)), Unbounded));
        let mut changed: BTreeSet<SeatNo> = revised.map(|(_, seat_no)| *seat_no).collect();
        if since < now {
            let ran_out = (Excluded((since, SeatNo::MAX)), Included((now, SeatNo::MAX)));
            changed.extend(self.deadlines.range(ran_out).map(|(_, seat_no)| *seat_no));
        }
        changed
    }

    /// How many entries it has: at most two for each seat.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.deadlines.len() + self.revised.len()
    }

    fn add(&mut self, seat: &Seat) {
        *self.count_of(seat.state) += 1;
        if let SeatState::Held(hold) = seat.state {
            self.deadlines.insert((hold.deadline, seat.seat_no));
        }
    }

    fn count_of(&mut self, state: SeatState) -> &mut usize {
        match state {
            SeatState::Free => &mut self.recorded.free,
            SeatState::Kept => &mut self.kept,
            SeatState::Held(_) => &mut self.recorded.held,
            SeatState::Sold(_) => &mut self.recorded.sold,
        }
    }
}

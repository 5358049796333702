//! The tick: takes back what has lapsed or run out, and calls people while there is room.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::call::call_until;
use crate::dials::Dials;
use crate::line::Line;
use crate::number::Number;
use crate::presence::{Presence, is_present};
use crate::time::{plus, second_of};
use crate::waits::Observation;
use crate::walk::{WalkBounds, walk};

/// The most people called in one tick.
pub const CALLS_PER_TICK_MAX: usize = 500;

/// The most numbers examined in one tick.
pub const SCAN_PER_TICK_MAX: usize = 262_144;

/// How long a pass keeps its slot after it has run out. A hold decided just before that extends the pass, and
/// the commit is seen a moment later: a slot given away in between would be given twice.
pub const RUN_OUT_GRACE: Duration = Duration::from_secs(1);

/// The most passes dropped in one tick. That is far more than a tick can call, so it never delays a call.
const RUN_OUTS_PER_TICK_MAX: usize = 10_000;

/// How many may be called now: what the capacity leaves beside the slots that are `taken` (inside or called),
/// and what the rolling minute allows, at most [`CALLS_PER_TICK_MAX`]. Nobody while paused.
pub fn budget(dials: Dials, taken: usize, allowance: u32) -> usize {
    if dials.paused {
        return 0;
    }
    let room = (dials.capacity.get() as usize).saturating_sub(taken);
    room.min(allowance as usize).min(CALLS_PER_TICK_MAX)
}

impl Line {
    /// Moves the line forward to `now`, about every 100 ms: lapsed calls become skipped, passes that have run
    /// out are dropped, and people are called while there is room. Returns the numbers of those called, in
    /// the order of their places.
    ///
    /// Room is what the capacity (inside + called) and the rate over the rolling minute leave, at most 500,
    /// none while paused, in the lobby or once the line is over. A call stands for 10 s, or until the called
    /// person's due if that is later. If the clock goes back, the line's time stands still.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Number> {
        let now = self.ticked_at.max(now);
        self.ticked_at = now;
        self.skip_lapsed(now);
        self.end_run_out(now);
        let called = self.call_next(now);
        self.waits.note_calls(called.len() as u64, now);
        self.observe_waits(now);
        called
    }

    fn skip_lapsed(&mut self, now: Timestamp) {
        let lapsed = self.admissions.lapsed(now);
        if lapsed.is_empty() {
            return;
        }
        let admissions = Arc::make_mut(&mut self.admissions);
        for place in lapsed {
            admissions.skip(place);
        }
    }

    fn end_run_out(&mut self, now: Timestamp) {
        for _ in 0..RUN_OUTS_PER_TICK_MAX {
            let Some((until, place)) = self.run_outs.first().copied() else { return };
            if plus(until, RUN_OUT_GRACE) > now {
                return;
            }
            let Some(pass) = self.admissions.pass(place) else {
                self.run_outs.remove(&(until, place));
                continue;
            };
            self.end(self.schedule.order().number(place), pass.user);
        }
    }

    fn budget(&mut self, now: Timestamp) -> usize {
        if !self.schedule.is_calling(now) {
            return 0;
        }
        let taken = self.admissions.inside_count() + self.admissions.called_count();
        budget(self.dials, taken, self.minute.allowance(self.dials.rate_per_minute, now))
    }

    fn call_next(&mut self, now: Timestamp) -> Vec<Number> {
        let bounds = WalkBounds { budget: self.budget(now), scan: SCAN_PER_TICK_MAX };
        let late = self.late.iter().map(|(place, due)| (*place, *due));
        let walk = walk(bounds, second_of(now), late, self.head(), self.tail, |place| self.dues.get(place));
        for place in &walk.gone {
            self.late.remove(place);
        }
        if walk.head == self.head() && walk.called.is_empty() {
            return Vec::new();
        }
        let admissions = Arc::make_mut(&mut self.admissions);
        admissions.pass_to(walk.head);
        for (place, due) in &walk.called {
            admissions.set_call(*place, call_until(now, *due));
            self.late.remove(place);
        }
        self.dues.drop_behind(walk.head);
        self.minute.note(now, u32::try_from(walk.called.len()).unwrap_or(u32::MAX));
        walk.called.into_iter().map(|(place, _)| self.schedule.order().number(place)).collect()
    }

    /// About once a second, for it takes one pass over those who wait. There is nothing to see while nobody
    /// could be called.
    fn observe_waits(&mut self, now: Timestamp) {
        if !self.schedule.is_calling(now) || !self.waits.is_due(self.dials, now) {
            return;
        }
        let second = second_of(now);
        let presence = Presence::new(self.head(), self.tail, second, |chunk| self.dues.chunk(chunk));
        let late = self.late.values().filter(|due| is_present(**due, second)).count() as u64;
        let seen = Observation {
            admissions: &self.admissions,
            presence: &presence,
            late,
            joins: std::mem::take(&mut self.joins_unseen),
            dials: self.dials,
        };
        self.waits.observe(seen, now);
    }
}

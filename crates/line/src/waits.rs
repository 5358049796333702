//! How long people will wait, from how long others keep their slots.
//!
//! Measuring calls per second and dividing would be simpler, but the calls of the last minute are the slots
//! that were taken long before. See Whitt, "Predicting queueing delays" (1999), and Ibrahim and Whitt,
//! "Real-time delay estimation" (2009): what decides is who is inside, for how long, and who gives up.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::admissions::Admissions;
use crate::dials::Dials;
use crate::estimate::{Estimate, count, whole};
use crate::flow::{Flow, GiveUps};
use crate::give_ups::GiveUpMeter;
use crate::pace::{LAG_SECONDS, Pace};
use crate::presence::Presence;
use crate::probes::{Correction, Probes, Quantiles, Range};
use crate::sessions::Sessions;
use crate::time::since;

/// With fewer people gone from their slots, no wait is estimated.
pub const LEAVES_SEEN_MIN: u64 = 8;

/// Nor once those seen have faded to fewer: then the optimistic end would be next to nothing for everybody,
/// however long the line, and all would poll as if it were their turn.
const LEAVES_LEFT_MIN: f64 = 3.0;

/// How many are ahead at each step of the table: up to eight people one by one, then each an eighth more, as
/// long as any line.
const EVEN_STEPS_END: f64 = 8.0;
const STEP_GROWTH: f64 = 1.125;
const STEPS: [f64; 181] = {
    let mut steps = [0.0; 181];
    let mut step = 1;
    while step < steps.len() {
        let before = steps[step - 1];
        steps[step] = if before < EVEN_STEPS_END { before + 1.0 } else { before * STEP_GROWTH };
        step += 1;
    }
    steps
};

const OBSERVED_EVERY: Duration = Duration::from_secs(1);
/// How many probes are opened at each observation.
const PROBES_AT_ONCE: usize = 2;
/// Where the quantiles are assumed to lie in an estimated range before that is measured.
const FIRST: Quantiles = Quantiles { low: -1.7, middle: 0.0, high: 1.9 };

/// What is seen of the line.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// Who is called or inside.
    pub admissions: &'a Admissions,
    /// Who waits.
    pub presence: &'a Presence,
    /// How many are late and present.
    pub late: u64,
    /// New numbers since the last observation.
    pub joins: u64,
    /// The dials in force.
    pub dials: Dials,
}

/// What is known about waits. What keeps the line observes it about once a second.
#[derive(Debug, Clone)]
pub struct Waits {
    observed_at: Timestamp,
    /// How many waited at the last observation, if it is comparable.
    waited: Option<u64>,
    give_ups: GiveUpMeter,
    probes: Probes,
    sessions: Sessions,
    /// People called since the last observation.
    calls: u64,
    dials: Option<Dials>,
    table: Arc<WaitTable>,
}

impl Waits {
    /// Nothing is known yet; observing begins at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            observed_at: start,
            waited: None,
            give_ups: GiveUpMeter::default(),
            probes: Probes::default(),
            sessions: Sessions::new(start),
            calls: 0,
            dials: None,
            table: Arc::default(),
        }
    }

    /// Whether the next observation is due: about once a second, and at once when the dials are turned.
    pub fn is_due(&self, dials: Dials, now: Timestamp) -> bool {
        now >= self.observed_at
            && (self.dials != Some(dials) || since(now, self.observed_at) >= OBSERVED_EVERY)
    }

    /// Notes how many are called at a tick.
    pub fn note_calls(&mut self, count: u64, now: Timestamp) {
        self.calls += count;
        self.sessions.note_calls(count, now);
    }

    /// What is known now, for answering.
    pub fn table(&self) -> Arc<WaitTable> {
        Arc::clone(&self.table)
    }

    /// Observes the line, once [`Self::is_due`].
    pub fn observe(&mut self, seen: Observation<'_>, now: Timestamp) {
        let seconds = since(now, self.observed_at).as_secs_f64();
        self.observed_at = now;
        if self.dials.replace(seen.dials).is_some_and(|before| before != seen.dials) {
            self.probes.forget();
        }
        self.sessions.observe(seen.admissions, now);
        self.note_give_ups(seen, seconds);
        self.probes.resolve(seen.admissions.head(), LAG_SECONDS, now);
        let flow = self.flow().map(Arc::new);
        let correction = self.probes.correction(FIRST, now);
        let claim = self.sessions.claim_seconds();
        let table = WaitTable::new(flow, seen.dials).corrected(correction, claim, self.give_ups.give_ups());
        self.open_probes(&table, seen, now);
        self.table = Arc::new(table);
    }

    fn note_give_ups(&mut self, seen: Observation<'_>, seconds: f64) {
        let waiting = seen.presence.total() + seen.late;
        let calls = std::mem::take(&mut self.calls);
        let waited = self.waited.replace(waiting).unwrap_or(0);
        if waited == 0 || seconds <= 0.0 {
            return;
        }
        // A person who waited or joined, was not called and no longer waits has given up. People who return
        // count against that.
        let came_and_stayed = count(waited) + count(seen.joins);
        let give_ups = came_and_stayed - count(calls) - count(waiting);
        self.give_ups.note(seconds, give_ups, f64::midpoint(count(waited), count(waiting)));
    }

    fn open_probes(&mut self, table: &WaitTable, seen: Observation<'_>, now: Timestamp) {
        let (head, waiting) = (seen.admissions.head(), seen.presence.total());
        if waiting == 0 {
            return;
        }
        for _ in 0..PROBES_AT_ONCE {
            // As many near the head as far from it, as people poll more often near their turn.
            let before = ((count(waiting) + 1.0).powf(self.probes.next_share()) - 1.0).floor();
            let Some(place) = seen.presence.place_behind(whole(before)) else { return };
            let ahead = seen.presence.count(head, place - 1) + seen.late;
            let Some(range) = table.range(count(ahead)) else { return };
            self.probes.open(place, range, now);
        }
    }

    fn flow(&self) -> Option<Flow> {
        let table = self.sessions.table();
        if table.leaves_ever() < LEAVES_SEEN_MIN || table.leaves() < LEAVES_LEFT_MIN {
            return None;
        }
        Some(Flow {
            leaves: table.leaves(),
            curve: self.sessions.curve()?.clone(),
            ages: self.sessions.ages().collect(),
            calls: self.sessions.calls().collect(),
            give_ups: self.give_ups.give_ups(),
        })
    }
}

/// The waits of a line at one moment: a look-up for each poll.
#[derive(Debug, Clone, Default)]
pub struct WaitTable {
    dials: Option<Dials>,
    flow: Option<Arc<Flow>>,
    pace: Option<Pace>,
    correction: Correction,
    claim: [f64; 3],
    give_ups: GiveUps,
    /// The waits by the capacity, with as many ahead as [`STEPS`] say.
    waits: Vec<Range>,
}

impl WaitTable {
    fn new(flow: Option<Arc<Flow>>, dials: Dials) -> Self {
        let pace = flow.as_ref().and_then(|flow| Pace::new(flow, dials));
        Self { dials: Some(dials), flow, pace, ..Self::default() }
    }

    /// With what was measured of the estimates so far.
    fn corrected(self, correction: Correction, claim: [f64; 3], give_ups: GiveUps) -> Self {
        let mut table = Self { correction, claim, give_ups, ..self };
        let mut longest = Range { p10: 0.0, p50: 0.0, p90: 0.0 };
        // Corrected separately, a longer line might seem to have the shorter wait.
        let waits = STEPS.iter().map_while(|ahead| {
            let wait = table.correction.apply(table.pace.as_ref()?.range_by_capacity(*ahead));
            longest = longest.max(wait);
            Some(longest)
        });
        table.waits = waits.collect();
        table
    }

    /// The same line with other dials, after which nothing that was measured of the estimates counts.
    pub(crate) fn with_dials(&self, dials: Dials) -> Self {
        if self.dials == Some(dials) {
            return self.clone();
        }
        let correction = Probes::default().correction(FIRST, Timestamp::UNIX_EPOCH);
        Self::new(self.flow.clone(), dials).corrected(correction, self.claim, self.give_ups)
    }

    /// The wait with `ahead` people ahead, or `None` while there is no honest estimate.
    pub fn estimate(&self, ahead: u64) -> Option<Estimate> {
        let pace = self.pace.as_ref()?;
        let Range { p10, p50, p90 } = pace.with_rate(self.between_steps(ahead)?, count(ahead));
        let [soon, usual, slow] = self.claim;
        // By rate, people are called at certain moments, and this table is half of its period old by then.
        let middle = (p50 + usual - if pace.is_by_rate() { LAG_SECONDS } else { 0.0 }).max(0.0);
        let early = (middle - (p50 - p10).hypot(usual - soon)).max(0.0);
        let late = middle + (p90 - p50).hypot(slow - usual);
        Some(Estimate { p10: whole(early.round()), p50: whole(middle.round()), p90: whole(late.round()) })
    }

    fn between_steps(&self, ahead: u64) -> Option<Range> {
        let ahead = count(ahead);
        let step = STEPS.partition_point(|step| *step <= ahead).clamp(1, STEPS.len() - 1);
        let (before, after) = (self.waits.get(step - 1)?, self.waits.get(step)?);
        let (start, end) = (STEPS[step - 1], STEPS[step]);
        Some(before.towards(*after, ((ahead - start) / (end - start)).clamp(0.0, 1.0)))
    }

    /// The time until the call, as far as the model goes.
    fn range(&self, ahead: f64) -> Option<Range> {
        self.pace.as_ref().map(|pace| pace.range(ahead))
    }

    /// How many of `ahead` people will be called: the others give up before. All, while that is unknown.
    pub(crate) fn called_of(&self, ahead: u64) -> f64 {
        let people = count(ahead);
        self.pace.as_ref().map_or(people, |pace| pace.movement.called_until(people).min(people))
    }

    /// After how many seconds so many people will have been called, if that is known and no rate bounds the
    /// calls: by a rate, more free slots need not mean more of them.
    pub(crate) fn seconds_until_called(&self, people: f64) -> Option<f64> {
        let has_rate = self.dials.is_some_and(|dials| dials.rate_per_minute > 0);
        self.pace.as_ref().filter(|_| !has_rate).map(|pace| pace.movement.seconds_until_called(people))
    }

    /// How many of those who wait give up, per person and second.
    pub fn give_ups_per_second(&self) -> f64 {
        self.give_ups.per_second
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::admissions::Pass;
    use crate::testing::{at, room_for, user};

    /// A line with `capacity` slots in which `leaves` people leave every second, and `waiting` wait.
    fn moving(seconds: u32, capacity: u32, leaves: u64, waiting: u64, dials: Dials) -> Waits {
        let mut waits = Waits::new(at(0.0));
        let mut admissions = Admissions::new(u64::from(capacity));
        for place in 1..=u64::from(capacity) {
            admissions.set_call(place, at(9_000.0));
        }
        let dues = vec![u32::MAX; 65_536];
        for second in 0..=seconds {
            let now = at(f64::from(second));
            for _ in 0..leaves {
                let head = admissions.head() + 1;
                admissions.end(head - u64::from(capacity));
                admissions.pass_to(head);
                admissions.enter(head, Pass { user: user(head.into()), until: at(9_000.0) });
            }
            waits.note_calls(leaves, now);
            let head = admissions.head();
            let presence = Presence::new(head, head + waiting, 0, |_| Some(&dues[..]));
            waits.observe(
                Observation { admissions: &admissions, presence: &presence, late: 0, joins: leaves, dials },
                now,
            );
        }
        waits
    }

    #[test]
    fn no_estimate_before_enough_have_left() {
        let line = |seconds| moving(seconds, 50, 1, 100, room_for(50)).table().estimate(10);
        assert_eq!(line(5), None);
        assert!(line(10).is_some());
    }

    #[test]
    fn no_estimate_once_those_who_left_are_forgotten() {
        let mut waits = moving(60, 50, 1, 100, room_for(50));
        let dues = vec![u32::MAX; 65_536];
        let presence = Presence::new(200, 300, 0, |_| Some(&dues[..]));
        let mut is_known = Vec::new();
        for second in 1..600 {
            let admissions = Admissions::new(200);
            let seen = Observation {
                admissions: &admissions,
                presence: &presence,
                late: 0,
                joins: 0,
                dials: room_for(50),
            };
            waits.observe(seen, at(60.0 + f64::from(second)));
            is_known.push(waits.table().estimate(10).is_some());
        }
        assert_eq!((is_known.first(), is_known.last()), (Some(&true), Some(&false)));
    }

    #[test]
    fn a_long_line_never_seems_near_its_turn_because_little_is_known() {
        let mut waits = moving(120, 12, 1, 500, room_for(12));
        let dues = vec![u32::MAX; 65_536];
        let (admissions, presence) = (Admissions::new(200), Presence::new(200, 700, 0, |_| Some(&dues[..])));
        let paused = Dials { paused: true, ..room_for(12) };
        let seen =
            Observation { admissions: &admissions, presence: &presence, late: 0, joins: 0, dials: paused };
        // Nobody leaves in a pause, however long, and what was seen before fades.
        let mut has_faded = false;
        for second in 121..900 {
            waits.observe(seen, at(f64::from(second)));
            let estimate = waits.table().with_dials(room_for(12)).estimate(400);
            has_faded |= estimate.is_none();
            assert!(estimate.is_none_or(|wait| wait.p10 * 4 > wait.p50), "after {second} s: {estimate:?}");
        }
        assert!(has_faded);
    }

    #[test]
    fn a_turned_dial_counts_at_once() {
        let mut waits = moving(120, 50, 1, 500, room_for(50));
        let before = waits.table().estimate(100).unwrap().p50;
        assert!(!waits.is_due(room_for(50), at(120.5)) && waits.is_due(room_for(100), at(120.5)));
        let admissions = Admissions::new(0);
        let presence = Presence::new(0, 0, 0, |_| None);
        let seen = Observation {
            admissions: &admissions,
            presence: &presence,
            late: 0,
            joins: 0,
            dials: room_for(100),
        };
        waits.observe(seen, at(120.5));
        let after = waits.table().estimate(100).unwrap().p50;
        assert!(after * 3 / 2 < before, "{after} after {before}");
        let paused = Dials { paused: true, ..room_for(100) };
        waits.observe(Observation { dials: paused, ..seen }, at(121.0));
        assert_eq!(waits.table().estimate(100), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10))]

        #[test]
        fn more_people_ahead_never_wait_less_and_ranges_are_in_order(
            (seconds, capacity, leaves) in (20..50_u32, 5..80_u32, 1..4_u64),
            (waiting, rate) in (1..3_000_u64, prop_oneof![Just(0_u32), 1..200_u32]),
        ) {
            let dials = Dials { rate_per_minute: rate, ..room_for(capacity) };
            let table = moving(seconds, capacity, leaves.min(u64::from(capacity)), waiting, dials).table();
            let mut longest = Estimate { p10: 0, p50: 0, p90: 0 };
            for ahead in (0..60).chain((60..5_000).step_by(37)).chain([1_000_000, u64::MAX]) {
                let Some(estimate) = table.estimate(ahead) else { continue };
                prop_assert!(estimate.p10 <= estimate.p50 && estimate.p50 <= estimate.p90, "{:?}", estimate);
                let is_longer = longest.p10 <= estimate.p10 && longest.p50 <= estimate.p50 && longest.p90 <= estimate.p90;
                prop_assert!(is_longer, "{} ahead: {:?} after {:?}", ahead, estimate, longest);
                longest = estimate;
            }
        }
    }
}

//! How fast the line will move from now on: a table of when how many of those who wait will have gone.
//!
//! People are called as slots become free. Of those who have a slot now, each leaves as the curve says of
//! somebody who has stayed that long; of those called later, as it says from the beginning; free slots are
//! taken at once; the rate bounds it all. Those ahead who give up need no slot: with each of them giving up
//! at the rate t, a call at time s moves those behind forward as much as e^(t s) calls do now, which is the
//! solution of dL/dt = -n(t) - t L.

use crate::curve::Curve;
use crate::dials::Dials;
use crate::rolling::RATE_WINDOW;

/// How many steps the table has without a rate; after that the line moves evenly.
const STEPS: usize = 500;
/// How many steps a mean stay has, if that makes a step neither too short nor too long.
const STEPS_PER_STAY: f64 = 24.0;
const STEP_SECONDS_MIN: f64 = 0.25;
const STEP_SECONDS_MAX: f64 = 3.0;
/// A rate calls people in bursts, and the next of them must be met exactly.
const STEP_SECONDS_BY_RATE: f64 = 1.0;
/// Beyond that, a line that is too full counts as one that never moves.
const SECONDS_UNTIL_ROOM_MAX: f64 = 1e9;
/// How often the time until there is room is halved: to a millionth.
const HALVINGS: usize = 20;
/// At least this share of those who are called in a step is still there at its end, as far as a table goes.
const LEFT_OF_CALLED_MIN: f64 = 0.1;

/// What the line's movement depends on.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    /// How many leaves the curve rests on.
    pub(crate) leaves: f64,
    pub(crate) curve: Curve,
    /// For how long each slot has been taken.
    pub(crate) ages: Vec<f64>,
    /// The calls of the last minute: how many seconds ago, and how many.
    pub(crate) calls: Vec<(f64, f64)>,
    pub(crate) give_ups: GiveUps,
}

/// At which rate those who wait give up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GiveUps {
    /// Per person and second.
    pub(crate) per_second: f64,
    /// How fast that grows, per second: negative, for the impatient go first.
    pub(crate) growth: f64,
}

impl GiveUps {
    /// The rate after so many seconds.
    fn after(self, seconds: f64) -> f64 {
        self.per_second * (self.growth * seconds).exp()
    }

    /// The sum of the rates until then.
    fn until(self, seconds: f64) -> f64 {
        let grown = self.growth * seconds;
        let mean = if grown.abs() < 1e-9 { 1.0 } else { grown.exp_m1() / grown };
        self.per_second * mean * seconds
    }
}

/// When how many of those who wait will have been called or have given up.
#[derive(Debug, Clone)]
pub(crate) struct Movement {
    grid: Grid,
    /// How many, after each step.
    gone: Vec<f64>,
    /// How many of them by a call.
    called: Vec<f64>,
    /// How many are called per second after the last step.
    calls_per_second: f64,
    give_ups: GiveUps,
    /// Whether the rate bounds the calls, which is exact.
    pub(crate) is_by_rate: bool,
}

/// The moments of a table.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// The first step begins after so many seconds: nobody can be called before.
    start: f64,
    step_seconds: f64,
    steps: usize,
}

impl Grid {
    /// The table of these dials. It reaches as far with a rate as without: only the steps are finer.
    fn new(mean_stay: f64, dials: Dials) -> Self {
        let step_seconds = (mean_stay / STEPS_PER_STAY).clamp(STEP_SECONDS_MIN, STEP_SECONDS_MAX);
        if dials.rate_per_minute == 0 || step_seconds <= STEP_SECONDS_BY_RATE {
            return Self { start: 0.0, step_seconds, steps: STEPS };
        }
        let steps = whole(real(STEPS) * step_seconds / STEP_SECONDS_BY_RATE);
        Self { start: 0.0, step_seconds: STEP_SECONDS_BY_RATE, steps }
    }

    fn end(self) -> f64 {
        self.at(real(self.steps))
    }

    /// After how many seconds so many steps have passed.
    fn at(self, steps: f64) -> f64 {
        self.start + steps * self.step_seconds
    }
}

/// The slots that are taken now, by age.
struct Taken<'a> {
    curve: &'a Curve,
    step_seconds: f64,
    /// How many there are of each age in steps, over the share that stays so long.
    weights: Vec<f64>,
}

impl<'a> Taken<'a> {
    fn new(flow: &'a Flow, grid: Grid) -> Self {
        let mut weights = vec![0.0; grid.steps + 1];
        for age in &flow.ages {
            // An age between two steps counts to both.
            let steps = age / grid.step_seconds;
            let below = whole(steps).min(grid.steps - 1);
            let share = (steps - real(below)).clamp(0.0, 1.0);
            weights[below] += 1.0 - share;
            weights[below + 1] += share;
        }
        let mut taken = Self { curve: &flow.curve, step_seconds: grid.step_seconds, weights };
        for step in 0..taken.weights.len() {
            taken.weights[step] /= taken.share_left(step, 0.0).max(f64::MIN_POSITIVE);
        }
        taken
    }

    fn share_left(&self, steps: usize, seconds: f64) -> f64 {
        self.curve.share_left(real(steps) * self.step_seconds + seconds)
    }

    fn by_age(&self) -> impl Iterator<Item = (usize, f64)> {
        self.weights.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0)
    }

    /// How many are still taken then.
    fn after(&self, seconds: f64) -> f64 {
        self.by_age().map(|(age, weight)| weight * self.share_left(age, seconds)).sum()
    }

    /// After how many seconds no more are taken than there are.
    fn seconds_until_room(&self, capacity: f64) -> f64 {
        if self.after(0.0) <= capacity {
            return 0.0;
        }
        let (mut early, mut late) = (0.0, self.step_seconds);
        while self.after(late) > capacity && late < SECONDS_UNTIL_ROOM_MAX {
            (early, late) = (late, 2.0 * late);
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(early, late);
            *(if self.after(middle) > capacity { &mut early } else { &mut late }) = middle;
        }
        late
    }

    /// How many are still taken after each step.
    fn by_step(&self, grid: Grid) -> Vec<f64> {
        let left: Vec<f64> = (0..=2 * grid.steps + 1).map(|step| self.share_left(step, grid.start)).collect();
        let mut taken = vec![0.0; grid.steps];
        for (age, weight) in self.by_age() {
            for (sum, share) in taken.iter_mut().zip(&left[age + 1..]) {
                *sum += weight * share;
            }
        }
        taken
    }
}

impl Flow {
    /// The movement under these dials; `None` if they call nobody.
    pub(crate) fn movement(&self, dials: Dials) -> Option<Movement> {
        if dials.calls_nobody() {
            return None;
        }
        let (mean, _) = self.curve.mean_and_spread();
        let capacity = f64::from(dials.capacity.get());
        let mut grid = Grid::new(mean, dials);
        let taken = Taken::new(self, grid);
        grid.start = taken.seconds_until_room(capacity);
        let minute = Minute::new(self, dials, grid);
        let calls = self.calls_by_step(capacity, minute, taken.by_step(grid), grid);
        Some(self.moved(calls, capacity / mean, dials, grid))
    }

    /// The movement if the rate of these dials were all that counts.
    pub(crate) fn movement_by_rate(&self, dials: Dials) -> Movement {
        let grid = Grid::new(self.curve.mean_and_spread().0, dials);
        let mut minute = Minute::new(self, dials, grid);
        let mut calls = Vec::with_capacity(grid.steps);
        for step in 0..grid.steps {
            calls.push(minute.allowance(step, &calls));
        }
        self.moved(calls, f64::INFINITY, dials, grid)
    }

    /// The movement with so many calls in each step.
    fn moved(&self, calls: Vec<f64>, by_capacity: f64, dials: Dials, grid: Grid) -> Movement {
        let (mut gone, mut called) = (Vec::with_capacity(grid.steps), Vec::with_capacity(grid.steps));
        let (mut gone_sum, mut called_sum, mut at) = (0.0, 0.0, grid.at(0.5));
        for count in calls {
            gone_sum += count * self.give_ups.until(at).exp();
            called_sum += count;
            at += grid.step_seconds;
            gone.push(gone_sum);
            called.push(called_sum);
        }
        let by_rate = rate_per_second(dials);
        let (calls_per_second, is_by_rate) = (by_capacity.min(by_rate), by_rate < by_capacity);
        Movement { grid, gone, called, calls_per_second, give_ups: self.give_ups, is_by_rate }
    }

    /// How many are called in each step, where so many of the slots are still taken after it.
    fn calls_by_step(&self, capacity: f64, mut minute: Minute, mut taken: Vec<f64>, grid: Grid) -> Vec<f64> {
        // People are called in the middle of a step, on average.
        let left_of_called: Vec<f64> = (0..grid.steps)
            .map(|step| self.curve.share_left((real(step) + 0.5) * grid.step_seconds))
            .collect();
        let mut calls = Vec::with_capacity(grid.steps);
        for step in 0..grid.steps {
            // Slots that are free again within the step are taken again.
            let room = (capacity - taken[step]).max(0.0) / left_of_called[0].max(LEFT_OF_CALLED_MIN);
            let count = room.min(minute.allowance(step, &calls));
            if count > 0.0 {
                for (later, share) in taken[step..].iter_mut().zip(&left_of_called) {
                    *later += count * share;
                }
            }
            calls.push(count);
        }
        calls
    }
}

/// The calls that count against the rate.
struct Minute {
    rate: f64,
    /// How many of the last calls stop counting at each step.
    ends: Vec<f64>,
    sum: f64,
    steps: usize,
}

impl Minute {
    fn new(flow: &Flow, dials: Dials, grid: Grid) -> Self {
        let rate = if dials.rate_per_minute == 0 { f64::INFINITY } else { f64::from(dials.rate_per_minute) };
        let window = RATE_WINDOW.as_secs_f64();
        let mut ends = vec![0.0; grid.steps];
        for (ago, count) in flow.calls.iter().filter(|(ago, _)| window - ago >= grid.start) {
            if let Some(end) = ends.get_mut(whole((window - ago - grid.start) / grid.step_seconds)) {
                *end += count;
            }
        }
        let sum = ends.iter().sum();
        Self { rate, ends, sum, steps: whole(window / grid.step_seconds) }
    }

    /// How many may be called at this step, after the calls of the steps before.
    fn allowance(&mut self, step: usize, calls: &[f64]) -> f64 {
        if self.rate.is_infinite() {
            return f64::INFINITY;
        }
        self.sum -= self.ends[step];
        self.sum += calls.last().copied().unwrap_or(0.0);
        if let Some(old) = step.checked_sub(self.steps) {
            self.sum -= calls[old];
        }
        (self.rate - self.sum).max(0.0)
    }
}

impl Movement {
    /// After how many seconds so many of those who wait now will have gone.
    pub(crate) fn seconds_until(&self, people: f64) -> f64 {
        let step = self.gone.partition_point(|gone| *gone < people);
        let before = step.checked_sub(1).map_or(0.0, |step| self.gone[step]);
        if let Some(after) = self.gone.get(step) {
            let share = (people - before) / (after - before).max(f64::MIN_POSITIVE);
            return self.grid.at(real(step) + share.clamp(0.0, 1.0));
        }
        let (end, m) = (self.grid.end(), self.calls_per_second);
        let t = self.give_ups.after(end);
        let rest = (people - before) / m / self.give_ups.until(end).exp();
        end + if t * rest < 1e-9 { rest } else { (t * rest).ln_1p() / t }
    }

    /// After how many seconds so many will have been called.
    pub(crate) fn seconds_until_called(&self, people: f64) -> f64 {
        let step = self.called.partition_point(|called| *called < people);
        let Some(called) = self.called.last().filter(|_| step == self.grid.steps) else {
            return self.grid.at(real(step));
        };
        self.grid.end() + (people - called) / self.calls_per_second
    }

    /// How many are called until so many of those who wait now have gone.
    pub(crate) fn called_until(&self, people: f64) -> f64 {
        let seconds = self.seconds_until(people);
        let steps = (seconds - self.grid.start) / self.grid.step_seconds;
        let step = whole(steps);
        let before = step.checked_sub(1).map_or(0.0, |step| self.called[step.min(self.grid.steps - 1)]);
        match self.called.get(step) {
            Some(called) => before + (called - before) * (steps - real(step)),
            None => before + self.calls_per_second * (seconds - self.grid.end()),
        }
    }
}

fn rate_per_second(dials: Dials) -> f64 {
    match dials.rate_per_minute {
        0 => f64::INFINITY,
        rate => f64::from(rate) / 60.0,
    }
}

/// A number of steps or people as a real number: they fit 32 bits.
pub(crate) fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The whole number below.
fn whole(value: f64) -> usize {
    let seconds = std::time::Duration::try_from_secs_f64(value).map_or(u64::MAX, |whole| whole.as_secs());
    usize::try_from(seconds).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::LifeTable;
    use crate::testing::room_for;

    /// Slots of which one in twenty is left each second, whatever its age.
    fn flow(slots: usize) -> Flow {
        let mut table = LifeTable::default();
        for age in 0..400_u32 {
            for _ in 0..20 {
                table.stayed(f64::from(age), f64::from(age) + 1.0);
            }
            table.left(f64::from(age) + 0.5);
        }
        let curve = table.curve().unwrap();
        Flow { leaves: 400.0, curve, ages: vec![1.0; slots], calls: Vec::new(), give_ups: GiveUps::default() }
    }

    fn wait(flow: &Flow, dials: Dials, people: f64) -> f64 {
        flow.movement(dials).unwrap().seconds_until(people)
    }

    #[track_caller]
    fn assert_about(seconds: f64, expected: f64) {
        assert!((seconds - expected).abs() < 0.05 * expected + 1.0, "{seconds} s, not {expected} s");
    }

    #[test]
    fn people_move_up_as_others_leave() {
        // Five leave each second, then and after the table has ended.
        assert_about(wait(&flow(100), room_for(100), 100.0), 20.0);
        assert_about(wait(&flow(100), room_for(100), 20_000.0), 4_000.0);
    }

    #[test]
    fn free_slots_are_taken_at_once_and_missing_ones_waited_for() {
        assert_about(wait(&flow(60), room_for(100), 40.0), 0.0);
        assert_about(wait(&flow(60), room_for(100), 140.0), 20.0);
        // Half of 200 must leave first: after 14 s.
        assert_about(wait(&flow(200), room_for(100), 1.0), 14.0);
    }

    #[test]
    fn a_rate_calls_in_bursts() {
        let dials = Dials { rate_per_minute: 30, ..room_for(10_000) };
        let called = Flow { calls: vec![(20.0, 30.0)], ..flow(100) };
        let next = [1.0, 29.0, 31.0, 61.0].map(|people| wait(&called, dials, people));
        assert!(
            next[0] > 39.0 && next[1] < 42.0 && next[2] > 99.0 && next[2] < 102.0 && next[3] > 159.0,
            "{next:?}"
        );
    }

    #[test]
    fn a_rate_that_never_counts_changes_nothing() {
        for (slots, capacity) in [(100, 100), (60, 100), (200, 100), (83, 1)] {
            let free = Dials { rate_per_minute: u32::MAX, ..room_for(capacity) };
            for people in [1.0, 30.0, 300.0, 3_000.0, 30_000.0] {
                let (with, without) =
                    (wait(&flow(slots), free, people), wait(&flow(slots), room_for(capacity), people));
                let is_same = (with - without).abs() <= 0.003 * without + 0.5;
                assert!(is_same, "{with} s, not {without} s: {people} behind {slots} in {capacity}");
            }
        }
    }

    #[test]
    fn far_too_many_inside_are_waited_for_however_long_it_takes() {
        // One in twenty leaves each second: of 10^12 people, 10 are left after 506 s and one after 553 s; the
        // table of 500 steps of 0.83 s alone ends after 417 s.
        let crowd = Flow { ages: vec![1.0; 1_000_000], ..flow(1) };
        assert_about(wait(&crowd, room_for(10), 1.0), 232.0);
        assert_about(wait(&crowd, room_for(1), 1.0), 296.0);
    }

    #[test]
    fn those_ahead_who_give_up_need_no_slot() {
        // ln(1 + 0.01 * 500 / 5) / 0.01
        let give_ups = GiveUps { per_second: 0.01, growth: 0.0 };
        let flow = Flow { give_ups, ..flow(100) };
        assert_about(wait(&flow, room_for(100), 500.0), 69.3);
        let called = flow.movement(room_for(100)).unwrap().called_until(500.0);
        assert!((called - 346.5).abs() < 20.0, "{called}");
    }

    #[test]
    fn calls_take_their_time_though_others_give_up() {
        let give_ups = GiveUps { per_second: 0.01, growth: 0.0 };
        let movement = Flow { give_ups, ..flow(100) }.movement(room_for(100)).unwrap();
        // Five are called each second, then and after the table has ended.
        assert_about(movement.seconds_until_called(100.0), 20.0);
        assert_about(movement.seconds_until_called(20_000.0), 4_000.0);
    }

    #[test]
    fn nobody_moves_while_nobody_is_called() {
        assert!(flow(10).movement(Dials { paused: true, ..room_for(10) }).is_none());
        assert!(flow(10).movement(room_for(0)).is_none());
    }
}

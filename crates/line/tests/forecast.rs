//! What dials would do to the wait: worked examples, and what must hold whatever the line is like.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use std::sync::Arc;

use jiff::SignedDuration;
use onsale_line::{
    Admissions, Capacity, Dials, Estimate, Observation, Outlooks, Pass, Presence, Schedule, Supply, View,
    ViewParts, Waits,
};
use proptest::prelude::*;
use support::{room_for, start, user};

/// How long a line has moved before anybody asks.
const SECONDS: u64 = 150;

/// A line that has moved steadily for a while: each second some of those inside leave, the first in first,
/// and as many others come in.
#[derive(Debug, Clone, Copy)]
struct Moving {
    dials: Dials,
    inside: u64,
    waiting: u64,
    calls_per_second: u64,
    /// Every so many seconds nobody leaves.
    rests_every: u64,
    give_ups_per_second: u64,
}

/// Two calls a second, 1,000 who wait, 100 inside: they stay for 50 s.
fn busy(dials: Dials) -> Moving {
    Moving {
        dials,
        inside: 100,
        waiting: 1_000,
        calls_per_second: 2,
        rests_every: u64::MAX,
        give_ups_per_second: 0,
    }
}

impl Moving {
    fn view(self) -> View {
        let Self { dials, waiting, .. } = self;
        let mut waits = Waits::new(start());
        let mut admissions = Admissions::new(self.inside);
        let until = start() + SignedDuration::from_hours(1);
        for place in 1..=self.inside {
            admissions.set_call(place, until);
        }
        let dues = vec![
            u32::MAX;
            usize::try_from(self.inside + waiting + SECONDS * (self.calls_per_second + 1))
                .unwrap()
        ];
        let mut oldest = 1;
        for second in 0..=SECONDS {
            let now = start() + SignedDuration::from_secs(i64::try_from(second).unwrap());
            let calls =
                if second % self.rests_every == self.rests_every - 1 { 0 } else { self.calls_per_second };
            let calls = calls.min(self.inside);
            for _ in 0..calls {
                admissions.end(oldest);
                oldest += 1;
                let head = admissions.head() + 1;
                admissions.pass_to(head);
                admissions.enter(head, Pass { user: user(head), until });
            }
            waits.note_calls(calls, now);
            let head = admissions.head();
            let presence = Presence::new(head, head + waiting, 0, |_| Some(&dues[..]));
            let joins = calls + self.give_ups_per_second;
            waits.observe(
                Observation { admissions: &admissions, presence: &presence, late: 0, joins, dials },
                now,
            );
        }
        let head = admissions.head();
        View::new(ViewParts {
            epoch: 1,
            dials,
            schedule: Schedule::default(),
            tail: head + waiting,
            allocated: head + waiting,
            admissions: Arc::new(admissions),
            presence: Arc::new(Presence::new(head, head + waiting, 0, |_| Some(&dues[..]))),
            late: Arc::new([]),
            waits: waits.table(),
        })
    }

    /// The median wait of somebody who joins now under these dials is about so many seconds.
    #[track_caller]
    fn expect(self, dials: Dials, expected: f64) {
        let p50 = self.view().forecast(dials).map(|estimate| estimate.p50);
        let p50 = p50.map_or(f64::NAN, |p50| f64::from(u32::try_from(p50).unwrap()));
        let is_about = (p50 - expected).abs() <= 0.08 * expected + 3.0;
        assert!(is_about, "{p50} s, not {expected} s: {self:?} by {dials:?}");
    }
}

fn with_rate(capacity: u32, rate_per_minute: u32) -> Dials {
    Dials { rate_per_minute, ..room_for(capacity) }
}

#[test]
fn more_room_lets_people_in_at_once_and_more_of_them_from_then_on() {
    let line = busy(room_for(100));
    line.expect(room_for(100), 500.0);
    // 100 get in at once; people stay 50 s, so 200 slots call 4 a second.
    line.expect(room_for(200), 225.0);
    line.expect(room_for(2_000), 1.0);
    // Half of the slots must be empty first.
    line.expect(room_for(50), 1_025.0);
}

#[test]
fn a_rate_below_the_pace_counts() {
    let line = busy(room_for(100));
    line.expect(with_rate(100, 60), 1_000.0);
    line.expect(with_rate(100, 240), 500.0);
    line.expect(with_rate(200, 600), 225.0);
    // Slots are not what is scarce.
    line.expect(with_rate(5_000, 60), 1_000.0);
}

#[test]
fn slots_that_the_current_dials_leave_free_are_taken_at_once() {
    let line = Moving { inside: 80, ..busy(room_for(100)) };
    // 80 who stay for 40 s; 20 more get in at once.
    line.expect(room_for(100), 392.0);
    line.expect(room_for(80), 500.0);
}

#[test]
fn more_people_inside_than_the_capacity_leave_no_room() {
    let line = Moving { inside: 200, calls_per_second: 4, ..busy(room_for(200)) };
    // They stay for 50 s, and the first 100 who leave make no room.
    line.expect(room_for(100), 525.0);
    line.expect(room_for(200), 250.0);
}

#[test]
fn a_line_that_calls_nobody_has_no_wait_to_forecast() {
    let line = busy(room_for(100));
    let closed = busy(room_for(0)).view();
    assert_eq!(
        (line.view().forecast(room_for(0)), closed.forecast(room_for(0)), closed.estimate(10)),
        (None, None, None)
    );
    assert_eq!(
        Moving { calls_per_second: 0, ..line }.view().forecast(room_for(200)),
        None,
        "nobody's stay is known"
    );
}

#[test]
fn nobody_waits_where_nobody_is_ahead_and_a_slot_is_free() {
    let at_once = |line: Moving, dials| line.view().forecast(dials).map(|estimate| estimate.p90) == Some(0);
    let empty = Moving { waiting: 0, inside: 0, calls_per_second: 0, ..busy(room_for(1)) };
    assert!(at_once(empty, room_for(1)));
    let full = Moving { inside: 1, ..empty };
    assert!(!at_once(full, room_for(1)) && at_once(full, room_for(2)));
    for unsure in [Dials { rate_per_minute: 1, ..room_for(1) }, Dials { paused: true, ..room_for(1) }] {
        assert_eq!(Moving { dials: unsure, ..empty }.view().forecast(unsure), None, "{unsure:?}");
    }
}

#[test]
fn a_pause_changes_nothing_of_what_is_known_of_stays() {
    let paused = Dials { paused: true, ..room_for(100) };
    assert_eq!(busy(paused).view().forecast(paused), None);
    busy(paused).expect(room_for(100), 500.0);
}

/// What a line shows while so much is free and nobody has been seen to take any: two seats a person.
fn selling(view: View, free: u64) -> View {
    let mut outlooks = Outlooks::default();
    outlooks.observe(Some(Supply { free, held: 0, sold: 0 }), &view);
    outlooks.heeded_by(view)
}

#[test]
fn the_line_is_expected_to_move_faster_once_nothing_is_free() {
    let view = busy(room_for(100)).view();
    let shown = |free, ahead| selling(view.clone(), free).estimate(ahead).unwrap();
    let before = |ahead| view.estimate(ahead).unwrap();
    // 500 people take what is free: as many as are called in 250 s.
    assert_eq!(shown(1_000, 300), before(300), "they are in before the last seat is gone");
    let (behind, as_before) = (shown(1_000, 1_000), before(1_000));
    assert_eq!(behind.p90, as_before.p90);
    let expected = as_before.p50 - (as_before.p50 - 250) * 15 / 100;
    assert!(behind.p50.abs_diff(expected) <= 3, "{behind:?}, not {expected} s");
    assert!(shown(0, 1_000).p50 < behind.p50 && shown(0, 10).p50 < before(10).p50);
}

#[test]
fn where_a_rate_counts_an_end_of_the_seats_changes_nothing() {
    let view = busy(with_rate(100, 600)).view();
    let estimate = |view: &View| view.estimate(500).map(|Estimate { p10, p50, p90 }| [p10, p50, p90]);
    assert!(estimate(&view).is_some());
    assert_eq!(estimate(&selling(view.clone(), 0)), estimate(&view));
}

fn dials() -> impl Strategy<Value = Dials> {
    let capacity = prop_oneof![3 => 0..400_u32, 1 => 0..=1_000_000_u32];
    let rate = prop_oneof![Just(0), 1..600_u32, any::<u32>()];
    (capacity, rate, prop::bool::weighted(0.1)).prop_map(|(capacity, rate_per_minute, paused)| Dials {
        capacity: Capacity::new(capacity).unwrap(),
        rate_per_minute,
        paused,
    })
}

fn moving() -> impl Strategy<Value = Moving> {
    let people = (0..300_u64, 0..3_000_u64);
    (dials(), people, 0..12_u64, 2..40_u64, 0..5_u64).prop_map(
        |(dials, (inside, waiting), calls_per_second, rests_every, give_ups_per_second)| Moving {
            dials,
            inside,
            waiting,
            calls_per_second,
            rests_every,
            give_ups_per_second,
        },
    )
}

/// A rate in the order in which rates let people in: none is the highest.
fn rate_rank(dials: Dials) -> u64 {
    if dials.rate_per_minute == 0 { u64::MAX } else { u64::from(dials.rate_per_minute) }
}

proptest! {
    // Each case plays minutes of a line.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn dials_that_stay_as_they_are_change_nothing(line in moving(), free in 0..4_000_u64) {
        let view = selling(line.view(), free);
        let estimate = view.estimate(view.tallies().waiting);
        let walks_in = view.forecast(line.dials).filter(|forecast| estimate.is_none() && forecast.p90 == 0);
        prop_assert!(walks_in.is_none() || line.waiting == 0, "{:?}", walks_in);
        prop_assert_eq!(view.forecast(line.dials), estimate.or(walks_in));
    }

    #[test]
    fn dials_that_let_more_people_in_never_lengthen_a_wait(
        line in moving(), one in dials(), other in dials(), free in 0..4_000_u64,
    ) {
        let view = selling(line.view(), free);
        let tighter = Dials {
            capacity: one.capacity.min(other.capacity),
            rate_per_minute: [one, other].into_iter().min_by_key(|dials| rate_rank(*dials)).unwrap().rate_per_minute,
            paused: false,
        };
        let looser = Dials { paused: false, ..one };
        if let Some(tighter) = view.forecast(tighter) {
            let looser = view.forecast(looser).unwrap();
            // With a rate, the line moves in other steps: that may cost a hundredth.
            let is_shorter = |looser: u64, tighter: u64| looser <= tighter + tighter / 100 + 1;
            prop_assert!(is_shorter(looser.p10, tighter.p10) && is_shorter(looser.p50, tighter.p50)
                && is_shorter(looser.p90, tighter.p90),
                "{:?} by {:?}, {:?} by tighter ones", looser, one, tighter);
        }
    }

    #[test]
    fn a_forecast_is_in_order_and_there_is_one_wherever_there_is_an_estimate(
        line in moving(), dials in dials(), free in 0..4_000_u64,
    ) {
        let view = selling(line.view(), free);
        let forecast = view.forecast(dials);
        if let Some(forecast) = forecast {
            prop_assert!(forecast.p10 <= forecast.p50 && forecast.p50 <= forecast.p90, "{:?}", forecast);
            prop_assert!(!dials.calls_nobody());
        }
        if view.estimate(view.tallies().waiting).is_some() && !dials.calls_nobody() {
            prop_assert!(forecast.is_some());
        }
    }
}

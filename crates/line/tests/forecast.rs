//! What dials would do to the wait: worked examples, and what must hold whatever the line is like.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use std::sync::Arc;

use jiff::SignedDuration;
use onsale_line::{Admissions, Capacity, Dials, Pace, PaceSample, Pass, Presence, Schedule, View, ViewParts};
use proptest::prelude::*;
use support::{room_for, start, user};

/// A line that has moved steadily for a while.
#[derive(Debug, Clone, Copy)]
struct Moving {
    dials: Dials,
    inside: u64,
    called: u64,
    waiting: u64,
    calls_per_second: u64,
    /// Every so many seconds nobody is called, so that the pace has a spread.
    rests_every: u64,
    give_ups_per_second: u64,
}

/// Two calls a second, 1,000 who wait, 100 inside.
fn busy(dials: Dials) -> Moving {
    Moving {
        dials,
        inside: 100,
        called: 0,
        waiting: 1_000,
        calls_per_second: 2,
        rests_every: u64::MAX,
        give_ups_per_second: 0,
    }
}

impl Moving {
    fn view(self) -> View {
        let Self { dials, inside, called, waiting, .. } = self;
        let (until, head) = (start() + SignedDuration::from_hours(1), inside + called);
        let mut admissions = Admissions::new(head);
        for number in 1..=inside {
            admissions.enter(number, Pass { user: user(number), until });
        }
        for number in inside + 1..=head {
            admissions.set_call(number, until);
        }
        let tail = head + waiting;
        let dues = vec![u32::MAX; usize::try_from(tail).unwrap() + 1];
        View::new(ViewParts {
            epoch: 1,
            dials,
            schedule: Schedule::default(),
            tail,
            allocated: tail,
            admissions: Arc::new(admissions),
            presence: Arc::new(Presence::new(head, tail, 0, |_| Some(&dues[..]))),
            late: Arc::new([]),
            pace: self.pace(),
        })
    }

    fn pace(self) -> Pace {
        let mut pace = Pace::new(start());
        for second in 0..=300 {
            let rests = second % self.rests_every == self.rests_every - 1;
            let calls = if rests { 0 } else { self.calls_per_second };
            let joins = calls + self.give_ups_per_second;
            let sample = PaceSample { calls, joins, waiting: self.waiting, paused: false };
            pace.sample(sample, start() + SignedDuration::from_secs(i64::try_from(second).unwrap()));
        }
        pace
    }

    /// The median wait of somebody who joins now under these dials.
    fn p50(self, dials: Dials) -> Option<u64> {
        self.view().forecast(dials).map(|estimate| estimate.p50)
    }
}

fn with_rate(capacity: u32, rate_per_minute: u32) -> Dials {
    Dials { rate_per_minute, ..room_for(capacity) }
}

#[test]
fn more_room_lets_people_in_at_once_and_more_of_them_from_then_on() {
    let line = busy(room_for(100));
    assert_eq!(line.p50(room_for(100)), Some(500));
    // 100 get in at once; people stay 50 s, so 200 slots call 4 a second.
    assert_eq!(line.p50(room_for(200)), Some(225));
    assert_eq!(line.p50(room_for(50)), Some(1_000));
    assert_eq!(line.p50(room_for(2_000)), Some(0), "room for everybody");
    assert_eq!(Moving { inside: 60, called: 40, ..line }.p50(room_for(200)), Some(225), "called is not free");
}

#[test]
fn a_rate_below_the_pace_counts() {
    let line = busy(room_for(100));
    assert_eq!(line.p50(with_rate(100, 60)), Some(1_000));
    assert_eq!(line.p50(with_rate(100, 240)), Some(500));
    // 100 slots open, but nobody is let in faster than two a second.
    assert_eq!(line.p50(with_rate(200, 120)), Some(500));
    assert_eq!(line.p50(with_rate(200, 180)), Some(333));
    assert_eq!(line.p50(with_rate(200, 600)), Some(225));
}

#[test]
fn a_line_limited_by_its_rate_follows_the_rate() {
    let line = busy(with_rate(1_000, 120));
    assert_eq!(line.p50(with_rate(1_000, 120)), Some(500));
    assert_eq!(line.p50(with_rate(5_000, 120)), Some(500), "room is not what is scarce");
    assert_eq!(line.p50(with_rate(1_000, 240)), Some(250));
    // 900 slots are free, and 1,000 slots call 20 a second.
    assert_eq!(line.p50(room_for(1_000)), Some(5));
    assert_eq!(line.p50(with_rate(50, 120)), Some(1_000), "but too little of it bounds, too");
}

#[test]
fn slots_that_the_current_dials_leave_free_are_no_new_room() {
    let line = Moving { inside: 80, ..busy(room_for(100)) };
    assert_eq!(line.p50(room_for(100)), Some(500));
    // 100 more open, and the pace doubles.
    assert_eq!(line.p50(room_for(200)), Some(225));
}

#[test]
fn more_people_inside_than_the_capacity_leave_no_room() {
    let line = Moving { inside: 200, ..busy(room_for(100)) };
    assert_eq!(line.p50(room_for(100)), Some(500));
    assert_eq!(line.p50(room_for(200)), Some(250), "twice the slots, none of them free");
    assert_eq!(line.p50(room_for(300)), Some(150));
}

#[test]
fn a_line_that_calls_nobody_has_no_wait_to_forecast() {
    let line = busy(room_for(100));
    assert_eq!(line.p50(room_for(0)), None);
    assert_eq!(line.p50(Dials { paused: true, ..room_for(100) }), None);
    let closed = busy(room_for(0)).view();
    assert_eq!((closed.forecast(room_for(0)), closed.estimate(10)), (None, None));
    assert_eq!(Moving { calls_per_second: 0, ..line }.p50(room_for(200)), None, "no pace is known");
}

#[test]
fn nobody_waits_where_nobody_is_ahead_and_a_slot_is_free() {
    let empty = Moving { waiting: 0, inside: 0, calls_per_second: 0, ..busy(room_for(1)) };
    assert_eq!(empty.p50(room_for(1)), Some(0));
    let full = Moving { inside: 1, ..empty };
    assert_eq!((full.p50(room_for(1)), full.p50(room_for(2))), (None, Some(0)), "no pace is known");
    for unsure in [Dials { rate_per_minute: 1, ..room_for(1) }, Dials { paused: true, ..room_for(1) }] {
        assert_eq!(Moving { dials: unsure, ..empty }.p50(unsure), None, "{unsure:?}");
    }
}

#[test]
fn after_a_pause_the_pace_before_it_counts() {
    let paused = Dials { paused: true, ..room_for(100) };
    assert_eq!(busy(paused).p50(paused), None);
    assert_eq!(busy(paused).p50(room_for(100)), Some(500));
    // 60 have left meanwhile, and their slots are free.
    assert_eq!(Moving { inside: 40, ..busy(paused) }.p50(room_for(100)), Some(470));
    assert_eq!(Moving { inside: 0, ..busy(paused) }.p50(room_for(200)), Some(200));
}

#[test]
fn after_everybody_left_the_pace_is_that_of_a_full_house() {
    let empty = Moving { inside: 0, ..busy(room_for(100)) };
    assert_eq!(empty.p50(room_for(100)), Some(500));
    assert_eq!(empty.p50(room_for(200)), Some(225));
    assert_eq!(empty.p50(room_for(50)), Some(1_000));
    assert_eq!(Moving { inside: 0, ..busy(room_for(0)) }.p50(room_for(100)), None, "nobody's stay is known");
}

#[test]
fn a_full_line_is_forecast_by_the_people_inside() {
    // 50 inside at two a second stay 25 s, so 100 slots call 4 a second.
    let closed = Moving { inside: 50, ..busy(room_for(0)) };
    assert_eq!(closed.p50(room_for(100)), Some(238));
    assert_eq!(closed.p50(with_rate(100, 60)), Some(1_000));
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
    let people = (0..300_u64, 0..30_u64, 0..3_000_u64);
    (dials(), people, 0..12_u64, 2..40_u64, 0..5_u64).prop_map(
        |(dials, (inside, called, waiting), calls_per_second, rests_every, give_ups_per_second)| Moving {
            dials,
            inside,
            called,
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
    #[test]
    fn dials_that_stay_as_they_are_change_nothing(line in moving()) {
        let view = line.view();
        let estimate = view.estimate(view.tallies().waiting);
        let walks_in = view.forecast(line.dials).filter(|forecast| estimate.is_none() && forecast.p90 == 0);
        prop_assert!(walks_in.is_none() || line.waiting == 0, "{:?}", walks_in);
        prop_assert_eq!(view.forecast(line.dials), estimate.or(walks_in));
    }

    #[test]
    fn dials_that_let_more_people_in_never_lengthen_a_wait(line in moving(), one in dials(), other in dials()) {
        let view = line.view();
        let tighter = Dials {
            capacity: one.capacity.min(other.capacity),
            rate_per_minute: [one, other].into_iter().min_by_key(|dials| rate_rank(*dials)).unwrap().rate_per_minute,
            paused: false,
        };
        let looser = Dials { paused: false, ..one };
        if let Some(tighter) = view.forecast(tighter) {
            let looser = view.forecast(looser).unwrap();
            prop_assert!(looser.p10 <= tighter.p10 && looser.p50 <= tighter.p50 && looser.p90 <= tighter.p90,
                "{:?} by {:?}, {:?} by tighter ones", looser, one, tighter);
        }
    }

    #[test]
    fn a_forecast_is_in_order_and_there_is_one_wherever_there_is_an_estimate(line in moving(), dials in dials()) {
        let view = line.view();
        let forecast = view.forecast(dials);
        if let Some(forecast) = forecast {
            prop_assert!(forecast.p10 <= forecast.p50 && forecast.p50 <= forecast.p90, "{:?}", forecast);
            prop_assert!(!dials.calls_nobody());
        }
        if view.estimate(view.tallies().waiting).is_some() && !dials.calls_nobody() {
            prop_assert!(forecast.is_some());
        }
        if view.tallies().waiting == 0 && forecast.is_some() {
            prop_assert_eq!(forecast.unwrap().p90, 0);
        }
    }
}

//! The numbers of small histories.

use crate::history::{Act, Code, History, Lost, Outcome, SECOND};
use crate::report::measure::measure;
use crate::report::sample::{admitted, bill, event, history, reading, typical, waiting};
use crate::report::{About, Report};

fn report(history: &History) -> Report {
    measure(history, About::default(), &[], Vec::new())
}

fn pay(seat: u32) -> Act {
    Act::Pay([seat].into())
}

/// Compares numbers that went through floating point.
#[track_caller]
fn assert_near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= expected.abs() * 0.01, "{actual} instead of {expected}");
}

#[test]
fn nothing_at_all_comes_to_nothing() {
    let report = report(&History::default());
    assert!(report.times.is_empty() && report.latencies.is_empty());
    assert_near(report.about.lasted_s, 0.0);
    assert_near(report.totals.answers_per_s, 0.0);
}

#[test]
fn latency_counts_from_when_a_request_was_due() {
    let mut late = event(Act::Poll, 1.0, 3.0, waiting(1, None));
    late.sent = late.answered - 1_000;
    let history = history(vec![vec![event(Act::Join, 0.0, 0.01, waiting(1, None)), late]]);
    let report = report(&history);
    let poll = &report.latencies[1];
    assert_eq!((poll.operation.as_str(), poll.count), ("poll", 1));
    assert_near(poll.p50_ms, 2_000.0);
    assert_near(poll.over_time[0].at_s, 1.0);
    assert_near(poll.over_time[0].max_ms, 2_000.0);
    assert_near(report.totals.late_p99_ms, 1_999.0);
}

#[test]
fn a_server_that_stalls_cannot_hide_behind_a_client_that_waits_for_it() {
    // One poll a tenth of a second; the server answers none of them from 2 s until 7 s, and one connection
    // carries all.
    let polls = (0..100_u32).map(|n| {
        let due_s = f64::from(n) / 10.0;
        let sent_s = if (2.0..7.0).contains(&due_s) { 7.0 } else { due_s };
        let mut poll = event(Act::Poll, due_s, sent_s + 0.001, waiting(1, None));
        poll.sent = poll.answered - 1_000;
        poll
    });
    let report = report(&history(vec![polls.collect()]));
    let poll = &report.latencies[0];
    assert_near(poll.max_ms, 5_001.0);
    assert_near(poll.p90_ms, 4_001.0);
    assert_near(poll.p50_ms, 1.0);
}

#[test]
fn silence_counts_as_long_as_it_lasted_and_what_was_never_sent_does_not() {
    let history = history(vec![vec![
        event(Act::Join, 0.0, 10.0, Outcome::Unknown(Lost::Silence)),
        event(Act::Join, 10.0, 10.5, Outcome::NotSent),
        event(Act::Join, 11.0, 11.2, Outcome::Unknown(Lost::Connection)),
        event(Act::Hear, 12.0, 12.0, waiting(1, None)),
        event(Act::Leave, 13.0, 13.1, Outcome::Busy),
    ]]);
    let report = report(&history);
    let names: Vec<_> = report.latencies.iter().map(|one| (one.operation.as_str(), one.count)).collect();
    assert_eq!(names, [("join", 1), ("leave", 1)]);
    assert_near(report.latencies[0].max_ms, 10_000.0);
    let totals = &report.totals;
    assert_eq!((totals.answers, totals.unknown, totals.not_sent, totals.busy), (2, 2, 1, 1));
    assert_eq!(report.times.iter().map(|moment| moment.troubles).sum::<u32>(), 4);
}

#[test]
fn a_payment_whose_answer_was_lost_counts_once_when_its_bill_shows_up() {
    let history = history(vec![
        vec![
            event(Act::Join, 0.0, 0.1, admitted(1)),
            event(pay(7), 1.0, 3.0, Outcome::Unknown(Lost::Silence)),
            event(Act::Bills, 9.0, 9.1, Outcome::Bills(bill(7))),
            event(Act::Bills, 9.5, 9.6, Outcome::Bills(bill(7))),
        ],
        vec![
            event(Act::Join, 0.0, 0.1, admitted(2)),
            event(pay(8), 1.0, 4.0, Outcome::Paid(bill(8), 0, 1)),
            event(Act::Bills, 9.0, 9.1, Outcome::Bills(bill(8))),
        ],
        vec![
            event(Act::Join, 0.0, 0.1, admitted(3)),
            event(pay(9), 1.0, 2.0, Outcome::Unknown(Lost::Connection)),
            event(Act::Bills, 9.0, 9.1, Outcome::Bills([].into())),
        ],
    ]);
    let report = report(&history);
    let totals = &report.totals;
    assert_eq!((totals.seats_sold, totals.paid, totals.money, totals.left_inside), (2, 2, 200, 1));
    assert_near(totals.journeys_per_s, 0.5);
    assert_near(report.about.lasted_s, 4.0);
    let sold: Vec<_> =
        report.times.iter().filter(|moment| moment.sold > 0).map(|moment| moment.at_s).collect();
    assert_eq!(sold, [3.0, 3.5], "when they were paid, not when the bills were seen");
}

#[test]
fn people_wait_from_their_number_until_they_are_in_or_gone_and_are_inside_until_they_paid() {
    let history = history(vec![
        vec![
            event(Act::Join, 0.0, 0.2, waiting(1, None)),
            event(Act::Poll, 1.0, 1.2, admitted(1)),
            event(pay(1), 2.0, 2.2, Outcome::Paid(bill(1), 0, 1)),
            event(Act::Poll, 2.5, 2.6, Outcome::Ended { number: 1 }),
        ],
        vec![
            event(Act::Join, 0.0, 0.7, waiting(2, None)),
            event(Act::Leave, 1.5, 1.7, Outcome::Ended { number: 2 }),
        ],
        // Fell silent, and finished up much later.
        vec![
            event(Act::Join, 0.0, 0.2, waiting(3, None)),
            event(Act::Poll, 2.0, 2.2, waiting(3, None)),
            event(Act::Bills, 99.0, 99.1, Outcome::Bills([].into())),
        ],
    ]);
    let report = report(&history);
    let by_moment: Vec<_> = report
        .times
        .iter()
        .map(|moment| (moment.waiting, moment.inside, moment.joined, moment.admitted))
        .collect();
    assert_eq!(
        by_moment,
        [(2, 0, 2, 0), (3, 0, 1, 0), (2, 1, 0, 1), (1, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    );
    let totals = &report.totals;
    assert_eq!((totals.arrived, totals.joined, totals.admitted, totals.gave_up), (3, 3, 1, 2));
    assert_eq!((totals.paid, totals.left_inside, totals.waiting_max), (1, 0, 3));
}

#[test]
fn nobody_is_inside_after_their_pass_is_over() {
    let until = |s: i64| Outcome::Admitted {
        number: 1,
        until: crate::report::sample::START + s * SECOND,
        place: Some(1),
    };
    let history = history(vec![vec![
        event(Act::Join, 0.0, 0.0, until(1)),
        event(Act::Poll, 0.5, 0.5, until(2)),
        event(Act::Map, 5.0, 5.0, Outcome::Refused(403, Code::PassEnded)),
    ]]);
    let inside: Vec<_> = report(&history).times.iter().map(|moment| moment.inside).collect();
    assert_eq!(inside, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0], "until 2 s");
}

#[test]
fn slots_count_while_somebody_waits_and_the_capacity_is_known() {
    let mut history = history(vec![
        vec![
            event(Act::Join, 0.0, 0.0, waiting(1, None)),
            event(Act::Poll, 2.0, 2.0, waiting(1, None)),
            event(Act::Poll, 4.0, 4.0, admitted(1)),
            event(Act::Leave, 8.0, 8.0, Outcome::Ended { number: 1 }),
        ],
        vec![
            event(Act::Join, 0.0, 0.0, waiting(2, None)),
            event(Act::Leave, 6.0, 6.0, Outcome::Ended { number: 2 }),
        ],
    ]);
    assert_eq!(report(&history).slots.in_use, None);
    history.readings = vec![reading(-1, 1), reading(5, 2)];
    let slots = report(&history).slots;
    assert_near(slots.contended_s, 6.0);
    // 5 s with one slot and 1 s with two; one person inside from 4 s on, who may have been called at 2 s.
    assert_near(slots.in_use.unwrap(), 2.0 / 7.0);
    assert_near(slots.in_use_or_called.unwrap(), 4.0 / 7.0);
    let capacity: Vec<_> = report(&history).times.iter().map(|moment| moment.capacity).collect();
    assert_eq!((capacity[0], capacity[8], capacity[9]), (Some(1), Some(1), Some(2)));
    // Nobody can use a slot before the opening.
    history.sale.opens_at = Some(crate::report::sample::START + 3 * SECOND);
    history.readings = vec![reading(-1, 1), reading(3, 1), reading(5, 2)];
    assert_near(report(&history).slots.contended_s, 3.0);
}

#[test]
fn an_estimate_is_held_against_the_wait_of_the_same_number() {
    let history = history(vec![
        vec![
            event(Act::Join, 0.0, 0.0, waiting(1, Some([5, 8, 9]))),
            event(Act::Poll, 2.0, 2.0, waiting(1, Some([1, 4, 7]))),
            event(Act::Poll, 9.5, 9.5, waiting(1, Some([0, 0, 1]))),
            event(Act::Poll, 10.0, 10.0, admitted(1)),
        ],
        // Never came in, and came in with another number.
        vec![
            event(Act::Join, 0.0, 0.0, waiting(2, Some([1, 1, 1]))),
            event(Act::Leave, 1.0, 1.0, Outcome::Ended { number: 2 }),
            event(Act::Join, 2.0, 2.0, waiting(9, None)),
            event(Act::Poll, 3.0, 3.0, admitted(9)),
        ],
    ]);
    let estimates = report(&history).estimates;
    assert_eq!(estimates.shown, 2, "less than a second does not count");
    let points: Vec<_> =
        estimates.points.iter().map(|point| (point.at_s, point.real_s, point.is_within())).collect();
    assert_eq!(points, [(0.0, 10.0, true), (2.0, 8.0, true)], "one second more on either side");
    assert_near(estimates.within.unwrap(), 1.0);
    assert_near(estimates.ratio_p50.unwrap(), 1.25);
}

#[test]
fn refusals_are_named_as_the_api_names_them_most_frequent_first() {
    let refused = |code| event(Act::Hold([1].into()), 1.0, 1.0, Outcome::Refused(409, code));
    let history =
        history(vec![vec![refused(Code::SeatSold), refused(Code::SeatHeld), refused(Code::SeatHeld)]]);
    let refusals = report(&history).totals.refusals;
    assert_eq!(refusals, [("seat_held".to_owned(), 2), ("seat_sold".to_owned(), 1)]);
}

#[test]
fn a_sample_adds_up() {
    let report = typical(2_000).report();
    let sum =
        |of: fn(&crate::report::Moment) -> u32| report.times.iter().map(|at| u64::from(of(at))).sum::<u64>();
    let totals = &report.totals;
    assert_eq!(sum(|at| at.arrived), totals.arrived);
    assert_eq!(sum(|at| at.joined), totals.joined);
    assert_eq!(sum(|at| at.admitted), totals.admitted);
    assert_eq!(sum(|at| at.sold), totals.seats_sold);
    assert_eq!(totals.admitted, totals.paid + totals.left_inside);
    assert_eq!(totals.joined, totals.admitted + totals.gave_up);
    assert!(report.estimates.points.len() <= 400 && report.estimates.shown > 400);
    let within = report.estimates.within.unwrap();
    assert!((0.6..0.95).contains(&within), "{within}");
    let slots = &report.slots;
    assert!(slots.in_use.unwrap() > 0.5 && slots.in_use <= slots.in_use_or_called, "{slots:?}");
    assert_eq!(report.times, typical(2_000).report().times, "the same at every run");
}

//! What a million people cost: a view of them, and their draw. Measured by hand, one case at a time:
//! `cargo test --locked --release -p onsale-line --test cost -- --ignored --nocapture draw`

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]
#![allow(clippy::print_stdout, reason = "a measurement is printed")]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Capacity, Dials, Line, LineOpening, LineWindow, Order, Schedule, Sign};
use uuid::Uuid;

const PEOPLE: u64 = 1_000_000;

/// Resident memory of this process in KiB.
fn resident_kib() -> u64 {
    kib("VmRSS:")
}

/// The most resident memory that this process has had, in KiB.
fn peak_kib() -> u64 {
    kib("VmHWM:")
}

fn kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn user(id: u64) -> Uuid {
    Uuid::from_u128(u128::from(id) << 64 | u128::from(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// A line with a million people, every third of whom is gone.
#[allow(clippy::disallowed_methods, reason = "a measurement needs a real clock")]
fn joined(schedule: Schedule, start: Timestamp) -> Line {
    let before_kib = resident_kib();
    let dials = Dials { capacity: Capacity::new(1_000).unwrap(), rate_per_minute: 0, paused: false };
    let mut line = Line::with_schedule(1, dials, schedule, start);
    line.allocate(PEOPLE);
    let clock = Instant::now();
    for id in 0..PEOPLE {
        line.join(user(id), start).unwrap();
    }
    println!("join: {:.3} us each", clock.elapsed().as_secs_f64() * 1e6 / 1e6);

    let due = u32::try_from(start.as_second()).unwrap();
    let clock = Instant::now();
    for id in 0..PEOPLE {
        let away = id.is_multiple_of(3);
        let due = if away { due } else { due + 60 };
        line.sign_of_life(Sign { number: id + 1, user: user(id), due }, start);
    }
    println!("sign of life: {:.3} us each", clock.elapsed().as_secs_f64() * 1e6 / 1e6);
    println!("memory: {} MiB", (resident_kib() - before_kib) / 1024);
    line
}

#[allow(clippy::disallowed_methods, reason = "a measurement needs a real clock")]
fn tick_and_ask(line: &mut Line, mut now: Timestamp) {
    for round in 0..10 {
        now += SignedDuration::from_millis(100);
        let clock = Instant::now();
        let called = line.tick(now).len();
        let ticked = clock.elapsed();
        let clock = Instant::now();
        let view = line.view(now);
        let viewed = clock.elapsed();
        let clock = Instant::now();
        let mut sum = 0;
        for number in 1_001..101_001 {
            sum += view.ahead(number * 7, 0).unwrap();
        }
        let asked = clock.elapsed() / 100_000;
        println!("{round}: tick {ticked:?} ({called} called), view {viewed:?}, ahead {asked:?} (sum {sum})");
    }
}

#[test]
#[ignore = "a measurement, meant for a release build"]
fn cost_of_a_million_waiting() {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    let mut line = joined(Schedule::default(), start);
    tick_and_ask(&mut line, start + SignedDuration::from_secs(2));
}

#[test]
#[ignore = "a measurement, meant for a release build"]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a real clock")]
fn cost_of_opening_a_million() {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    let opens_at = start + SignedDuration::from_secs(1);
    let window = LineWindow { lobby_at: Some(start), opens_at: Some(opens_at), closes_at: None };
    let opening = LineOpening::Lobby { is_draw: true, tail: None };
    let mut line = joined(Schedule { window, opening }, start);
    let clock = Instant::now();
    let order = Order::draw(&[7; 32], &[], line.fix_lobby(opens_at).unwrap());
    let drawn = clock.elapsed();
    let clock = Instant::now();
    line.open(order);
    println!("draw: {drawn:?}, open: {:?}", clock.elapsed());
    tick_and_ask(&mut line, opens_at);
}

#[test]
#[ignore = "a measurement, meant for a release build"]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a real clock")]
fn cost_of_the_draw_of_a_million() {
    let before_kib = peak_kib();
    let clock = Instant::now();
    let order = Order::draw(&[7; 32], b"round 4242", PEOPLE);
    println!("draw: {:?}", clock.elapsed());
    println!("memory: {} KiB at the peak", peak_kib() - before_kib);
    let clock = Instant::now();
    let sum: u64 = (1..=PEOPLE).map(|place| order.number(place)).sum();
    assert_eq!(sum, PEOPLE * (PEOPLE + 1) / 2);
    println!("places read: {:?}", clock.elapsed());
}

//! What a million people cost: a view of them, and their draw. Measured by hand, one case at a time:
//! `cargo test --locked --release -p onsale-line --test cost -- --ignored --nocapture draw`

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Capacity, Dials, Line, Order, Sign};
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

#[test]
#[ignore = "a measurement, meant for a release build"]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a real clock")]
fn cost_of_a_million_waiting() {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    let before_kib = resident_kib();
    let mut line = Line::new(
        1,
        Dials { capacity: Capacity::new(1_000).unwrap(), rate_per_minute: 0, paused: false },
        start,
    );
    line.allocate(PEOPLE);
    let user =
        |id: u64| Uuid::from_u128(u128::from(id) << 64 | u128::from(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
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

    let mut now = start + SignedDuration::from_secs(2);
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
            sum += view.ahead(number * 7, 0);
        }
        let asked = clock.elapsed() / 100_000;
        println!("{round}: tick {ticked:?} ({called} called), view {viewed:?}, ahead {asked:?} (sum {sum})");
    }
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

//! What a choice costs: `cargo run --release -p onsale-booking --example choice`.
//!
//! Prints the median and the 99th percentile in microseconds, in halls of 5,000 and of 50,000 seats.

#![allow(clippy::print_stdout, reason = "it is what the example is for")]
#![allow(clippy::disallowed_methods, reason = "it measures, and decides nothing")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use onsale_booking::hall::choose::choose;
use onsale_booking::hall::free_seats::FreeSeats;
use onsale_booking::hall::layout::{Layout, Point};
use onsale_booking::hall::wish::{CategoryNo, Terms, Wish};
use onsale_booking::ids::SeatNo;
use onsale_booking::money::Money;
use onsale_booking::seat::SeatKind;

const ROUNDS: usize = 500;

fn main() {
    println!("{:<44} {:>8} {:>8} {:>8} {:>8}", "", "5,000", "", "50,000", "");
    println!("{:<44} {:>8} {:>8} {:>8} {:>8}", "choice", "median", "p99", "median", "p99");
    let halls = [Hall::new(5), Hall::new(50)];
    for (name, quantity, free) in CASES {
        let wish = Wish { quantity: *quantity, ..any(2) };
        let times = halls.each_ref().map(|hall| hall.time(free, &wish));
        print(name, times);
    }
    let gone = Wish { category: Some(3), ..any(2) };
    print("two of a category that is sold out", halls.each_ref().map(|hall| hall.time(&|_, _| true, &gone)));
    let wheelchair = Wish { kind: Some(SeatKind::Wheelchair), ..any(2) };
    print("a wheelchair place, none left", halls.each_ref().map(|hall| hall.time(&|_, _| true, &wheelchair)));
    print("two, while the hall is sold from the front", halls.each_ref().map(|hall| hall.sell(2)));
    print("four, while the hall is sold from the front", halls.each_ref().map(|hall| hall.sell(4)));
    print("index: take and give one seat", halls.each_ref().map(Hall::upkeep));
    print("index: copy", halls.each_ref().map(Hall::copy));
}

/// Which seats are free, by row and place in it.
type IsFree<'a> = &'a dyn Fn(u32, u32) -> bool;

/// A name, how many seats, what is free.
const CASES: &[(&str, u32, IsFree<'static>)] = &[
    ("two, everything free", 2, &|_, _| true),
    ("ten, everything free", 10, &|_, _| true),
    ("two, half sold at random", 2, &|row, seat| hash(row, seat).is_multiple_of(2)),
    ("four, half sold at random", 4, &|row, seat| hash(row, seat).is_multiple_of(2)),
    ("ten, half sold at random", 10, &|row, seat| hash(row, seat).is_multiple_of(2)),
    ("two, every second seat sold", 2, &|_, seat| seat % 2 == 0),
    ("ten, every second seat sold", 10, &|_, seat| seat % 2 == 0),
    ("two, one seat in 40 free", 2, &|row, seat| hash(row, seat).is_multiple_of(40)),
    ("four, one seat in 40 free", 4, &|row, seat| hash(row, seat).is_multiple_of(40)),
    ("ten, one seat in 400 free", 10, &|row, seat| hash(row, seat).is_multiple_of(400)),
    ("two, every second seat and row sold", 2, &|row, seat| seat % 2 == 0 && row % 2 == 0),
    ("ten, every second seat and tenth row sold", 10, &|row, seat| seat % 2 == 0 && row % 10 != 0),
];

fn hash(row: u32, seat: u32) -> u32 {
    let mixed = (row.wrapping_mul(0x9E37_79B9) ^ seat.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
    (mixed ^ mixed >> 15).wrapping_mul(0x27D4_EB2F) >> 7
}

fn any(quantity: u32) -> Wish {
    Wish { quantity, category: None, max_price: None, together: false, kind: None }
}

struct Hall {
    layout: Arc<Layout>,
    terms: Vec<Terms>,
}

impl Hall {
    /// Zones of 20 curved rows of 50 seats around a stage; the back rows are of another category.
    fn new(zones: u32) -> Self {
        let seat = move |zone: u32, row: u32, seat: u32| {
            let zone_angle = std::f64::consts::PI / 8.0;
            let (ring, at) = (zone / 16, zone % 16);
            let radius = f64::from(row + 140 + ring * 24);
            let angle = zone_angle * (f64::from(at) + f64::from(seat) / 55.0);
            Point::of(radius * angle.cos(), radius * angle.sin())
        };
        let rows = move |zone| (0..20).map(move |row| (0..50).map(move |it| seat(zone, row, it)));
        let layout = Layout::new((0..zones).map(rows), Point::default());
        let category = |seat: u32| CategoryNo::from(seat / 50 % 20 >= 10);
        let terms = |seat| Terms { category: category(seat), price: Money(90), kind: None };
        let terms = (0..layout.capacity()).map(terms).collect();
        Self { layout: Arc::new(layout), terms }
    }

    fn free(&self, is_free: IsFree<'_>) -> FreeSeats {
        let seats = 1..=self.layout.capacity();
        FreeSeats::of(self.layout.clone(), seats.filter(|seat| is_free((seat - 1) / 50, (seat - 1) % 50)))
    }

    fn choose(&self, free: &FreeSeats, wish: &Wish) -> Vec<SeatNo> {
        choose(free, wish, &|seat| self.terms[seat as usize - 1]).unwrap_or_default()
    }

    fn time(&self, is_free: IsFree<'_>, wish: &Wish) -> Vec<Duration> {
        let free = self.free(is_free);
        (0..ROUNDS).map(|_| timed(|| self.choose(&free, wish)).1).collect()
    }

    fn sell(&self, quantity: u32) -> Vec<Duration> {
        let mut free = FreeSeats::all(self.layout.clone());
        let mut times = Vec::new();
        loop {
            let (seats, time) = timed(|| self.choose(&free, &any(quantity)));
            times.push(time);
            if seats.is_empty() {
                return times;
            }
            for seat in &seats {
                free.take(*seat);
            }
        }
    }

    fn upkeep(&self) -> Vec<Duration> {
        let mut free = FreeSeats::all(self.layout.clone());
        let seats = (1..=self.layout.capacity()).step_by(7).take(ROUNDS);
        seats.map(|seat| timed(|| free.take(seat) && free.give(seat)).1).collect()
    }

    fn copy(&self) -> Vec<Duration> {
        let free = FreeSeats::all(self.layout.clone());
        (0..ROUNDS).map(|_| timed(|| free.clone()).1).collect()
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    (result, start.elapsed())
}

fn print(name: &str, times: [Vec<Duration>; 2]) {
    let of = |mut times: Vec<Duration>| {
        times.sort_unstable();
        [times[times.len() / 2], times[times.len() * 99 / 100]].map(|time| time.as_secs_f64() * 1e6)
    };
    let [[median, p99], [large_median, large_p99]] = times.map(of);
    println!("{name:<44} {median:>8.1} {p99:>8.1} {large_median:>8.1} {large_p99:>8.1}");
}

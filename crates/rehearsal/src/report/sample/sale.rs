//! An invented sale: one line, one person after the other, on a server that stalls once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use uuid::Uuid;

use crate::history::{Act, Bill, Code, Event, Held, Lost, Micros, Outcome, SECOND, Story, Waiting};
use crate::report::numbers::{fraction, narrow, signed_fraction, whole};

use super::{START, Sample};

/// A sale in progress.
pub(super) struct Sale<'a> {
    sample: &'a Sample,
    dice: u64,
    free: BinaryHeap<Reverse<Micros>>,
    sold: u32,
}

impl<'a> Sale<'a> {
    /// Before the first fan arrived.
    pub(super) fn new(sample: &'a Sample) -> Self {
        let slot =
            |n: u32| if n < sample.capacity * 2 / 3 { 0 } else { i64::from(sample.seconds) * SECOND / 6 };
        let free = (0..sample.capacity).map(|n| Reverse(START + slot(n))).collect();
        Self { sample, dice: 42, free, sold: 0 }
    }

    /// From 0 to 1.
    fn chance(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        fraction((mixed ^ (mixed >> 31)) >> 11) / fraction(1 << 53)
    }

    fn micros(&mut self, from: f64, until: f64) -> Micros {
        let chance = self.chance();
        i64::try_from(whole((from + (until - from) * chance) * 1e6)).unwrap_or_default()
    }

    /// Most come at once.
    pub(super) fn arrival(&mut self) -> Micros {
        let late = self.chance().powi(4) * f64::from(self.sample.seconds) * 0.8;
        START + i64::try_from(whole(late * 1e6)).unwrap_or_default()
    }

    /// Plays this fan's story. Must be called in the order of arrivals.
    pub(super) fn story(&mut self, fan: u32, arrives: Micros) -> Story {
        let mut teller = Teller { sale: self, now: arrives, events: Vec::new() };
        teller.play(fan);
        let events = teller.events;
        Story { fan, user: Uuid::from_u128(fan.into()), arrives, code: None, events }
    }
}

/// One fan's story.
struct Teller<'s, 'a> {
    sale: &'s mut Sale<'a>,
    now: Micros,
    events: Vec<Event>,
}

impl Teller<'_, '_> {
    fn play(&mut self, fan: u32) {
        let end = START + i64::from(self.sale.sample.seconds) * SECOND;
        let number = u64::from(fan) + 1;
        self.ask(Act::Dates, 0.8, Outcome::Seen { available: self.sale.sample.seats - self.sale.sold });
        let patience = self.now + self.sale.micros(60.0, 400.0);
        let free = self.sale.free.pop().map_or(end, |Reverse(free)| free);
        let call = free.max(self.now + 2_000);
        while !self.ask(Act::Join, 1.5, self.waiting(number, call)) {}
        let gives_up = patience.min(end);
        while self.now < call.min(gives_up) {
            let pause = ((call - self.now) / 12).clamp(SECOND / 2, 10 * SECOND);
            self.now += pause;
            if self.now < call {
                let outcome = self.waiting_roughly(number, call);
                self.ask(Act::Poll, 0.6, outcome);
            }
        }
        if call >= gives_up {
            self.sale.free.push(Reverse(free));
            self.ask(Act::Leave, 0.9, Outcome::Ended { number });
            return;
        }
        while !self.ask(
            Act::Poll,
            0.7,
            Outcome::Admitted { number, until: self.now + 120 * SECOND, place: Some(number) },
        ) {}
        self.buy(number);
        self.sale.free.push(Reverse(self.now));
    }

    fn buy(&mut self, number: u64) {
        self.ask(Act::Map, 1.2, Outcome::Seen { available: self.sale.sample.seats - self.sale.sold });
        self.now += self.sale.micros(1.0, 7.0);
        let seat = self.sale.sold + 1;
        let seats: Box<[u32]> = [seat].into();
        if self.sale.chance() < 0.2 || seat > self.sale.sample.seats {
            self.ask(Act::Hold(seats), 3.0, Outcome::Refused(409, Code::SeatHeld));
            self.ask(Act::Leave, 1.0, Outcome::Ended { number });
            return;
        }
        self.sale.sold = seat;
        let held = Held { seat, from: self.now, deadline: self.now + 300 * SECOND };
        self.ask(Act::Hold(seats.clone()), 3.0, Outcome::Held([held].into(), 1));
        self.now += self.sale.micros(0.5, 3.0);
        self.ask(Act::Charge(12_000), 2.5, Outcome::Money(12_000, 2));
        let bill = Bill { id: Uuid::from_u128(seat.into()), seat, amount: 12_000, created: self.now };
        if !self.ask(Act::Pay(seats), 5.0, Outcome::Paid([bill].into(), 0, 3)) {
            self.ask(Act::Bills, 2.0, Outcome::Bills([bill].into()));
        }
    }

    fn waiting(&self, number: u64, call: Micros) -> Outcome {
        let left_s = signed_fraction((call - self.now) / SECOND);
        let estimate = |times: f64| narrow(i64::try_from(whole(left_s * times)).unwrap_or_default());
        let estimate = self.sale.sample.has_estimates.then(|| [0.7, 1.0, 1.35].map(estimate));
        let ahead = narrow((call - self.now) / 10_000);
        Outcome::Waiting(Waiting {
            number,
            place: Some(number),
            ahead: Some(ahead),
            poll_after_ms: 1_000,
            estimate,
            ..Waiting::default()
        })
    }

    fn waiting_roughly(&mut self, number: u64, call: Micros) -> Outcome {
        let noise = 0.6 + 0.9 * self.sale.chance();
        let left = i64::try_from(whole(signed_fraction(call - self.now) * noise)).unwrap_or_default();
        self.waiting(number, self.now + left)
    }

    /// Sends a request, and gets this answer unless it is lost. Answers usually take `usual_ms`.
    fn ask(&mut self, act: Act, usual_ms: f64, outcome: Outcome) -> bool {
        let due = self.now;
        let at = due - START;
        let is_out = self.sale.sample.outage.is_some_and(|(from, until)| (from..until).contains(&at));
        let mut took = self.sale.micros(usual_ms * 0.0004, usual_ms * 0.0016);
        took *= if self.sale.chance() < 0.03 { 12 } else { 1 };
        took *= if at < 12 * SECOND { 4 } else { 1 } * if is_out { 20 } else { 1 };
        let luck = self.sale.chance();
        let is_answered = !is_out || luck >= 0.25 || act == Act::Bills;
        let outcome = match outcome {
            _ if !is_answered && luck < 0.15 => {
                took += 2 * SECOND;
                Outcome::Unknown(Lost::Silence)
            }
            _ if !is_answered => Outcome::Busy,
            outcome => outcome,
        };
        let key = narrow(i64::try_from(self.events.len()).unwrap_or_default());
        self.now = due + took;
        self.events.push(Event {
            due,
            sent: due + took / 20,
            answered: self.now,
            attempt: 0,
            key,
            instance: 0,
            act,
            outcome,
        });
        is_answered
    }
}

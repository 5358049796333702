//! Whether somebody who waits will find a seat: what is left, against what those before them will take.
//!
//! It is an outlook, not a promise, and decides nothing. What a person takes is measured: seats sold over
//! people who have gone. Until that is known, a person counts as taking two.

use crate::estimate::count;
use crate::sell_out::SellOut;
use crate::view::View;

/// What a person takes until more is known, as if so many had been seen.
const SEATS_AT_FIRST: f64 = 2.0;
const PEOPLE_AT_FIRST: f64 = 5.0;
/// What was seen counts half after so many people.
const HALF_LIFE_PEOPLE: f64 = 200.0;
/// How many standard deviations around the middle hold the outcome in eight of ten cases.
const DEVIATIONS_P90: f64 = 1.28;

/// The seats of everything that a sale sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Supply {
    /// Anybody inside may take them.
    pub free: u64,
    /// Somebody has them for now. What they do not pay is free again.
    pub held: u64,
    /// Gone.
    pub sold: u64,
}

/// Whether a person who waits will find a free seat once inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// Nine of ten such people will.
    Likely,
    /// Nobody can say.
    Uncertain,
    /// At most one of ten such people will.
    Unlikely,
    /// Every seat is sold.
    SoldOut,
}

/// What is known about what people take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outlooks {
    supply: Option<Supply>,
    /// People gone from inside at the last observation.
    gone: u64,
    seats: f64,
    people: f64,
    squares: f64,
    /// People gone while nothing was free.
    people_without: f64,
}

impl Outlooks {
    /// Observes it, about once a second; `None` if nothing is for sale.
    pub fn observe(&mut self, supply: Option<Supply>, view: &View) {
        let tallies = view.tallies();
        let gone = tallies.admitted.saturating_sub(tallies.inside);
        let gone_before = std::mem::replace(&mut self.gone, gone);
        let before = std::mem::replace(&mut self.supply, supply);
        let (Some(before), Some(now)) = (before, supply) else { return };
        // Neither goes back, but a line that was rebuilt counts from the beginning, and a concert may move.
        let (Some(people), Some(seats)) = (gone.checked_sub(gone_before), now.sold.checked_sub(before.sold))
        else {
            return;
        };
        let (people, seats) = (count(people), count(seats));
        let (mean, _) = self.mean_and_variance();
        let fade = (-people / HALF_LIFE_PEOPLE).exp2();
        let off = seats - mean * people;
        self.squares = self.squares * fade + off * off;
        self.seats = self.seats * fade + seats;
        self.people = self.people * fade + people;
        self.people_without = self.people_without * fade + if now.free == 0 { people } else { 0.0 };
    }

    /// What a person takes, and the variance of that.
    fn mean_and_variance(&self) -> (f64, f64) {
        let people = self.people + PEOPLE_AT_FIRST;
        let mean = (self.seats + SEATS_AT_FIRST * PEOPLE_AT_FIRST) / people;
        (mean, (self.squares + SEATS_AT_FIRST * PEOPLE_AT_FIRST) / people)
    }

    /// The picture of a line, with estimates that heed what is left to sell.
    #[must_use]
    pub fn heeded_by(&self, view: View) -> View {
        view.with_sell_out(self.sell_out())
    }

    /// When nothing will be free any more; `None` if nothing is for sale.
    fn sell_out(&self) -> Option<SellOut> {
        let (mean, _) = self.mean_and_variance();
        Some(SellOut::new(count(self.supply?.free) / mean, self.people_without))
    }

    /// The outlook of somebody with `ahead` people ahead; `None` if nothing is for sale, and in a lobby.
    pub fn outlook(&self, view: &View, ahead: u64) -> Option<Outlook> {
        let Supply { free, held, .. } = self.supply.filter(|_| !view.schedule().is_lobby())?;
        let left = count(free + held);
        if free + held == 0 {
            return Some(Outlook::SoldOut);
        }
        let tallies = view.tallies();
        // Everybody who comes in before has a go, except those who give up before.
        let before = count(tallies.inside + tallies.called) + view.waits().called_of(ahead);
        let (mean, variance) = self.mean_and_variance();
        let pace_variance = variance / (self.people + PEOPLE_AT_FIRST);
        let spread = DEVIATIONS_P90 * (variance * before + pace_variance * before * before).sqrt();
        let rest = left - mean * before;
        Some(match rest {
            rest if rest - spread >= 1.0 => Outlook::Likely,
            rest if rest + spread >= 1.0 => Outlook::Uncertain,
            _ => Outlook::Unlikely,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Line;
    use crate::testing::{at, room_for, user};

    /// Ten people are inside, and 200 wait.
    fn view() -> View {
        let mut line = Line::new(1, room_for(10), at(0.0));
        line.allocate(300);
        for id in 1..=210 {
            line.join(user(id), at(0.0)).unwrap();
        }
        for number in line.tick(at(0.0)) {
            line.enter(number, user(number.into()), at(600.0));
        }
        line.view(at(0.0))
    }

    fn with(free: u64, held: u64) -> Outlooks {
        let mut outlooks = Outlooks::default();
        outlooks.observe(Some(Supply { free, held, sold: 0 }), &view());
        outlooks
    }

    #[test]
    fn seats_for_all_before_and_some_more_are_likely() {
        let outlook = |free, ahead| with(free, 10).outlook(&view(), ahead).unwrap();
        assert_eq!(outlook(10_000, 200), Outlook::Likely);
        assert_eq!(outlook(400, 200), Outlook::Uncertain);
        assert_eq!(outlook(20, 200), Outlook::Unlikely);
        assert_eq!(outlook(400, 10), Outlook::Likely, "the first find some in any case");
    }

    #[test]
    fn sold_out_is_when_nothing_can_come_back() {
        assert_eq!(with(0, 3).outlook(&view(), 100), Some(Outlook::Unlikely));
        assert_eq!(with(0, 0).outlook(&view(), 100), Some(Outlook::SoldOut));
        assert_eq!(Outlooks::default().outlook(&view(), 0), None);
    }

    #[test]
    fn what_people_take_is_learned() {
        let mut outlooks =
            Outlooks { supply: Some(Supply { free: 900, held: 0, sold: 0 }), ..Outlooks::default() };
        let (mean, _) = outlooks.mean_and_variance();
        assert!((mean - SEATS_AT_FIRST).abs() < 1e-9);
        let mut line = Line::new(1, room_for(1_000), at(0.0));
        line.allocate(1_000);
        for id in 1..=400 {
            line.join(user(id), at(0.0)).unwrap();
        }
        for number in line.tick(at(0.0)) {
            line.enter(number, user(number.into()), at(600.0));
            line.end(number, user(number.into()));
            let sold = number * 4;
            outlooks.observe(Some(Supply { free: 900, held: 0, sold }), &line.view(at(0.0)));
        }
        assert!(outlooks.people_without < 1e-9, "there were seats all the time");
        outlooks.observe(Some(Supply { free: 0, held: 0, sold: 1_600 }), &line.view(at(0.0)));
        let (mean, variance) = outlooks.mean_and_variance();
        assert!((mean - 4.0).abs() < 0.1 && variance < 1.0, "{mean} {variance}");
    }
}

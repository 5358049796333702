//! The opening of an invented sale: its lobby, its draw, and what is published of it.

use crate::history::Micros;
use crate::history::sale::{Fairness, FairnessReading, Order, Phase};

const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
pub(super) const COMMITMENT: &str = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";

/// A sale's opening, by the rehearsal's clock.
#[derive(Clone)]
pub(super) struct Lobby {
    opens_at: Option<Micros>,
    order: Order,
    tail: Option<u64>,
    /// The places of the lobby's numbers, once they are drawn.
    places: Vec<u64>,
}

impl Lobby {
    pub(super) fn new(opens_at: Option<Micros>, order: Order) -> Self {
        Self { opens_at, order, tail: None, places: Vec::new() }
    }

    /// Opens when it is due, with this last number.
    pub(super) fn tick(&mut self, now: Micros, tail: u64) {
        if self.tail.is_some() || self.opens_at.is_none_or(|opens_at| now < opens_at) {
            return;
        }
        self.tail = Some(tail);
        if self.order == Order::Draw {
            let order = self.document(tail).published().expect("it is complete").order();
            self.places = vec![0; order.len()];
            for (place, number) in (1..).zip(order) {
                self.places[usize::try_from(number).expect("small") - 1] = place;
            }
        }
    }

    pub(super) fn phase(&self) -> Phase {
        if self.opens_at.is_some() && self.tail.is_none() { Phase::Lobby } else { Phase::Open }
    }

    /// How long until the opening; none if there is none, or it has come.
    pub(super) fn opens_in(&self, now: Micros) -> Option<Micros> {
        self.opens_at.filter(|_| self.phase() == Phase::Lobby).map(|opens_at| (opens_at - now).max(0))
    }

    pub(super) fn is_drawn(&self) -> bool {
        !self.places.is_empty()
    }

    /// Where a number comes; none in the lobby of a draw.
    pub(super) fn place(&self, number: u64) -> Option<u64> {
        if self.order == Order::Draw && self.tail.is_none() {
            return None;
        }
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(self.places.get(index).copied().unwrap_or(number))
    }

    pub(super) fn fairness(&self, (sent, answered): (Micros, Micros), tail: u64) -> FairnessReading {
        FairnessReading { sent, answered, document: self.document(tail) }
    }

    fn document(&self, tail: u64) -> Fairness {
        let is_draw = self.order == Order::Draw;
        Fairness {
            order: self.order.name().to_owned(),
            commitment: is_draw.then(|| COMMITMENT.to_owned()),
            beacon: None,
            lobby_tail: self.tail,
            seed: self.tail.filter(|_| is_draw).map(|_| SEED.to_owned()),
            head: Some(0),
            tail: Some(tail),
        }
    }
}

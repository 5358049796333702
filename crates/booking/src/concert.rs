//! Concerts: what is sold, when, and for how much.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ConcertId, SaleId, SeatId, SeatNo};
use crate::money::Money;
use crate::policy::{CAPACITY_MAX, PRICE_MAX};
use crate::refusal::Refusal;
use crate::seat::{Seat, SeatState};
use crate::window::{Window, check_time};

/// One concert on one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concert {
    /// Which.
    pub id: ConcertId,
    /// What it is called, in NFC.
    pub name: String,
    /// Seats are numbered 1 to this.
    pub capacity: u32,
    /// The price of its seats when it was created. What is paid is the seat's own price.
    pub price: Money,
    /// From when seats may be held.
    pub opening_at: Timestamp,
    /// From when no more seats may be held. Live holds may still be paid.
    pub closing_at: Timestamp,
    /// When it takes place.
    pub event_date: Timestamp,
    /// The sales that it is a member of, which sell it. Without any the main sale does.
    pub sales: BTreeSet<SaleId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Concert {
    /// Where the concert's window stands at `now`. It includes its start and excludes its end.
    pub fn window(&self, now: Timestamp) -> Window {
        match now {
            now if now < self.opening_at => Window::Ahead,
            now if now < self.closing_at => Window::Open,
            _ => Window::Closed,
        }
    }

    /// When the window opens or closes next; `None` once it is closed.
    pub fn window_changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self.window(now) {
            Window::Ahead => Some(self.opening_at),
            Window::Open => Some(self.closing_at),
            Window::Closed => None,
        }
    }

    /// Whether `seat_no` exists here.
    pub fn has_seat(&self, seat_no: SeatNo) -> bool {
        (1..=self.capacity).contains(&seat_no)
    }

    /// Whether a seat may be held at `now`.
    pub(crate) fn check_window(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.window(now) {
            Window::Ahead => Err(Refusal::SaleNotOpen { lobby_at: None, opens_at: self.opening_at }),
            Window::Open => Ok(()),
            Window::Closed => Err(Refusal::SaleClosed { closes_at: self.closing_at }),
        }
    }

    /// Every seat of a new concert, all free.
    pub fn new_seats(&self) -> impl Iterator<Item = Seat> + '_ {
        (1..=self.capacity).map(|seat_no| Seat {
            id: SeatId::of(self.id, seat_no),
            concert: self.id,
            seat_no,
            price: self.price,
            kind: None,
            state: SeatState::Free,
        })
    }

    /// Whether the concert's numbers and times make sense together.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if !(1..=CAPACITY_MAX).contains(&self.capacity) {
            return Err(Refusal::invalid("capacity", format!("must be 1 to {CAPACITY_MAX}")));
        }
        if !(Money::ZERO..=PRICE_MAX).contains(&self.price) {
            return Err(Refusal::invalid("price", format!("must be 0 to {PRICE_MAX}")));
        }
        let times =
            [("openingAt", self.opening_at), ("closingAt", self.closing_at), ("eventDate", self.event_date)];
        for (field, time) in times {
            check_time(field, time)?;
        }
        if self.opening_at >= self.closing_at {
            return Err(Refusal::invalid("closingAt", "must be after openingAt"));
        }
        if self.closing_at > self.event_date {
            return Err(Refusal::invalid("eventDate", "must not be before closingAt"));
        }
        Ok(())
    }
}

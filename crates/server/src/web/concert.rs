//! A concert as pages show it.

use jiff::Timestamp;
use onsale_booking::concert::Concert;
use uuid::Uuid;

use super::format::{Times, fill, number};
use super::frame::Frame;
use crate::app::App;

/// One concert in words.
pub(super) struct ConcertCard {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// The day of it.
    pub(super) date: String,
    /// The time of it.
    pub(super) time: String,
    pub(super) price: String,
    pub(super) seats: String,
    pub(super) sale: Sale,
    /// When its sale opens or closes, in a sentence.
    pub(super) sale_text: String,
    /// How many seats can be held now; told to those inside.
    pub(super) free: Option<usize>,
    pub(super) free_text: String,
}

/// Where a concert's sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sale {
    /// Not yet.
    Ahead,
    /// Seats can be held.
    Open,
    /// No more.
    Closed,
}

impl Sale {
    /// Of a concert at `now`.
    pub(super) fn of(concert: &Concert, now: Timestamp) -> Self {
        match now {
            now if now < concert.opening_at => Self::Ahead,
            now if now < concert.closing_at => Self::Open,
            _ => Self::Closed,
        }
    }

    /// How it looks.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Ahead => "state-soon",
            Self::Open => "state-open",
            Self::Closed => "state-over",
        }
    }

    pub(super) fn is_open(self) -> bool {
        self == Self::Open
    }
}

impl ConcertCard {
    /// The concert in the visitor's language; `free` seats if they may know.
    pub(super) fn new(app: &App, frame: &Frame<'_>, concert: &Concert, free: Option<usize>) -> Self {
        let (w, times, now) = (frame.w, Times::of(app, frame.language), app.now());
        let sale = Sale::of(concert, now);
        let sale_text = match sale {
            Sale::Ahead => {
                let seconds = concert.opening_at.duration_since(now).as_secs().unsigned_abs();
                let opens = times.moment(concert.opening_at);
                fill(w.sale_ahead, &[("time", &opens), ("wait", &times.wait(seconds))])
            }
            Sale::Open => fill(w.sale_open, &[("time", &times.moment(concert.closing_at))]),
            Sale::Closed => w.sale_closed.to_owned(),
        };
        Self {
            id: concert.id.0,
            name: concert.name.clone(),
            date: times.date(times.on(concert.event_date)),
            time: times.clock(concert.event_date),
            price: fill(w.price_each, &[("price", &app.currency.amount(concert.price.0))]),
            seats: fill(w.seats_in_all, &[("n", &number(concert.capacity))]),
            sale,
            sale_text,
            free,
            free_text: free
                .map(|free| fill(w.seats_free, &[("n", &number(free as u64))]))
                .unwrap_or_default(),
        }
    }
}

//! How pages show a concert.

use std::fmt::Display;

use onsale_booking::concert::Concert;
use onsale_booking::window::Window;
use uuid::Uuid;

use super::format::{Times, fill, isolated};
use super::layout::PageLayout;
use super::words::Words;
use crate::numbers::number;
use crate::problem::whole_seconds;
use crate::site::Site;

/// A concert, formatted in the visitor's language.
pub(super) struct ConcertCard {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// The date of the concert.
    pub(super) date: String,
    /// The time of the concert.
    pub(super) time: String,
    pub(super) price: String,
    pub(super) seats: String,
    /// Whether seats can be held.
    pub(super) is_open: bool,
    /// The CSS class of its sale window.
    pub(super) sale_class: &'static str,
    /// When its sale opens or closes, in a sentence.
    pub(super) sale_text: String,
    /// The same sentence with `{wait}` for the time that is left, while its sale is ahead.
    pub(super) ahead_text: String,
    /// The seconds until its sale opens or closes, if it does.
    pub(super) changes_in: Option<u64>,
    /// How many seats can be held now; shown to people inside only.
    pub(super) free: Option<usize>,
    pub(super) free_text: String,
}

impl ConcertCard {
    /// Its name for a title or a label, where no markup can be.
    pub(super) fn isolated_name(&self) -> String {
        isolated(&self.name)
    }

    /// Formats a concert; `free` is the number of seats that can be held now, if the visitor may know it.
    pub(super) fn new(site: &Site, layout: &PageLayout<'_>, concert: &Concert, free: Option<usize>) -> Self {
        let (w, times, now) = (layout.w, Times::of(site, layout.language), site.app.now());
        let window = concert.window(now);
        let (sale_class, sale_text) = match window {
            Window::Ahead => {
                let seconds = concert.opening_at.duration_since(now).as_secs().unsigned_abs();
                let opens = times.moment(concert.opening_at);
                let values = [("time", &opens as &dyn Display), ("wait", &times.wait(seconds))];
                ("state-soon", fill(w.sale_ahead, &values))
            }
            Window::Open => ("state-open", fill(w.sale_open, &[("time", &times.moment(concert.closing_at))])),
            Window::Closed => ("state-over", w.sale_closed.to_owned()),
        };
        let opens: [(_, &dyn Display); 2] =
            [("time", &times.moment(concert.opening_at)), ("wait", &"{wait}")];
        Self {
            id: concert.id.0,
            ahead_text: match window {
                Window::Ahead => fill(w.sale_ahead, &opens),
                Window::Open | Window::Closed => String::new(),
            },
            name: concert.name.clone(),
            date: times.date(times.on(concert.event_date)),
            time: times.clock(concert.event_date),
            price: fill(w.price_each, &[("price", &site.currency.amount(concert.price.0))]),
            seats: match concert.capacity {
                1 => w.seats_in_all_one.to_owned(),
                capacity => fill(w.seats_in_all, &[("n", &number(capacity))]),
            },
            is_open: window == Window::Open,
            sale_class,
            sale_text,
            free,
            free_text: free.map(|free| free_text(w, free)).unwrap_or_default(),
            changes_in: concert
                .window_changes_at(now)
                .map(|at| whole_seconds(at.duration_since(now).unsigned_abs())),
        }
    }
}

/// How many seats can be held now. The seat map's script uses the same sentences.
pub(super) fn free_text(w: &Words, free: usize) -> String {
    match free {
        0 => w.seats_free_zero.to_owned(),
        _ => fill(w.seats_free, &[("n", &number(free as u64))]),
    }
}

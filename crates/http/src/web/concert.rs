//! How pages show a concert.

use std::fmt::Display;
use std::sync::Arc;

use onsale_booking::concert::Concert;
use onsale_booking::on_sale::OnSale;
use onsale_booking::sale::Sale;
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
    /// The CSS class of where it stands.
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

    /// Formats a concert, whichever sale sells it; `free` is the number of seats that can be held now, if the
    /// visitor may know it.
    pub(super) fn new(site: &Site, layout: &PageLayout<'_>, concert: &Concert, free: Option<usize>) -> Self {
        Self::sold_by(site, layout, concert, &site.app.sellers_of(concert.id), free)
    }

    /// The same for somebody who can buy in these sales.
    pub(super) fn sold_by(
        site: &Site,
        layout: &PageLayout<'_>,
        concert: &Concert,
        sales: &[Arc<Sale>],
        free: Option<usize>,
    ) -> Self {
        let (w, times, now) = (layout.w, Times::of(site, layout.language), site.app.now());
        let on_sale = OnSale::of(concert, sales.iter().map(AsRef::as_ref), now);
        let left =
            on_sale.changes_at().map(|at| at.duration_since(now)).filter(jiff::SignedDuration::is_positive);
        let (sale_class, sentence) = match on_sale {
            OnSale::Ahead { from: None } => ("state-soon", w.sale_beacon),
            OnSale::Ahead { .. } if left.is_none() => ("state-soon", w.sale_opening),
            OnSale::Ahead { .. } => ("state-soon", w.sale_ahead),
            OnSale::Open { .. } => ("state-open", w.sale_open),
            OnSale::Closed => ("state-over", w.sale_closed),
        };
        let time = on_sale.changes_at().map(|at| times.moment(at)).unwrap_or_default();
        let filled = |wait: &dyn Display| fill(sentence, &[("time", &time as &dyn Display), ("wait", wait)]);
        let wait = left.map(|left| times.wait(left.as_secs().unsigned_abs())).unwrap_or_default();
        Self {
            id: concert.id.0,
            ahead_text: if sentence.contains("{wait}") { filled(&"{wait}") } else { String::new() },
            name: concert.name.clone(),
            date: times.date(times.on(concert.event_date)),
            time: times.clock(concert.event_date),
            price: price_each(site, w, concert.price.0),
            seats: match concert.capacity {
                1 => w.seats_in_all_one.to_owned(),
                capacity => fill(w.seats_in_all, &[("n", &number(capacity))]),
            },
            is_open: on_sale.is_open(),
            sale_class,
            sale_text: filled(&wait),
            free,
            free_text: free.map(|free| free_text(w, free)).unwrap_or_default(),
            changes_in: left.map(|left| whole_seconds(left.unsigned_abs())),
        }
    }
}

/// What one seat costs.
pub(super) fn price_each(site: &Site, w: &Words, minor: i64) -> String {
    match minor {
        0 => w.price_free.to_owned(),
        _ => fill(w.price_each, &[("price", &site.currency.amount(minor))]),
    }
}

/// How many seats can be held now. The seat map's script uses the same sentences.
pub(super) fn free_text(w: &Words, free: usize) -> String {
    match free {
        0 => w.seats_free_zero.to_owned(),
        _ => fill(w.seats_free, &[("n", &number(free as u64))]),
    }
}

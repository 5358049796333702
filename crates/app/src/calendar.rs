//! Opens the lines of sales that are due to open, so that a sale opens although nobody stands in its lobby.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::SaleId;
use onsale_booking::sale::{Sale, SalePhase};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::admissions::Admissions;

/// The longest sleep. Changes of a sale end it earlier; only the store's clock could move meanwhile.
const LOOKS_EVERY: Duration = Duration::from_mins(10);
/// How long to wait for a line, and how soon to try again if it could not be opened.
const OPENS_WITHIN: Duration = Duration::from_secs(2);
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Keeps the calendar until `stopping` is cancelled or the instance is gone.
pub(crate) async fn keep(all: Weak<Admissions>, stopping: CancellationToken) {
    let Some(mut changes) = all.upgrade().map(|all| all.sale_changes()) else { return };
    let keep = async {
        while let Some(admissions) = all.upgrade() {
            let next = open_due(&admissions).await;
            drop(admissions);
            tokio::select! {
                seen = changes.changed() => if seen.is_err() { return },
                () = sleep(next) => {}
            }
        }
    };
    tokio::select! {
        () = keep => {}
        () = stopping.cancelled() => {}
    }
}

/// Opens the lines of all sales that are due to open; their ticks do the rest. Returns how long nothing else
/// is due.
pub(crate) async fn open_due(all: &Arc<Admissions>) -> Duration {
    let (sales, now) = all.sales();
    let openings = sales.iter().filter_map(|sale| Some((sale.id, opening_of(sale, now)?)));
    let (due, ahead): (Vec<_>, Vec<_>) = openings.partition(|(_, opens_at)| *opens_at <= now);
    let next = ahead.into_iter().map(|(_, opens_at)| until(opens_at, now)).min();
    let opened = join_all(due.into_iter().map(|(sale, _)| open(all, sale))).await;
    let next = next.unwrap_or(LOOKS_EVERY).min(LOOKS_EVERY);
    if opened.into_iter().all(|is_open| is_open) { next } else { next.min(AGAIN_AFTER) }
}

/// When a sale has to be opened; `None` if it is open or over, or waits for something else.
fn opening_of(sale: &Sale, now: Timestamp) -> Option<Timestamp> {
    let is_ahead = sale.phase(now) == SalePhase::Lobby && !sale.awaits_beacon();
    sale.times.opens_at.filter(|_| is_ahead)
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    moment.duration_since(now).max(SignedDuration::ZERO).unsigned_abs()
}

/// Opens a line, in its own time: one that does not answer delays no other.
async fn open(all: &Arc<Admissions>, sale: SaleId) -> bool {
    let opened = timeout(OPENS_WITHIN, all.find(sale)).await;
    matches!(opened, Ok(Ok(_)))
}

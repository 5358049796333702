//! What the store says of a line's times, its opening and its order, and which version of the sale that is.

use std::sync::Arc;

use jiff::Timestamp;
use onsale_booking::sale::{Sale, SaleTimes};
use onsale_line::{CHUNK_NUMBERS, LineOpening, LineWindow, Number, Schedule};
use redis::Cmd;
use tokio::sync::Mutex;

use super::layout::{chunk_of, short};
use crate::line::schedule_of;

/// A schedule, and the revision of the sale that it is from: of two the higher counts.
#[derive(Debug, Clone)]
pub(super) struct DatedSchedule {
    pub(super) revision: u64,
    pub(super) schedule: Schedule,
}

impl DatedSchedule {
    /// The arguments of scripts that set the times: the revision, the times, and the lobby's last number as
    /// the store has fixed it, or -1.
    pub(super) fn add_to(&self, cmd: &mut Cmd) {
        let LineWindow { lobby_at, opens_at, closes_at } = self.schedule.window;
        let micros = |at: Option<Timestamp>| at.map_or(0, Timestamp::as_microsecond);
        let fixed = match &self.schedule.opening {
            LineOpening::Lobby { tail, .. } => tail.and_then(|tail| i64::try_from(tail).ok()),
            LineOpening::Open(_) => None,
        };
        cmd.arg(self.revision).arg(micros(lobby_at)).arg(micros(opens_at)).arg(micros(closes_at));
        cmd.arg(fixed.unwrap_or(-1));
    }

    /// The last number of the draw, once the line has opened; 0 by arrival.
    pub(super) fn drawn(&self) -> Number {
        self.schedule.order().lobby_tail()
    }

    /// The places of a draw's numbers as Redis keeps them, chunk by chunk.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, Vec<u8>)> {
        let (order, last) = (self.schedule.order(), self.drawn());
        let chunks = if last > 0 { chunk_of(last) + 1 } else { 0 };
        (0..chunks).map(move |chunk| {
            let first = (chunk * CHUNK_NUMBERS) as Number;
            let numbers = first..=last.min(first + CHUNK_NUMBERS as Number - 1);
            (chunk, numbers.flat_map(|number| short(order.place(number))).collect())
        })
    }
}

/// Computes the schedule of each version of a sale once: a draw of many takes a while. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Schedules(Arc<Mutex<Option<DatedSchedule>>>);

impl Schedules {
    /// The schedule of `sale`, or a later one that is known.
    pub(super) async fn of(&self, sale: &Sale) -> DatedSchedule {
        let mut latest = self.0.lock().await;
        let schedule = match &*latest {
            Some(known) if known.revision >= sale.revision => return known.clone(),
            // Once a line has opened, its order never changes.
            Some(DatedSchedule {
                schedule: Schedule { opening: opening @ LineOpening::Open(_), .. },
                ..
            }) => {
                let SaleTimes { lobby_at, opens_at, closes_at } = sale.times;
                let window = LineWindow { lobby_at, opens_at, closes_at };
                Schedule { window, opening: opening.clone() }
            }
            _ => schedule_of(sale).await,
        };
        latest.insert(DatedSchedule { revision: sale.revision, schedule }).clone()
    }
}

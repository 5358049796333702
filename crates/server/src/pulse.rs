//! The sale in figures, once a second, for the cockpit: the last ten minutes of them and each new one as it comes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use onsale_booking::seat::SeatStatus;
use onsale_storage::seat_map::SeatMaps;
use serde::Serialize;
use tokio::sync::watch;

use crate::api::model::line::EstimatedWait;
use crate::app::App;
use crate::meter::Taken;

/// How often.
pub const EVERY: Duration = Duration::from_secs(1);
/// Ten minutes.
const KEPT: usize = 600;
const MINUTE: usize = 60;

/// The sale at one moment. Line and seats are the whole sale's, answers those of this instance.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The store's time.
    pub at: Timestamp,
    /// People who wait and are present.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// People called who have not come in yet.
    pub called: u64,
    /// How many may be inside at once.
    pub capacity: u32,
    /// How many may be called in a minute; 0 is no limit.
    pub rate_per_minute: u32,
    /// Whether calls rest.
    pub paused: bool,
    /// People who came in within the last minute.
    pub admissions_per_minute: u64,
    /// Seats that can be held.
    pub free: usize,
    /// Seats that are held.
    pub held: usize,
    /// Seats that are sold.
    pub sold: usize,
    /// Answers in the last second.
    pub answers_per_second: u64,
    /// Answers within the last minute whose fault is the server's.
    pub errors_per_minute: u64,
    /// Half of the last second's answers were quicker.
    pub p50_ms: f64,
    /// All but a hundredth were quicker.
    pub p99_ms: f64,
    /// How long somebody who joins now waits, if honestly known.
    pub wait: Option<EstimatedWait>,
}

/// See the module.
#[derive(Debug)]
pub struct Pulse {
    past: Mutex<Past>,
    latest: watch::Sender<Option<Arc<Figures>>>,
}

#[derive(Debug, Default)]
struct Past {
    figures: VecDeque<Arc<Figures>>,
    /// The line's life and its count of admissions at the last beat.
    admitted: Option<(u32, u64)>,
    /// For each of the last seconds: who came in, and what went wrong.
    seconds: VecDeque<(u64, u64)>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { past: Mutex::default(), latest: watch::Sender::new(None) }
    }
}

impl Pulse {
    /// Takes the figures of this second.
    pub fn beat(&self, app: &App) {
        let (taken, tallies) = (app.metrics.meter.take(), app.desk.tallies());
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let (came_in, errors) = past.count(tallies.epoch, tallies.admitted, taken);
        let figures = Arc::new(figures(app, taken, came_in, errors));
        past.figures.push_back(Arc::clone(&figures));
        if past.figures.len() > KEPT {
            past.figures.pop_front();
        }
        self.latest.send_replace(Some(figures));
    }

    /// The last ten minutes, oldest first.
    pub fn past(&self) -> Vec<Arc<Figures>> {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.figures.iter().cloned().collect()
    }

    /// Tells each second's figures as they come.
    pub fn follow(&self) -> watch::Receiver<Option<Arc<Figures>>> {
        self.latest.subscribe()
    }
}

impl Past {
    /// How many came in within the last minute, and how many answers went wrong in it.
    fn count(&mut self, epoch: u32, admitted: u64, taken: Taken) -> (u64, u64) {
        let before = self.admitted.replace((epoch, admitted));
        // A line that was rebuilt counts everybody inside as new.
        let came_in =
            before.filter(|(life, _)| *life == epoch).map_or(0, |(_, count)| admitted.saturating_sub(count));
        self.seconds.push_back((came_in, taken.errors));
        if self.seconds.len() > MINUTE {
            self.seconds.pop_front();
        }
        self.seconds.iter().fold((0, 0), |sum, second| (sum.0 + second.0, sum.1 + second.1))
    }
}

impl Figures {
    /// The sale as it is now, with nothing counted yet.
    pub fn of(app: &App) -> Self {
        figures(app, Taken::default(), 0, 0)
    }
}

/// The sale as it is now, with what was counted beside it.
fn figures(app: &App, taken: Taken, came_in: u64, errors: u64) -> Figures {
    let (tallies, dials, now) = (app.desk.tallies(), app.desk.dials(), app.now());
    let [free, held, sold] = seats(&app.store.maps, now);
    Figures {
        at: now,
        waiting: tallies.waiting,
        inside: tallies.inside,
        called: tallies.called,
        capacity: dials.capacity.get(),
        rate_per_minute: dials.rate_per_minute,
        paused: dials.paused,
        admissions_per_minute: came_in,
        free,
        held,
        sold,
        answers_per_second: taken.answers,
        errors_per_minute: errors,
        p50_ms: taken.p50_ms,
        p99_ms: taken.p99_ms,
        wait: app.desk.forecast(dials).map(EstimatedWait::from),
    }
}

/// Every concert's seats: free, held and sold.
fn seats(maps: &SeatMaps, now: Timestamp) -> [usize; 3] {
    maps.all().iter().fold([0; 3], |[free, held, sold], map| {
        let of_one = tally(map.view().seats(), now);
        [free + of_one[0], held + of_one[1], sold + of_one[2]]
    })
}

/// How many of some seats are free, held and sold.
pub fn tally(seats: &[onsale_booking::seat::Seat], now: Timestamp) -> [usize; 3] {
    let mut counts = [0; 3];
    for seat in seats {
        counts[match seat.status(now) {
            SeatStatus::Available => 0,
            SeatStatus::Held => 1,
            SeatStatus::Sold => 2,
        }] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(errors: u64) -> Taken {
        Taken { errors, ..Taken::default() }
    }

    #[test]
    fn who_came_in_is_counted_for_a_minute() {
        let mut past = Past::default();
        assert_eq!(past.count(1, 40, taken(0)), (0, 0), "whoever was inside before came in earlier");
        assert_eq!(past.count(1, 43, taken(2)), (3, 2));
        assert_eq!(past.count(2, 43, taken(0)), (3, 2), "a rebuilt line lets nobody in by that");
        assert_eq!(past.count(2, 44, taken(1)), (4, 3));
        for _ in 0..MINUTE {
            past.count(2, 44, taken(0));
        }
        assert_eq!(past.count(2, 44, taken(0)), (0, 0));
    }
}

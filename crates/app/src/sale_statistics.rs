//! The statistics of the sales besides the main one: of each whose line is open, for the last ten minutes. A
//! sale whose line rests has none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use onsale_booking::ids::SaleId;

use crate::line_reading::LineReading;
use crate::statistics::{Sample, SeatCounts, Served, Statistics};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct SaleStatistics(Mutex<HashMap<SaleId, Statistics>>);

impl SaleStatistics {
    /// The samples of a sale, oldest first.
    pub(crate) fn past(&self, sale: SaleId) -> Vec<Arc<Sample>> {
        self.lock().get(&sale).map(Statistics::past).unwrap_or_default()
    }

    /// Adds a sample of each of these lines, and forgets the other sales.
    pub(crate) fn record(&self, open: &[(SaleId, LineReading, SeatCounts)], now: Timestamp, served: Served) {
        let mut all = self.lock();
        all.retain(|sale, _| open.iter().any(|(known, ..)| known == sale));
        for (sale, line, seats) in open {
            all.entry(*sale).or_default().record(line, *seats, now, served);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SaleId, Statistics>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

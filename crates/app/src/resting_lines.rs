//! What the store knew a moment ago of lines that are not open here.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use onsale_booking::ids::SaleId;
use onsale_line::Number;

/// How long what the store knew of a resting line is shown: the list of sales costs it one read each in that
/// time, whatever the number of visitors.
const RESTING_SHOWN_FOR: Duration = Duration::from_secs(1);

/// How many people the store knew in lines that are not open here.
#[derive(Debug, Default)]
pub(crate) struct RestingLines(Mutex<HashMap<SaleId, (Instant, LineCounts)>>);

/// What a line has given out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineCounts {
    /// People who wait.
    pub(crate) waiting: u64,
    /// The last number considered for a call.
    pub(crate) head: Number,
    /// The last number given out.
    pub(crate) tail: Number,
}

impl RestingLines {
    /// What was put a moment ago.
    pub(crate) fn get(&self, sale: SaleId) -> Option<LineCounts> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&sale).copied();
        known.filter(|(at, _)| at.elapsed() < RESTING_SHOWN_FOR).map(|(_, counts)| counts)
    }

    /// Keeps what the store knows now.
    pub(crate) fn put(&self, sale: SaleId, counts: LineCounts) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(sale, (Instant::now(), counts));
    }
}

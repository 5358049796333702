//! Seat maps as JSON, cached while they are current.
//!
//! When a sale opens, thousands request the same map at the same moment, and writing it for each of them would cost far more than
//! any other request. A person with a seat there gets a map of their own, which marks that seat.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::Timestamp;
use onsale_booking::ids::ConcertId;
use onsale_storage::seat_map::SeatView;

/// The latest body of each concert's map, for people without a seat there.
#[derive(Debug, Default)]
pub struct SeatBodies {
    said: Mutex<HashMap<ConcertId, Said>>,
}

#[derive(Debug)]
struct Said {
    version: u64,
    /// When the first of its holds expires: that changes the map without a commit.
    until: Option<Timestamp>,
    body: Bytes,
}

impl SeatBodies {
    /// The body of this view, from the cache or made by `say`.
    ///
    /// # Errors
    /// The error of `say`.
    pub fn of<E>(
        &self,
        concert: ConcertId,
        view: &SeatView<'_>,
        now: Timestamp,
        say: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Bytes, E> {
        let known = self.lock().get(&concert).and_then(|said| said.at(view.version(), now));
        if let Some(body) = known {
            return Ok(body);
        }
        let body = Bytes::from(say()?);
        let until = view.next_deadline(now);
        self.lock().insert(concert, Said { version: view.version(), until, body: body.clone() });
        Ok(body)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConcertId, Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn at(&self, version: u64, now: Timestamp) -> Option<Bytes> {
        let is_true = self.version == version && self.until.is_none_or(|until| now < until);
        is_true.then(|| self.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_body_is_true_for_its_version_until_a_hold_runs_out() {
        let said = Said { version: 7, until: Some(at(10)), body: Bytes::from_static(b"map") };
        assert!(said.at(7, at(9)).is_some());
        assert!(said.at(7, at(10)).is_none(), "the hold is over to the second");
        assert!(said.at(8, at(9)).is_none(), "something was committed");
        let quiet = Said { until: None, ..said };
        assert!(quiet.at(7, at(1_000_000)).is_some());
    }
}

//! Seat maps as JSON, cached while they are current.
//!
//! When a sale opens, thousands of people load the same map at the same moment, and serialising it for each of them would
//! cost far more than everything else they do. A person with a seat there gets a map of their own that marks it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::Timestamp;
use onsale_booking::ids::ConcertId;

/// The last body of each concert's map, for people who have no seat there.
#[derive(Debug, Default)]
pub(crate) struct SeatMapCache {
    bodies: Mutex<HashMap<ConcertId, Cached>>,
}

#[derive(Debug)]
struct Cached {
    version: u64,
    /// When the first of its holds expires, which changes the map without a commit.
    until: Option<Timestamp>,
    body: Bytes,
}

impl SeatMapCache {
    /// The body of a map of this version, made by `render` unless it is cached. `render` also returns the time until which the
    /// body is current, if that is known.
    ///
    /// # Errors
    /// Those of `render`.
    pub(crate) fn body<E>(
        &self,
        concert: ConcertId,
        version: u64,
        now: Timestamp,
        render: impl FnOnce() -> Result<(Vec<u8>, Option<Timestamp>), E>,
    ) -> Result<Bytes, E> {
        let cached = self.lock().get(&concert).and_then(|cached| cached.at(version, now));
        if let Some(body) = cached {
            return Ok(body);
        }
        let (body, until) = render()?;
        let body = Bytes::from(body);
        self.lock().insert(concert, Cached { version, until, body: body.clone() });
        Ok(body)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConcertId, Cached>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cached {
    fn at(&self, version: u64, now: Timestamp) -> Option<Bytes> {
        let is_current = self.version == version && self.until.is_none_or(|until| now < until);
        is_current.then(|| self.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_body_is_current_for_its_version_until_a_hold_expires() {
        let cached = Cached { version: 7, until: Some(at(10)), body: Bytes::from_static(b"map") };
        assert!(cached.at(7, at(9)).is_some());
        assert!(cached.at(7, at(10)).is_none(), "the hold is over to the second");
        assert!(cached.at(8, at(9)).is_none(), "something was committed");
        let quiet = Cached { until: None, ..cached };
        assert!(quiet.at(7, at(1_000_000)).is_some());
    }
}

//! A cache of seat maps as JSON.
//!
//! When a sale opens, thousands of people load the same map at the same moment, and serialising it for each
//! of them would cost far more than everything else they do. A person who holds or owns a seat gets a map of
//! their own that marks it, which is not cached.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::Timestamp;
use onsale_booking::ids::ConcertId;

/// The last body of each concert's map, for people who have no seat on it.
#[derive(Debug, Default)]
pub(crate) struct SeatMapCache {
    bodies: Mutex<HashMap<ConcertId, Cached>>,
}

#[derive(Debug)]
struct Cached {
    version: u64,
    /// When the first of its holds expires, which changes the map without a commit; `None` if it has no hold.
    until: Option<Timestamp>,
    body: Bytes,
}

impl SeatMapCache {
    /// The body of a map of this version: cached, or else rendered. `render` also returns until when the body
    /// is current; `None` means until the version changes.
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
        assert!(cached.at(7, at(10)).is_none(), "the hold ends at its deadline");
        assert!(cached.at(8, at(9)).is_none(), "a commit changed the version");
        let without_holds = Cached { until: None, ..cached };
        assert!(without_holds.at(7, at(1_000_000)).is_some());
    }
}

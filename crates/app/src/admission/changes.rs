//! What changed in the line a moment ago, so that other instances may not have seen it yet.
//!
//! An instance answers polls from a view of a limited age. A change that is reported only once it
//! is older than that is known to every instance from then on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use onsale_line::Number;

/// Calls and ends of places, with the moment by which they had happened. It forgets those that every
/// instance has seen.
#[derive(Debug)]
pub(super) struct Changes {
    /// How old a view may be; `None` if this is the only instance.
    view_lifetime: Option<Duration>,
    /// Anything may have changed just before this instance began to notice.
    began: Instant,
    recent: Mutex<HashMap<Number, Instant>>,
}

impl Changes {
    pub(super) fn new(view_lifetime: Option<Duration>) -> Self {
        Self { view_lifetime, began: Instant::now(), recent: Mutex::default() }
    }

    /// Whether a view that knew everything at `as_of` may still answer a poll.
    pub(super) fn can_answer_from(&self, as_of: Instant) -> bool {
        self.view_lifetime.is_none_or(|lifetime| as_of.elapsed() < lifetime)
    }

    /// Notes that these places have changed by now.
    pub(super) fn note(&self, numbers: impl IntoIterator<Item = Number>) {
        let Some(lifetime) = self.view_lifetime else { return };
        let mut numbers = numbers.into_iter().peekable();
        if numbers.peek().is_none() {
            return;
        }
        let now = Instant::now();
        let mut recent = self.lock();
        recent.retain(|_, at| now.duration_since(*at) < lifetime);
        recent.extend(numbers.map(|number| (number, now)));
    }

    /// By when the last change of a number had happened, if that may have been a moment ago.
    pub(super) fn changed_at(&self, number: Number) -> Option<Instant> {
        let noted = self.lock().get(&number).copied();
        let is_new = self.view_lifetime.is_some_and(|lifetime| self.began.elapsed() < lifetime);
        noted.or_else(|| is_new.then_some(self.began))
    }

    /// Whether what happened so `long` ago, by a clock, may not have happened yet by another instance's.
    pub(super) fn is_recent(&self, long: Option<SignedDuration>) -> bool {
        long.zip(self.view_lifetime).is_some_and(|(long, lifetime)| long.unsigned_abs() < lifetime)
    }

    /// From when on no instance answers from a view that is older than `moment`.
    pub(super) fn spread_by(&self, moment: Instant) -> Instant {
        self.view_lifetime.map_or(moment, |lifetime| moment + lifetime)
    }

    /// Waits until no instance answers from a view that is older than `moment`.
    pub(super) async fn spread(&self, moment: Instant) {
        if let Some(lifetime) = self.view_lifetime {
            tokio::time::sleep_until((moment + lifetime).into()).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Number, Instant>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn a_change_has_spread_once_every_older_view_is_too_old() {
        let changes = Changes::new(Some(LIFETIME));
        let view = Instant::now();
        assert!(changes.can_answer_from(view));
        changes.note([7]);
        let changed_at = changes.changed_at(7).unwrap();
        assert!(changed_at >= view);
        changes.spread(changed_at).await;
        assert!(!changes.can_answer_from(view));
        // What has spread is forgotten with the next note.
        changes.note([8]);
        assert_eq!((changes.changed_at(7), changes.lock().len()), (None, 1));
    }

    #[test]
    fn an_end_is_recent_until_every_clock_shows_it() {
        let changes = Changes::new(Some(LIFETIME));
        let millis = |millis| Some(SignedDuration::from_millis(millis));
        let all = [None, millis(0), millis(39), millis(40)];
        assert_eq!(all.map(|long| changes.is_recent(long)), [false, true, true, false]);
        assert!(!Changes::new(None).is_recent(millis(0)));
    }

    #[tokio::test]
    async fn the_only_instance_waits_for_nobody() {
        let changes = Changes::new(None);
        changes.note([7]);
        assert_eq!(changes.changed_at(7), None);
        let before = Instant::now();
        changes.spread(before + Duration::from_hours(1)).await;
        assert!(changes.can_answer_from(before));
    }
}

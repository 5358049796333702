//! Answers that are the same for everybody, rendered once for each version of what they show.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::Timestamp;

use crate::error::HttpError;

/// The last answer for each key.
#[derive(Debug)]
pub(crate) struct TextCache<K>(Mutex<HashMap<K, Cached>>);

#[derive(Debug)]
struct Cached {
    version: u64,
    /// When a hold expires, which changes the answer without a commit; `None` if there is no hold.
    until: Option<Timestamp>,
    text: Bytes,
}

impl<K> Default for TextCache<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> TextCache<K> {
    /// The text of this version: cached, or else rendered. `render` also returns until when the text is
    /// current; `None` means until the version changes.
    ///
    /// # Errors
    /// Those of `render`.
    pub(crate) fn text(
        &self,
        key: K,
        version: u64,
        now: Timestamp,
        render: impl FnOnce() -> Result<(Bytes, Option<Timestamp>), HttpError>,
    ) -> Result<Bytes, HttpError> {
        if let Some(text) = self.lock().get(&key).and_then(|cached| cached.at(version, now)) {
            return Ok(text);
        }
        let (text, until) = render()?;
        self.lock().insert(key, Cached { version, until, text: text.clone() });
        Ok(text)
    }

    /// Forgets every answer.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Cached>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cached {
    fn at(&self, version: u64, now: Timestamp) -> Option<Bytes> {
        let is_current = self.version == version && self.until.is_none_or(|until| now < until);
        is_current.then(|| self.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_text_is_current_for_its_version_until_a_hold_expires() {
        let cached = Cached { version: 7, until: Some(at(10)), text: Bytes::from_static(b"map") };
        assert!(cached.at(7, at(9)).is_some());
        assert!(cached.at(7, at(10)).is_none(), "the hold ends at its deadline");
        assert!(cached.at(8, at(9)).is_none(), "a commit changed the version");
        let without_holds = Cached { until: None, ..cached };
        assert!(without_holds.at(7, at(1_000_000)).is_some());
    }
}

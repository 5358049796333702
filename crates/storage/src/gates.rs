//! Lets one task at a time through for each key, while those of other keys go on.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// See the module. A key that nobody uses takes no memory.
#[derive(Debug)]
pub struct Gates<K: Copy + Eq + Hash>(Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>);

/// The right to go on for one key, until it is dropped.
#[derive(Debug)]
pub struct Passage<'a, K: Copy + Eq + Hash> {
    gates: &'a Gates<K>,
    key: K,
    /// `None` while it waits for the one before it.
    granted: Option<OwnedMutexGuard<()>>,
}

impl<K: Copy + Eq + Hash> Default for Gates<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Gates<K> {
    /// Waits until nobody else is through the gate of `key`.
    pub async fn enter(&self, key: K) -> Passage<'_, K> {
        let gate = Arc::clone(self.lock().entry(key).or_default());
        // It cleans up, too, if the caller stops waiting.
        let mut passage = Passage { gates: self, key, granted: None };
        passage.granted = Some(gate.lock_owned().await);
        passage
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Drop for Passage<'_, K> {
    fn drop(&mut self) {
        self.granted = None;
        let mut gates = self.gates.lock();
        // Everybody who waits has a clone, and clones are made only under the lock.
        if gates.get(&self.key).is_some_and(|gate| Arc::strong_count(gate) == 1) {
            gates.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_gate_lets_one_through_and_other_keys_go_on() {
        let gates = Gates::default();
        let first = gates.enter(1).await;
        assert!(timeout(SHORT, gates.enter(1)).await.is_err());
        let other = timeout(SHORT, gates.enter(2)).await.unwrap();
        let (second, ()) = tokio::join!(gates.enter(1), async { drop(first) });
        drop((second, other));
        assert!(gates.lock().is_empty(), "nothing is left behind");
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing_behind() {
        let gates = Gates::default();
        let first = gates.enter(1).await;
        assert!(timeout(SHORT, gates.enter(1)).await.is_err());
        drop(first);
        assert!(gates.lock().is_empty());
    }
}

//! The names of people as pages show them to themselves. A name never changes, so it is read once and kept.
//! A page does without a name rather than wait for the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use onsale_app::app::App;
use onsale_booking::ids::UserId;

/// How many names are kept, of at most 200 characters each: some 10 MB of usual names.
const NAMES_MAX: usize = 100_000;
/// How long a page waits for a name.
const READ_WITHIN: Duration = Duration::from_millis(200);
/// How long pages do without new names after one could not be read.
const PAUSE: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    names: HashMap<UserId, Arc<str>>,
    /// The store is not asked before.
    asks_again_at: Option<Instant>,
}

impl Names {
    /// A user's name; empty for somebody without one, or while the store does not answer.
    pub(crate) async fn of(&self, app: &App, user: UserId) -> Arc<str> {
        {
            let known = self.lock();
            if let Some(name) = known.names.get(&user) {
                return Arc::clone(name);
            }
            if known.asks_again_at.is_some_and(|at| Instant::now() < at) {
                return Arc::default();
            }
        }
        let Ok(Ok(name)) = tokio::time::timeout(READ_WITHIN, app.name_of(user)).await else {
            self.lock().asks_again_at = Some(Instant::now() + PAUSE);
            return Arc::default();
        };
        let name: Arc<str> = name.into();
        self.lock().keep(user, &name);
        name
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Keeps a name, and drops any other if there are too many.
    fn keep(&mut self, user: UserId, name: &Arc<str>) {
        if self.names.len() >= NAMES_MAX
            && let Some(any) = self.names.keys().next().copied()
        {
            self.names.remove(&any);
        }
        self.names.insert(user, Arc::clone(name));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_names_kept_are_bounded() {
        let (mut known, name) = (Known::default(), Arc::from("Mina"));
        let user = |id: usize| UserId(Uuid::from_u128(id as u128));
        for id in 0..=NAMES_MAX {
            known.keep(user(id), &name);
        }
        assert_eq!(known.names.len(), NAMES_MAX);
        assert!(known.names.contains_key(&user(NAMES_MAX)));
    }
}

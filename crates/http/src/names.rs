//! The names of people as pages show them to themselves. A name never changes, so each is read once; pages
//! that are answered from memory stay so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use onsale_app::app::App;
use onsale_booking::ids::UserId;

/// How many names are kept: at most 200 characters each.
const NAMES_MAX: usize = 20_000;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<HashMap<UserId, Arc<str>>>);

impl Names {
    /// A user's name; empty for somebody without one, or while the store does not answer.
    pub(crate) async fn of(&self, app: &App, user: UserId) -> Arc<str> {
        if let Some(name) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&user) {
            return Arc::clone(name);
        }
        let Ok(name) = app.name_of(user).await else { return Arc::default() };
        let name: Arc<str> = name.into();
        self.keep(user, &name);
        name
    }

    fn keep(&self, user: UserId, name: &Arc<str>) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES_MAX {
            names.clear();
        }
        names.insert(user, Arc::clone(name));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_names_kept_are_bounded() {
        let (names, name) = (Names::default(), Arc::from("Mina"));
        for id in 0..=NAMES_MAX {
            names.keep(UserId(Uuid::from_u128(id as u128)), &name);
        }
        assert_eq!(names.0.lock().unwrap().len(), 1);
    }
}

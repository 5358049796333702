//! A plan as it comes to a store.

use std::fmt;
use std::sync::Arc;

use crate::ids::{PlanId, UserId};

/// A plan that an operator brings. The rules know of it only that it never changes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPlan {
    /// The SHA-256 of its canonical form: plans with the same content are one plan.
    pub hash: [u8; 32],
    /// What it is called.
    pub name: String,
    /// How many seats it has.
    pub seats: u32,
    /// Its canonical form, compressed.
    pub content: Arc<[u8]>,
    /// The operator who brings it; `None` if nobody does. No rule uses it: it is for the log.
    pub by: Option<UserId>,
}

impl NewPlan {
    /// Its identity.
    pub fn id(&self) -> PlanId {
        PlanId::of(&self.hash)
    }
}

/// Without the content, which may have a megabyte.
impl fmt::Debug for NewPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, seats, by, .. } = self;
        f.debug_struct("NewPlan")
            .field("id", &self.id())
            .field("name", name)
            .field("seats", seats)
            .field("by", by)
            .finish_non_exhaustive()
    }
}

//! The waiting line's port: what an instance asks of whatever keeps the line.
//!
//! The rules are those of `onsale-line`. An implementation keeps their state, in process or elsewhere, and
//! carries its own clock, so that no method here takes the time.

mod embedded;

use onsale_booking::command::Call;
use onsale_booking::ids::{LineId, UserId};
use onsale_booking::pass::Pass;
use onsale_line::{Dials, Number, Place, Sign, View};

pub use self::embedded::EmbeddedLine;
use crate::error::WriteError;
use crate::port::{DialChanges, Pending};

/// A place in line, as given to somebody who joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Their number.
    pub number: Number,
    /// Where they stand.
    pub look: Look,
    /// Whoever was called on this occasion.
    pub called: Vec<Number>,
}

/// A fresh look at one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Where it stands.
    pub place: Place,
    /// Every number up to this has been considered for a call.
    pub head: Number,
}

/// What a tick did.
#[derive(Debug, Clone)]
pub struct Ticked {
    /// Who was called, here or by another instance, since the last tick.
    pub called: Vec<Number>,
    /// Whose pass or place another instance has ended since the last tick.
    pub ended: Vec<Number>,
    /// The line as it is now, for answering polls.
    pub view: View,
}

/// What keeps a line.
pub trait LinePort: Send + Sync {
    /// Which line it is.
    fn id(&self) -> LineId;

    /// Raised whenever the line had to be rebuilt from tickets.
    fn epoch(&self) -> u32;

    /// Whether other instances work on it, too, so that what it says of people inside may be a moment old.
    fn is_shared(&self) -> bool {
        false
    }

    /// Takes a user in at the end, or finds the place that they have. Joining is a sign of life.
    ///
    /// Fails with [`WriteError::Busy`] when no number can be reserved durably.
    fn join(&self, user: UserId) -> Pending<'_, Result<Joined, WriteError>>;

    /// Notes who has been heard of.
    fn signs_of_life(&self, signs: Vec<Sign>) -> Pending<'_, Result<(), WriteError>>;

    /// Calls whoever's turn it is.
    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>>;

    /// Keeps a call standing while the store writes the pass, which it does only while the call stands; `None`
    /// if there is no call.
    fn claim(&self, number: Number) -> Pending<'_, Result<Option<Call>, WriteError>>;

    /// Looks at one number. What it finds inside may be a moment old, for the store has the last word on that;
    /// anything else is as fresh as the question.
    fn look(&self, number: Number) -> Pending<'_, Result<Look, WriteError>>;

    /// Where a user stands in line: their number and a look at it. `None` for whoever has no place that lives: who never
    /// joined, has left or paid, or whose pass has run out. After the line had to be rebuilt, those who wait are known again
    /// from their next sign of life on. Asking gives nobody a place and is no sign of life.
    fn place_of(&self, user: UserId) -> Pending<'_, Result<Option<(Number, Look)>, WriteError>>;

    /// Learns of passes that a commit made, changed or ended. Slots of ended ones are free at once.
    fn passes_changed(&self, passes: &[Pass]);

    /// Turns dials, durably, and gives all of them as they are now. The operator log says that `by` did, if it is
    /// somebody.
    fn turn_dials(&self, turned: DialChanges, by: Option<UserId>) -> Pending<'_, Result<Dials, WriteError>>;

    /// Writes down how far the line has come, in order to stop.
    fn close(&self) -> Pending<'_, Result<(), WriteError>>;
}

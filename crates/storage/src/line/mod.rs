//! The waiting line's port: what an instance needs from whatever keeps the line.
//!
//! The rules are those of `onsale-line`. An implementation keeps their state, in process or elsewhere, and
//! has its own clock, so no method here takes the time.

mod embedded;
mod lines;
mod opener;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use onsale_booking::command::Call;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::Pass;
use onsale_booking::sale::Sale;
use onsale_line::{DialChanges, Dials, Number, NumberState, Sign, View};

pub use self::embedded::EmbeddedLine;
pub use self::lines::Lines;
pub(crate) use self::opener::{EmbeddedOpener, LineParts};
pub use self::opener::{LineOpener, OpenLineError};
pub(crate) use self::schedule::{refusal_of, schedule_of};
use crate::error::WriteError;
use crate::port::Pending;

/// A place in line, as given to a user who joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Their number.
    pub number: Number,
    /// Whether this join gave it out, so that nobody else has a ticket for it yet.
    pub is_new: bool,
    /// Where they stand.
    pub lookup: Lookup,
    /// Who was called by this join.
    pub called: Vec<Number>,
}

/// A lookup of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookup {
    /// Where it stands.
    pub state: NumberState,
    /// Every number up to this has been considered for a call.
    pub head: Number,
}

/// The result of a tick.
#[derive(Debug, Clone)]
pub struct Ticked {
    /// Who was called, here or by another instance, since the last tick.
    pub called: Vec<Number>,
    /// Whose pass or place another instance has ended since the last tick.
    pub ended: Vec<Number>,
    /// The line as it is now, for answering polls.
    pub view: View,
}

/// A lobby that takes nobody any more: those who join now come behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedLobby {
    /// The epoch in which the line gave out its numbers.
    pub epoch: u32,
    /// Its last number.
    pub tail: Number,
}

/// What keeps a line.
pub trait LinePort: Send + Sync {
    /// Which line it is.
    fn sale(&self) -> SaleId;

    /// Raised whenever the line has to be rebuilt.
    fn epoch(&self) -> u32;

    /// How old a view may be that answers polls. What happened longer ago than this is known wherever anybody
    /// asks. `None` if no other instance answers for this line.
    fn view_lifetime(&self) -> Option<Duration>;

    /// Gives a user the next number, or finds the place that they have. Joining is a sign of life.
    ///
    /// Fails with [`WriteError::Busy`] when no number can be allocated durably, and is refused before the
    /// lobby and once the line has closed.
    fn join(&self, user: UserId) -> Pending<'_, Result<Joined, WriteError>>;

    /// Notes signs of life.
    fn signs_of_life(&self, signs: Vec<Sign>) -> Pending<'_, Result<(), WriteError>>;

    /// Calls the people whose turn it is.
    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>>;

    /// Keeps a call open while the store writes the pass, which it does only while the call stands; `None` if
    /// there is no call.
    fn claim(&self, number: Number) -> Pending<'_, Result<Option<Call>, WriteError>>;

    /// Looks up one number. Whether it is inside may be a moment old, for the store decides that; anything
    /// else is as fresh as the request.
    fn lookup(&self, number: Number) -> Pending<'_, Result<Lookup, WriteError>>;

    /// Where a user stands in line: their number and its lookup. `None` for a user without a live place: one
    /// who never joined, has left or paid, or whose pass has run out. After a rebuild those who wait are
    /// known again from their next sign of life on. This gives nobody a place and is no sign of life.
    fn state_of_user(&self, user: UserId) -> Pending<'_, Result<Option<(Number, Lookup)>, WriteError>>;

    /// Applies passes that a commit created, changed or ended. Slots of ended ones are free at once.
    fn passes_changed(&self, passes: &[Pass]);

    /// Fixes the lobby's last number, once it is time to open by the line's clock: the same one until
    /// [`unfix_lobby`](Self::unfix_lobby), which an opening that is committed names. `None` in a line that is
    /// not due to open.
    fn fix_lobby(&self) -> Pending<'_, Result<Option<FixedLobby>, WriteError>>;

    /// The store's clock says that it is not time to open yet: the lobby goes on.
    fn unfix_lobby(&self) -> Pending<'_, Result<(), WriteError>>;

    /// Takes over what the store has of the sale: times, order, and how far its opening has come. A line
    /// whose sale has opened calls from its next tick on. A revision that is no newer than the known one
    /// changes nothing, and costs little.
    fn sale_changed(&self, sale: Arc<Sale>) -> Pending<'_, Result<(), WriteError>>;

    /// Sets dials durably, and returns all of them as they are now. The operator log names `by`, if it is
    /// somebody. Refuses to change anything if an operator has set a dial to another value than in `seen`.
    fn set_dials(
        &self,
        changes: DialChanges,
        seen: Option<Dials>,
        by: Option<UserId>,
    ) -> Pending<'_, Result<Dials, WriteError>>;

    /// Records how far the line has come, in order to stop.
    fn close(&self) -> Pending<'_, Result<(), WriteError>>;
}

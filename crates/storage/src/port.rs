//! The ports that a kind of store implements, in PostgreSQL's shape: what a batch can touch is named
//! before anything is read, so that locks are taken in one fixed order, and the clock is read last.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use onsale_booking::audit::Breach;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, LineId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::seat::Seat;
use onsale_booking::user::User;
use onsale_booking::{Changes, Rows, Scope};
use onsale_line::Dials;
use uuid::Uuid;

use crate::error::StoreError;

/// A seat, and when it was decided that it should be so. Of two reports about one seat the later decision
/// holds, whichever arrives first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedSeat {
    /// The seat.
    pub seat: Seat,
    /// The store's clock in the transaction that changed it last.
    pub changed_at: Timestamp,
}

/// A concert with all of its seats, in order of their numbers.
pub type ConcertSeats = (Concert, Vec<DatedSeat>);

/// A future that a port gives back.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The writing side of a store. One value works on one transaction at a time.
pub trait Backend: Send {
    /// Begins a transaction and loads, locked, every row that `wanted` names and that exists.
    ///
    /// The order of locks is: users and wallets, passes, seats (named ones and those that
    /// [`Scope::holders`] hold, in one order), then the line. The clock is read after the last of them.
    fn load(&mut self, wanted: &Wanted) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Writes what was decided and commits. `Ok` means durable.
    fn commit(&mut self, decided: &Decided) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a transaction in which nothing was decided.
    fn cancel(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// After [`StoreError::Unreachable`] or [`StoreError::Unknown`]: tries once to reach the store again, and says
    /// whether it did. Called from time to time until it did.
    fn revive(&mut self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }
}

/// What a batch can touch.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Rows of the sale. [`Scope::epoch`] asks for the line's row as well, locked so that others may ask for
    /// it too but nobody can change it before the commit.
    pub scope: Scope,
    /// Whether the line's row is wanted to be changed.
    pub line: bool,
}

/// What a batch may decide on.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Rows of the sale.
    pub rows: Rows,
    /// The line's row, if it was wanted.
    pub line: Option<LineRow>,
    /// The store's clock, read after the rows were locked.
    pub now: Timestamp,
}

/// What a batch decided.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The time as of which it was decided.
    pub now: Timestamp,
    /// Rows of the sale.
    pub changes: Changes,
    /// The line's row, if it changed.
    pub line: Option<LineRow>,
    /// What operators did, in the order in which it was decided.
    pub log: Vec<LogEntry>,
    /// Whether stored results that no longer answer are to be dropped.
    pub tidy: bool,
}

/// How far the line has come, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRow {
    /// Which line.
    pub id: LineId,
    /// Raised whenever the line had to be rebuilt from tickets.
    pub epoch: u32,
    /// What keeps this life of the line, so that anything else that comes in its place is noticed: for Redis,
    /// the server's run id. `None` if it is kept in process.
    pub keeper: Option<Uuid>,
    /// No number above this was ever given out.
    pub reserved: u64,
    /// Every number up to this has been considered for a call. May lag behind.
    pub head: u64,
    /// The last number given out, if the line was closed in order: then no number above it is in
    /// anybody's hands. `None` while a line works, and after a crash.
    pub closed_tail: Option<u64>,
    /// What an operator has set in place of the settings.
    pub dials: DialChanges,
}

/// Dials that an operator has turned; `None` leaves the setting in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DialChanges {
    /// How many people may be inside at once.
    pub capacity: Option<u32>,
    /// How many may be called in a rolling minute; 0 is no limit.
    pub rate_per_minute: Option<u32>,
    /// Whether calls rest.
    pub paused: Option<bool>,
}

impl DialChanges {
    /// The dials in force after these changes to `dials`.
    pub fn applied_to(self, dials: Dials) -> Dials {
        Dials {
            capacity: self.capacity.unwrap_or(dials.capacity),
            rate_per_minute: self.rate_per_minute.unwrap_or(dials.rate_per_minute),
            paused: self.paused.unwrap_or(dials.paused),
        }
    }

    /// These changes on top of `earlier` ones.
    pub(crate) fn after(self, earlier: Self) -> Self {
        Self {
            capacity: self.capacity.or(earlier.capacity),
            rate_per_minute: self.rate_per_minute.or(earlier.rate_per_minute),
            paused: self.paused.or(earlier.paused),
        }
    }
}

/// One entry of the operator log: something that operators change, and who did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The store's clock in the transaction that changed it.
    pub at: Timestamp,
    /// Who did it; `None` if it was done on nobody's behalf, as the demo opens its concerts.
    pub operator: Option<UserId>,
    /// What was done.
    pub action: LogAction,
}

/// What an operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAction {
    /// Put a concert on sale.
    ConcertOpened {
        /// Which.
        concert: ConcertId,
        /// What it is called.
        name: String,
        /// How many seats it has.
        capacity: u32,
        /// What each costs, in minor units.
        price: i64,
    },
    /// Turned dials of the line, if only to where they stood.
    DialsTurned {
        /// The dials that were in force.
        before: Dials,
        /// What was set.
        turned: DialChanges,
    },
}

/// An entry of the operator log as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLogEntry {
    /// Its place in the log: a newer entry has a higher one.
    pub id: u64,
    /// What it says.
    pub entry: LogEntry,
}

/// What a line finds again after a restart.
#[derive(Debug, Clone)]
pub struct LineHistory {
    /// How far it had come.
    pub row: LineRow,
    /// Passes that let somebody work now: number, user and until when.
    pub inside: Vec<(u64, UserId, Timestamp)>,
    /// Numbers that are over for good.
    pub ended: Vec<u64>,
    /// When the people of the last minute were let in.
    pub recent: Vec<Timestamp>,
    /// The store's clock when this was read.
    pub now: Timestamp,
}

/// A place in a list that is read newest first: everything after it is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After<Id> {
    /// The time of the last item that was seen.
    pub time: Timestamp,
    /// The identity of that item, which decides between items of one time.
    pub id: Id,
}

/// The reading side of a store. Reads see committed data only and never wait for a writer.
pub trait Reads: Send + Sync {
    /// What a user can spend; nothing for a user who never wrote.
    fn balance(&self, user: UserId) -> Pending<'_, Result<Money, StoreError>>;

    /// A user's live holds and owned seats, newest first, at most `limit`, with the time they were read at.
    fn reservations(
        &self,
        user: UserId,
        after: Option<After<SeatId>>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Seat>, StoreError>>;

    /// A user's bills, newest first, at most `limit`.
    fn bills(
        &self,
        user: UserId,
        after: Option<After<BillId>>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>>;

    /// A user as they are written down; `None` for one who never wrote.
    fn user(&self, user: UserId) -> Pending<'_, Result<Option<User>, StoreError>>;

    /// The users whose name contains `text`, in order of name (by its bytes) and identity, at most `limit`. Nothing in
    /// `text` is a wildcard, and an empty one is in every name, also in that of users who have none. Upper and lower case
    /// are the same: of ASCII letters everywhere, of others where the store knows them, as PostgreSQL does by most
    /// collations. Looks at every user.
    fn users_named(&self, text: String, limit: usize) -> Pending<'_, Result<Vec<User>, StoreError>>;

    /// A user's passes in the line there is, the newest number first, at most `limit`.
    fn passes_of(&self, user: UserId, limit: usize) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// All bills, or all of one concert, in order of concert and seat, at most `limit`; `after` is the last that was
    /// seen. Bills that are written meanwhile may be in pages to come.
    fn bills_of_sale(
        &self,
        concert: Option<ConcertId>,
        after: Option<SeatKey>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>>;

    /// Every concert with all of its seats in order of their numbers.
    fn concerts(&self) -> Pending<'_, Result<Vec<ConcertSeats>, StoreError>>;

    /// The line's row.
    fn line_row(&self) -> Pending<'_, Result<LineRow, StoreError>>;

    /// The passes that these numbers have in the line, in no order; most numbers have none.
    fn passes(&self, numbers: Vec<u64>) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// What the line finds again.
    fn line(&self) -> Pending<'_, Result<LineHistory, StoreError>>;

    /// The operator log, newest first, at most `limit` entries; `after` is the id of the last that was seen.
    fn operator_log(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<KeptLogEntry>, StoreError>>;

    /// Holds every row against what must always be true. Gives the breaches and how many rows were seen.
    fn audit(&self) -> Pending<'_, Result<(Vec<Breach>, u64), StoreError>>;
}

/// Between which the bills lie that [`Reads::bills_of_sale`] is asked for: beyond the one, up to the last concert.
pub(crate) fn bills_between(concert: Option<ConcertId>, after: Option<SeatKey>) -> (SeatKey, ConcertId) {
    // Seats are numbered from 1.
    let start = |concert| SeatKey { concert, seat_no: 0 };
    let first = concert.unwrap_or(ConcertId(Uuid::nil()));
    let after = after.map_or(start(first), |after| after.max(start(first)));
    (after, concert.unwrap_or(ConcertId(Uuid::max())))
}

//! The ports that every kind of store implements. They have PostgreSQL's shape: what a batch can touch is
//! named before anything is read, so that locks are taken in one fixed order, and the clock is read last.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use onsale_booking::audit::Breach;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, SaleId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::seat::Seat;
use onsale_booking::user::User;
use onsale_booking::{Changes, Rows, Scope};
use onsale_line::{DialChanges, Dials, Recovery, Schedule};
use uuid::Uuid;

use crate::error::StoreError;

/// A seat, and when its state was decided. Of two reports about a seat the later decision counts, whichever
/// arrives first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedSeat {
    /// The seat.
    pub seat: Seat,
    /// The store's clock in the transaction that changed it last.
    pub changed_at: Timestamp,
}

/// A concert with all of its seats, in order of their numbers.
pub type ConcertSeats = (Concert, Vec<DatedSeat>);

/// A future that a port returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The writing side of a store. One value works on one transaction at a time.
pub trait Backend: Send {
    /// Begins a transaction and loads, locked, every row that `wanted` names and that exists.
    ///
    /// Rows are locked in this order: users and wallets, passes, seats (the named ones and those that
    /// [`Scope::holders`] hold, in one order), then the line. The clock is read after the last lock.
    fn load(&mut self, wanted: &Wanted) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Writes what was decided and commits. `Ok` means durable.
    fn commit(&mut self, decided: &Decided) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a transaction in which nothing was decided.
    fn cancel(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// After [`StoreError::Unreachable`] or [`StoreError::Unknown`]: tries once to reach the store again, and
    /// returns whether it did. Called repeatedly until it succeeds.
    fn revive(&mut self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }
}

/// What a batch can touch.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Rows of the sale. [`Scope::epoch`] asks for the line's row too, locked so that others may share it but
    /// nobody can change it before the commit.
    pub scope: Scope,
    /// Whether the line's row is needed to be changed.
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
    /// What operators did, in the order of the decisions.
    pub log: Vec<LogEntry>,
    /// Whether to drop stored results that have expired.
    pub tidy: bool,
}

/// The line's row: how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRow {
    /// Identifies the line.
    pub id: SaleId,
    /// Raised whenever the line has to be rebuilt.
    pub epoch: u32,
    /// Names the run of the Redis server that holds this epoch, so that a restart or another server in its
    /// place is noticed. `None` if the line is kept in process.
    pub server_run: Option<Uuid>,
    /// The highest number that may be given out. No number above it ever was.
    pub allocated: u64,
    /// Every number up to this has been considered for a call. May lag behind.
    pub head: u64,
    /// The last number given out, if the line was closed in order: then no number above it is in
    /// anybody's hands. `None` while a line works, and after a crash.
    pub closed_tail: Option<u64>,
    /// What operators have set; it overrides the settings.
    pub dials: DialChanges,
}

/// One entry of the operator log: what was changed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The store's clock in the transaction that changed it.
    pub at: Timestamp,
    /// Who did it; `None` if nobody did, as when the demo opens its concerts.
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
    /// Set dials of the line, even to the value that they had.
    DialsSet {
        /// The dials in force before.
        before: Dials,
        /// What was set.
        changes: DialChanges,
    },
}

/// An entry of the operator log as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLogEntry {
    /// Its place in the log: a newer entry has a higher one.
    pub id: u64,
    /// What it says.
    pub entry: LogEntry,
}

/// What a line needs after a restart.
#[derive(Debug, Clone)]
pub struct LineHistory {
    /// The line's row.
    pub row: LineRow,
    /// Passes that still count: number, user and until when.
    pub inside: Vec<(u64, UserId, Timestamp)>,
    /// Numbers that have ended.
    pub ended: Vec<u64>,
    /// When the people of the last minute were let in.
    pub recent: Vec<Timestamp>,
    /// The store's clock when this was read.
    pub now: Timestamp,
}

impl LineHistory {
    /// What the line's rules need to know. Numbers up to `last` may have been given out; `given` is the last
    /// one that is known to have been, if that is known.
    pub(crate) fn recovery(self, last: u64, given: Option<u64>) -> Recovery {
        Recovery {
            epoch: self.row.epoch,
            schedule: Schedule::default(),
            head: self.row.head,
            allocated: last,
            given,
            inside: self.inside.into_iter().map(|(number, user, until)| (number, user.0, until)).collect(),
            ended: self.ended,
            recent_calls: self.recent,
        }
    }
}

/// A position in a list that is read newest first: everything after it is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After<Id> {
    /// The time of the last item seen.
    pub time: Timestamp,
    /// That item's identity, which orders items of one time.
    pub id: Id,
}

/// The reading side of a store. Reads see committed data only and never wait for a writer.
pub trait Reads: Send + Sync {
    /// A user's balance; zero for a user who never wrote.
    fn balance(&self, user: UserId) -> Pending<'_, Result<Money, StoreError>>;

    /// A user's live holds and owned seats, newest first, at most `limit`.
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

    /// A user's row; `None` for one who never wrote.
    fn user(&self, user: UserId) -> Pending<'_, Result<Option<User>, StoreError>>;

    /// The users whose name contains `text`, ordered by name (bytewise) and identity, at most `limit`. Both
    /// are compared as [`onsale_booking::name::fold`] folds them. `text` has no wildcards; an empty one
    /// matches every user, those without a name too, and one that folds to nothing matches none. Scans every
    /// user.
    fn users_named(&self, text: String, limit: usize) -> Pending<'_, Result<Vec<User>, StoreError>>;

    /// A user's passes in the current line, the newest number first, at most `limit`.
    fn passes_of(&self, user: UserId, limit: usize) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// All bills, or all of one concert, ordered by concert and seat, at most `limit`; `after` is the last
    /// one seen. Bills written meanwhile may appear on later pages.
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

    /// The passes of these numbers in the line, in no order; most numbers have none.
    fn passes(&self, numbers: Vec<u64>) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// What the line needs after a restart.
    fn line(&self) -> Pending<'_, Result<LineHistory, StoreError>>;

    /// The operator log, newest first, at most `limit` entries; `after` is the id of the last one seen.
    fn operator_log(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredLogEntry>, StoreError>>;

    /// Checks every row against what must always be true. Returns the breaches and the number of rows.
    fn audit(&self) -> Pending<'_, Result<(Vec<Breach>, u64), StoreError>>;
}

/// The bounds of [`Reads::bills_of_sale`]: after the first, up to the last concert.
pub(crate) fn bills_between(concert: Option<ConcertId>, after: Option<SeatKey>) -> (SeatKey, ConcertId) {
    // Seats are numbered from 1.
    let start = |concert| SeatKey { concert, seat_no: 0 };
    let first = concert.unwrap_or(ConcertId(Uuid::nil()));
    let after = after.map_or(start(first), |after| after.max(start(first)));
    (after, concert.unwrap_or(ConcertId(Uuid::max())))
}

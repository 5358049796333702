//! The ports that every kind of store implements. They have PostgreSQL's shape: what a batch can touch is
//! named before anything is read, so that locks are taken in one fixed order, and the clock is read last.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use onsale_booking::audit::Breach;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, PlanId, SaleId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::sale::Sale;
use onsale_booking::seat::Seat;
use onsale_booking::user::User;
use onsale_booking::{Changes, Rows, Scope};
use onsale_line::{DialChanges, Recovery, Schedule};
use onsale_plan::Plan;
use uuid::Uuid;

use crate::error::StoreError;
pub use crate::operator_log::{LogAction, LogEntry, SaleTerms, StoredLogEntry};

/// A seat, and when its state was decided. Of two reports about a seat the later decision counts, whichever
/// arrives first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedSeat {
    /// The seat.
    pub seat: Seat,
    /// The store's clock in the transaction that changed it last.
    pub changed_at: Timestamp,
}

/// A plan as it is kept. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlan {
    /// Which.
    pub id: PlanId,
    /// The SHA-256 of its canonical form.
    pub hash: [u8; 32],
    /// What it is called.
    pub name: String,
    /// How many seats it has.
    pub seats: u32,
    /// Its canonical form, compressed.
    pub content: Vec<u8>,
    /// When it was brought.
    pub created_at: Timestamp,
}

impl StoredPlan {
    /// Whether the row says of its content what the content says.
    pub(crate) fn check(&self) -> Result<(), Breach> {
        let breach = |what: &str| Breach(format!("plan {}: {what}", self.id));
        let plan = Plan::from_kept(&self.content).map_err(|error| breach(&error.to_string()))?;
        let kept = plan.to_keep(None);
        let is_same =
            (self.id, self.hash, &self.name, self.seats) == (kept.id(), kept.hash, &kept.name, kept.seats);
        if is_same { Ok(()) } else { Err(breach("id, hash, name or seats are not those of its content")) }
    }
}

/// A concert with all of its seats, in order of their numbers.
pub type ConcertSeats = (Concert, Vec<DatedSeat>);

/// A sale with the concerts that are members of it. The main sale also sells every concert that is a member
/// of no sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleRecord {
    /// The sale.
    pub sale: Sale,
    /// Its members.
    pub concerts: BTreeSet<ConcertId>,
}

/// A future that a port returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The writing side of a store. One value works on one transaction at a time.
pub trait Backend: Send {
    /// Begins a transaction and loads, locked, every row that `wanted` names and that exists.
    ///
    /// Rows are locked in this order: users and wallets, passes, seats (the named ones and those that
    /// [`Scope::holders`] hold, in one order), access codes, lines; each kind in its own order. Sales and
    /// concerts are read after the last lock, the clock after them.
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
    /// Rows that the rules know.
    pub scope: Scope,
    /// The sales whose line's row is to be changed itself, beside [`Scope::lines_to_change`].
    pub lines: BTreeSet<SaleId>,
}

impl Wanted {
    /// The sales whose line's row is locked.
    pub(crate) fn all_lines(&self) -> BTreeSet<SaleId> {
        let Scope { lines_to_change, lines_to_stand, .. } = &self.scope;
        self.lines.iter().chain(lines_to_change).chain(lines_to_stand).copied().collect()
    }

    /// Whether the rows of lines are locked to be changed, and not shared with other batches. If one of them
    /// is to be changed, all are: a batch that changed one line and shared another would wait for a batch
    /// that does the opposite.
    pub(crate) fn is_to_change_lines(&self) -> bool {
        !(self.lines.is_empty() && self.scope.lines_to_change.is_empty())
    }
}

/// What a batch may decide on.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Rows that the rules know.
    pub rows: Rows,
    /// The rows of lines that were wanted to be changed, by their sales.
    pub lines: Vec<LineRow>,
    /// The store's clock, read after the rows were locked.
    pub now: Timestamp,
}

/// What a batch decided.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The time as of which it was decided.
    pub now: Timestamp,
    /// Rows that the rules know.
    pub changes: Changes,
    /// The rows of lines that changed, by their sales.
    pub lines: Vec<LineRow>,
    /// What operators did, in the order of the decisions.
    pub log: Vec<LogEntry>,
    /// Whether to drop stored results that have expired.
    pub tidy: bool,
}

/// A line's row: how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRow {
    /// The sale whose line it is.
    pub sale: SaleId,
    /// Raised whenever the line has to be rebuilt.
    pub epoch: u32,
    /// Names the run of the Redis server that holds this epoch, so that a restart or another server in its
    /// place is noticed. `None` if the line is kept in process.
    pub server_run: Option<Uuid>,
    /// The highest number that may be given out. No number above it ever was.
    pub allocated: u64,
    /// Every number up to this has been considered for a call. May lag behind.
    pub head: u64,
    /// Every number up to this has been given out. May lag behind.
    pub given: u64,
    /// The last number given out, if the line was closed in order: then no number above it is in
    /// anybody's hands. `None` while a line works, and after a crash.
    pub closed_tail: Option<u64>,
    /// What operators have set; it overrides the settings.
    pub dials: DialChanges,
}

/// What a line needs after a restart.
#[derive(Debug, Clone)]
pub struct LineHistory {
    /// The line's row.
    pub row: LineRow,
    /// The sale, as it was then.
    pub sale: Sale,
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
    pub(crate) fn recovery(self, schedule: Schedule, last: u64, given: Option<u64>) -> Recovery {
        Recovery {
            epoch: self.row.epoch,
            schedule,
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

    /// A user's passes in all sales, the newest first, at most `limit`. A place that was left while waiting
    /// is as new as its end.
    fn passes_of(&self, user: UserId, limit: usize) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// All bills, or all of one concert, ordered by concert and seat, at most `limit`; `after` is the last
    /// one seen. Bills written meanwhile may appear on later pages.
    fn bills_of_sale(
        &self,
        concert: Option<ConcertId>,
        after: Option<SeatKey>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>>;

    /// A plan with its content, if there is such a plan.
    fn plan(&self, plan: PlanId) -> Pending<'_, Result<Option<StoredPlan>, StoreError>>;

    /// Every concert with all of its seats in order of their numbers.
    fn concerts(&self) -> Pending<'_, Result<Vec<ConcertSeats>, StoreError>>;

    /// Every sale, ordered by identity.
    fn sales(&self) -> Pending<'_, Result<Vec<SaleRecord>, StoreError>>;

    /// One sale, if there is such a sale.
    fn sale(&self, sale: SaleId) -> Pending<'_, Result<Option<SaleRecord>, StoreError>>;

    /// Whether the user has redeemed an access code of the sale.
    fn has_redeemed(&self, sale: SaleId, user: UserId) -> Pending<'_, Result<bool, StoreError>>;

    /// Which sale is the main one.
    fn main_sale(&self) -> Pending<'_, Result<SaleId, StoreError>>;

    /// The row of a sale's line; `None` if there is no such sale.
    fn line_row(&self, sale: SaleId) -> Pending<'_, Result<Option<LineRow>, StoreError>>;

    /// The rows of the lines that nobody has closed: somebody may be working with them. Ordered by sale.
    fn lines_left_open(&self) -> Pending<'_, Result<Vec<LineRow>, StoreError>>;

    /// The passes of these numbers in a sale's line, in no order; most numbers have none.
    fn passes(&self, sale: SaleId, numbers: Vec<u64>) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// The passes with this number in whichever sale, ordered by sale.
    fn passes_by_number(&self, number: u64) -> Pending<'_, Result<Vec<Pass>, StoreError>>;

    /// What a sale's line needs after a restart; `None` if there is no such sale.
    fn line(&self, sale: SaleId) -> Pending<'_, Result<Option<LineHistory>, StoreError>>;

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

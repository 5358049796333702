//! The rows that a batch of commands can touch, and their changes.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::access::{AccessCode, CodeUse};
use crate::bill::Bill;
use crate::command::{Call, PassHolder};
use crate::concert::Concert;
use crate::ids::{ConcertId, PassKey, PlanId, SaleId, SeatId, SeatKey, UserId};
use crate::money::Money;
use crate::new_plan::NewPlan;
use crate::new_sale::NewLine;
use crate::pass::{Pass, PassState, Session};
use crate::policy::Policy;
use crate::refusal::{Missing, Refusal};
use crate::request::{RequestKey, StoredRequest};
use crate::sale::{Membership, Sale};
use crate::seat::{Hold, OwnedSeats, Seat, SeatState};
use crate::user::User;
use crate::wallet::{LedgerEntry, Wallet};

mod sales;

use sales::SalesBook;

/// Rows as a store loaded them.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Users who already exist.
    pub users: Vec<UserId>,
    /// Concerts, each with the sales that it is a member of.
    pub concerts: Vec<Concert>,
    /// Plans that exist.
    pub plans: Vec<PlanId>,
    /// The named seats, and every seat that a user of the batch holds.
    pub seats: Vec<Seat>,
    /// Wallets. A user without one has a balance of 0.
    pub wallets: Vec<Wallet>,
    /// Passes.
    pub passes: Vec<Pass>,
    /// Bills of the seats to be paid.
    pub bills: Vec<Bill>,
    /// Stored results.
    pub requests: Vec<StoredRequest>,
    /// The epochs of the lines that the scope names.
    pub epochs: Vec<(SaleId, u32)>,
    /// Sales.
    pub sales: Vec<Sale>,
    /// Access codes.
    pub codes: Vec<AccessCode>,
    /// Uses of access codes.
    pub code_uses: Vec<CodeUse>,
    /// How many seats the scope's owners own, concert by concert. Without a row it is none.
    pub owned: Vec<OwnedSeats>,
}

/// Rows to write. Each appears once, in its last state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New users.
    pub users: Vec<User>,
    /// New plans.
    pub plans: Vec<NewPlan>,
    /// New concerts; their seats ([`Concert::new_seats`]) are new too. Whatever they are members of is in
    /// `memberships`.
    pub concerts: Vec<Concert>,
    /// Seats whose state changed.
    pub seats: Vec<Seat>,
    /// Wallets whose balance changed, or that are new.
    pub wallets: Vec<Wallet>,
    /// New ledger entries.
    pub entries: Vec<LedgerEntry>,
    /// New bills.
    pub bills: Vec<Bill>,
    /// New passes, and passes that changed.
    pub passes: Vec<Pass>,
    /// New stored results.
    pub requests: Vec<StoredRequest>,
    /// New sales, and sales that changed.
    pub sales: Vec<Sale>,
    /// The lines of the new sales.
    pub lines: Vec<NewLine>,
    /// Concerts that became members of a sale or ceased to be.
    pub memberships: Vec<Membership>,
    /// New access codes, and codes that were used.
    pub codes: Vec<AccessCode>,
    /// New uses of access codes.
    pub code_uses: Vec<CodeUse>,
    /// Owners whose number of seats in a concert changed, or is new.
    pub owned: Vec<OwnedSeats>,
}

impl Changes {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything that the rules can see and change: the loaded rows, the time and the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    now: Timestamp,
    policy: Policy,
    epochs: HashMap<SaleId, u32>,
    users: HashSet<UserId>,
    plans: HashSet<PlanId>,
    concerts: HashMap<ConcertId, Concert>,
    seats: HashMap<SeatKey, Seat>,
    held: HashMap<UserId, BTreeSet<SeatKey>>,
    wallets: HashMap<UserId, Wallet>,
    passes: HashMap<PassKey, Pass>,
    bills: HashMap<SeatId, Bill>,
    requests: HashMap<(UserId, RequestKey), StoredRequest>,
    sales: SalesBook,
    changed_seats: BTreeSet<SeatKey>,
    changed_wallets: BTreeSet<UserId>,
    changed_passes: BTreeSet<PassKey>,
    changes: Changes,
}

impl Book {
    /// A book of `rows` in which everything is decided as of `now`: the store's clock, read after the rows
    /// were locked.
    pub fn new(mut rows: Rows, now: Timestamp, policy: Policy) -> Self {
        let sales = SalesBook::take(&mut rows);
        let mut book = Self {
            now,
            policy,
            epochs: rows.epochs.into_iter().collect(),
            users: rows.users.into_iter().collect(),
            plans: rows.plans.into_iter().collect(),
            concerts: rows.concerts.into_iter().map(|concert| (concert.id, concert)).collect(),
            seats: HashMap::with_capacity(rows.seats.len()),
            held: HashMap::new(),
            wallets: rows.wallets.into_iter().map(|wallet| (wallet.user, wallet)).collect(),
            passes: rows.passes.into_iter().map(|pass| (pass.key, pass)).collect(),
            bills: rows.bills.into_iter().map(|bill| (bill.seat, bill)).collect(),
            requests: rows
                .requests
                .into_iter()
                .map(|request| ((request.user, request.key.clone()), request))
                .collect(),
            sales,
            changed_seats: BTreeSet::new(),
            changed_wallets: BTreeSet::new(),
            changed_passes: BTreeSet::new(),
            changes: Changes::default(),
        };
        for seat in rows.seats {
            book.index_holder(&seat);
            book.seats.insert(seat.key(), seat);
        }
        book
    }

    /// The time at which everything in this book is decided.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether anything is to be written.
    pub fn has_changes(&self) -> bool {
        !(self.changed_seats.is_empty()
            && self.changed_wallets.is_empty()
            && self.changed_passes.is_empty()
            && self.changes.is_empty())
            || self.sales.has_changes()
    }

    /// The changes to write, rows of each kind in the order in which stores lock them.
    pub fn into_changes(mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.changes);
        for concert in &mut changes.concerts {
            concert.clone_from(&self.concerts[&concert.id]);
        }
        changes.seats.extend(self.changed_seats.iter().filter_map(|key| self.seats.get(key).cloned()));
        changes
            .wallets
            .extend(self.changed_wallets.iter().filter_map(|user| self.wallets.get(user).cloned()));
        changes.passes.extend(self.changed_passes.iter().filter_map(|key| self.passes.get(key).cloned()));
        self.sales.add_to(&mut changes);
        changes
    }

    #[cfg(test)]
    pub(crate) fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    /// Whether `epoch` is the one of the sale's line: the line has not been rebuilt since.
    pub(crate) fn is_epoch_of(&self, sale: SaleId, epoch: u32) -> bool {
        self.epochs.get(&sale) == Some(&epoch)
    }

    /// Whether a call by the sale's line still stands: the line has not been rebuilt since, and the call has
    /// not expired.
    pub(crate) fn stands(&self, sale: SaleId, call: Call) -> bool {
        self.is_epoch_of(sale, call.epoch) && self.now < call.until
    }

    pub(crate) fn has_plan(&self, id: PlanId) -> bool {
        self.plans.contains(&id)
    }

    pub(crate) fn concert(&self, id: ConcertId) -> Result<&Concert, Refusal> {
        self.concerts.get(&id).ok_or(Refusal::NotFound(Missing::Concert))
    }

    pub(crate) fn seat(&self, key: SeatKey) -> Option<&Seat> {
        self.seats.get(&key)
    }

    pub(crate) fn pass(&self, key: PassKey) -> Option<&Pass> {
        self.passes.get(&key)
    }

    pub(crate) fn bill(&self, seat: SeatId) -> Option<&Bill> {
        self.bills.get(&seat)
    }

    pub(crate) fn request(&self, user: UserId, key: &RequestKey) -> Option<&StoredRequest> {
        self.requests.get(&(user, key.clone())).filter(|request| request.is_kept(self.now))
    }

    pub(crate) fn balance(&self, user: UserId) -> Money {
        self.wallets.get(&user).map_or(Money::ZERO, |wallet| wallet.balance)
    }

    /// The session that a user's pass gives now.
    pub(crate) fn session(&self, by: PassHolder) -> Result<Session, Refusal> {
        self.pass(by.pass).ok_or(Refusal::NotAdmitted)?.session_of(by.user, self.now)
    }

    /// The live holds of `user`, in the order in which seats are locked.
    pub(crate) fn live_holds(&self, user: UserId) -> impl Iterator<Item = (SeatKey, Hold)> + '_ {
        let keys = self.held.get(&user).into_iter().flatten();
        keys.filter_map(move |key| Some((*key, self.seats.get(key)?.live_hold_of(user, self.now)?)))
    }

    /// The live holds that `by`'s pass made, in the order in which seats are locked.
    pub(crate) fn live_holds_of_pass(&self, by: PassHolder) -> impl Iterator<Item = (SeatKey, Hold)> + '_ {
        self.live_holds(by.user).filter(move |(_, hold)| hold.pass == by.pass)
    }

    pub(crate) fn set_seat(&mut self, key: SeatKey, state: SeatState) {
        let Some(seat) = self.seats.get_mut(&key) else { return };
        if let Some(keys) = seat.holder().and_then(|holder| self.held.get_mut(&holder)) {
            keys.remove(&key);
        }
        seat.state = state;
        let seat = seat.clone();
        self.index_holder(&seat);
        self.changed_seats.insert(key);
    }

    pub(crate) fn set_balance(&mut self, user: UserId, balance: Money) {
        self.wallets.insert(user, Wallet { user, balance });
        self.changed_wallets.insert(user);
    }

    pub(crate) fn set_pass(&mut self, pass: Pass) {
        self.changed_passes.insert(pass.key);
        self.passes.insert(pass.key, pass);
    }

    /// Extends or shortens a pass to match its live holds.
    pub(crate) fn renew_pass(&mut self, by: PassHolder) {
        let last_deadline = self.live_holds_of_pass(by).map(|(_, hold)| hold.deadline).max();
        let Some(pass) = self.passes.get_mut(&by.pass) else { return };
        let PassState::Inside(session) = &mut pass.state else { return };
        let lasts_until =
            last_deadline.map_or(session.admitted_until, |last| last.max(session.admitted_until));
        if session.lasts_until != lasts_until {
            session.lasts_until = lasts_until;
            self.changed_passes.insert(by.pass);
        }
    }

    pub(crate) fn add_bill(&mut self, bill: Bill) {
        self.bills.insert(bill.seat, bill.clone());
        self.changes.bills.push(bill);
    }

    pub(crate) fn add_entries(&mut self, entries: [LedgerEntry; 2]) {
        self.changes.entries.extend(entries);
    }

    pub(crate) fn add_plan(&mut self, new: NewPlan) {
        self.plans.insert(new.id());
        self.changes.plans.push(new);
    }

    pub(crate) fn add_concert(&mut self, concert: Concert) {
        self.concerts.insert(concert.id, concert.clone());
        self.changes.concerts.push(concert);
    }

    pub(crate) fn add_request(&mut self, request: StoredRequest) {
        self.requests.insert((request.user, request.key.clone()), request.clone());
        self.changes.requests.push(request);
    }

    /// Adds a user who is not known yet, with an empty wallet. `None` if the user is known.
    pub(crate) fn add_user(&mut self, id: UserId, name: String) -> Option<User> {
        if !self.users.insert(id) {
            return None;
        }
        let user = User { id, name, created_at: self.now };
        self.changes.users.push(user.clone());
        if !self.wallets.contains_key(&id) {
            self.set_balance(id, Money::ZERO);
        }
        Some(user)
    }

    fn index_holder(&mut self, seat: &Seat) {
        if let SeatState::Held(hold) = seat.state {
            self.held.entry(hold.holder).or_default().insert(seat.key());
        }
    }
}

#[cfg(test)]
impl Book {
    /// All seats, for tests that check the whole book.
    pub(crate) fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.seats.values()
    }

    pub(crate) fn wallets(&self) -> impl Iterator<Item = &Wallet> {
        self.wallets.values()
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Adds a new concert's seats, as the store would.
    pub(crate) fn put_seats(&mut self, seats: impl Iterator<Item = Seat>) {
        self.seats.extend(seats.map(|seat| (seat.key(), seat)));
    }
}

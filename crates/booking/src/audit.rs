//! The audit checks every row of a store against what must always be true (see "What must always be true" in
//! ARCHITECTURE.md). It shares no code with the rules that wrote the rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use jiff::Timestamp;

use crate::access::{AccessCode, CodeUse};
use crate::bill::Bill;
use crate::ids::{ConcertId, MovementId, PassKey, SeatId, UserId};
use crate::money::Money;
use crate::pass::{Pass, PassEnd, PassState};
use crate::sale::Sale;
use crate::seat::{OwnedSeats, Seat, SeatState};
use crate::seed::{SealedSeed, Seed};
use crate::wallet::{Account, LedgerEntry, Wallet};

use sales::SalesAudit;

mod sales;
#[cfg(test)]
mod tests;

/// Takes rows one by one, in any order, then reports what is wrong with them.
#[derive(Debug, Default)]
pub struct Audit {
    wallets: HashMap<UserId, Money>,
    wallet_entries: HashMap<UserId, Money>,
    movements: HashMap<MovementId, Money>,
    sales: Money,
    sold: HashMap<SeatId, (UserId, Money)>,
    bills: HashMap<SeatId, (UserId, Money)>,
    bill_movements: HashSet<MovementId>,
    held_until: HashMap<(PassKey, UserId), Timestamp>,
    inside_until: HashMap<(PassKey, UserId), Timestamp>,
    passes: BTreeMap<PassKey, UserId>,
    paid_at: BTreeSet<(UserId, Timestamp)>,
    ended_by_payment_at: BTreeSet<(UserId, Timestamp)>,
    bought_at: BTreeSet<(PassKey, UserId, Timestamp)>,
    spent_at: BTreeSet<(PassKey, UserId, Timestamp)>,
    owned: BTreeMap<(UserId, ConcertId), (u32, u32)>,
    of_sales: SalesAudit,
    breaches: Vec<Breach>,
    rows: u64,
}

/// Something that must never happen and did, naming the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach(pub String);

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Audit {
    /// A wallet.
    pub fn wallet(&mut self, wallet: &Wallet) {
        self.rows += 1;
        if wallet.balance < Money::ZERO {
            self.breach(format!("wallet of {}: balance {} is below zero", wallet.user, wallet.balance));
        }
        if self.wallets.insert(wallet.user, wallet.balance).is_some() {
            self.breach(format!("user {} has two wallets", wallet.user));
        }
    }

    /// A ledger entry.
    pub fn entry(&mut self, entry: &LedgerEntry) {
        self.rows += 1;
        add(self.movements.entry(entry.movement).or_default(), entry.amount);
        match entry.account {
            Account::Wallet(user) => add(self.wallet_entries.entry(user).or_default(), entry.amount),
            Account::Sales => {
                add(&mut self.sales, entry.amount);
                self.bill_movements.insert(entry.movement);
            }
            Account::Funding => {}
        }
    }

    /// A seat.
    pub fn seat(&mut self, seat: &Seat) {
        self.rows += 1;
        match seat.state {
            // That nobody has a kept seat is checked when its row is read.
            SeatState::Free | SeatState::Kept => {}
            SeatState::Held(hold) => {
                let until = self.held_until.entry((hold.pass, hold.holder)).or_insert(hold.deadline);
                *until = (*until).max(hold.deadline);
                if hold.deadline <= hold.reserved_at {
                    self.breach(format!("seat {}: its hold ends before it begins", seat.id));
                }
            }
            SeatState::Sold(owned) => {
                if owned.paid_at >= owned.deadline || owned.paid_at < owned.reserved_at {
                    self.breach(format!("seat {}: paid at {} outside its hold", seat.id, owned.paid_at));
                }
                self.bought_at.insert((owned.pass, owned.holder, owned.paid_at));
                self.owned.entry((owned.holder, seat.concert)).or_default().0 += 1;
                if self.sold.insert(seat.id, (owned.holder, seat.price)).is_some() {
                    self.breach(format!("seat {} exists twice", seat.id));
                }
            }
        }
    }

    /// A bill.
    pub fn bill(&mut self, bill: &Bill) {
        self.rows += 1;
        if self.bills.insert(bill.seat, (bill.holder, bill.amount)).is_some() {
            self.breach(format!("seat {} has two bills", bill.seat));
        }
        self.paid_at.insert((bill.holder, bill.created_at));
        if !self.bill_movements.contains(&MovementId(bill.id.0)) {
            self.breach(format!("bill {}: no ledger entry credits its sale", bill.id));
        }
    }

    /// A pass.
    pub fn pass(&mut self, pass: &Pass) {
        self.rows += 1;
        self.of_sales.pass(pass);
        match pass.state {
            PassState::Inside(session) => {
                self.inside_until.insert((pass.key, pass.user), session.lasts_until);
                if session.lasts_until < session.admitted_until
                    || session.admitted_until <= session.admitted_at
                {
                    self.breach(format!(
                        "pass {} of sale {}: its times contradict",
                        pass.key.number, pass.key.sale
                    ));
                }
            }
            PassState::Ended { ended_at, cause: PassEnd::Paid, .. } => {
                self.ended_by_payment_at.insert((pass.user, ended_at));
                self.spent_at.insert((pass.key, pass.user, ended_at));
            }
            PassState::Ended { cause: PassEnd::Left, .. } => {}
        }
        if let Some(other) = self.passes.insert(pass.key, pass.user) {
            self.breach(format!("pass {} exists twice, for {other} and {}", pass.key.number, pass.user));
        }
    }

    /// How many seats of a concert one person owns.
    pub fn owned(&mut self, owned: &OwnedSeats) {
        self.rows += 1;
        self.owned.entry((owned.user, owned.concert)).or_default().1 += owned.count;
    }

    /// A sale.
    pub fn sale(&mut self, sale: &Sale) {
        self.rows += 1;
        self.of_sales.sale(sale);
    }

    /// The sealed seed of a sale's draw, if that is still ahead at `now`; `read` opens it.
    pub fn sealed_seed(
        sale: &Sale,
        read: impl FnOnce(&SealedSeed) -> Option<Seed>,
        now: Timestamp,
    ) -> Option<Breach> {
        let problem = sale.seed_problem(read, now)?;
        Some(Breach(format!("sale {}: {problem}; the sale cannot open", sale.id)))
    }

    /// An access code.
    pub fn code(&mut self, code: &AccessCode) {
        self.rows += 1;
        self.of_sales.code(code);
    }

    /// A use of an access code.
    pub fn code_use(&mut self, code_use: &CodeUse) {
        self.rows += 1;
        self.of_sales.code_use(code_use);
    }

    /// How many rows were checked.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Everything that is wrong at `now`. Add ledger entries before bills.
    pub fn finish(mut self, now: Timestamp) -> Vec<Breach> {
        let mut found = Vec::new();
        self.check_money(&mut found);
        self.check_bills(&mut found);
        self.check_passes(now, &mut found);
        for ((user, concert), (seats, row)) in self.owned.iter().filter(|(_, (seats, row))| seats != row) {
            found.push(format!("user {user} owns {seats} seats of concert {concert}, their row says {row}"));
        }
        self.of_sales.finish(&mut found);
        self.breaches.extend(found.into_iter().map(Breach));
        self.breaches
    }

    fn check_money(&self, found: &mut Vec<String>) {
        for (user, balance) in &self.wallets {
            let entries = self.wallet_entries.get(user).copied().unwrap_or_default();
            if entries != *balance {
                found.push(format!("wallet of {user}: balance {balance}, ledger {entries}"));
            }
        }
        for user in self.wallet_entries.keys().filter(|user| !self.wallets.contains_key(user)) {
            found.push(format!("user {user} has ledger entries but no wallet"));
        }
        for (movement, sum) in self.movements.iter().filter(|(_, sum)| **sum != Money::ZERO) {
            found.push(format!("movement {movement}: entries sum to {sum}, not to zero"));
        }
    }

    fn check_bills(&self, found: &mut Vec<String>) {
        for (seat, (owner, price)) in &self.sold {
            match self.bills.get(seat) {
                None => found.push(format!("seat {seat} is sold without a bill")),
                Some((holder, _)) if holder != owner => {
                    found.push(format!("seat {seat} is owned by {owner}, billed to {holder}"));
                }
                Some((_, amount)) if amount != price => {
                    found.push(format!("seat {seat} costs {price}, its bill says {amount}"));
                }
                Some(_) => {}
            }
        }
        for seat in self.bills.keys().filter(|seat| !self.sold.contains_key(seat)) {
            found.push(format!("seat {seat} has a bill but is not sold"));
        }
        let billed: Money = self.bills.values().map(|(_, amount)| *amount).sum();
        if billed != self.sales {
            found.push(format!("bills sum to {billed}, sales in the ledger to {}", self.sales));
        }
    }

    fn check_passes(&self, now: Timestamp, found: &mut Vec<String>) {
        for (user, at) in self.paid_at.difference(&self.ended_by_payment_at) {
            found.push(format!("user {user} paid at {at} and kept the pass"));
        }
        for (user, at) in self.ended_by_payment_at.difference(&self.paid_at) {
            found.push(format!("user {user} lost a pass to a payment at {at} that has no bill"));
        }
        for (pass, user, at) in self.bought_at.difference(&self.spent_at) {
            let PassKey { sale, number } = pass;
            found.push(format!(
                "user {user} bought at {at} with pass {number} of sale {sale}, which lives on"
            ));
        }
        for (pass, user, at) in self.spent_at.difference(&self.bought_at) {
            let PassKey { sale, number } = pass;
            found.push(format!(
                "pass {number} of sale {sale} was spent at {at}, and {user} got no seat by it"
            ));
        }
        for (holder, until) in self.held_until.iter().filter(|(_, until)| **until > now) {
            if self.inside_until.get(holder).is_none_or(|inside| inside < until) {
                let (PassKey { sale, number }, user) = holder;
                found.push(format!(
                    "user {user} holds a seat until {until} without a pass that lasts as long: it is of pass \
                     {number} of sale {sale}"
                ));
            }
        }
    }

    fn breach(&mut self, text: String) {
        self.breaches.push(Breach(text));
    }
}

fn add(total: &mut Money, amount: Money) {
    *total = Money(total.0.saturating_add(amount.0));
}

//! The audit checks every row of a store against what must always be true (see "What must always be true" in
//! ARCHITECTURE.md). It shares no code with the rules that wrote the rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use jiff::Timestamp;

use crate::bill::Bill;
use crate::ids::{MovementId, PassKey, SeatId, UserId};
use crate::money::Money;
use crate::pass::{Pass, PassEnd, PassState};
use crate::seat::{Seat, SeatState};
use crate::wallet::{Account, LedgerEntry, Wallet};

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
    held_until: HashMap<UserId, Timestamp>,
    inside_until: HashMap<UserId, Timestamp>,
    passes: BTreeMap<PassKey, UserId>,
    paid_at: BTreeSet<(UserId, Timestamp)>,
    ended_by_payment_at: BTreeSet<(UserId, Timestamp)>,
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
            SeatState::Free => {}
            SeatState::Held(hold) => {
                let until = self.held_until.entry(hold.holder).or_insert(hold.deadline);
                *until = (*until).max(hold.deadline);
                if hold.deadline <= hold.reserved_at {
                    self.breach(format!("seat {}: its hold ends before it begins", seat.id));
                }
            }
            SeatState::Sold(sale) => {
                if sale.paid_at >= sale.deadline || sale.paid_at < sale.reserved_at {
                    self.breach(format!("seat {}: paid at {} outside its hold", seat.id, sale.paid_at));
                }
                if self.sold.insert(seat.id, (sale.holder, seat.price)).is_some() {
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
        match pass.state {
            PassState::Inside(session) => {
                let until = self.inside_until.entry(pass.user).or_insert(session.lasts_until);
                *until = (*until).max(session.lasts_until);
                if session.lasts_until < session.admitted_until
                    || session.admitted_until <= session.admitted_at
                {
                    self.breach(format!(
                        "pass {} of line {}: its times contradict",
                        pass.key.number, pass.key.sale
                    ));
                }
            }
            PassState::Ended { ended_at, cause: PassEnd::Paid, .. } => {
                self.ended_by_payment_at.insert((pass.user, ended_at));
            }
            PassState::Ended { cause: PassEnd::Left, .. } => {}
        }
        if let Some(other) = self.passes.insert(pass.key, pass.user) {
            self.breach(format!("pass {} exists twice, for {other} and {}", pass.key.number, pass.user));
        }
    }

    /// How many rows were checked.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Everything that is wrong at `now`. Add ledger entries before bills.
    pub fn finish(mut self, now: Timestamp) -> Vec<Breach> {
        let mut found = Vec::new();
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
        for (user, at) in self.paid_at.difference(&self.ended_by_payment_at) {
            found.push(format!("user {user} paid at {at} and kept the pass"));
        }
        for (user, at) in self.ended_by_payment_at.difference(&self.paid_at) {
            found.push(format!("user {user} lost a pass to a payment at {at} that has no bill"));
        }
        for (user, until) in self.held_until.iter().filter(|(_, until)| **until > now) {
            if self.inside_until.get(user).is_none_or(|inside| inside < until) {
                found.push(format!(
                    "user {user} holds a seat until {until} without a pass that lasts as long"
                ));
            }
        }
        self.breaches.extend(found.into_iter().map(Breach));
        self.breaches
    }

    fn breach(&mut self, text: String) {
        self.breaches.push(Breach(text));
    }
}

fn add(total: &mut Money, amount: Money) {
    *total = Money(total.0.saturating_add(amount.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Stage;

    /// A store after one charge, one payment and one hold.
    struct Rows {
        wallet: Wallet,
        entries: Vec<LedgerEntry>,
        sold: Seat,
        held: Seat,
        bill: Bill,
        pass: Pass,
        spent: Pass,
    }

    fn rows() -> Rows {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
        stage.charge(alice, 1_000).unwrap();
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        stage.hold(bob, &[2]).unwrap();
        let book = &stage.book;
        Rows {
            wallet: book.wallets().find(|wallet| wallet.user == alice.user).unwrap().clone(),
            entries: book.changes().entries.clone(),
            sold: stage.seat(1).clone(),
            held: stage.seat(2).clone(),
            bill: book.changes().bills[0].clone(),
            pass: book.pass(bob.pass).unwrap().clone(),
            spent: book.pass(alice.pass).unwrap().clone(),
        }
    }

    fn breaches(rows: &Rows) -> Vec<String> {
        let mut audit = Audit::default();
        audit.wallet(&rows.wallet);
        rows.entries.iter().for_each(|entry| audit.entry(entry));
        audit.seat(&rows.sold);
        audit.seat(&rows.held);
        audit.bill(&rows.bill);
        audit.pass(&rows.pass);
        audit.pass(&rows.spent);
        audit.finish(Stage::start()).into_iter().map(|breach| breach.0).collect()
    }

    fn caught(spoil: impl FnOnce(&mut Rows), word: &str) {
        let mut rows = rows();
        assert_eq!(breaches(&rows), Vec::<String>::new());
        spoil(&mut rows);
        let found = breaches(&rows);
        assert!(found.iter().any(|breach| breach.contains(word)), "{word} not in {found:?}");
    }

    #[test]
    fn a_wallet_that_differs_from_its_ledger_is_caught() {
        caught(|rows| rows.wallet.balance = Money(901), "ledger 900");
    }

    #[test]
    fn a_balance_below_zero_is_caught() {
        caught(|rows| rows.wallet.balance = Money(-1), "below zero");
    }

    #[test]
    fn a_movement_that_does_not_sum_to_zero_is_caught() {
        caught(|rows| rows.entries[0].amount = Money(-999), "not to zero");
    }

    #[test]
    fn a_sold_seat_without_a_bill_is_caught() {
        caught(|rows| rows.bill.seat = rows.held.id, "without a bill");
    }

    #[test]
    fn a_bill_for_an_unsold_seat_is_caught() {
        caught(|rows| rows.sold.state = SeatState::Free, "is not sold");
    }

    #[test]
    fn a_seat_owned_by_one_and_billed_to_another_is_caught() {
        caught(|rows| rows.bill.holder = rows.pass.user, "billed to");
    }

    #[test]
    fn a_bill_over_another_amount_is_caught() {
        caught(|rows| rows.bill.amount = Money(1), "its bill says 1");
    }

    #[test]
    fn a_bill_without_its_ledger_entries_is_caught() {
        caught(|rows| rows.entries.truncate(2), "no ledger entry");
    }

    #[test]
    fn a_payment_at_the_deadline_is_caught() {
        caught(
            |rows| {
                let SeatState::Sold(sale) = &mut rows.sold.state else { panic!() };
                sale.paid_at = sale.deadline;
            },
            "outside its hold",
        );
    }

    #[test]
    fn a_live_hold_without_a_pass_is_caught() {
        caught(|rows| rows.pass.user = rows.bill.holder, "without a pass");
    }

    #[test]
    fn a_payment_that_left_the_pass_alive_is_caught() {
        caught(|rows| rows.spent.key.number = rows.pass.key.number, "exists twice");
        let keep = |rows: &mut Rows| {
            let PassState::Ended { session: Some(session), .. } = rows.spent.state else { panic!() };
            rows.spent.state = PassState::Inside(session);
        };
        caught(keep, "kept the pass");
    }

    #[test]
    fn a_pass_ended_by_a_payment_that_never_was_is_caught() {
        caught(|rows| rows.bill.created_at += jiff::SignedDuration::from_secs(1), "has no bill");
    }

    #[test]
    fn duplicates_are_caught() {
        let rows = rows();
        let mut audit = Audit::default();
        for _ in 0..2 {
            audit.wallet(&rows.wallet);
            audit.seat(&rows.sold);
            audit.bill(&rows.bill);
            audit.pass(&rows.pass);
        }
        let found = audit.finish(Stage::start());
        for word in ["two wallets", "exists twice", "two bills", "pass 2 exists twice"] {
            assert!(found.iter().any(|breach| breach.0.contains(word)), "{word} not in {found:?}");
        }
    }
}

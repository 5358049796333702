//! Which rows a batch of commands can touch.

use std::collections::BTreeSet;

use crate::access::CodeHash;
use crate::command::{Command, PassHolder};
use crate::ids::{ConcertId, PassKey, PlanId, SaleId, SeatKey, SeatNo, UserId};
use crate::request::RequestKey;

/// Every row that a batch of commands can touch. The sets are sorted, and stores lock in their order, so that
/// two batches never deadlock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Users, with their wallets.
    pub users: BTreeSet<UserId>,
    /// Users whose live holds are needed too.
    pub holders: BTreeSet<UserId>,
    /// Users for whom it is needed how many seats they own, concert by concert, and every concert in which
    /// they own a seat or have a live hold. The lock of their wallet guards these rows.
    pub owners: BTreeSet<UserId>,
    /// Passes.
    pub passes: BTreeSet<PassKey>,
    /// Access codes, to be changed.
    pub codes: BTreeSet<(SaleId, CodeHash)>,
    /// Uses of access codes. The lock of the user's wallet guards them.
    pub code_uses: BTreeSet<(SaleId, UserId)>,
    /// Lines whose epoch is needed, and which must be locked as if their row were changed.
    pub lines_to_change: BTreeSet<SaleId>,
    /// Lines whose epoch is needed, and must not change before the commit. One that is in `lines_to_change`
    /// too is locked once, as that says.
    pub lines_to_stand: BTreeSet<SaleId>,
    /// Sales, read without a lock of their own after the lines are locked.
    pub sales: BTreeSet<SaleId>,
    /// Sales of which every concert is needed that is a member of it.
    pub concerts_of: BTreeSet<SaleId>,
    /// Concerts, with the sales that they are members of.
    pub concerts: BTreeSet<ConcertId>,
    /// Plans. It is enough to know that they exist.
    pub plans: BTreeSet<PlanId>,
    /// Named seats. One that does not exist is not loaded.
    pub seats: BTreeSet<SeatKey>,
    /// Seats whose bill is needed, if they have one.
    pub billed: BTreeSet<SeatKey>,
    /// Stored results.
    pub requests: BTreeSet<(UserId, RequestKey)>,
}

impl Scope {
    /// The rows that any of `commands` can touch.
    pub fn of<'a>(commands: impl IntoIterator<Item = &'a Command>) -> Self {
        let mut scope = Self::default();
        for command in commands {
            scope.add(command);
        }
        scope
    }

    fn add(&mut self, command: &Command) {
        self.users.extend(command.user());
        if let Some((user, key)) = command.request() {
            self.requests.insert((user, key.clone()));
        }
        match command {
            Command::Register { .. } | Command::Charge { .. } | Command::UseCode { .. } => {}
            Command::Admit { pass, .. } => {
                self.passes.insert(*pass);
                self.lines_to_stand.insert(pass.sale);
                self.sales.insert(pass.sale);
            }
            Command::Leave { user, pass, .. } => {
                self.passes.insert(*pass);
                self.holders.insert(*user);
            }
            Command::Hold { by, concert, seat_nos, .. } => {
                self.add_holder(*by);
                self.owners.insert(by.user);
                self.add_seats(*concert, seat_nos.iter().copied());
            }
            Command::Release { by, seat, .. } => {
                self.add_holder(*by);
                self.add_seats(seat.concert, std::iter::once(seat.seat_no));
            }
            Command::Pay { by, concert, seats, .. } => {
                self.add_holder(*by);
                self.owners.insert(by.user);
                let seat_nos = seats.iter().map(|(seat_no, _)| *seat_no);
                self.add_seats(*concert, seat_nos.clone());
                self.billed.extend(seat_nos.map(|seat_no| SeatKey { concert: *concert, seat_no }));
            }
            Command::AddPlan(new) => {
                self.plans.insert(new.id());
            }
            Command::OpenConcert(concert) => {
                self.concerts.insert(concert.id);
                self.sales.extend(&concert.sales);
            }
            _ => self.add_sale_command(command),
        }
    }

    fn add_sale_command(&mut self, command: &Command) {
        match command {
            Command::CreateSale(new) => {
                self.sales.insert(new.id);
                self.concerts.extend(&new.concerts);
            }
            Command::ChangeSale { sale, changes, seen, .. } => {
                self.lines_to_change.insert(*sale);
                self.sales.insert(*sale);
                if changes.concerts.is_some() || seen.is_some() {
                    self.concerts_of.insert(*sale);
                }
                self.concerts.extend(changes.concerts.iter().flatten());
            }
            Command::OpenSale { sale, .. } => {
                self.lines_to_change.insert(*sale);
                self.sales.insert(*sale);
            }
            Command::AddCodes { sale, key, .. } => {
                self.sales.insert(*sale);
                if key.is_some() {
                    // An operator has no wallet to lock: the stored result is guarded by the line.
                    self.lines_to_change.insert(*sale);
                }
            }
            Command::RedeemCode { user, sale, code } => {
                self.sales.insert(*sale);
                self.codes.insert((*sale, *code));
                self.code_uses.insert((*sale, *user));
            }
            _ => {}
        }
    }

    /// Somebody who acts on their holds with a pass.
    fn add_holder(&mut self, by: PassHolder) {
        self.passes.insert(by.pass);
        self.holders.insert(by.user);
        self.sales.insert(by.pass.sale);
    }

    fn add_seats(&mut self, concert: ConcertId, seat_nos: impl Iterator<Item = SeatNo>) {
        self.concerts.insert(concert);
        self.seats.extend(seat_nos.map(|seat_no| SeatKey { concert, seat_no }));
    }
}

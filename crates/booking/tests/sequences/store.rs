//! A store of plain maps. It loads what each command's scope names, as a real backend does, so a scope that
//! forgets a row shows here too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use onsale_booking::access::{AccessCode, CodeHash, CodeUse};
use onsale_booking::audit::Audit;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, PassKey, SaleId, SeatKey, UserId};
use onsale_booking::pass::Pass;
use onsale_booking::request::{RequestKey, StoredRequest};
use onsale_booking::sale::Sale;
use onsale_booking::seat::{OwnedSeats, Seat, SeatState};
use onsale_booking::seen::SeenHolds;
use onsale_booking::wallet::{LedgerEntry, Wallet};
use onsale_booking::{Book, Changes, Command, Outcome, Policy, Refusal, Rows, Scope, decide};

/// The epoch of every line.
pub(crate) const EPOCH: u32 = 1;

pub(crate) struct Store {
    users: HashSet<UserId>,
    concerts: HashMap<ConcertId, Concert>,
    seats: BTreeMap<SeatKey, Seat>,
    wallets: HashMap<UserId, Wallet>,
    passes: HashMap<PassKey, Pass>,
    bills: Vec<Bill>,
    entries: Vec<LedgerEntry>,
    requests: HashMap<(UserId, RequestKey), StoredRequest>,
    sales: HashMap<SaleId, Sale>,
    memberships: BTreeSet<(SaleId, ConcertId)>,
    codes: HashMap<(SaleId, CodeHash), AccessCode>,
    code_uses: HashMap<(SaleId, UserId), CodeUse>,
    owned: BTreeMap<(UserId, ConcertId), u32>,
}

impl Store {
    /// A store with nothing but a main sale.
    pub(crate) fn new(main: Sale) -> Self {
        Self {
            users: HashSet::new(),
            concerts: HashMap::new(),
            seats: BTreeMap::new(),
            wallets: HashMap::new(),
            passes: HashMap::new(),
            bills: vec![],
            entries: vec![],
            requests: HashMap::new(),
            sales: HashMap::from([(main.id, main)]),
            memberships: BTreeSet::new(),
            codes: HashMap::new(),
            code_uses: HashMap::new(),
            owned: BTreeMap::new(),
        }
    }

    fn load(&self, scope: &Scope, now: Timestamp) -> Rows {
        let held_by_someone = |seat: &&Seat| match seat.state {
            SeatState::Held(hold) => hold.is_live(now) && scope.holders.contains(&hold.holder),
            _ => false,
        };
        let mut seats: BTreeMap<SeatKey, Seat> =
            self.seats.values().filter(held_by_someone).map(|seat| (seat.key(), seat.clone())).collect();
        seats.extend(scope.seats.iter().filter_map(|key| Some((*key, self.seats.get(key)?.clone()))));
        let is_billed =
            |bill: &&Bill| scope.billed.contains(&SeatKey { concert: bill.concert, seat_no: bill.seat_no });
        let lines = scope.lines_to_change.union(&scope.lines_to_stand);
        let owned = self.owned.iter().filter(|((user, _), _)| scope.owners.contains(user));
        Rows {
            plans: Vec::new(),
            users: scope.users.intersection(&self.users.iter().copied().collect()).copied().collect(),
            concerts: self.load_concerts(scope, now),
            seats: seats.into_values().collect(),
            wallets: scope.users.iter().filter_map(|user| self.wallets.get(user).cloned()).collect(),
            passes: scope.passes.iter().filter_map(|key| self.passes.get(key).cloned()).collect(),
            bills: self.bills.iter().filter(is_billed).cloned().collect(),
            requests: scope.requests.iter().filter_map(|key| self.requests.get(key).cloned()).collect(),
            epochs: lines.filter(|id| self.sales.contains_key(id)).map(|id| (*id, EPOCH)).collect(),
            sales: scope.sales.iter().filter_map(|id| self.sales.get(id).cloned()).collect(),
            codes: scope.codes.iter().filter_map(|key| self.codes.get(key).cloned()).collect(),
            code_uses: scope.code_uses.iter().filter_map(|key| self.code_uses.get(key).cloned()).collect(),
            owned: owned.map(|((user, concert), count)| owned_row(*user, *concert, *count)).collect(),
        }
    }

    /// The named concerts, those of sales, and those in which an owner has anything.
    fn load_concerts(&self, scope: &Scope, now: Timestamp) -> Vec<Concert> {
        let mut ids = scope.concerts.clone();
        ids.extend(
            self.memberships.iter().filter(|(sale, _)| scope.concerts_of.contains(sale)).map(|row| row.1),
        );
        ids.extend(self.owned.keys().filter(|(user, _)| scope.owners.contains(user)).map(|row| row.1));
        let is_held =
            |seat: &&Seat| seat.live_hold(now).is_some_and(|hold| scope.owners.contains(&hold.holder));
        ids.extend(self.seats.values().filter(is_held).map(|seat| seat.concert));
        let sales_of = |id: ConcertId| {
            self.memberships
                .iter()
                .filter(move |(_, concert)| *concert == id)
                .map(|(sale, _)| *sale)
                .collect()
        };
        let concerts = ids.iter().filter_map(|id| self.concerts.get(id).cloned());
        concerts.map(|concert| Concert { sales: sales_of(concert.id), ..concert }).collect()
    }

    fn commit(&mut self, changes: Changes) {
        self.users.extend(changes.users.into_iter().map(|user| user.id));
        for concert in changes.concerts {
            self.seats.extend(concert.new_seats().map(|seat| (seat.key(), seat)));
            self.concerts.insert(concert.id, concert);
        }
        for seat in changes.seats {
            let before = self.seats.insert(seat.key(), seat).expect("only seats that exist change");
            assert!(!before.is_sold(), "a sold seat was written again");
        }
        self.wallets.extend(changes.wallets.into_iter().map(|wallet| (wallet.user, wallet)));
        self.passes.extend(changes.passes.into_iter().map(|pass| (pass.key, pass)));
        self.bills.extend(changes.bills);
        self.entries.extend(changes.entries);
        self.requests.extend(
            changes.requests.into_iter().map(|request| ((request.user, request.key.clone()), request)),
        );
        for line in changes.lines {
            assert!(!self.sales.contains_key(&line.sale), "a line for a sale that had one");
        }
        for sale in changes.sales {
            let before = self.sales.insert(sale.id, sale.clone());
            assert!(before.is_none_or(|before| before.revision < sale.revision), "an old revision");
        }
        for membership in changes.memberships {
            let key = (membership.sale, membership.concert);
            if membership.sells {
                self.memberships.insert(key)
            } else {
                self.memberships.remove(&key)
            };
        }
        self.codes.extend(changes.codes.into_iter().map(|code| ((code.sale, code.hash), code)));
        for code_use in changes.code_uses {
            let before = self.code_uses.insert((code_use.sale, code_use.user), code_use);
            assert!(before.is_none(), "a person used two codes of a sale");
        }
        self.owned.extend(changes.owned.into_iter().map(|row| ((row.user, row.concert), row.count)));
    }

    pub(crate) fn run(&mut self, commands: &[Command], now: Timestamp) -> Vec<Result<Outcome, Refusal>> {
        let rows = self.load(&Scope::of(commands), now);
        let mut book = Book::new(rows, now, Policy::default());
        let decided = commands
            .iter()
            .map(|command| {
                let before = book.clone();
                let result = decide(&mut book, command);
                assert!(result.is_ok() || book == before, "a refusal had an effect");
                result
            })
            .collect();
        let has_changes = book.has_changes();
        let changes = book.into_changes();
        assert_eq!(has_changes, !changes.is_empty());
        self.commit(changes);
        decided
    }

    /// What a page shows to somebody as held by them.
    pub(crate) fn page_of(&self, user: UserId, now: Timestamp) -> SeenHolds {
        let live = |seat: &Seat| Some((seat.key(), seat.live_hold_of(user, now)?.deadline));
        SeenHolds(self.seats.values().filter_map(live).collect())
    }

    pub(crate) fn audit(&self, now: Timestamp) {
        let mut audit = Audit::default();
        self.wallets.values().for_each(|wallet| audit.wallet(wallet));
        self.entries.iter().for_each(|entry| audit.entry(entry));
        self.seats.values().for_each(|seat| audit.seat(seat));
        self.bills.iter().for_each(|bill| audit.bill(bill));
        self.passes.values().for_each(|pass| audit.pass(pass));
        self.sales.values().for_each(|sale| audit.sale(sale));
        self.codes.values().for_each(|code| audit.code(code));
        self.code_uses.values().for_each(|code_use| audit.code_use(code_use));
        for ((user, concert), count) in &self.owned {
            audit.owned(&owned_row(*user, *concert, *count));
        }
        assert_eq!(audit.finish(now), []);
    }
}

fn owned_row(user: UserId, concert: ConcertId, count: u32) -> OwnedSeats {
    OwnedSeats { user, concert, count }
}

//! No sequence of commands breaks what must always be true.
//!
//! A store of plain maps loads what each command's scope names, as a real backend does, so a scope that
//! forgets a row shows here too. A witness with its own model watches every answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::audit::Audit;
use onsale_booking::bill::Bill;
use onsale_booking::command::{Call, NewConcert, PassHolder};
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, MovementId, PassKey, SaleId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::request::{RequestKey, StoredRequest};
use onsale_booking::sale::Sale;
use onsale_booking::seat::{Seat, SeatState};
use onsale_booking::seen::{SeenHolds, SeenPlace};
use onsale_booking::wallet::{LedgerEntry, Wallet};
use onsale_booking::{Book, Changes, Command, Outcome, Policy, Refusal, Rows, Scope, decide};
use proptest::prelude::*;
use uuid::Uuid;

const CONCERT: ConcertId = ConcertId(Uuid::from_u128(0xC0));
const SEATS: u32 = 4;
const PRICE: i64 = 100;

#[derive(Default)]
struct Store {
    users: HashSet<UserId>,
    concerts: HashMap<ConcertId, Concert>,
    seats: BTreeMap<SeatKey, Seat>,
    wallets: HashMap<UserId, Wallet>,
    passes: HashMap<PassKey, Pass>,
    bills: Vec<Bill>,
    entries: Vec<LedgerEntry>,
    requests: HashMap<(UserId, RequestKey), StoredRequest>,
}

impl Store {
    fn load(&self, scope: &Scope, now: Timestamp) -> Rows {
        let held_by_someone = |seat: &&Seat| match seat.state {
            SeatState::Held(hold) => hold.is_live(now) && scope.holders.contains(&hold.holder),
            _ => false,
        };
        let mut seats: BTreeMap<SeatKey, Seat> =
            self.seats.values().filter(held_by_someone).map(|seat| (seat.key(), seat.clone())).collect();
        seats.extend(scope.seats.iter().filter_map(|key| Some((*key, self.seats.get(key)?.clone()))));
        Rows {
            users: scope.users.intersection(&self.users.iter().copied().collect()).copied().collect(),
            concerts: scope.concerts.iter().filter_map(|id| self.concerts.get(id).cloned()).collect(),
            seats: seats.into_values().collect(),
            wallets: scope.users.iter().filter_map(|user| self.wallets.get(user).cloned()).collect(),
            passes: scope.passes.iter().filter_map(|key| self.passes.get(key).cloned()).collect(),
            bills: self
                .bills
                .iter()
                .filter(|bill| {
                    scope.billed.contains(&SeatKey { concert: bill.concert, seat_no: bill.seat_no })
                })
                .cloned()
                .collect(),
            requests: scope.requests.iter().filter_map(|key| self.requests.get(key).cloned()).collect(),
            epochs: scope.lines_to_stand.iter().map(|sale| (*sale, 1)).collect(),
            sales: vec![Sale::main(SaleId(Uuid::from_u128(1)), now)],
            ..Rows::default()
        }
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
    }

    fn run(&mut self, commands: &[Command], now: Timestamp) -> Vec<Result<Outcome, Refusal>> {
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
        self.commit(book.into_changes());
        decided
    }

    /// What a page shows to somebody as held by them.
    fn page_of(&self, user: UserId, now: Timestamp) -> SeenHolds {
        let live = |seat: &Seat| Some((seat.key(), seat.live_hold_of(user, now)?.deadline));
        SeenHolds(self.seats.values().filter_map(live).collect())
    }

    fn audit(&self, now: Timestamp) {
        let mut audit = Audit::default();
        self.wallets.values().for_each(|wallet| audit.wallet(wallet));
        self.entries.iter().for_each(|entry| audit.entry(entry));
        self.seats.values().for_each(|seat| audit.seat(seat));
        self.bills.iter().for_each(|bill| audit.bill(bill));
        self.passes.values().for_each(|pass| audit.pass(pass));
        assert_eq!(audit.finish(now), []);
    }
}

/// What an observer knows from the answers alone.
#[derive(Default)]
struct Witness {
    /// Seat to holder, and until when.
    holds: HashMap<u32, (UserId, Timestamp)>,
    owners: HashMap<u32, UserId>,
    balances: HashMap<UserId, i64>,
    ended: HashSet<PassKey>,
    answers: HashMap<(UserId, RequestKey), (String, Outcome)>,
}

impl Witness {
    fn sees(&mut self, command: &Command, result: &Result<Outcome, Refusal>, now: Timestamp) {
        let Ok(outcome) = result else { return };
        if let Some((user, key)) = command.request() {
            let seen = self.answers.insert((user, key.clone()), (command.content(), outcome.clone()));
            if let Some(seen) = seen {
                assert_eq!(seen, (command.content(), outcome.clone()), "one key, two answers");
                return;
            }
        }
        match (command, outcome) {
            (Command::Hold { by, .. }, Outcome::Held(seats)) => self.held(*by, seats, now),
            (_, Outcome::Released(seat)) => {
                self.holds.remove(&seat.seat_no);
            }
            (Command::Pay { by, seen, .. }, Outcome::Paid { bills, balance }) => {
                self.paid(*by, bills, *balance, seen.as_ref(), now);
            }
            (Command::Charge { user, amount, .. }, Outcome::Charged { balance, .. }) => {
                let own = self.balances.entry(*user).or_default();
                *own += amount.0;
                assert_eq!(balance.0, *own, "a charge was lost or made up");
            }
            (Command::Leave { user, pass, seen }, _) => {
                assert!(self.ended.insert(*pass), "a pass ended twice");
                self.ends_holds_of(*user, seen.as_ref().map(|seen| &seen.holds), now);
            }
            (Command::Admit { pass, .. }, _) => {
                assert!(!self.ended.contains(pass), "an ended pass came back");
            }
            _ => {}
        }
    }

    fn held(&mut self, by: PassHolder, seats: &[Seat], now: Timestamp) {
        for seat in seats {
            let hold = seat.live_hold(now).expect("a hold that is answered is live");
            assert!(!self.owners.contains_key(&seat.seat_no), "a sold seat was held");
            match self.holds.get(&seat.seat_no) {
                Some((holder, until)) if now < *until => {
                    assert_eq!((*holder, *until), (by.user, hold.deadline), "two people on one seat");
                }
                _ => {
                    assert!(!self.ended.contains(&by.pass), "a new hold by an ended pass");
                    assert_eq!(hold.deadline.duration_since(now), Policy::default().hold);
                }
            }
            self.holds.insert(seat.seat_no, (by.user, hold.deadline));
        }
    }

    /// Every live hold of `user` ends. A page must have shown them, if there was one.
    fn ends_holds_of(&mut self, user: UserId, seen: Option<&SeenHolds>, now: Timestamp) {
        for (seat_no, (holder, until)) in &self.holds {
            let key = SeatKey { concert: CONCERT, seat_no: *seat_no };
            let is_seen = seen.is_none_or(|seen| seen.0.contains(&(key, *until)));
            assert!(*holder != user || now >= *until || is_seen, "a hold ended that the page did not show");
        }
        self.holds.retain(|_, (holder, _)| *holder != user);
    }

    fn paid(
        &mut self,
        by: PassHolder,
        bills: &[Bill],
        balance: Money,
        seen: Option<&SeenHolds>,
        now: Timestamp,
    ) {
        let mut own = self.balances.get(&by.user).copied().unwrap_or_default();
        let repeated = bills.iter().all(|bill| self.owners.get(&bill.seat_no) == Some(&by.user));
        if !repeated {
            for bill in bills {
                let (holder, until) = self.holds.remove(&bill.seat_no).expect("paid without a hold");
                assert!(holder == by.user && now < until, "paid on another's hold, or too late");
                assert!(self.owners.insert(bill.seat_no, by.user).is_none(), "sold twice");
                own -= bill.amount.0;
            }
            assert!(self.ended.insert(by.pass), "paid with an ended pass");
            self.ends_holds_of(by.user, seen, now);
        }
        assert_eq!(balance.0, own);
        assert!(own >= 0, "spent what was not there");
        self.balances.insert(by.user, own);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    Batch(Vec<Act>),
}

#[derive(Debug, Clone)]
enum Act {
    Admit(PassHolder),
    Leave(PassHolder),
    Hold(PassHolder, Vec<u32>, Option<u8>),
    Release(PassHolder, u32),
    Pay(PassHolder, Vec<u32>, Option<u8>),
    /// From a page that showed the holds of some earlier time.
    PaySeen(PassHolder, Vec<u32>, usize),
    LeaveSeen(PassHolder, bool, usize),
    Charge(PassHolder, i64, Option<u8>),
}

fn holders() -> impl Strategy<Value = PassHolder> {
    (1..=3_u64, 0..3_u64).prop_map(|(user, visit)| PassHolder {
        user: UserId(Uuid::from_u128(user.into())),
        pass: PassKey { sale: SaleId(Uuid::from_u128(1)), number: user * 10 + visit },
    })
}

fn act() -> impl Strategy<Value = Act> {
    let key = || prop::option::weighted(0.3, 0..3_u8);
    let seats = || prop::collection::vec(0..=SEATS + 1, 1..4);
    prop_oneof![
        3 => holders().prop_map(Act::Admit),
        1 => holders().prop_map(Act::Leave),
        1 => (holders(), any::<bool>(), 0..4_usize).prop_map(|(by, is_inside, ago)| Act::LeaveSeen(by, is_inside, ago)),
        4 => (holders(), seats(), 0..4_usize).prop_map(|(by, seats, ago)| Act::PaySeen(by, seats, ago)),
        8 => (holders(), seats(), key()).prop_map(|(by, seats, key)| Act::Hold(by, seats, key)),
        2 => (holders(), 0..=SEATS + 1).prop_map(|(by, seat)| Act::Release(by, seat)),
        6 => (holders(), seats(), key()).prop_map(|(by, seats, key)| Act::Pay(by, seats, key)),
        3 => (holders(), -1..300_i64, key()).prop_map(|(by, amount, key)| Act::Charge(by, amount, key)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => prop_oneof![1..400_i64, Just(299), Just(300), Just(600)].prop_map(Step::Wait),
        4 => prop::collection::vec(act(), 1..5).prop_map(Step::Batch),
    ];
    prop::collection::vec(step, 1..60)
}

/// The command of an act. `page` gives what somebody saw that many steps ago.
fn command(act: Act, fresh: &mut impl FnMut() -> Uuid, page: impl Fn(UserId, usize) -> SeenHolds) -> Command {
    let key_of = |key: Option<u8>| key.and_then(|key| RequestKey::new(&format!("key-{key}")));
    match act {
        Act::Admit(by) => {
            let call = Call { epoch: 1, until: Timestamp::MAX };
            Command::Admit { user: by.user, pass: by.pass, call }
        }
        Act::Leave(by) => Command::Leave { user: by.user, pass: by.pass, seen: None },
        Act::LeaveSeen(by, is_inside, ago) => {
            let seen = Some(SeenPlace { is_inside, holds: page(by.user, ago) });
            Command::Leave { user: by.user, pass: by.pass, seen }
        }
        Act::Hold(by, seat_nos, key) => Command::Hold { by, concert: CONCERT, seat_nos, key: key_of(key) },
        Act::Release(by, seat_no) => {
            Command::Release { by, seat: SeatKey { concert: CONCERT, seat_no }, seen: None }
        }
        Act::Pay(by, seat_nos, key) => Command::Pay {
            by,
            concert: CONCERT,
            seats: seat_nos.into_iter().map(|seat_no| (seat_no, BillId(fresh()))).collect(),
            key: key_of(key),
            seen: None,
        },
        Act::PaySeen(by, seat_nos, ago) => Command::Pay {
            by,
            concert: CONCERT,
            seats: seat_nos.into_iter().map(|seat_no| (seat_no, BillId(fresh()))).collect(),
            key: None,
            seen: Some(page(by.user, ago)),
        },
        Act::Charge(by, amount, key) => Command::Charge {
            user: by.user,
            amount: Money(amount),
            movement: MovementId(fresh()),
            key: key_of(key),
            seen: None,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_breaks_an_invariant(steps in steps()) {
        let start: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let mut now = start;
        let mut next = 0_u128;
        let mut fresh = || { next += 1; Uuid::from_u128(0xF000 + next) };
        let mut store = Store::default();
        let concert = NewConcert {
            id: CONCERT,
            name: "Night".to_owned(),
            capacity: SEATS,
            price: Money(PRICE),
            opening_at: start,
            closing_at: start + SignedDuration::from_mins(60),
            event_date: start + SignedDuration::from_mins(60),
            sales: vec![],
            opened_by: None,
        };
        store.run(&[Command::OpenConcert(concert)], now)[0].as_ref().unwrap();
        let mut witness = Witness::default();
        let users: Vec<UserId> = (1..=3).map(|user| UserId(Uuid::from_u128(user))).collect();
        let mut pages = Vec::<HashMap<UserId, SeenHolds>>::new();
        for step in steps {
            pages.push(users.iter().map(|user| (*user, store.page_of(*user, now))).collect());
            let page = |user: UserId, ago: usize| pages[pages.len().saturating_sub(1 + ago)][&user].clone();
            match step {
                Step::Wait(seconds) => now += SignedDuration::from_secs(seconds),
                Step::Batch(batch) => {
                    let batch: Vec<Command> = batch.into_iter().map(|act| command(act, &mut fresh, page)).collect();
                    for (command, result) in batch.iter().zip(store.run(&batch, now)) {
                        witness.sees(command, &result, now);
                    }
                }
            }
            store.audit(now);
        }
    }
}

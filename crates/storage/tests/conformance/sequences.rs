//! A store answers any command as the rules do on a book that holds every row: a batch loads everything it
//! needs, and loses nothing it decided.

use std::collections::BTreeMap;

use jiff::Timestamp;
use onsale_booking::command::PassHolder;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SeatKey, UserId};
use onsale_booking::request::{RequestKey, StoredRequest};
use onsale_booking::seat::{OwnedSeats, Seat};
use onsale_booking::wallet::Wallet;
use onsale_booking::{Book, Changes, Command, Rows, decide};
use onsale_storage::writer::WriteError;

use crate::support::commands::{
    CONCERT, MAIN_SALE, SEATS, THIS_EPOCH, admit, by_number, charge, hold, keyed, leave, member,
    open_concert, pay, release, seconds, undated,
};
use crate::support::fixture::{StoreFixture, options};
use crate::support::sale::{Answer, Sale};

const STEPS: usize = 250;

/// Every row there is, in plain maps.
#[derive(Default)]
struct Model {
    rows: Rows,
    seats: BTreeMap<SeatKey, Seat>,
    wallets: BTreeMap<UserId, Wallet>,
    requests: BTreeMap<(UserId, RequestKey), StoredRequest>,
    owned: BTreeMap<(UserId, ConcertId), OwnedSeats>,
}

impl Model {
    fn run(&mut self, commands: &[Command], now: Timestamp) -> Vec<Answer> {
        let rows = Rows {
            seats: self.seats.values().cloned().collect(),
            wallets: self.wallets.values().cloned().collect(),
            requests: self.requests.values().cloned().collect(),
            owned: self.owned.values().copied().collect(),
            epochs: vec![(MAIN_SALE, THIS_EPOCH)],
            ..self.rows.clone()
        };
        let mut book = Book::new(rows, now, options().policy);
        let decided = commands.iter().map(|command| decide(&mut book, command)).collect::<Vec<_>>();
        self.keep(book.into_changes());
        decided.into_iter().map(|result| result.map_err(WriteError::Refused)).collect()
    }

    fn keep(&mut self, changes: Changes) {
        self.seats.extend(changes.concerts.iter().flat_map(Concert::new_seats).map(|it| (it.key(), it)));
        self.seats.extend(changes.seats.into_iter().map(|it| (it.key(), it)));
        self.wallets.extend(changes.wallets.into_iter().map(|it| (it.user, it)));
        self.requests.extend(changes.requests.into_iter().map(|it| ((it.user, it.key.clone()), it)));
        self.owned.extend(changes.owned.into_iter().map(|it| ((it.user, it.concert), it)));
        self.rows.users.extend(changes.users.into_iter().map(|user| user.id));
        self.rows.concerts.extend(changes.concerts);
        self.rows.bills.extend(changes.bills);
        for pass in changes.passes {
            self.rows.passes.retain(|known| known.key != pass.key);
            self.rows.passes.push(pass);
        }
    }
}

/// A small seeded generator, so that a failure can be reproduced.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn holder(&mut self, visit: u64) -> PassHolder {
        let user = self.roll(4) + 1;
        // Mostly the pass of this visit, sometimes one of another.
        let visit = if self.roll(8) == 0 { self.roll(visit + 1) } else { visit };
        by_number(member(user).user, user * 1_000 + visit)
    }

    fn seat_nos(&mut self) -> Vec<u32> {
        let count = [1, 1, 1, 2, 2, 3, 5][usize::try_from(self.roll(7)).unwrap()];
        (0..count)
            .map(|_| [0, 1, 2, 3, 4, 5, 6, SEATS, SEATS + 1][usize::try_from(self.roll(9)).unwrap()])
            .collect()
    }

    fn command(&mut self, visit: u64) -> Command {
        let by = self.holder(visit);
        let seat_nos = self.seat_nos();
        let command = match self.roll(20) {
            0..4 => return admit(by),
            4 => return leave(by),
            5 => return release(by, seat_nos[0]),
            6 => return open_concert(CONCERT, 5),
            7..12 => hold(by, &seat_nos),
            12..16 => pay(by, &seat_nos),
            _ => charge(by, [0, 1, 700, 1_000, 2_500][usize::try_from(self.roll(5)).unwrap()]),
        };
        if self.roll(4) == 0 { keyed(command, &format!("k{}", self.roll(6))) } else { command }
    }
}

pub(crate) async fn a_store_answers_as_the_rules_do(fixture: impl StoreFixture) {
    let mut sale = Sale::open(fixture).await;
    let mut model = Model::default();
    model.rows.sales.push(onsale_booking::sale::Sale::main(MAIN_SALE, sale.store.now()));
    model.run(&[open_concert(CONCERT, SEATS)], sale.store.now());
    let mut dice = Dice(2_027);
    let mut carried_out = 0;
    for step in 0..STEPS {
        let commands: Vec<_> = (0..=dice.roll(6)).map(|_| dice.command(step as u64 / 10)).collect();
        let expected = model.run(&commands, sale.store.now());
        for (command, expected) in commands.into_iter().zip(expected) {
            let message = format!("step {step}: {command:?}");
            carried_out += u32::from(expected.is_ok());
            assert_eq!(sale.ask(command).await, expected, "{message}");
        }
        let wait =
            [0, 0, 1, 30, 150, 299, 300, 301, 600, 24 * 3_600][usize::try_from(dice.roll(10)).unwrap()];
        sale.fixture.advance(seconds(wait));
        if step % 50 == 49 {
            sale.assert_clean().await;
            sale = if step % 100 == 99 { sale.crash().await } else { sale.reopen().await };
        }
    }
    let kept = sale.store.reads.concerts().await.unwrap().remove(0).1;
    assert_eq!(undated(kept), model.seats.into_values().collect::<Vec<_>>());
    for wallet in model.wallets.into_values() {
        assert_eq!(sale.store.reads.balance(wallet.user).await.unwrap(), wallet.balance);
    }
    assert!(carried_out > 200, "only {carried_out} commands were carried out");
}

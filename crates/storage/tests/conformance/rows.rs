//! Every effect is still there after the store was closed and opened again, and after a crash.

use onsale_booking::command::{NewConcert, PassHolder};
use onsale_booking::ids::ConcertId;
use onsale_booking::money::Money;
use onsale_booking::seat::SeatState;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_storage::error::StoreError;
use onsale_storage::port::LineRow;
use onsale_storage::writer::WriteError;
use uuid::Uuid;

use crate::support::commands::{
    CONCERT, MAIN_SALE, MICROSECOND, admit, bills, by_number, charge, hold, holder, json, leave,
    open_concert, pay, register, release, seats, seconds, start, undated,
};
use crate::support::fixture::{StoreFixture, options};
use crate::support::sale::Sale;

pub(crate) async fn a_registered_user_stays_registered(fixture: impl StoreFixture) {
    let (sale, carol) = (Sale::open(fixture).await, holder("carol"));
    let outcome = sale.ok(register(carol.user, "Carol")).await;
    let Outcome::Registered(user) = &outcome else { panic!("{outcome:?}") };
    assert_eq!((user.name.as_str(), user.created_at), ("Carol", start()));

    let sale = sale.reopen().await;
    assert_eq!(sale.refused(register(carol.user, "Carol")).await, Refusal::AlreadyRegistered);
    assert_eq!(sale.balance(carol).await, 0);
}

pub(crate) async fn a_charge_stays(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    sale.ok(charge(alice, 700)).await;
    let sale = sale.reopen().await;
    assert_eq!(sale.balance(alice).await, 700);
    let outcome = sale.ok(charge(alice, 1)).await;
    assert_eq!(outcome, Outcome::Charged { user: alice.user, balance: Money(701) });
    sale.assert_clean().await;
}

pub(crate) async fn a_sales_times_survive_to_the_microsecond(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let id = ConcertId(Uuid::from_u128(0xC1));
    let new = NewConcert {
        id,
        name: "하루 \"one\" 'night'; --".to_owned(),
        capacity: 3,
        price: Money(1_000_000_000),
        opening_at: "1969-12-31T23:59:59.999999Z".parse().unwrap(),
        closing_at: "2026-03-01T00:00:00.000001Z".parse().unwrap(),
        event_date: "9999-12-01T20:30:00.123457Z".parse().unwrap(),
        sales: vec![],
        opened_by: None,
    };
    let opened = sale.ok(Command::OpenConcert(new.clone())).await;
    let Outcome::Opened(concert) = opened else { panic!("{opened:?}") };

    let sale = sale.reopen().await;
    let kept = sale.store.reads.concerts().await.unwrap();
    let (kept, seats) = kept.into_iter().find(|(kept, _)| kept.id == id).unwrap();
    assert_eq!(kept, concert);
    let seats = undated(seats);
    assert_eq!(seats, concert.new_seats().collect::<Vec<_>>());
    assert_eq!(sale.store.maps.get(id).unwrap().snapshot().seats(), seats);
    for (again, is_same) in [(Command::OpenConcert(new), true), (open_concert(id, 3), false)] {
        assert_eq!(sale.refused(again).await, Refusal::ConcertExists { is_same });
    }
}

pub(crate) async fn somebody_inside_stays_inside(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    let admitted = sale.ok(admit(alice)).await;
    sale.fixture.advance(seconds(1));
    let sale = sale.reopen().await;
    assert_eq!(json(&sale.ok(admit(alice)).await), json(&admitted), "let in twice is let in once");
    let history = sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!(history.inside, [(alice.pass.number, alice.user, start() + seconds(600))]);

    sale.fixture.advance(seconds(599) - MICROSECOND);
    sale.ok(admit(alice)).await;
    sale.fixture.advance(MICROSECOND);
    assert_eq!(sale.refused(admit(alice)).await, Refusal::PassEnded);
}

pub(crate) async fn a_hold_stays_until_its_deadline(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (sale.inside(holder("alice")).await, sale.inside(holder("bob")).await);
    let held = seats(sale.ok(hold(alice, &[1])).await);
    assert_eq!(held[0].live_hold(start()).unwrap().deadline, start() + seconds(300));

    let sale = sale.reopen().await;
    sale.fixture.advance(seconds(300) - MICROSECOND);
    assert_eq!(seats(sale.ok(hold(alice, &[1])).await), held, "the same hold, the same deadline");
    assert_eq!(sale.refused(hold(bob, &[1])).await, Refusal::SeatHeld { seat_no: 1 });

    sale.fixture.advance(MICROSECOND);
    let deadline = start() + seconds(300);
    assert_eq!(sale.refused(pay(alice, &[1])).await, Refusal::HoldExpired { seat_no: 1, deadline });
    let taken = seats(sale.ok(hold(bob, &[1])).await);
    let sale = sale.reopen().await;
    assert_eq!(sale.seat(1), taken[0]);
    assert_eq!(sale.refused(pay(alice, &[1])).await, Refusal::NotHolder { seat_no: 1 });
    sale.assert_clean().await;
}

pub(crate) async fn a_released_seat_stays_free(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (sale.inside(holder("alice")).await, sale.inside(holder("bob")).await);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(release(alice, 1)).await;
    let sale = sale.reopen().await;
    assert_eq!(sale.seat(1).state, SeatState::Free);
    assert_eq!(sale.refused(release(alice, 1)).await, Refusal::SeatNotHeld { seat_no: 1 });
    sale.ok(hold(bob, &[1])).await;
}

pub(crate) async fn a_sold_seat_stays_sold(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (sale.rich(holder("alice"), 5_000).await, sale.inside(holder("bob")).await);
    sale.ok(hold(alice, &[1, 2, 3])).await;
    sale.fixture.advance(seconds(300) - MICROSECOND);
    let (paid, left) = bills(sale.ok(pay(alice, &[2, 1])).await);
    assert_eq!((paid[0].seat_no, paid[1].seat_no, left), (2, 1, 3_000));
    assert_eq!(sale.seat(3).state, SeatState::Free, "the payment releases other holds");

    let sale = sale.reopen().await;
    sale.fixture.advance(seconds(2));
    assert_eq!(sale.store.reads.bills(alice.user, None, 10).await.unwrap().len(), 2);
    assert_eq!(sale.refused(hold(bob, &[1])).await, Refusal::SeatSold { seat_no: 1 });
    assert_eq!(sale.refused(hold(alice, &[4])).await, Refusal::PassEnded);
    assert_eq!(sale.refused(admit(alice)).await, Refusal::PassEnded);
    // Repeating the payment returns its bills, with the current balance.
    sale.ok(charge(alice, 7)).await;
    assert_eq!(bills(sale.ok(pay(alice, &[2, 1])).await), (paid, 3_007));
    sale.assert_clean().await;
}

pub(crate) async fn leaving_is_for_good(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (sale.inside(holder("alice")).await, holder("bob"));
    sale.ok(hold(alice, &[1, 2])).await;
    let left = sale.ok(leave(alice)).await;
    // Bob leaves while he still waits: his place is gone, though he was never inside.
    sale.ok(leave(bob)).await;

    let sale = sale.reopen().await;
    assert_eq!((sale.seat(1).state, sale.seat(2).state), (SeatState::Free, SeatState::Free));
    assert!(matches!(left, Outcome::Left(_)), "{left:?}");
    for by in [alice, bob] {
        assert_eq!(sale.refused(admit(by)).await, Refusal::PassEnded);
        assert_eq!(sale.refused(hold(by, &[1])).await, Refusal::PassEnded);
        assert_eq!(sale.refused(leave(by)).await, Refusal::PassEnded);
    }
    let history = sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!((history.inside, history.ended), (vec![], vec![1, 2]));
    sale.assert_clean().await;
}

pub(crate) async fn nobody_acts_with_another_users_number(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 9_000).await;
    sale.ok(hold(alice, &[1])).await;
    let thief = PassHolder { user: holder("bob").user, ..alice };
    let acts = || [admit(thief), hold(thief, &[2]), pay(thief, &[1]), release(thief, 1), leave(thief)];
    for act in acts() {
        assert_eq!(sale.refused(act).await, Refusal::NotAdmitted);
    }
    sale.ok(pay(alice, &[1])).await;
    for act in acts() {
        assert_eq!(sale.refused(act).await, Refusal::NotAdmitted, "her pass has ended");
    }
    assert!(sale.seat(1).is_sold_to(alice.user));
    sale.assert_clean().await;
}

pub(crate) async fn a_number_that_no_row_can_have_names_no_row(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let bob = holder("bob");
    for number in [1 << 63, u64::MAX] {
        let by = by_number(bob.user, number);
        for act in [hold(by, &[1]), release(by, 1), pay(by, &[1])] {
            assert_eq!(sale.refused(act).await, Refusal::NotAdmitted, "{number}");
        }
        // Nor can these write such a row.
        for act in [admit(by), leave(by)] {
            assert_eq!(sale.ask(act).await, Err(WriteError::Busy), "{number}");
        }
        sale.ok(charge(bob, 1)).await;
    }
    assert_eq!(sale.balance(bob).await, 2, "the store goes on");
    let sale = sale.reopen().await;
    sale.inside(bob).await;
    sale.assert_clean().await;
}

pub(crate) async fn a_live_hold_keeps_its_pass_alive(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 5_000).await;
    sale.fixture.advance(seconds(599));
    sale.ok(hold(alice, &[1])).await;
    let sale = sale.reopen().await;
    sale.fixture.advance(seconds(299));
    assert_eq!(sale.refused(hold(alice, &[2])).await, Refusal::PassEnded);
    let inside = sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap().inside;
    assert_eq!(inside, [(alice.pass.number, alice.user, start() + seconds(899))]);
    sale.ok(pay(alice, &[1])).await;
    sale.assert_clean().await;
}

pub(crate) async fn the_line_goes_back_in_neither_numbers_nor_epoch(fixture: impl StoreFixture) {
    fixture.open(options()).await.close().await;
    fixture.change_line(|row| (row.epoch, row.allocated) = (2, 64)).await.unwrap();
    let back: [fn(&mut LineRow); 2] = [|row| row.allocated = 63, |row| row.epoch = 1];
    for change in back {
        let refused = fixture.change_line(change).await;
        assert!(matches!(refused, Err(StoreError::RolledBack(_))), "{refused:?}");
    }
    let store = fixture.open(options()).await;
    let row = store.reads.line_row(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!((row.epoch, row.allocated), (2, 64));
}

pub(crate) async fn what_was_acknowledged_survives_a_crash(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 5_000).await;
    let bob = sale.rich(holder("bob"), 2_500).await;
    let (carol, dave) = (sale.inside(holder("carol")).await, sale.inside(holder("dave")).await);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    let held = seats(sale.ok(hold(bob, &[2, 3])).await);
    sale.ok(hold(carol, &[4])).await;
    sale.ok(leave(carol)).await;
    sale.ok(hold(dave, &[5])).await;
    sale.ok(release(dave, 5)).await;
    let rows = sale.assert_clean().await;

    let sale = sale.crash().await;
    assert_eq!(sale.assert_clean().await, rows);
    assert_eq!((sale.balance(alice).await, sale.balance(bob).await), (4_000, 2_500));
    assert!(sale.seat(1).is_sold_to(alice.user));
    assert_eq!([sale.seat(2), sale.seat(3)], held[..]);
    assert_eq!((sale.seat(4).state, sale.seat(5).state), (SeatState::Free, SeatState::Free));
    assert_eq!(sale.refused(admit(carol)).await, Refusal::PassEnded);
    sale.ok(pay(bob, &[2, 3])).await;
    let again = sale.inside(by_number(alice.user, 10)).await;
    assert_eq!(sale.refused(hold(again, &[2])).await, Refusal::SeatSold { seat_no: 2 });
    assert_eq!(sale.store.maps.get(CONCERT).unwrap().snapshot().available(sale.store.now()), 57);
}

//! One commit carries many requests, and none of them affects another.

use onsale_booking::ids::ConcertId;
use onsale_booking::money::Money;
use onsale_booking::seat::SeatStatus;
use onsale_booking::{Outcome, Refusal};
use onsale_storage::store::StoreOptions;
use onsale_storage::writer::{LineChange, LineTask, WriteError};
use uuid::Uuid;

use crate::support::commands::{
    CONCERT, MAIN_SALE, SEATS, admit, charge, hold, holder, keyed, leave, open_concert, pay, register,
    release, seconds,
};
use crate::support::fixture::{StoreFixture, options};
use crate::support::sale::{Sale, poll_each_once};

pub(crate) async fn a_refusal_writes_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob, carol) = (sale.inside(holder("alice")).await, holder("bob"), holder("carol"));
    sale.ok(hold(alice, &[1])).await;
    let rows = sale.assert_clean().await;
    let (version, batches) = (version(&sale), sale.writer.counts().0);
    let refused = [
        hold(bob, &[2]),
        keyed(hold(bob, &[2]), "k"),
        hold(alice, &[2, SEATS + 1]),
        hold(alice, &[0]),
        hold(alice, &[2, 3, 4, 5]),
        keyed(pay(alice, &[1]), "k"),
        pay(alice, &[2]),
        release(alice, 2),
        keyed(charge(bob, 0), "k"),
        register(carol.user, ""),
        open_concert(CONCERT, 10),
    ];
    let count = refused.len() as u64;
    for command in refused {
        sale.refused(command).await;
    }
    assert_eq!(sale.assert_clean().await, rows);
    assert_eq!(self::version(&sale), version, "no map changed");
    assert_eq!((sale.fixture.stored_results().await, sale.seats_of(alice.user).await), (0, vec![1]));
    assert_eq!(sale.writer.counts().0, batches + count, "each was a batch of its own");
    // Not even the refused users were inserted.
    sale.ok(register(bob.user, "Bob")).await;
    sale.ok(register(carol.user, "Carol")).await;
}

pub(crate) async fn a_refused_command_harms_no_neighbour(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (sale.rich(holder("alice"), 1_000).await, sale.inside(holder("bob")).await);
    let answers = sale
        .batch(vec![
            hold(alice, &[1]),
            hold(bob, &[1]),
            hold(bob, &[2]),
            pay(bob, &[2]),
            pay(alice, &[1]),
            hold(holder("carol"), &[3]),
            release(bob, 2),
        ])
        .await;
    let refusals: Vec<_> = answers.iter().map(|answer| answer.as_ref().err()).collect();
    let no = |refusal| Some(WriteError::Refused(refusal));
    let price = Money(1_000);
    let broke = Refusal::InsufficientBalance { price, balance: Money(0) };
    let expected =
        [None, no(Refusal::SeatHeld { seat_no: 1 }), None, no(broke), None, no(Refusal::NotAdmitted), None];
    assert_eq!(refusals, expected.iter().map(Option::as_ref).collect::<Vec<_>>());
    let sale = sale.reopen().await;
    assert!(sale.seat(1).is_sold_to(alice.user));
    assert_eq!(sale.seat(2).status(sale.store.now()), SeatStatus::Available);
    assert_eq!(sale.balance(alice).await, 0);
    sale.assert_clean().await;
}

pub(crate) async fn commands_of_one_batch_see_each_other_in_order(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (holder("alice"), holder("bob"));
    let id = ConcertId(Uuid::from_u128(0xC2));
    let story = vec![
        pay(alice, &[1]),
        admit(alice),
        hold(alice, &[1]),
        pay(alice, &[1]),
        keyed(charge(alice, 1_500), "k"),
        keyed(charge(alice, 1_500), "k"),
        keyed(charge(alice, 1), "k"),
        pay(alice, &[1]),
        pay(alice, &[1]),
        hold(alice, &[2]),
        admit(bob),
        hold(bob, &[1]),
        hold(bob, &[2]),
        leave(bob),
        hold(bob, &[2]),
        open_concert(id, 5),
        open_concert(id, 5),
    ];
    let answers = sale.batch(story).await;
    let answered: Vec<_> = answers.iter().map(Result::is_ok).collect();
    let (yes, no) = (true, false);
    assert_eq!(answered, [no, yes, yes, no, yes, yes, no, yes, yes, no, yes, no, yes, yes, no, yes, no]);
    assert_eq!(answers[4], answers[5], "one key, one effect");
    assert_eq!(answers[7], answers[8], "one payment, one bill");
    assert_eq!(sale.store.maps.get(id).unwrap().snapshot().seats().len(), 5);

    let sale = sale.reopen().await;
    assert_eq!(sale.balance(alice).await, 500);
    assert_eq!(sale.store.reads.bills(alice.user, None, 10).await.unwrap().len(), 1);
    assert_eq!(sale.seat(2).status(sale.store.now()), SeatStatus::Available);
    sale.assert_clean().await;
}

pub(crate) async fn seat_maps_show_a_write_before_it_is_answered(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 9_000).await;
    let bob = holder("bob").user;
    let now = sale.store.now();
    let mut seen = vec![version(&sale)];
    for (command, shown) in [
        (hold(alice, &[1, 2]), SeatStatus::Held),
        (release(alice, 1), SeatStatus::Available),
        (hold(alice, &[1]), SeatStatus::Held),
        (pay(alice, &[1]), SeatStatus::Sold),
    ] {
        let answered = format!("{command:?}");
        sale.ok(command).await;
        assert_eq!(sale.seat(1).status(now), shown, "{answered}");
        seen.push(version(&sale));
    }
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    let map = sale.store.maps.get(CONCERT).unwrap();
    assert_eq!(map.snapshot().available(now), SEATS as usize - 1);
    let is_sold_to = |user| map.snapshot().seat(1).is_some_and(|seat| seat.is_sold_to(user));
    assert!(is_sold_to(alice.user) && !is_sold_to(bob));
    // A map shows what was written. Whether a hold still counts, the clock decides.
    let carol = sale.inside(holder("carol")).await;
    sale.ok(hold(carol, &[3])).await;
    assert_eq!(map.snapshot().available(now + seconds(299)), SEATS as usize - 2);
    assert_eq!(map.snapshot().available(now + seconds(300)), SEATS as usize - 1);
}

pub(crate) async fn a_full_queue_refuses_at_once_and_changes_nothing(fixture: impl StoreFixture) {
    let few = StoreOptions { queue_max: 4, ..options() };
    let (sale, alice) = (Sale::open_with(fixture, few).await, holder("alice"));
    let stall = sale.fixture.stall().await;
    sale.writer.tidy();
    while sale.writer.depth() > 0 {
        tokio::task::yield_now().await;
    }
    let mut accepted: Vec<_> = (0..4).map(|_| Box::pin(sale.ask(charge(alice, 1)))).collect();
    poll_each_once(&mut accepted).await;
    assert_eq!(sale.writer.depth(), 4);
    // Nothing moves while the store is stalled, so an answer now is one that did not wait.
    assert_eq!(sale.ask(charge(alice, 100)).await, Err(WriteError::Busy));
    assert_eq!(
        sale.writer
            .submit_line(LineTask {
                sale: MAIN_SALE,
                epoch: 1,
                change: LineChange::NoteProgress { head: 1, given: 1 }
            })
            .await,
        Err(WriteError::Busy)
    );
    drop(stall);
    for answer in accepted {
        assert!(matches!(answer.await, Ok(Outcome::Charged { .. })));
    }
    assert_eq!(sale.balance(alice).await, 4);
    assert_eq!(sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap().row.head, 0);
    sale.ok(charge(alice, 1)).await;
    sale.assert_clean().await;
}

pub(crate) async fn closing_finishes_what_was_accepted(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    let stall = sale.fixture.stall().await;
    let mut accepted: Vec<_> = (0..9).map(|_| Box::pin(sale.ask(charge(alice, 1)))).collect();
    poll_each_once(&mut accepted).await;
    drop(stall);
    sale.store.close().await;
    for answer in accepted {
        assert!(answer.await.is_ok());
    }
    assert!(!sale.writer.is_working());
    assert_eq!(sale.ask(charge(alice, 1)).await, Err(WriteError::Busy));
    let sale = sale.reopen().await;
    assert_eq!(sale.balance(alice).await, 9);
}

pub(crate) async fn a_caller_who_goes_away_is_still_served(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    let stall = sale.fixture.stall().await;
    let mut gone = vec![Box::pin(sale.ask(charge(alice, 5)))];
    poll_each_once(&mut gone).await;
    drop((gone, stall));
    sale.ok(charge(alice, 1)).await;
    assert_eq!(sale.balance(alice).await, 6);
}

fn version<F: StoreFixture>(sale: &Sale<F>) -> u64 {
    sale.store.maps.get(CONCERT).unwrap().snapshot().version()
}

//! What people and operators read.

use jiff::Timestamp;
use onsale_booking::bill::Bill;
use onsale_booking::ids::{BillId, SaleId, SeatId, SeatNo};
use onsale_booking::pass::{Pass, PassState};
use onsale_booking::seat::{Seat, SeatState};
use onsale_storage::port::After;
use onsale_storage::writer::{LineChange, LineTask, WriteError};
use uuid::Uuid;

use crate::support::commands::{
    CONCERT, MAIN_SALE, SEATS, by_number, charge, hold, holder, leave, member, pay, seconds, start, undated,
};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;

pub(crate) async fn a_stranger_has_nothing(fixture: impl StoreFixture) {
    let (sale, dave) = (Sale::open(fixture).await, holder("dave"));
    let reads = &sale.store.reads;
    assert_eq!(sale.balance(dave).await, 0);
    assert_eq!(reads.reservations(dave.user, None, 10).await.unwrap(), []);
    assert_eq!(reads.bills(dave.user, None, 10).await.unwrap(), []);
    let history = reads.line(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!((history.row.epoch, history.row.head), (1, 0));
    assert_eq!((history.inside, history.ended, history.recent), (vec![], vec![], vec![]));
}

pub(crate) async fn reservations_are_live_holds_and_owned_seats_newest_first(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 9_000).await;
    let bob = sale.inside(holder("bob")).await;
    sale.ok(hold(bob, &[9])).await;
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    let alice = sale.inside(by_number(alice.user, 11)).await;
    sale.fixture.advance(seconds(1));
    sale.ok(hold(alice, &[2])).await;
    sale.fixture.advance(seconds(299));
    sale.ok(hold(alice, &[3])).await;
    assert_eq!(sale.seats_of(alice.user).await, [3, 2, 1]);
    assert_eq!(sale.seats_of(bob.user).await, [] as [SeatNo; 0], "bob's hold is over");

    // The hold on seat 2 has expired although nobody has swept it; seat 1 is owned for good.
    sale.fixture.advance(seconds(1));
    assert!(matches!(sale.seat(2).state, SeatState::Held(_)), "nothing swept it");
    assert_eq!(sale.seats_of(alice.user).await, [3, 1]);
    let sale = sale.reopen().await;
    assert_eq!(sale.seats_of(alice.user).await, [3, 1]);
}

pub(crate) async fn pages_of_reservations_have_no_gaps_and_repeat_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    // Three visits of four seats each. The four have one time, so only their identity orders them.
    let user = holder("alice").user;
    let mut number = 0;
    for visit in 0..3 {
        number += 1;
        let alice = sale.rich(by_number(user, number), 9_000).await;
        let first = visit * 4 + 1;
        let seat_nos: Vec<SeatNo> = (first..first + 4).collect();
        sale.ok(hold(alice, &seat_nos)).await;
        sale.ok(pay(alice, &seat_nos)).await;
        sale.fixture.advance(seconds(i64::from(visit % 2)));
    }
    let whole = sale.store.reads.reservations(user, None, 100).await.unwrap();
    assert_eq!(whole.len(), 12);
    assert!(whole.iter().map(|seat| (reserved_at(seat), seat.id)).is_sorted_by(|newer, older| newer > older));
    for limit in [1, 3, 5, 12] {
        let mut paged = Vec::new();
        while let Ok(page) = sale.store.reads.reservations(user, paged.last().map(after_seat), limit).await {
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, whole, "pages of {limit}");
    }
}

pub(crate) async fn a_page_may_begin_after_any_time(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 9_000).await;
    sale.ok(hold(alice, &[1, 2])).await;
    sale.ok(pay(alice, &[1])).await;
    for (time, expected) in
        [(Timestamp::MIN, (0, 0)), (Timestamp::UNIX_EPOCH, (0, 0)), (Timestamp::MAX, (1, 1))]
    {
        for id in [Uuid::nil(), Uuid::max()] {
            let seats = Some(After { time, id: SeatId(id) });
            let seats = sale.store.reads.reservations(alice.user, seats, 10).await.unwrap();
            let bills = Some(After { time, id: BillId(id) });
            let bills = sale.store.reads.bills(alice.user, bills, 10).await.unwrap();
            assert_eq!((seats.len(), bills.len()), expected, "{time} {id}");
        }
    }
}

pub(crate) async fn pages_of_bills_have_no_gaps_and_repeat_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let user = holder("alice").user;
    for visit in 0..4_u32 {
        let alice = sale.rich(by_number(user, u64::from(visit) + 1), 9_000).await;
        let seat_nos: Vec<SeatNo> = (visit * 3 + 1..=visit * 3 + 3).collect();
        sale.ok(hold(alice, &seat_nos)).await;
        sale.ok(pay(alice, &seat_nos)).await;
        sale.fixture.advance(seconds(i64::from(visit % 2)));
    }
    let bob = sale.rich(member(77), 1_000).await;
    sale.ok(hold(bob, &[50])).await;
    sale.ok(pay(bob, &[50])).await;
    let reads = &sale.store.reads;
    let whole = reads.bills(user, None, 100).await.unwrap();
    assert_eq!(whole.len(), 12);
    assert!(whole.iter().map(|bill| (bill.created_at, bill.id)).is_sorted_by(|newer, older| newer > older));
    for limit in [1, 5, 12] {
        let mut paged: Vec<Bill> = Vec::new();
        loop {
            let after = paged.last().map(|bill| After::<BillId> { time: bill.created_at, id: bill.id });
            let page = reads.bills(user, after, limit).await.unwrap();
            assert!(page.len() <= limit && page.iter().all(|bill| bill.holder == user));
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, whole, "pages of {limit}");
    }
}

pub(crate) async fn an_audit_sees_every_row(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    // The seats and the main sale.
    let before = u64::from(SEATS) + 1;
    assert_eq!(sale.assert_clean().await, before);
    let alice = sale.rich(holder("alice"), 5_000).await;
    // A wallet, two ledger entries and a pass.
    assert_eq!(sale.assert_clean().await, before + 4);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    // Two more ledger entries, a bill, and how many seats she owns.
    assert_eq!(sale.assert_clean().await, before + 8);
}

pub(crate) async fn the_line_finds_its_passes_again(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.inside(holder("alice")).await;
    sale.fixture.advance(seconds(30));
    let bob = sale.inside(holder("bob")).await;
    let carol = sale.inside(holder("carol")).await;
    sale.ok(charge(carol, 1)).await;
    sale.ok(leave(carol)).await;
    sale.fixture.advance(seconds(30));
    let history = sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap();
    let at = |after| start() + seconds(after);
    assert_eq!(history.inside, [(1, alice.user, at(600)), (2, bob.user, at(630))]);
    assert_eq!(history.ended, [3]);
    // Alice came in exactly a minute ago, and the window is closed at both ends.
    assert_eq!(history.recent, [at(0), at(30), at(30)]);

    sale.fixture.advance(seconds(540));
    let history = sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!((history.inside, history.ended), (vec![(2, bob.user, at(630))], vec![1, 3]));
    assert_eq!(history.recent, []);
}

pub(crate) async fn passes_are_found_by_their_numbers(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.inside(holder("alice")).await;
    let bob = sale.inside(holder("bob")).await;
    sale.inside(holder("carol")).await;
    sale.ok(leave(alice)).await;
    sale.fixture.advance(seconds(30));
    sale.ok(leave(bob)).await;
    let reads = &sale.store.reads;
    let numbers = |mut passes: Vec<Pass>| {
        passes.sort_by_key(|pass| pass.key.number);
        passes.into_iter().map(|pass| pass.key.number).collect::<Vec<_>>()
    };
    let found = reads
        .passes(MAIN_SALE, vec![3, 77, 1, 0, 1 << 32, i64::MAX as u64, 1 << 63, u64::MAX])
        .await
        .unwrap();
    assert!(
        found.iter().all(|pass| matches!(pass.state, PassState::Ended { .. }) == (pass.key == alice.pass))
    );
    assert_eq!(numbers(found), [1, 3]);
    let row = reads.line_row(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!(row, reads.line(MAIN_SALE).await.unwrap().unwrap().row);
    let of_number = |number| reads.passes_by_number(number);
    assert_eq!(numbers(of_number(3).await.unwrap()), [3]);
    for number in [0, 4, 1 << 32, i64::MAX as u64, 1 << 63, u64::MAX] {
        assert_eq!(of_number(number).await.unwrap(), []);
    }
}

pub(crate) async fn a_sale_that_does_not_exist_has_no_line(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.inside(holder("alice")).await;
    let reads = &sale.store.reads;
    assert_eq!(reads.main_sale().await.unwrap(), MAIN_SALE);
    let other = SaleId(Uuid::from_u128(0x5A));
    assert_eq!(reads.line_row(other).await.unwrap(), None);
    assert!(reads.line(other).await.unwrap().is_none());
    assert_eq!(reads.passes(other, vec![alice.pass.number]).await.unwrap(), []);
    // And nothing is written for one.
    let change = LineChange::AllocateNumbers(64);
    let refused = sale.writer.submit_line(LineTask { sale: other, epoch: 1, change }).await;
    assert_eq!(refused, Err(WriteError::Busy));
    assert_eq!(reads.line_row(other).await.unwrap(), None);
}

pub(crate) async fn a_line_is_left_open_until_it_is_closed(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let open = sale.store.reads.lines_left_open().await.unwrap();
    let row = sale.store.reads.line_row(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!((row.closed_tail, open), (None, vec![row]));
    let change = LineChange::Close { head: 0, tail: 0 };
    let task = LineTask { sale: MAIN_SALE, epoch: row.epoch, change };
    sale.writer.submit_line(task).await.unwrap();
    assert_eq!(sale.store.reads.lines_left_open().await.unwrap(), []);
}

pub(crate) async fn every_concert_is_read_with_its_seats(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.inside(holder("alice")).await;
    sale.ok(hold(alice, &[2])).await;
    let concerts = sale.store.reads.concerts().await.unwrap();
    let [(concert, seats)] = &concerts[..] else { panic!("{concerts:?}") };
    assert_eq!((concert.id, seats.len()), (CONCERT, SEATS as usize));
    let seats = undated(seats.clone());
    assert!(seats.iter().map(|seat| seat.seat_no).eq(1..=SEATS));
    assert_eq!(seats[1].holder(), Some(alice.user));
    assert_eq!(seats[..], *sale.store.maps.get(CONCERT).unwrap().snapshot().seats());
}

fn reserved_at(seat: &Seat) -> jiff::Timestamp {
    match seat.state {
        SeatState::Held(hold) => hold.reserved_at,
        SeatState::Sold(sale) => sale.reserved_at,
        SeatState::Free | SeatState::Kept => panic!("{seat:?}"),
    }
}

fn after_seat(seat: &Seat) -> After<SeatId> {
    After { time: reserved_at(seat), id: seat.id }
}

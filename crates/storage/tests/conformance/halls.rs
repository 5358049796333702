//! What halls add to a sale: seats with a kind, and seats that the house keeps.

use onsale_booking::Refusal;
use onsale_booking::money::Money;
use onsale_booking::seat::{Seat, SeatKind, SeatState, SeatStatus};

use crate::support::commands::{hold, holder, pay, release, seats};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;

/// Seat 1 is a companion seat that costs 70, seat 2 is kept and has a restricted view.
async fn sale<F: StoreFixture>(fixture: F) -> Sale<F> {
    let sale = Sale::open(fixture).await;
    let plant = "UPDATE seats SET kind = 'companion', price = 70 WHERE seat_no = 1;
        UPDATE seats SET kind = 'restricted', kept = true WHERE seat_no = 2";
    sale.fixture.plant(plant).await;
    sale.reopen().await
}

fn terms(seat: &Seat) -> (Option<SeatKind>, Money) {
    (seat.kind, seat.price)
}

pub(crate) async fn kinds_and_kept_seats_survive(fixture: impl StoreFixture) {
    let mut sale = sale(fixture).await;
    for _ in 0..2 {
        assert_eq!(terms(&sale.seat(1)), (Some(SeatKind::Companion), Money(70)));
        assert_eq!((sale.seat(2).state, sale.seat(2).kind), (SeatState::Kept, Some(SeatKind::Restricted)));
        assert_eq!(sale.seat(2).status(sale.store.now()), SeatStatus::Unavailable);
        assert_eq!((sale.seat(3).state, sale.seat(3).kind), (SeatState::Free, None));
        sale.assert_clean().await;
        sale = sale.reopen().await;
    }
}

pub(crate) async fn a_kept_seat_is_not_held(fixture: impl StoreFixture) {
    let sale = sale(fixture).await;
    let bob = sale.inside(holder("bob")).await;
    assert_eq!(sale.refused(hold(bob, &[3, 2])).await, Refusal::SeatUnavailable { seat_no: 2 });
    assert_eq!(sale.refused(release(bob, 2)).await, Refusal::SeatNotHeld { seat_no: 2 });
    assert_eq!((sale.seat(2).state, sale.seat(3).state), (SeatState::Kept, SeatState::Free));
    sale.assert_clean().await;
}

pub(crate) async fn a_seat_keeps_its_kind_and_price_through_hold_release_and_payment(
    fixture: impl StoreFixture,
) {
    let sale = sale(fixture).await;
    let alice = sale.rich(holder("alice"), 100).await;
    let companion = (Some(SeatKind::Companion), Money(70));
    let held = seats(sale.ok(hold(alice, &[1])).await);
    assert_eq!(terms(&held[0]), companion);
    sale.ok(release(alice, 1)).await;
    let sale = sale.reopen().await;
    assert_eq!((terms(&sale.seat(1)), sale.seat(1).state), (companion, SeatState::Free));
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    let sale = sale.reopen().await;
    assert!(terms(&sale.seat(1)) == companion && sale.seat(1).is_sold_to(alice.user));
    assert_eq!(sale.balance(alice).await, 30, "the seat's own price");
    sale.assert_clean().await;
}

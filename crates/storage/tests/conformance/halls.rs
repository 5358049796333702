//! What halls add to a sale: plans, seats with a kind, and seats that the house keeps.

use onsale_booking::ids::{PlanId, UserId};
use onsale_booking::money::Money;
use onsale_booking::seat::{Seat, SeatKind, SeatState, SeatStatus};
use onsale_booking::{Command, Outcome, Refusal};
use onsale_plan::{Plan, samples};
use onsale_storage::port::LogAction;
use uuid::Uuid;

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

pub(crate) async fn a_plan_comes_back_whole(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let arena = Plan::read(samples::ARENA).unwrap();
    let olga = UserId(Uuid::from_u128(0x01A));
    let new = arena.to_keep(Some(olga));
    let added = |is_new| Outcome::PlanAdded { plan: new.id(), is_new };
    assert_eq!(sale.ok(Command::AddPlan(new.clone())).await, added(true));
    assert_eq!(sale.ok(Command::AddPlan(arena.to_keep(None))).await, added(false), "it is the same plan");
    let sale = sale.crash().await;
    let kept = sale.store.reads.plan(new.id()).await.unwrap().unwrap();
    assert_eq!((&kept.content[..], kept.hash, kept.seats), (&new.content[..], new.hash, 12_000));
    assert_eq!(Plan::from_kept(&kept.content).unwrap(), arena);
    assert_eq!(sale.store.reads.plan(PlanId(Uuid::nil())).await.unwrap(), None);
    let log = sale.store.reads.operator_log(None, 10).await.unwrap();
    let plans = log.iter().filter(|stored| matches!(stored.entry.action, LogAction::PlanAdded { .. }));
    assert_eq!(plans.map(|stored| stored.entry.operator).collect::<Vec<_>>(), [Some(olga)]);
    sale.assert_clean().await;
}

pub(crate) async fn a_plan_that_many_bring_at_once_is_kept_once(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let new = Plan::read(samples::CLUB).unwrap().to_keep(None);
    let twenty = std::iter::repeat_n(Command::AddPlan(new.clone()), 20);
    let answers = sale.batch(twenty.collect()).await;
    let is_new = |answer: &Result<Outcome, _>| match answer {
        Ok(Outcome::PlanAdded { plan, is_new }) if *plan == new.id() => *is_new,
        _ => panic!("refused or another plan"),
    };
    assert!(answers.iter().filter(|answer| is_new(answer)).count() >= 1);
    assert!(sale.store.reads.plan(new.id()).await.unwrap().is_some());
    sale.assert_clean().await;
}

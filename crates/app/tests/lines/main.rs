//! The lines of several sales in one instance: they share nothing, and rest when nobody needs them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

#[path = "../support/instance.rs"]
mod instance;
mod openings;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::queue_feed::QueueFeed;
use onsale_app::tokens::Ticket;
use onsale_booking::Refusal;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::refusal::Missing;
use uuid::Uuid;

use instance::{Instance, to};
use support::somebody;

/// Longer than a line must be empty before it rests.
const MINUTE: i64 = 61;

fn is_admitted(status: LineStatus) -> bool {
    matches!(status, LineStatus::Admitted { .. })
}

fn ahead(status: LineStatus) -> u64 {
    match status {
        LineStatus::Waiting { ahead, .. } => ahead.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_of_one_person_in_two_sales_are_unrelated() {
    let instance = Instance::open(1).await;
    let (main, other, alice) = (instance.app.main_sale(), instance.home.add_sale(), somebody());
    let (in_main, first) = instance.app.join(to(main, alice)).await.unwrap();
    let (in_other, second) = instance.app.join(to(other, alice)).await.unwrap();
    assert!(is_admitted(first) && is_admitted(second), "each line has its own room");
    assert_eq!((in_main.key().number, in_other.key().number), (1, 1));
    assert_ne!(in_main.key(), in_other.key());
    assert_eq!(instance.app.join(to(other, alice)).await.unwrap().0.number, 1, "one place in each sale");

    let (waiting, status) = instance.app.join(to(other, somebody())).await.unwrap();
    assert_eq!((waiting.number, ahead(status)), (2, 0));
    let in_lines = instance.ticked().await;
    assert_eq!((in_lines.waiting, in_lines.inside), (1, 2), "the sum over both lines");
    instance.app.leave(&in_other, None).await.unwrap();
    instance.ticked().await;
    assert_eq!(instance.app.status(&in_other).await.unwrap(), LineStatus::Ended);
    assert!(is_admitted(instance.app.status(&in_main).await.unwrap()));
    assert!(instance.app.check_inside(&in_main).await.is_ok());
    assert_eq!(instance.app.check_inside(&in_other).await, Err(Refusal::PassEnded.into()));
    assert!(is_admitted(instance.app.poll(&waiting).await.unwrap()), "the slot went to the next there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_an_unknown_sale_is_unknown() {
    let instance = Instance::open(1).await;
    let sale = SaleId(Uuid::from_u128(0xBAD));
    let ticket = Ticket { user: somebody().0, sale, epoch: 1, number: 1, admitted: false };
    assert_eq!(instance.app.check_ticket(&ticket).await, Err(AppError::UnknownTicket));
    assert_eq!(instance.app.poll(&ticket).await, Err(AppError::UnknownTicket));
    assert_eq!(instance.app.poll_from_memory(&ticket), None);
    let nowhere = AppError::Refused(Refusal::NotFound(Missing::Sale));
    assert_eq!(instance.app.join(to(sale, somebody())).await.unwrap_err(), nowhere);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_line_rests_and_opens_again_without_ghosts() {
    let instance = Instance::open(1).await;
    let sale = instance.home.add_sale();
    let (gone, _) = instance.app.join(to(sale, somebody())).await.unwrap();
    assert_eq!(instance.home.closed_tail(sale), None, "it works");
    instance.app.leave(&gone, None).await.unwrap();
    instance.ticked().await;
    instance.home.advance(59);
    instance.ticked().await;
    assert_eq!(instance.home.closed_tail(sale), None, "it has not been empty for long");
    instance.home.advance(2);
    instance.ticked().await;
    assert_eq!(instance.home.closed_tail(sale), Some(1), "it rests");

    // What the store knows to be over opens no line.
    assert_eq!(instance.app.poll(&gone).await, Ok(LineStatus::Ended));
    assert_eq!(instance.app.check_inside(&gone).await, Err(Refusal::PassEnded.into()));
    assert_eq!(instance.app.leave(&gone, None).await, Err(Refusal::PassEnded.into()));
    let mut feed = QueueFeed::open(Arc::clone(&instance.app), gone).await.unwrap();
    assert_eq!((feed.next().await, feed.next().await), (Some(LineStatus::Ended), None));
    assert_eq!(instance.home.closed_tail(sale), Some(1));

    let (next, status) = instance.app.join(to(sale, UserId(gone.user))).await.unwrap();
    assert_eq!((next.number, is_admitted(status)), (2, true), "no ghost stands before them");
    assert_eq!(instance.home.closed_tail(sale), None);
    assert_eq!(instance.app.status(&gone).await, Ok(LineStatus::Ended), "an ended number stays ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_loses_a_place_when_a_line_rests() {
    let instance = Instance::open(1).await;
    let sale = instance.home.add_sale();
    let (first, _) = instance.app.join(to(sale, somebody())).await.unwrap();
    let (absent, _) = instance.app.join(to(sale, somebody())).await.unwrap();
    instance.app.leave(&first, None).await.unwrap();
    instance.ticked().await;
    // The second is called, does not come, and the call lapses.
    for _ in 0..3 {
        instance.home.advance(MINUTE);
        instance.ticked().await;
    }
    assert_eq!(instance.home.closed_tail(sale), Some(2), "it rests");
    let (newcomer, status) = instance.app.join(to(sale, somebody())).await.unwrap();
    assert!(is_admitted(status), "{newcomer:?}");
    let (behind, status) = instance.app.join(to(sale, somebody())).await.unwrap();
    assert_eq!((behind.number, ahead(status)), (4, 0));
    assert_eq!(ahead(instance.app.poll(&absent).await.unwrap()), 0, "their place is before the others'");
    instance.ticked().await;
    instance.app.leave(&newcomer, None).await.unwrap();
    instance.ticked().await;
    assert!(is_admitted(instance.app.status(&absent).await.unwrap()));
    assert_eq!(ahead(instance.app.status(&behind).await.unwrap()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_does_not_rest_while_somebody_needs_it() {
    let instance = Instance::open(1).await;
    let sale = instance.home.add_sale();
    let (inside, _) = instance.app.join(to(sale, somebody())).await.unwrap();
    for _ in 0..8 {
        instance.home.advance(MINUTE);
        instance.ticked().await;
        assert_eq!(instance.home.closed_tail(sale), None, "somebody is inside");
    }
    let feed = QueueFeed::open(Arc::clone(&instance.app), inside).await.unwrap();
    instance.app.leave(&inside, None).await.unwrap();
    for _ in 0..3 {
        instance.home.advance(MINUTE);
        instance.ticked().await;
        assert_eq!(instance.home.closed_tail(sale), None, "somebody follows it");
    }
    drop(feed);
    instance.ticked().await;
    assert_eq!(instance.home.closed_tail(sale), Some(1));
    // The main sale's line is shown on every page.
    assert_eq!(instance.home.closed_tail(instance.app.main_sale()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_join_that_meets_a_resting_line_opens_it_again() {
    let instance = Instance::open(1_000).await;
    let sale = instance.home.add_sale();
    for round in 1..=60 {
        let app = Arc::clone(&instance.app);
        let joining = tokio::spawn(async move { app.join(to(sale, somebody())).await });
        let (joined, ()) = tokio::join!(joining, instance.app.tick());
        let (ticket, status) = joined.unwrap().unwrap();
        assert_eq!((ticket.number, is_admitted(status)), (round, true), "round {round}");
        instance.app.leave(&ticket, None).await.unwrap();
        instance.ticked().await;
        // At the next tick, it rests.
        instance.home.advance(MINUTE);
    }
    instance.ticked().await;
    assert_eq!(instance.home.closed_tail(sale), Some(60));
    let reopened = instance.reopened().await;
    assert_eq!(reopened.app.join(to(sale, somebody())).await.unwrap().0.number, 61);
}

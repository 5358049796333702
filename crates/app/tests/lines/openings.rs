//! What keeps a draw from opening, and what lets it.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use onsale_app::line_status::LineStatus;
use onsale_app::queue_feed::QueueFeed;
use onsale_app::sales::OrderChoice;
use onsale_booking::access::Access;
use onsale_booking::ids::SaleId;
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use onsale_booking::sale::Opening;
use onsale_line::Phase;
use tokio::time::timeout;
use uuid::Uuid;

use crate::instance::{Instance, SECRET, to};
use crate::support::somebody;

const ANOTHER_SECRET: &str = "another key, which has 32 bytes too";

/// Long enough for a slow machine, shorter than any pause between two polls of a lobby that opens later.
const SOON: Duration = Duration::from_secs(8);

/// A draw with a lobby from now on, which opens after a minute.
async fn draw(instance: &Instance) -> SaleId {
    let now = instance.app.now();
    let new = NewSale {
        id: SaleId(Uuid::now_v7()),
        name: "Draw".to_owned(),
        listed: true,
        order: NewOrder::Arrival,
        beacon_source: None,
        lobby_at: Some(now),
        opens_at: Some(now + SignedDuration::from_secs(60)),
        closes_at: None,
        seats_per_person: None,
        access: Access::Everyone,
        concerts: vec![],
        dials: NewDials::default(),
        created_by: None,
    };
    instance.app.create_sale(new, OrderChoice::Draw).await.unwrap().sale.id
}

async fn opening(instance: &Instance, sale: SaleId) -> Opening {
    instance.app.fairness(sale).await.unwrap().sale.opening.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draw_stays_in_its_lobby_while_nobody_can_read_its_seed() {
    let instance = Instance::open(9).await;
    let sale = draw(&instance).await;
    let (ticket, _) = instance.app.join(to(sale, somebody())).await.unwrap();
    let instance = instance.reopened_with(ANOTHER_SECRET).await;
    instance.home.advance(60);
    for _ in 0..3 {
        instance.ticked().await;
    }
    assert_eq!(opening(&instance, sale).await, Opening::Ahead);
    let status = instance.app.status(&ticket).await.unwrap();
    assert!(matches!(status, LineStatus::Waiting { phase: Phase::Lobby, place: None, .. }), "{status:?}");
    let instance = instance.reopened_with(SECRET).await;
    instance.ticked().await;
    assert!(matches!(
        opening(&instance, sale).await,
        Opening::Open { lobby_tail: Some(1), seed: Some(_), .. }
    ));
    assert!(matches!(instance.app.status(&ticket).await.unwrap(), LineStatus::Admitted { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_opened_once_by_however_many() {
    let instance = Instance::open(9).await;
    let sale = draw(&instance).await;
    let (ticket, status) = instance.app.join(to(sale, somebody())).await.unwrap();
    assert!(matches!(status, LineStatus::Waiting { ahead: None, place: None, estimate: None, .. }));
    instance.home.advance(60);
    let before = instance.app.writer_load().commands;
    tokio::join!(instance.app.tick(), instance.app.tick(), instance.app.tick());
    let opened = opening(&instance, sale).await;
    assert!(matches!(opened, Opening::Open { lobby_tail: Some(1), .. }), "{opened:?}");
    for _ in 0..3 {
        instance.ticked().await;
    }
    assert_eq!(opening(&instance, sale).await, opened);
    let submitted = instance.app.writer_load().commands - before;
    assert!((1..=3).contains(&submitted), "{submitted}: an open sale is not opened again");
    assert_eq!(instance.app.place(&ticket), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_place_in_the_lobby_hears_at_once_that_the_opening_is_put_off() {
    let instance = Instance::open(9).await;
    let sale = draw(&instance).await;
    let (ticket, _) = instance.app.join(to(sale, somebody())).await.unwrap();
    let mut feed = QueueFeed::open(Arc::clone(&instance.app), ticket).await.unwrap();
    feed.next().await.unwrap();
    assert!(timeout(Duration::from_secs(2), feed.next()).await.is_err(), "nothing has changed");
    let later = instance.app.now() + SignedDuration::from_hours(2);
    let changes = SaleChanges { opens_at: Some(Some(later)), ..SaleChanges::default() };
    instance.app.change_sale(sale, changes, None, None, somebody()).await.unwrap();
    let status = timeout(SOON, feed.next()).await.expect("long before a poll is due").unwrap();
    assert!(matches!(status, LineStatus::Waiting { phase: Phase::Lobby, .. }), "{status:?}");
    assert_eq!(instance.app.opens_at(sale), Some(later));
}

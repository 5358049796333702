//! Openings and ends of sales, by the store's clock.

use onsale_booking::new_sale::{NewSale, SaleChanges};
use onsale_booking::sale::{Opening, Sale as SaleRow};
use onsale_booking::seed::Seed;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_storage::writer::{LineChange, LineTask};

use crate::sales::record;
use crate::support::commands::{CONCERT, MICROSECOND, charge, hold, holder, pay, seconds, start};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;
use crate::support::sales::{
    CLUB, SEED, admit_first, change, create, create_opening, drawn, in_sale, new_sale, open,
};

fn opened(outcome: Outcome) -> (SaleRow, bool) {
    match outcome {
        Outcome::SaleOpened { sale, is_changed } => (*sale, is_changed),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn an_opening_is_final(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let opens_at = start() + seconds(60);
    sale.ok(create_opening(CLUB, opens_at)).await;
    sale.fixture.advance(seconds(60));
    let (open_sale, is_changed) = opened(sale.ok(open(CLUB, 41)).await);
    let at_opening = Opening::Open { at: opens_at, lobby_tail: Some(41), seed: None };
    assert_eq!((&open_sale.opening, open_sale.revision, is_changed), (&at_opening, 2, true));
    sale.fixture.advance(seconds(1));
    let sale = sale.crash().await;
    assert_eq!(record(&sale, CLUB).await.sale, open_sale);
    assert_eq!(opened(sale.ok(open(CLUB, 99)).await), (open_sale, false), "another tail changes nothing");
    let later = SaleChanges { opens_at: Some(Some(start() + seconds(999))), ..SaleChanges::default() };
    assert_eq!(sale.refused(change(CLUB, later)).await.code(), "invalid_request");
    sale.ok(admit_first(in_sale(holder("alice"), CLUB))).await;
    sale.assert_clean().await;
}

pub(crate) async fn an_early_opening_is_refused_by_the_stores_clock(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create_opening(CLUB, start() + seconds(60))).await;
    let alice = in_sale(holder("alice"), CLUB);
    sale.fixture.advance(seconds(60) - MICROSECOND);
    let early = sale.refused(open(CLUB, 0)).await;
    assert_eq!(early.code(), "sale_not_open");
    assert_eq!(sale.refused(admit_first(alice)).await, early, "nobody comes in before the opening");
    assert_eq!(record(&sale, CLUB).await.sale.opening, Opening::Ahead);
    sale.fixture.advance(MICROSECOND);
    assert_eq!(sale.refused(admit_first(alice)).await, early, "it is due, but not opened");
    // A tail of an epoch that is over names other numbers.
    let begin = LineTask { sale: CLUB, epoch: 1, change: LineChange::BeginEpoch(None) };
    sale.writer.submit_line(begin).await.unwrap();
    assert_eq!(sale.refused(open(CLUB, 0)).await, early);
    sale.ok(Command::OpenSale { sale: CLUB, epoch: 2, lobby_tail: 0, seed: None }).await;
    assert_eq!(sale.refused(admit_first(alice)).await, Refusal::NotAdmitted, "a call of the old epoch");
}

pub(crate) async fn a_closed_sale_lets_nobody_in(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let closes_at = start() + seconds(60);
    let new = NewSale { closes_at: Some(closes_at), concerts: vec![CONCERT], ..new_sale(CLUB) };
    sale.ok(create(new)).await;
    let (alice, bob) = (in_sale(holder("alice"), CLUB), in_sale(holder("bob"), CLUB));
    sale.ok(charge(alice, 5_000)).await;
    sale.ok(admit_first(alice)).await;
    sale.ok(hold(alice, &[1])).await;
    sale.fixture.advance(seconds(60));
    assert_eq!(sale.refused(admit_first(bob)).await, Refusal::SaleClosed { closes_at });
    assert_eq!(sale.refused(hold(alice, &[2])).await, Refusal::SaleClosed { closes_at });
    sale.ok(pay(alice, &[1])).await;
    sale.assert_clean().await;
}

pub(crate) async fn a_draw_keeps_its_tail_until_its_beacon_is_known(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let opens_at = start() + seconds(60);
    let new = NewSale {
        order: drawn(),
        beacon_source: Some("round 4242".to_owned()),
        opens_at: Some(opens_at),
        ..new_sale(CLUB)
    };
    sale.ok(create(new)).await;
    sale.fixture.advance(seconds(61));
    let (fixed, _) = opened(sale.ok(open(CLUB, 10)).await);
    let at = opens_at + seconds(1);
    assert_eq!(fixed.opening, Opening::TailFixed { at, lobby_tail: 10 });

    let sale = sale.reopen().await;
    assert_eq!(record(&sale, CLUB).await.sale, fixed);
    assert_eq!(opened(sale.ok(open(CLUB, 99)).await), (fixed, false), "a fixed tail stays fixed");
    let beacon = SaleChanges { beacon: Some(b"round 4242".to_vec()), ..SaleChanges::default() };
    sale.ok(change(CLUB, beacon)).await;
    let command = |seed| Command::OpenSale { sale: CLUB, epoch: 1, lobby_tail: 99, seed };
    assert_eq!(sale.refused(command(Some(Seed::new([8; 32])))).await.code(), "invalid_request");
    sale.fixture.advance(seconds(1));
    let (drawn, is_changed) = opened(sale.ok(command(Some(Seed::new(SEED)))).await);
    assert!(is_changed);
    let sale = sale.crash().await;
    let kept = record(&sale, CLUB).await.sale;
    assert_eq!(kept, drawn);
    let seed = Some(Seed::new(SEED));
    assert_eq!(kept.opening, Opening::Open { at: at + seconds(1), lobby_tail: Some(10), seed });
    assert_eq!(kept.draw().unwrap().sealed_seed.bytes(), [9; 64]);
    assert_eq!(kept.draw().unwrap().beacon, b"round 4242");
    sale.assert_clean().await;
}

//! Connections that are lost on the way: what is known is told, and nothing is guessed.

use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Reads};
use onsale_storage::writer::WriteError;

use crate::support::asks::{charge, guest};
use crate::support::fixture::StoreFixture;
use crate::support::postgres::PostgresFixture;
use crate::support::sale::Sale;
use crate::{Hand, decided, wanted};

const SLOW_COMMIT: &str = "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dawdles AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dawdle()";

#[tokio::test]
async fn a_connection_lost_before_the_commit_changed_nothing() {
    let mut hand = Hand::before_payment(1).await;
    let commands = [charge(guest("bob"), 5)];
    let loaded = hand.backends[0].load(&wanted(&commands)).await.unwrap();
    let (decided, _) = decided(loaded, &commands);
    hand.fixture.cut().await;
    // Whether the commit was still sent or not, the server says what became of it.
    let committed = hand.backends[0].commit(&decided).await;
    assert!(matches!(committed, Err(StoreError::Unreachable(_))), "{committed:?}");
    assert!(hand.backends[0].revive().await);
    hand.ok(charge(guest("bob"), 1)).await;
    assert_eq!(hand.reads.balance(guest("bob").user).await.unwrap().0, 1);
}

#[tokio::test]
async fn a_connection_lost_during_the_commit_is_asked_about() {
    let mut hand = Hand::before_payment(1).await;
    hand.fixture.sql().await.batch_execute(SLOW_COMMIT).await.unwrap();
    let commands = [charge(guest("bob"), 5)];
    let loaded = hand.backends[0].load(&wanted(&commands)).await.unwrap();
    let (decided, _) = decided(loaded, &commands);
    let committing = hand.backends[0].commit(&decided);
    let cutting = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        hand.fixture.cut().await;
    };
    let (committed, ()) = tokio::join!(committing, cutting);
    assert!(matches!(committed, Err(StoreError::Unreachable(_))), "{committed:?}");
    assert_eq!(hand.reads.balance(guest("bob").user).await.unwrap_or_default().0, 0);
}

#[tokio::test]
async fn a_frozen_transaction_holds_nobody_up() {
    let mut hand = Hand::before_payment(2).await;
    let mut frozen = hand.backends.pop().unwrap();
    let commands = [charge(guest("alice"), 5)];
    let loaded = frozen.load(&wanted(&commands)).await.unwrap();
    let (decided, _) = decided(loaded, &commands);
    // The other waits for alice's wallet until the server has ended the frozen one.
    hand.ok(charge(guest("alice"), 1)).await;
    let committed = frozen.commit(&decided).await;
    assert!(matches!(committed, Err(StoreError::Unreachable(_) | StoreError::Unknown(_))), "{committed:?}");
    assert_eq!(hand.reads.balance(guest("alice").user).await.unwrap().0, 5_001);
}

#[tokio::test]
async fn a_store_whose_connections_are_cut_comes_back() {
    let sale = Sale::open(PostgresFixture::<1>::fresh().await).await;
    sale.ok(charge(guest("alice"), 1)).await;
    sale.fixture.cut().await;
    let mut told = Vec::new();
    while let Err(error) = sale.ask(charge(guest("alice"), 1)).await {
        assert_eq!(error, WriteError::Busy, "nothing was on its way");
        told.push(error);
    }
    assert!(told.len() < 1_000);
    let balance = loop {
        // A pooled connection may have been cut as well.
        if let Ok(balance) = sale.store.reads.balance(guest("alice").user).await {
            break balance.0;
        }
    };
    assert_eq!(balance, 2);
}

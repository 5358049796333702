//! Lost connections: what is known is reported, and nothing is guessed.

use std::net::SocketAddr;
use std::time::Duration;

use onsale_booking::Command;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Reads};
use onsale_storage::postgres::{self, Postgres, PostgresOptions};
use onsale_storage::store::Store;
use onsale_storage::writer::WriteError;
use onsale_testbed::proxy::Proxy;

use crate::support::commands::{CONCERT, MAIN_SALE, charge, hold, holder, keyed, open_concert};
use crate::support::fixture::{StoreFixture, options};
use crate::support::postgres::PostgresFixture;
use crate::support::sale::{Caller, Sale};
use crate::{Hand, decided, wanted, write};

const SLOW_COMMIT: &str = "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dawdles AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dawdle()";

#[tokio::test]
async fn a_connection_lost_before_the_commit_changed_nothing() {
    let mut hand = Hand::before_payment(1).await;
    let commands = [charge(holder("bob"), 5)];
    let loaded = hand.backends[0].load(&wanted(&commands)).await.unwrap();
    let (decided, _) = decided(loaded, &commands);
    hand.fixture.cut().await;
    // Whether or not the commit was still sent, the server knows the outcome.
    let committed = hand.backends[0].commit(&decided).await;
    assert!(matches!(committed, Err(StoreError::Unreachable(_))), "{committed:?}");
    assert!(hand.backends[0].revive().await);
    hand.ok(charge(holder("bob"), 1)).await;
    assert_eq!(hand.reads.balance(holder("bob").user).await.unwrap().0, 1);
}

#[tokio::test]
async fn the_outcome_is_looked_up_when_a_connection_is_lost_during_the_commit() {
    let mut hand = Hand::before_payment(1).await;
    hand.fixture.sql().await.batch_execute(SLOW_COMMIT).await.unwrap();
    let commands = [charge(holder("bob"), 5)];
    let loaded = hand.backends[0].load(&wanted(&commands)).await.unwrap();
    let (decided, _) = decided(loaded, &commands);
    let committing = hand.backends[0].commit(&decided);
    let cutting = async {
        // The commit itself takes a second, so by now it is under way; PostgreSQL does not show its progress.
        tokio::time::sleep(Duration::from_millis(300)).await;
        hand.fixture.cut().await;
    };
    let (committed, ()) = tokio::join!(committing, cutting);
    assert!(matches!(committed, Err(StoreError::Unreachable(_))), "{committed:?}");
    assert_eq!(hand.reads.balance(holder("bob").user).await.unwrap_or_default().0, 0);
}

#[tokio::test]
async fn a_frozen_transaction_does_not_block_others() {
    let mut hand = Hand::before_payment(2).await;
    let mut frozen = hand.backends.pop().unwrap();
    let commands = [charge(holder("alice"), 5)];
    let loaded = frozen.load(&wanted(&commands)).await.unwrap();
    let (decided, _) = decided(loaded, &commands);
    // The other waits for alice's wallet until the server has ended the frozen one.
    hand.ok(charge(holder("alice"), 1)).await;
    let committed = frozen.commit(&decided).await;
    assert!(matches!(committed, Err(StoreError::Unreachable(_) | StoreError::Unknown(_))), "{committed:?}");
    assert_eq!(hand.reads.balance(holder("alice").user).await.unwrap().0, 5_001);
}

#[tokio::test]
async fn a_store_recovers_when_its_connections_are_cut() {
    let sale = Sale::open(PostgresFixture::<1>::fresh().await).await;
    sale.ok(charge(holder("alice"), 1)).await;
    sale.fixture.cut().await;
    let mut message = Vec::new();
    while let Err(error) = sale.ask(charge(holder("alice"), 1)).await {
        assert_eq!(error, WriteError::Busy, "the commit was never sent");
        message.push(error);
    }
    assert!(message.len() < 1_000);
    let balance = loop {
        // A pooled connection may have been cut as well.
        if let Ok(balance) = sale.store.reads.balance(holder("alice").user).await {
            break balance.0;
        }
    };
    assert_eq!(balance, 2);
}

/// A writer whose network fails on command, and a connection that bypasses it.
struct Remote {
    fixture: PostgresFixture,
    proxy: Proxy,
    backend: Postgres,
}

impl Remote {
    async fn new() -> Self {
        let fixture = PostgresFixture::fresh().await;
        let (proxy, options) = proxied(&fixture);
        let (mut backends, _) = postgres::open(&options, &fixture.clock, MAIN_SALE).await.unwrap();
        Self { backend: backends.remove(0), fixture, proxy }
    }

    /// Bob's balance, read from the database itself. `None` before bob is inserted.
    async fn balance(&self) -> Option<i64> {
        let rows = self.fixture.sql().await.query("SELECT amount FROM charges", &[]).await.unwrap();
        rows.first().map(|row| row.get(0))
    }

    /// Charges bob 5. Once the charge is decided, `before` changes the network; `trouble` happens during the
    /// commit.
    async fn charge_amid(
        &mut self,
        before: fn(&mut Proxy) -> Result<(), String>,
        trouble: impl AsyncFnOnce(&mut Proxy, &PostgresFixture),
    ) -> Result<(), StoreError> {
        let commands = [bobs_charge()];
        let loaded = self.backend.load(&wanted(&commands)).await.unwrap();
        let (decided, _) = decided(loaded, &commands);
        before(&mut self.proxy).unwrap();
        let (committed, ()) =
            tokio::join!(self.backend.commit(&decided), trouble(&mut self.proxy, &self.fixture));
        committed
    }

    /// The same request, with the same key.
    async fn charge_again(&mut self) {
        self.proxy.heal().unwrap();
        while !self.backend.revive().await {}
        let again = write(&mut self.backend, &[bobs_charge()], |_| (), |_| ()).await.unwrap();
        assert!(again[0].is_ok(), "{again:?}");
        assert_eq!(self.balance().await, Some(5), "one effect");
    }
}

/// A network that fails on command, and the options to use it.
fn proxied(fixture: &PostgresFixture) -> (Proxy, PostgresOptions) {
    let url = fixture.url();
    let (user, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let server = server.replace("localhost", "127.0.0.1");
    let server: SocketAddr = server.parse().or_else(|_| format!("{server}:5432").parse()).unwrap();
    let proxy = Proxy::start(server).unwrap();
    let url = format!("{user}@{}/{database}", proxy.addr());
    (proxy, PostgresOptions { url, ..fixture.options() })
}

fn bobs_charge() -> Command {
    keyed(charge(holder("bob"), 5), "k")
}

/// Waits until others can see that bob was charged.
async fn until_committed(fixture: &PostgresFixture) {
    let db = fixture.sql().await;
    while db.query("SELECT FROM charges WHERE amount = 5", &[]).await.unwrap().is_empty() {
        // A row that appears sends no event.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn the_outcome_is_looked_up_when_the_answer_to_a_commit_is_lost() {
    let mut remote = Remote::new().await;
    let committed = remote
        .charge_amid(Proxy::mute, async |proxy, fixture| {
            until_committed(fixture).await;
            proxy.cut();
            proxy.heal().unwrap();
        })
        .await;
    assert!(committed.is_ok(), "{committed:?}");
    remote.charge_again().await;
}

#[tokio::test]
async fn after_an_unknown_commit_repeating_the_key_has_one_effect() {
    let mut remote = Remote::new().await;
    let committed = remote
        .charge_amid(Proxy::mute, async |proxy, fixture| {
            until_committed(fixture).await;
            proxy.cut();
        })
        .await;
    assert!(matches!(committed, Err(StoreError::Unknown(_))), "{committed:?}");
    assert_eq!(remote.balance().await, Some(5), "it was committed");
    remote.charge_again().await;

    let mut remote = Remote::new().await;
    let committed = remote.charge_amid(Proxy::stall, async |proxy, _| proxy.cut()).await;
    assert!(matches!(committed, Err(StoreError::Unknown(_))), "{committed:?}");
    assert_eq!(remote.balance().await, None, "it was not committed");
    remote.charge_again().await;
}

/// A hold whose commit takes a second.
const SLOW_HOLDS: &str = "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dawdles AFTER UPDATE ON seats DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dawdle()";

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_hold_is_on_the_map_once_the_store_is_reachable_again() {
    let fixture = PostgresFixture::fresh().await;
    let (mut proxy, through) = proxied(&fixture);
    let store = Store::open_postgres(through, fixture.clock.clone(), options()).await.unwrap();
    let caller = Caller {
        writer: store.writer.clone(),
        epoch: store.lines.opened(store.lines.main_sale()).unwrap().epoch(),
    };
    caller.ok(open_concert(CONCERT, 2)).await;
    let bob = caller.inside(holder("bob")).await;
    let sql = fixture.sql().await;
    sql.batch_execute(SLOW_HOLDS).await.unwrap();
    let trouble = async {
        // By now the hold is committing, which takes a second; the answer to that is to be lost.
        tokio::time::sleep(Duration::from_millis(400)).await;
        proxy.mute().unwrap();
        while sql.query("SELECT FROM seats WHERE holder_id IS NOT NULL", &[]).await.unwrap().is_empty() {
            // A row that changes sends no event.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        proxy.cut();
    };
    let (held, ()) = tokio::join!(caller.ask(hold(bob, &[1])), trouble);
    assert_eq!(held, Err(WriteError::Unknown));
    let map = store.maps.get(CONCERT).unwrap();
    let holder = || map.snapshot().seats()[0].holder();
    assert_eq!(holder(), None, "the store does not know of it yet");
    proxy.heal().unwrap();
    for _ in 0..200 {
        if holder() == Some(bob.user) {
            return store.close().await;
        }
        // The store reconnects and reads the map again in its own time.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the seat is held, but shown as free");
}

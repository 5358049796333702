//! A command that cannot be written fails alone; a store that fails stops and says why.

use std::io::{Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use onsale_booking::Outcome;
use onsale_booking::ids::UserId;
use onsale_storage::port::{Decided, Reads};
use onsale_storage::store::Store;
use onsale_storage::writer::WriteError;

use crate::rig::{Fate, Rig, Sabotage};
use crate::support::commands::{charge, holder, member};
use crate::support::fixture::{SqliteFixture, StoreFixture, options};
use crate::support::sale::{Caller, Sale};

fn touches_dave(decided: &Decided) -> bool {
    decided.changes.wallets.iter().any(|wallet| wallet.user == holder("dave").user)
}

fn poisoned_by_dave() -> Sabotage {
    let fate = |decided: &Decided| if touches_dave(decided) { Fate::RollBack } else { Fate::Commit };
    Sabotage { fate, ..Sabotage::default() }
}

fn broken_by_dave() -> Sabotage {
    let fate = |decided: &Decided| if touches_dave(decided) { Fate::Fail } else { Fate::Commit };
    Sabotage { fate, ..Sabotage::default() }
}

async fn balance(reads: &impl Reads, user: UserId) -> i64 {
    reads.balance(user).await.unwrap().0
}

#[tokio::test]
async fn a_poisoned_command_fails_alone() {
    let (alice, dave) = (holder("alice"), holder("dave"));
    for place in [0, 1, 50, 98, 99] {
        let rig = Rig::start(SqliteFixture::new(), poisoned_by_dave());
        let mut commands: Vec<_> = (0..99).map(|_| charge(alice, 1)).collect();
        commands.insert(place, charge(dave, 1));
        let stall = rig.fixture.stall().await;
        let mut answers = rig.caller.batch(stall, commands).await;
        assert_eq!(answers.remove(place), Err(WriteError::Busy), "at {place}");
        // Tried by halves, the others still went in the order in which they came.
        let balances = answers.into_iter().map(|answer| match answer {
            Ok(Outcome::Charged { balance, .. }) => balance.0,
            other => panic!("at {place}: {other:?}"),
        });
        assert!(balances.eq(1..=99), "at {place}");
        assert_eq!((balance(&rig.reads, alice.user).await, balance(&rig.reads, dave.user).await), (99, 0));
        rig.caller.ok(charge(alice, 1)).await;
        rig.assert_clean().await;
    }
}

/// Conflicts twice, then no more.
fn in_the_way_twice() -> Sabotage {
    static LEFT: AtomicU32 = AtomicU32::new(2);
    let fate = |_: &Decided| {
        let left = LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { Fate::Conflict } else { Fate::Commit }
    };
    Sabotage { fate, ..Sabotage::default() }
}

#[tokio::test]
async fn a_batch_that_conflicts_is_tried_again_as_a_whole() {
    let rig = Rig::start(SqliteFixture::new(), in_the_way_twice());
    let stall = rig.fixture.stall().await;
    let answers = rig.caller.batch(stall, (0..20).map(|_| charge(holder("alice"), 1)).collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(balance(&rig.reads, holder("alice").user).await, 20);
    rig.assert_clean().await;
}

#[tokio::test]
async fn a_batch_that_always_conflicts_is_refused_in_the_end() {
    let always = Sabotage { fate: |_| Fate::Conflict, ..Sabotage::default() };
    let rig = Rig::start(SqliteFixture::new(), always);
    assert_eq!(rig.caller.ask(charge(holder("alice"), 1)).await, Err(WriteError::Busy));
    assert_eq!(balance(&rig.reads, holder("alice").user).await, 0);
    let rig = rig.restart(Sabotage::default());
    rig.caller.ok(charge(holder("alice"), 1)).await;
}

#[tokio::test]
async fn nothing_but_poison_is_refused_one_by_one() {
    let rig = Rig::start(SqliteFixture::new(), poisoned_by_dave());
    let stall = rig.fixture.stall().await;
    let answers = rig.caller.batch(stall, (0..20).map(|_| charge(holder("dave"), 1)).collect()).await;
    assert!(answers.iter().all(|answer| *answer == Err(WriteError::Busy)), "{answers:?}");
    rig.caller.ok(charge(holder("alice"), 1)).await;
}

#[tokio::test]
async fn a_failed_store_takes_no_more_writes_and_says_why() {
    let (alice, dave) = (holder("alice"), holder("dave"));
    let rig = Rig::start(SqliteFixture::new(), broken_by_dave());
    rig.caller.ok(charge(alice, 700)).await;
    assert!(rig.caller.writer.is_working());
    // More than one batch: callers still in the queue must get an answer too.
    let mut commands = vec![charge(dave, 1)];
    commands.extend((0..600).map(|number| charge(member(number + 100), 1)));
    let stall = rig.fixture.stall().await;
    let answers = rig.caller.batch(stall, commands).await;
    assert!(answers.iter().all(|answer| *answer == Err(WriteError::Unknown)), "{answers:?}");

    assert!(!rig.caller.writer.is_working());
    assert_eq!(rig.caller.writer.failed().await, "the disk is gone");
    assert_eq!(rig.caller.ask(charge(alice, 1)).await, Err(WriteError::Busy));
    assert_eq!(balance(&rig.reads, alice.user).await, 700, "reads go on");
    let rig = rig.restart(Sabotage::default());
    assert_eq!(balance(&rig.reads, alice.user).await, 700);
    assert_eq!(balance(&rig.reads, member(100).user).await, 0);
    rig.assert_clean().await;
}

#[tokio::test]
async fn a_working_store_has_not_failed() {
    let rig = Rig::start(SqliteFixture::new(), Sabotage::default());
    rig.caller.ok(charge(holder("alice"), 1)).await;
    let failed = tokio::time::timeout(Duration::ZERO, rig.caller.writer.failed()).await;
    assert!(failed.is_err(), "{failed:?}");
}

/// The wallets' page is overwritten with noise: what a dying disk does.
#[tokio::test]
async fn a_damaged_page_stops_the_store() {
    let (sale, alice) = (Sale::open(SqliteFixture::new()).await, holder("alice"));
    sale.ok(charge(alice, 700)).await;
    sale.store.close().await;
    let fixture = sale.fixture;
    damage_table(&fixture, "charges");

    let store: Store = fixture.open(options()).await;
    let caller = Caller { writer: store.writer.clone(), epoch: 1 };
    assert_eq!(caller.ask(charge(alice, 1)).await, Err(WriteError::Unknown));
    let reason = store.writer.failed().await;
    assert!(reason.contains("malformed"), "{reason}");
    assert!(!store.writer.is_working());
    assert_eq!(caller.ask(charge(holder("bob"), 1)).await, Err(WriteError::Busy));
    assert!(store.reads.balance(alice.user).await.is_err(), "a guess would be worse");
    // Closing a failed store finishes, and frees the folder.
    store.close().await;
    fixture.open(options()).await.close().await;
}

fn damage_table(fixture: &SqliteFixture, table: &str) {
    let db = fixture.sql();
    let root = "SELECT rootpage FROM sqlite_master WHERE name = ?1";
    let page: u64 = db.query_row(root, [table], |row| row.get(0)).unwrap();
    let size: u64 = db.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    let mut file = std::fs::OpenOptions::new().write(true).open(fixture.database()).unwrap();
    file.seek(SeekFrom::Start((page - 1) * size)).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(size).unwrap()]).unwrap();
}

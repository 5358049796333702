//! A separate process is killed in the middle of its work: what it acknowledged is there.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use onsale_storage::error::OpenError;
use onsale_storage::sqlite;

use crate::support::commands::{MAIN_SALE, charge, holder};
use crate::support::fixture::{SqliteFixture, options};
use crate::support::sale::{Caller, Sale};

const FOLDER: &str = "ONSALE_TEST_FOLDER";
const CHARGES: usize = 300;

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let (fixture, alice) = (SqliteFixture::new(), holder("alice"));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::charging_until_killed", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, fixture.folder())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledgements = lines.map_while(Result::ok).filter(|line| line.starts_with("charged"));
    assert_eq!(acknowledgements.by_ref().take(CHARGES).count(), CHARGES, "the child does not work");
    // While it lives, the folder is its own.
    let second = sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).err();
    assert!(matches!(second, Some(OpenError::InUse { .. })), "{second:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let acknowledged = i64::try_from(CHARGES + acknowledgements.count()).unwrap();

    let sale = Sale::open(fixture).await;
    let balance = sale.balance(alice).await;
    // One more may have been under way when it was killed.
    assert!(
        (acknowledged..=acknowledged + 1).contains(&balance),
        "{acknowledged} acknowledgements, {balance} kept"
    );
    sale.assert_clean().await;
}

#[tokio::test]
#[ignore = "what_was_acknowledged_survives_a_kill runs this as a process of its own"]
async fn charging_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let clock = SqliteFixture::new().clock;
    let store = onsale_storage::store::Store::open_embedded(folder.as_ref(), clock, options()).await.unwrap();
    let caller = Caller { writer: store.writer.clone(), epoch: 1 };
    // Ends by itself if nobody kills it.
    for _ in 0..200_000 {
        caller.ok(charge(holder("alice"), 1)).await;
        println!("charged");
    }
}

//! One process per folder, the right settings, and clear errors if it cannot be opened.

use std::path::Path;
use std::time::Duration;

use onsale_booking::ids::SaleId;
use onsale_storage::error::OpenError;
use onsale_storage::port::Reads;
use onsale_storage::sqlite::{self, SYNCHRONOUS_FULL};
use onsale_storage::store::StoreOptions;
use uuid::Uuid;

use crate::support::commands::{MAIN_SALE, charge, holder};
use crate::support::fixture::{SqliteFixture, StoreFixture, options};
use crate::support::sale::Sale;

fn refusal(folder: &Path) -> OpenError {
    let clock = SqliteFixture::new().clock;
    match sqlite::open(folder, &clock, MAIN_SALE) {
        Err(error) => error,
        Ok(_) => panic!("{} was opened", folder.display()),
    }
}

#[tokio::test]
async fn a_second_store_in_the_folder_is_refused() {
    let fixture = SqliteFixture::new();
    let store = fixture.open(options()).await;
    let error = refusal(fixture.folder());
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&fixture.folder().display().to_string()), "{error}");
    store.close().await;
    fixture.open(options()).await.close().await;
}

#[tokio::test]
async fn a_dropped_store_unlocks_its_folder() {
    let fixture = SqliteFixture::new();
    drop(fixture.open(options()).await);
    let freed = async {
        while sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), freed).await.expect("the folder stays locked");
}

#[tokio::test]
async fn readers_work_beside_a_store_and_after_it() {
    let (sale, alice) = (Sale::open(SqliteFixture::new()).await, holder("alice"));
    sale.ok(charge(alice, 700)).await;
    let beside = sqlite::open_reads(sale.fixture.folder(), &sale.fixture.clock).unwrap();
    assert_eq!(beside.balance(alice.user).await.unwrap().0, 700);
    sale.ok(charge(alice, 1)).await;
    assert_eq!(beside.balance(alice.user).await.unwrap().0, 701, "what was committed meanwhile");
    let rows = sale.assert_clean().await;
    sale.store.close().await;
    drop(beside);
    let after = sqlite::open_reads(sale.fixture.folder(), &sale.fixture.clock).unwrap();
    assert_eq!(after.audit().await.unwrap(), (vec![], rows));
}

#[tokio::test]
async fn reading_creates_no_store() {
    let fixture = SqliteFixture::new();
    let Err(error) = sqlite::open_reads(fixture.folder(), &fixture.clock) else { panic!("there is none") };
    assert!(error.to_string().contains("onsale.sqlite"), "{error}");
    assert_eq!(fixture.folder().read_dir().unwrap().count(), 0, "nothing was created");
}

#[tokio::test]
async fn commits_wait_for_the_disk() {
    let fixture = SqliteFixture::new();
    let (writer, _reads) = sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).unwrap();
    assert_eq!(writer.synchronous().unwrap(), SYNCHRONOUS_FULL);
    let mode: String = fixture.sql().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn migrations_run_once_and_keep_all_data() {
    let (sale, alice) = (Sale::open(SqliteFixture::new()).await, holder("alice"));
    sale.ok(charge(alice, 700)).await;
    let applied = "SELECT count(*) FROM refinery_schema_history";
    let before: u32 = sale.fixture.sql().query_row(applied, [], |row| row.get(0)).unwrap();
    let other_line = StoreOptions { main_sale: SaleId(Uuid::from_u128(0x99)), ..options() };
    let sale = sale.reopen_with(other_line).await;
    let after: u32 = sale.fixture.sql().query_row(applied, [], |row| row.get(0)).unwrap();
    assert_eq!((before, sale.balance(alice).await), (after, 700));
    assert_eq!(sale.line.sale(), MAIN_SALE, "a line keeps its identity");
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    let fixture = SqliteFixture::new();
    drop(sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).unwrap());
    let later = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
        VALUES (999, 'later', '2027-01-15T08:00:00Z', '1')";
    fixture.sql().execute(later, []).unwrap();
    let error = refusal(fixture.folder());
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
    assert!(error.to_string().contains("later"), "{error}");
}

#[test]
fn a_damaged_file_is_refused() {
    let fixture = SqliteFixture::new();
    std::fs::write(fixture.database(), "no database at all ".repeat(500)).unwrap();
    let error = refusal(fixture.folder());
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("onsale.sqlite") && message.contains("not a database"), "{message}");
}

#[test]
fn a_file_is_no_folder() {
    let fixture = SqliteFixture::new();
    let file = fixture.folder().join("data");
    std::fs::write(&file, "").unwrap();
    let error = refusal(&file);
    assert!(matches!(error, OpenError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("data"), "{error}");
}

#[test]
fn a_database_that_is_a_folder_is_refused() {
    let fixture = SqliteFixture::new();
    std::fs::create_dir(fixture.database()).unwrap();
    let error = refusal(fixture.folder());
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
}

/// Root may write despite the modes, but nobody creates a folder in /proc.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let error = refusal(Path::new("/proc/onsale-data"));
    assert!(matches!(error, OpenError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("/proc/onsale-data"), "{error}");

    let fixture = SqliteFixture::new();
    let closed = fixture.folder().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(closed.join("probe"), "").is_err() {
        let error = refusal(&closed);
        assert!(matches!(error, OpenError::Folder { .. }), "{error}");
    }
}

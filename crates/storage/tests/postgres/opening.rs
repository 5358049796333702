//! Which servers and databases are accepted, and clear errors about the others.

use onsale_booking::ids::SaleId;
use onsale_storage::clock::Clock;
use onsale_storage::error::OpenError;
use onsale_storage::port::Reads;
use onsale_storage::postgres::{self, PostgresOptions};
use onsale_storage::store::{StartError, Store, StoreOptions};
use onsale_testbed::postgres::{Options, Postgres as Server};
use uuid::Uuid;

use crate::support::commands::{MAIN_SALE, charge, holder, start};
use crate::support::fixture::{StoreFixture, options};
use crate::support::postgres::PostgresFixture;
use crate::support::sale::Sale;

async fn refusal(options: &PostgresOptions) -> String {
    match postgres::open(options, &Clock::manual(start()), MAIN_SALE).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("was opened"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_instances_start_at_once_on_an_empty_database() {
    let fixture = PostgresFixture::<1>::empty().await;
    let starts = (1..=5_u128).map(|number| {
        let (options, clock) = (fixture.options(), fixture.clock.clone());
        tokio::spawn(async move {
            let (_, reads) = postgres::open(&options, &clock, SaleId(Uuid::from_u128(number))).await.unwrap();
            reads.line_row(reads.main_sale().await.unwrap()).await.unwrap().unwrap()
        })
    });
    let rows = futures_util::future::join_all(starts).await;
    let first = rows[0].as_ref().unwrap();
    assert!(rows.iter().all(|row| row.as_ref().unwrap() == first), "one line for all: {rows:?}");
    let applied = "SELECT count(*) FROM refinery_schema_history";
    let applied: i64 = fixture.sql().await.query_one(applied, &[]).await.unwrap().get(0);
    assert_eq!(applied, 1, "once");
}

#[tokio::test]
async fn a_second_instance_with_a_line_of_its_own_is_refused() {
    let fixture = PostgresFixture::<1>::fresh().await;
    let store = fixture.open(options()).await;
    let second = Store::open_postgres(fixture.options(), fixture.clock.clone(), options()).await.err();
    let Some(StartError::Open(error @ OpenError::Server { .. })) = second else { panic!("{second:?}") };
    assert!(error.to_string().contains("ONSALE_LINE"), "{error}");
    store.close().await;
    fixture.open(options()).await.close().await;
}

#[tokio::test]
async fn reading_creates_no_store() {
    let fixture = PostgresFixture::<1>::empty().await;
    let error = postgres::open_reads(&fixture.url(), &fixture.clock).await.err().expect("there is none");
    assert!(error.to_string().contains("no onsale store"), "{error}");
    let count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = fixture.sql().await.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(tables, 0, "nothing was created");
}

#[tokio::test]
async fn readers_work_beside_a_store_and_migrations_keep_all_data() {
    let (sale, alice) = (Sale::open(PostgresFixture::<1>::fresh().await).await, holder("alice"));
    sale.ok(charge(alice, 700)).await;
    let beside = postgres::open_reads(&sale.fixture.url(), &sale.fixture.clock).await.unwrap();
    assert_eq!(beside.balance(alice.user).await.unwrap().0, 700);
    let other_line = StoreOptions { main_sale: SaleId(Uuid::from_u128(0x99)), ..options() };
    let sale = sale.reopen_with(other_line).await;
    assert_eq!((sale.balance(alice).await, sale.line.sale()), (700, MAIN_SALE));
}

#[tokio::test]
async fn a_store_of_a_later_version_is_refused() {
    let fixture = PostgresFixture::<1>::fresh().await;
    let later = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
        VALUES (999, 'later', '2027-01-15T08:00:00Z', '1')";
    fixture.sql().await.batch_execute(later).await.unwrap();
    let message = refusal(&fixture.options()).await;
    assert!(message.contains("later"), "{message}");
}

#[tokio::test]
async fn a_server_with_weak_durability_is_refused_by_setting() {
    for weak in ["fsync", "full_page_writes", "synchronous_commit"] {
        let settings = vec![(weak.to_owned(), "off".to_owned())];
        let server = Server::start(&Options { settings, ..Options::default() }).unwrap();
        let options =
            PostgresOptions { url: server.url("postgres"), allow_weak_durability: false, writers: 1 };
        let message = refusal(&options).await;
        assert!(message.contains(weak) && message.contains("ONSALE_ALLOW_WEAK_DURABILITY"), "{message}");
        let allowed = PostgresOptions { allow_weak_durability: true, ..options };
        postgres::open(&allowed, &Clock::manual(start()), MAIN_SALE).await.unwrap();
    }
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    let options = PostgresOptions {
        url: "postgres://ann:hunter2@127.0.0.1:1/sale".to_owned(),
        allow_weak_durability: false,
        writers: 1,
    };
    let message = refusal(&options).await;
    assert!(message.contains("postgres://127.0.0.1:1/sale") && !message.contains("hunter2"), "{message}");
    assert!(!format!("{options:?}").contains("hunter2"));
}

//! What operators look up, and what is written down of what they change.

use onsale_booking::Command;
use onsale_booking::ids::{ConcertId, UserId};
use onsale_booking::money::Money;
use onsale_storage::port::{KeptLogEntry, LogAction, LogEntry};
use uuid::Uuid;

use crate::support::asks::{CONCERT, PRICE, SEATS, open_concert, seconds, start};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;

const OLGA: UserId = UserId(Uuid::from_u128(0x01A6));

const NAME: &str = "하루 \"one\" 'night'; --";

/// A concert that olga puts on sale.
fn opened_by_olga(id: u128, seats: u32) -> Command {
    let mut command = open_concert(ConcertId(Uuid::from_u128(id)), seats);
    if let Command::OpenConcert(new) = &mut command {
        new.opened_by = Some(OLGA);
        NAME.clone_into(&mut new.name);
        new.price = Money(1_000_000_000);
    }
    command
}

fn said(log: Vec<KeptLogEntry>) -> Vec<LogEntry> {
    log.into_iter().map(|kept| kept.entry).collect()
}

pub(crate) async fn the_operator_log_says_who_opened_which_concert(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.fixture.advance(seconds(5));
    sale.ok(opened_by_olga(0xC1, 3)).await;
    sale.refused(opened_by_olga(0xC1, 3)).await;
    sale.refused(opened_by_olga(0xC2, 0)).await;
    let of_olga = LogEntry {
        at: start() + seconds(5),
        operator: Some(OLGA),
        action: LogAction::ConcertOpened {
            concert: ConcertId(Uuid::from_u128(0xC1)),
            name: NAME.to_owned(),
            capacity: 3,
            price: 1_000_000_000,
        },
    };
    let of_nobody = LogEntry {
        at: start(),
        operator: None,
        action: LogAction::ConcertOpened {
            concert: CONCERT,
            name: "Night".to_owned(),
            capacity: SEATS,
            price: PRICE,
        },
    };
    let log = sale.store.reads.operator_log(None, 10).await.unwrap();
    assert_eq!(said(log.clone()), [of_olga, of_nobody], "newest first; what was refused changed nothing");
    let sale = sale.crash().await;
    assert_eq!(sale.store.reads.operator_log(None, 10).await.unwrap(), log);
    sale.assert_clean().await;
}

pub(crate) async fn pages_of_the_operator_log_have_no_gaps_and_repeat_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    // Several of one batch, which is of one instant.
    let answers = sale.batch((1..=5).map(|id| opened_by_olga(id, 1)).collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    sale.fixture.advance(seconds(1));
    sale.ok(opened_by_olga(6, 1)).await;
    let reads = &sale.store.reads;
    let whole = reads.operator_log(None, 100).await.unwrap();
    let opened: Vec<u128> = whole
        .iter()
        .filter_map(|kept| match kept.entry.action {
            LogAction::ConcertOpened { concert, .. } => Some(concert.0.as_u128()),
            LogAction::DialsTurned { .. } => None,
        })
        .collect();
    assert_eq!(opened, [6, 5, 4, 3, 2, 1, CONCERT.0.as_u128()]);
    assert!(whole.is_sorted_by(|newer, older| newer.id > older.id));
    for limit in [1, 3, 7] {
        let mut paged: Vec<KeptLogEntry> = Vec::new();
        loop {
            let page = reads.operator_log(paged.last().map(|kept| kept.id), limit).await.unwrap();
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, whole, "pages of {limit}");
    }
    assert_eq!(reads.operator_log(Some(0), 10).await.unwrap(), []);
    assert_eq!(reads.operator_log(Some(u64::MAX), 100).await.unwrap(), whole);
}

//! What operators look up, and the log of what they change.

use onsale_booking::bill::Bill;
use onsale_booking::ids::{ConcertId, SeatKey, SeatNo, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::PassState;
use onsale_booking::{Command, Outcome};
use onsale_storage::port::{LogAction, LogEntry, StoredLogEntry};
use uuid::Uuid;

use crate::support::commands::{
    CONCERT, PRICE, SEATS, by_number, charge, hold, holder, leave, open_concert, pay, register, seconds,
    start,
};
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

fn entries(log: Vec<StoredLogEntry>) -> Vec<LogEntry> {
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
            sales: vec![],
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
            sales: vec![],
        },
    };
    let log = sale.store.reads.operator_log(None, 10).await.unwrap();
    assert_eq!(entries(log.clone()), [of_olga, of_nobody], "newest first; what was refused changed nothing");
    let olga = sale.store.reads.user(OLGA).await.unwrap();
    assert_eq!(olga, None, "opening a concert makes nobody a user");
    let sale = sale.crash().await;
    assert_eq!(sale.store.reads.operator_log(None, 10).await.unwrap(), log);
    sale.assert_clean().await;
}

pub(crate) async fn pages_of_the_operator_log_have_no_gaps_and_repeat_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    // Several of one batch, which have one time.
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
            _ => None,
        })
        .collect();
    assert_eq!(opened, [6, 5, 4, 3, 2, 1, CONCERT.0.as_u128()]);
    assert!(whole.is_sorted_by(|newer, older| newer.id > older.id));
    for limit in [1, 3, 7] {
        let mut paged: Vec<StoredLogEntry> = Vec::new();
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

pub(crate) async fn a_user_is_found_as_written_down(fixture: impl StoreFixture) {
    let (sale, dave) = (Sale::open(fixture).await, holder("dave"));
    sale.fixture.advance(seconds(3));
    let outcome = sale.ok(register(dave.user, "Dave \u{1F3B8}")).await;
    let Outcome::Registered(written) = outcome else { panic!("{outcome:?}") };
    assert_eq!(written.created_at, start() + seconds(3));
    let sale = sale.reopen().await;
    assert_eq!(sale.store.reads.user(dave.user).await.unwrap(), Some(written));
    assert_eq!(sale.store.reads.user(holder("alice").user).await.unwrap(), None);
    sale.ok(charge(holder("bob"), 1)).await;
    let bob = sale.store.reads.user(holder("bob").user).await.unwrap().unwrap();
    assert_eq!((bob.id, bob.name.as_str()), (holder("bob").user, ""));
}

pub(crate) async fn users_are_found_by_a_part_of_their_name(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let names = ["Anna Müller", "JOANNA", "50% off", "a_b", "a\\b", "axb", "50 off", "김하루", "Anna Müller"];
    for (place, name) in names.into_iter().enumerate() {
        sale.ok(register(UserId(Uuid::from_u128(place as u128 + 1)), name)).await;
    }
    sale.ok(charge(holder("bob"), 1)).await;
    let found = async |text: &str, limit| {
        let users = sale.store.reads.users_named(text.to_owned(), limit).await.unwrap();
        users.into_iter().map(|user| (user.name, user.id.0.as_u128())).collect::<Vec<_>>()
    };
    let user = |name: &str, id| (name.to_owned(), id);
    let annas = [user("Anna Müller", 1), user("Anna Müller", 9), user("JOANNA", 2)];
    assert_eq!(found("ANNA", 10).await, annas, "whatever the case, by name and then identity");
    assert_eq!(found("anna", 2).await, annas[..2]);
    assert_eq!(found("na mü", 10).await, annas[..2], "in the middle of it");
    assert_eq!(found("하루", 10).await, [user("김하루", 8)]);
    // Wildcards of other languages are plain characters.
    assert_eq!(found("%", 10).await, [user("50% off", 3)]);
    assert_eq!(found("a_", 10).await, [user("a_b", 4)]);
    assert_eq!(found("\\", 10).await, [user("a\\b", 5)]);
    assert_eq!(found("'", 10).await, []);
    assert_eq!(found("\0", 10).await, []);
    assert_eq!(found("", 100).await.len(), names.len() + 1, "it is in every name, and in none that is there");
    assert_eq!(found("anna", 0).await, []);
}

pub(crate) async fn users_are_found_however_their_name_is_typed(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    // Each with texts that find this name alone.
    let cases: [(&str, &[&str]); 10] = [
        ("Émile Zola", &["émile", "emile", "e\u{301}mile", "E\u{301}MILE Z", "ｅｍｉｌｅ", "le  zo"]),
        ("İpek Işık", &["ipek", "İPEK", "ıpek", "i\u{307}pek", "ışık", "IŞIK", "isik"]),
        ("Jürgen Groß", &["GROSS", "groß", "jurgen", "JÜRGEN", "ju\u{308}rgen"]),
        ("김하늘", &["하늘", "\u{1112}\u{1161}\u{1102}\u{1173}\u{11af}", "김 "]),
        ("ＴＡＲＯ", &["taro", "ＴＡＲＯ"]),
        ("ガクト", &["ガク", "ｶﾞｸ", "カ\u{3099}ク"]),
        ("カクト", &["カク", "ｶｸ"]),
        ("O’Hara–Lee", &["o'hara", "O’HARA-L"]),
        ("قطر", &["قَطَر"]),
        ("क़मर", &["क़म", "क\u{93c}मर"]),
    ];
    for (place, (name, _)) in cases.into_iter().enumerate() {
        sale.ok(register(UserId(Uuid::from_u128(place as u128 + 1)), name)).await;
    }
    sale.ok(register(UserId(Uuid::from_u128(99)), "Zoe\u{308}")).await;
    let sale = sale.reopen().await;
    let found = async |text: &str| {
        let users = sale.store.reads.users_named(text.to_owned(), 100).await.unwrap();
        users.into_iter().map(|user| user.name).collect::<Vec<_>>()
    };
    for (name, texts) in cases {
        for text in texts {
            let stored: Vec<_> = found(text).await;
            assert_eq!(stored.len(), 1, "{text:?}: {stored:?}");
            assert!(found(name).await == stored, "{text:?}: {stored:?}");
        }
    }
    assert_eq!(found("ZOË").await, ["Zoë"], "stored composed");
    assert_eq!(found("कम").await, [""; 0], "a nukta makes another letter");
    // An accent, an invisible character, or a blank alone is in every name and in none.
    for nothing in ["\u{301}", "\u{200b}", " ", "´"] {
        assert_eq!(found(nothing).await, [""; 0], "{nothing:?}");
    }
    assert_eq!(found("").await.len(), cases.len() + 1);
    let long = "é%_\\".repeat(20_000);
    assert_eq!(found(&long).await, [""; 0], "a long text is no error");
}

pub(crate) async fn a_users_passes_are_found_newest_first(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (alice, bob) = (holder("alice").user, sale.inside(holder("bob")).await);
    for number in [11, 7, 30] {
        sale.ok(leave(sale.inside(by_number(alice, number)).await)).await;
    }
    sale.inside(by_number(alice, 42)).await;
    let passes = sale.store.reads.passes_of(alice, 10).await.unwrap();
    assert!(passes.iter().map(|pass| pass.key.number).eq([42, 30, 11, 7]), "{passes:?}");
    assert!(passes.iter().all(|pass| pass.user == alice));
    let is_inside = |state| matches!(state, PassState::Inside(_));
    assert!(passes.iter().map(|pass| is_inside(pass.state)).eq([true, false, false, false]), "{passes:?}");
    assert_eq!(sale.store.reads.passes_of(alice, 2).await.unwrap(), passes[..2]);
    assert_eq!(sale.store.reads.passes_of(bob.user, 10).await.unwrap().len(), 1);
    assert_eq!(sale.store.reads.passes_of(holder("carol").user, 10).await.unwrap(), []);
}

pub(crate) async fn every_bill_of_the_sale_is_read_once_in_order(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let other = ConcertId(Uuid::from_u128(0xC5));
    sale.ok(open_concert(other, 9)).await;
    let alice = holder("alice").user;
    for (visit, (concert, seat_nos)) in
        [(other, vec![9, 2, 5]), (CONCERT, vec![40, 7]), (CONCERT, vec![1, 60, 33, 8])]
            .into_iter()
            .enumerate()
    {
        let by = sale.rich(by_number(alice, visit as u64 + 1), 9_000).await;
        sale.ok(in_concert(hold(by, &seat_nos), concert)).await;
        sale.ok(in_concert(pay(by, &seat_nos), concert)).await;
    }
    let reads = &sale.store.reads;
    let places = |bills: &[Bill]| bills.iter().map(key_of).collect::<Vec<_>>();
    let at = |concert, seat_nos: &[SeatNo]| {
        seat_nos.iter().map(move |&seat_no| SeatKey { concert, seat_no }).collect::<Vec<_>>()
    };
    let whole = reads.bills_of_sale(None, None, 100).await.unwrap();
    let (first, second) = (at(CONCERT, &[1, 7, 8, 33, 40, 60]), at(other, &[2, 5, 9]));
    assert_eq!(places(&whole), [first.clone(), second.clone()].concat());
    let mut billed = reads.bills(alice, None, 100).await.unwrap();
    billed.sort_by_key(key_of);
    assert_eq!(billed, whole);
    for concert in [None, Some(CONCERT), Some(other)] {
        let wanted: Vec<_> =
            whole.iter().filter(|bill| concert.is_none_or(|id| bill.concert == id)).cloned().collect();
        for limit in [1, 2, 4, 9] {
            let mut paged: Vec<Bill> = Vec::new();
            loop {
                let page = reads.bills_of_sale(concert, paged.last().map(key_of), limit).await.unwrap();
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, wanted, "pages of {limit}");
        }
    }
    // After a place in another concert, and in one without bills.
    let after = |key: &SeatKey| reads.bills_of_sale(Some(other), Some(*key), 10);
    assert_eq!(places(&after(&first[5]).await.unwrap()), second);
    let beyond = reads.bills_of_sale(Some(CONCERT), Some(second[0]), 10).await.unwrap();
    assert_eq!(beyond, []);
    let without = reads.bills_of_sale(Some(ConcertId(Uuid::from_u128(0xC3))), None, 10).await.unwrap();
    assert_eq!(without, []);
    let end = SeatKey { concert: CONCERT, seat_no: SeatNo::MAX };
    assert_eq!(places(&reads.bills_of_sale(None, Some(end), 10).await.unwrap()), second);
}

fn in_concert(mut command: Command, id: ConcertId) -> Command {
    if let Command::Hold { concert, .. } | Command::Pay { concert, .. } = &mut command {
        *concert = id;
    }
    command
}

fn key_of(bill: &Bill) -> SeatKey {
    SeatKey { concert: bill.concert, seat_no: bill.seat_no }
}

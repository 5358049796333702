//! Sales, their lines, what they sell, and their codes.

use std::collections::BTreeSet;

use onsale_booking::access::Access;
use onsale_booking::ids::{ConcertId, SaleId};
use onsale_booking::new_sale::{NewDials, NewSale, SaleChanges};
use onsale_booking::sale::Sale as SaleRow;
use onsale_booking::seen::SeenSale;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_line::DialChanges;
use onsale_storage::port::{LineRow, LogAction, SaleRecord, SaleTerms};
use onsale_storage::writer::{LineChange, LineTask, WriteError};
use uuid::Uuid;

use crate::support::commands::{
    CONCERT, MAIN_SALE, MICROSECOND, SEATS, admit, charge, hold, holder, leave, member, open_concert, pay,
    release, room, seconds, start,
};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;
use crate::support::sales::{
    CLUB, PRESALE, add_codes, admit_first, change, create, create_opening, create_selling, drawn, hold_in,
    in_sale, new_sale, open, redeem, rename, sell,
};

const OTHER: ConcertId = ConcertId(Uuid::from_u128(0xC7));

pub(crate) async fn record<F>(sale: &Sale<F>, id: SaleId) -> SaleRecord {
    sale.store.reads.sale(id).await.unwrap().unwrap()
}

async fn line<F>(sale: &Sale<F>, id: SaleId) -> LineRow {
    sale.store.reads.line_row(id).await.unwrap().unwrap()
}

fn created(outcome: Outcome) -> SaleRow {
    match outcome {
        Outcome::SaleCreated(sale) => *sale,
        other => panic!("{other:?}"),
    }
}

fn set(concerts: &[ConcertId]) -> BTreeSet<ConcertId> {
    concerts.iter().copied().collect()
}

pub(crate) async fn a_new_store_has_the_main_sale(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let main = SaleRow::main(MAIN_SALE, record(&sale, MAIN_SALE).await.sale.created_at);
    let expected = SaleRecord { sale: main, concerts: BTreeSet::new() };
    assert_eq!(sale.store.reads.sales().await.unwrap(), std::slice::from_ref(&expected));
    assert_eq!(sale.store.reads.sale(CLUB).await.unwrap(), None);
    let sale = sale.reopen().await;
    assert_eq!(sale.store.reads.sales().await.unwrap(), [expected]);
}

pub(crate) async fn a_sale_comes_back_whole(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(open_concert(OTHER, 3)).await;
    let new = NewSale {
        name: "하루 \"one\" 'night'; --".to_owned(),
        listed: false,
        order: drawn(),
        beacon_source: Some("round 4242 of drand".to_owned()),
        lobby_at: Some(start() - seconds(7) - MICROSECOND),
        opens_at: Some(start() + seconds(60) + MICROSECOND),
        closes_at: Some(start() + seconds(90)),
        seats_per_person: Some(6),
        access: Access::parse("group:fans, no").or(Access::parse("group:팬 클럽")).unwrap(),
        concerts: vec![OTHER, CONCERT],
        dials: NewDials { capacity: Some(7), rate_per_minute: Some(0), paused: Some(true) },
        ..new_sale(CLUB)
    };
    let made = created(sale.ok(create(new.clone())).await);
    let simple = created(sale.ok(create(new_sale(PRESALE))).await);
    let dials = DialChanges { capacity: Some(room(7)), rate_per_minute: Some(0), paused: Some(true) };
    let expected = |sale, concerts: &[_]| SaleRecord { sale, concerts: set(concerts) };

    let sale = sale.reopen().await;
    let kept = expected(made, &[CONCERT, OTHER]);
    assert_eq!(record(&sale, CLUB).await, kept);
    let main = record(&sale, MAIN_SALE).await;
    assert_eq!(sale.store.reads.sales().await.unwrap(), [main, kept, expected(simple, &[])]);
    let row = line(&sale, CLUB).await;
    assert_eq!((row.sale, row.epoch, row.allocated, row.head, row.closed_tail), (CLUB, 1, 0, 0, Some(0)));
    assert_eq!((row.dials, line(&sale, PRESALE).await.dials), (dials, DialChanges::default()));
    assert_eq!(sale.refused(create(new)).await, Refusal::SaleExists { is_same: true });
    assert_eq!(sale.refused(create(new_sale(CLUB))).await, Refusal::SaleExists { is_same: false });
    sale.assert_clean().await;
}

pub(crate) async fn a_change_stays_and_raises_the_revision(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create_opening(CLUB, start() + seconds(60))).await;
    sale.fixture.advance(seconds(1));
    let changes = SaleChanges {
        name: Some("Members".to_owned()),
        listed: Some(false),
        opens_at: Some(Some(start() + seconds(100))),
        closes_at: Some(Some(start() + seconds(200))),
        seats_per_person: Some(Some(2)),
        access: Some(Access::Code),
        ..SaleChanges::default()
    };
    let outcome = sale.ok(change(CLUB, changes.clone())).await;
    let Outcome::SaleChanged { before, after } = outcome else { panic!("{outcome:?}") };
    assert_eq!((before.revision, after.revision, after.updated_at), (1, 2, start() + seconds(1)));
    assert_eq!(after.times.opens_at, Some(start() + seconds(100)));

    let sale = sale.reopen().await;
    assert_eq!(record(&sale, CLUB).await.sale, *after);
    let batches = sale.batch(vec![change(CLUB, changes), rename(CLUB, "Two"), rename(CLUB, "Three")]).await;
    assert!(batches.iter().all(Result::is_ok), "{batches:?}");
    assert_eq!(record(&sale, CLUB).await.sale.revision, 4, "what changes nothing is no change");
    // The main sale has a name, too.
    sale.ok(rename(MAIN_SALE, "Everything")).await;
    let main = record(&sale, MAIN_SALE).await.sale;
    assert_eq!((main.name.as_str(), main.revision, main.is_main), ("Everything", 2, true));
    assert_eq!(sale.refused(rename(PRESALE, "None")).await.code(), "not_found");
    sale.assert_clean().await;
}

pub(crate) async fn a_form_changes_only_the_sale_that_its_page_showed(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(open_concert(OTHER, 3)).await;
    sale.ok(create_selling(CLUB, &[CONCERT])).await;
    let by_form = |name: &str, revision, concerts: &[_]| {
        let mut command = rename(CLUB, name);
        let Command::ChangeSale { seen, .. } = &mut command else { panic!("{command:?}") };
        *seen = Some(SeenSale { revision, at: start(), concerts: set(concerts) });
        command
    };
    for (revision, concerts) in [(2, &[CONCERT][..]), (1, &[]), (1, &[OTHER]), (1, &[CONCERT, OTHER])] {
        let refused = sale.refused(by_form("Refused", revision, concerts)).await;
        assert_eq!(refused, Refusal::SaleChanged, "{revision} {concerts:?}");
    }
    sale.ok(by_form("First", 1, &[CONCERT])).await;
    assert_eq!(sale.refused(by_form("Second", 1, &[CONCERT])).await, Refusal::SaleChanged);
    let of_row = record(&sale, CLUB).await.sale;
    assert_eq!((of_row.name.as_str(), of_row.revision), ("First", 2));
}

pub(crate) async fn concerts_move_between_sales(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 5_000).await;
    sale.ok(hold(alice, &[1, 2])).await;
    sale.ok(create_selling(CLUB, &[CONCERT])).await;
    let bob = in_sale(holder("bob"), CLUB);
    sale.ok(admit_first(bob)).await;
    assert_eq!(sale.refused(hold(alice, &[3])).await, Refusal::OtherSale);
    sale.ok(hold(bob, &[3])).await;

    let sale = sale.reopen().await;
    let of_concert = |seats: Vec<_>| {
        let (concert, _): &(onsale_booking::concert::Concert, _) = &seats[0];
        concert.sales.clone()
    };
    assert_eq!(of_concert(sale.store.reads.concerts().await.unwrap()), [CLUB].into());
    // Only new holds need the membership.
    sale.ok(release(alice, 2)).await;
    sale.ok(pay(alice, &[1])).await;
    // Two sales sell it, then none but the main one again.
    sale.ok(create_selling(PRESALE, &[CONCERT])).await;
    assert_eq!(of_concert(sale.store.reads.concerts().await.unwrap()), [CLUB, PRESALE].into());
    sale.ok(sell(PRESALE, &[])).await;
    assert_eq!(record(&sale, PRESALE).await.concerts, set(&[]));
    sale.ok(sell(CLUB, &[])).await;
    assert_eq!(of_concert(sale.store.reads.concerts().await.unwrap()), BTreeSet::new());
    assert_eq!(sale.refused(hold(bob, &[4])).await, Refusal::OtherSale);
    sale.ok(hold(sale.inside(holder("carol")).await, &[4])).await;
    // A new concert may name the sales that sell it.
    let mut new = open_concert(OTHER, 5);
    if let Command::OpenConcert(new) = &mut new {
        new.sales = vec![CLUB, MAIN_SALE];
    }
    sale.ok(new).await;
    assert_eq!(record(&sale, CLUB).await.concerts, set(&[OTHER]));
    assert_eq!(record(&sale, MAIN_SALE).await.concerts, set(&[OTHER]));
    sale.ok(hold_in(bob, OTHER, &[1])).await;
    sale.assert_clean().await;
}

pub(crate) async fn a_hold_stays_with_its_pass(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let (main, club) = (holder("alice"), in_sale(holder("alice"), CLUB));
    sale.ok(create_selling(CLUB, &[CONCERT])).await;
    sale.ok(create_selling(PRESALE, &[CONCERT])).await;
    let early = in_sale(holder("alice"), PRESALE);
    sale.rich(main, 5_000).await;
    for by in [club, early] {
        sale.ok(admit_first(by)).await;
    }
    sale.ok(hold(club, &[1])).await;
    sale.ok(hold(early, &[2])).await;

    let sale = sale.crash().await;
    assert_eq!(sale.seat(1).live_hold(start()).map(|hold| hold.pass), Some(club.pass));
    assert_eq!(sale.refused(pay(early, &[1])).await, Refusal::OtherSale);
    sale.ok(leave(early)).await;
    let seats = sale.store.reads.reservations(main.user, None, 10).await.unwrap();
    assert!(seats.iter().map(|seat| seat.seat_no).eq([1]), "{seats:?}");
    sale.ok(pay(club, &[1])).await;
    let sale = sale.reopen().await;
    assert!(sale.seat(1).is_sold_to(main.user));
    // The same numbers in two sales are two passes.
    let passes = sale.store.reads.passes_by_number(main.pass.number).await.unwrap();
    assert!(passes.iter().map(|pass| pass.key).eq([main.pass, club.pass, early.pass]), "{passes:?}");
    assert_eq!(sale.store.reads.passes_of(main.user, 10).await.unwrap().len(), 3);
    let of_club = sale.store.reads.passes(CLUB, vec![1]).await.unwrap();
    assert!(of_club.iter().map(|pass| pass.key).eq([club.pass]), "{of_club:?}");
    sale.assert_clean().await;
}

pub(crate) async fn a_code_is_used_once_a_person_and_no_more_than_its_uses(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create(NewSale { access: Access::Code, ..new_sale(CLUB) })).await;
    sale.ok(create(NewSale { access: Access::Code, ..new_sale(PRESALE) })).await;
    sale.ok(add_codes(CLUB, &[1, 2], 2)).await;
    sale.ok(add_codes(PRESALE, &[1], 1)).await;
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| holder(name).user);
    let has_redeemed = async |user, of| sale.store.reads.has_redeemed(of, user).await.unwrap();
    assert!(!has_redeemed(alice, CLUB).await);
    for _ in 0..3 {
        sale.ok(redeem(alice, CLUB, 1)).await;
    }
    assert!(has_redeemed(alice, CLUB).await && !has_redeemed(alice, PRESALE).await);
    sale.ok(redeem(bob, CLUB, 1)).await;
    assert_eq!(sale.refused(redeem(carol, CLUB, 3)).await, Refusal::CodeInvalid);

    let sale = sale.reopen().await;
    assert_eq!(sale.refused(redeem(carol, CLUB, 1)).await, Refusal::CodeUsedUp);
    // Anyone who has redeemed one code needs no other.
    sale.ok(redeem(alice, CLUB, 2)).await;
    // Made and redeemed in one batch.
    let answers = sale.batch(vec![add_codes(CLUB, &[4], 1), redeem(carol, CLUB, 4)]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    sale.ok(redeem(alice, PRESALE, 1)).await;
    assert_eq!(sale.refused(redeem(bob, PRESALE, 1)).await, Refusal::CodeUsedUp);
    sale.assert_clean().await;
}

pub(crate) async fn what_people_own_and_hold_counts_in_every_sale(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(open_concert(OTHER, 9)).await;
    let limited = |id| NewSale { seats_per_person: Some(3), concerts: vec![CONCERT, OTHER], ..new_sale(id) };
    sale.ok(create(limited(CLUB))).await;
    sale.ok(create(NewSale { seats_per_person: None, ..limited(PRESALE) })).await;
    let (club, presale) = (in_sale(holder("alice"), CLUB), in_sale(holder("alice"), PRESALE));
    sale.ok(charge(club, 9_000)).await;
    for by in [club, presale] {
        sale.ok(admit_first(by)).await;
    }
    // Two are bought through another sale, in another concert.
    sale.ok(hold_in(presale, OTHER, &[1, 2])).await;
    let Command::Pay { seats, .. } = pay(presale, &[1, 2]) else { unreachable!() };
    sale.ok(Command::Pay { by: presale, concert: OTHER, seats, key: None, seen: None }).await;

    let sale = sale.reopen().await;
    assert_eq!(sale.refused(hold(club, &[1, 2])).await, Refusal::SeatLimit { limit: 3 });
    sale.ok(hold(club, &[1])).await;
    assert_eq!(sale.refused(hold_in(club, OTHER, &[3])).await, Refusal::SeatLimit { limit: 3 });
    sale.ok(pay(club, &[1])).await;
    let again = in_sale(member(9), CLUB);
    let again = onsale_booking::command::PassHolder { user: club.user, ..again };
    sale.ok(admit_first(again)).await;
    assert_eq!(sale.refused(hold(again, &[2])).await, Refusal::SeatLimit { limit: 3 });
    sale.assert_clean().await;
}

pub(crate) async fn lines_of_two_sales_share_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create(new_sale(CLUB))).await;
    let main = line(&sale, MAIN_SALE).await;
    let task = |of, epoch, change| LineTask { sale: of, epoch, change };
    let change = LineChange::AllocateNumbers(64);
    let row = sale.writer.submit_line(task(CLUB, 1, change)).await.unwrap();
    assert_eq!((row.sale, row.allocated), (CLUB, 64));
    assert_eq!(line(&sale, MAIN_SALE).await, main);
    // In one batch, each changes its own row.
    let progress = |head| LineChange::NoteProgress { head, given: head };
    let mut pending = [
        Box::pin(sale.writer.submit_line(task(CLUB, 1, progress(3)))),
        Box::pin(sale.writer.submit_line(task(MAIN_SALE, main.epoch, LineChange::AllocateNumbers(5)))),
        Box::pin(sale.writer.submit_line(task(CLUB, 1, LineChange::BeginEpoch(None)))),
        Box::pin(sale.writer.submit_line(task(CLUB, 1, progress(9)))),
    ];
    let stall = sale.fixture.stall().await;
    sale.writer.tidy();
    while sale.writer.depth() > 0 {
        tokio::task::yield_now().await;
    }
    crate::support::sale::poll_each_once(&mut pending).await;
    drop(stall);
    let mut answers = Vec::new();
    for answer in pending {
        answers.push(answer.await);
    }
    assert_eq!(answers[3], Err(WriteError::Superseded));
    let club = line(&sale, CLUB).await;
    assert_eq!((club.epoch, club.head, club.given, club.allocated), (2, 3, 3, 64));
    assert_eq!(line(&sale, MAIN_SALE).await, LineRow { allocated: main.allocated + 5, ..main });
    // One number lets in one person in each.
    let (alice, bob) = (holder("alice"), in_sale(member(1), CLUB));
    sale.ok(admit(alice)).await;
    sale.ok(Command::Admit {
        user: bob.user,
        pass: bob.pass,
        call: onsale_booking::command::Call { epoch: 2, until: jiff::Timestamp::MAX },
    })
    .await;
    let inside = |history: Option<onsale_storage::port::LineHistory>| history.unwrap().inside;
    let until = start() + seconds(600);
    for of in [MAIN_SALE, CLUB] {
        let history = sale.store.reads.line(of).await.unwrap();
        assert_eq!(inside(history), [(1, alice.user, until)]);
    }
    assert_eq!(sale.assert_clean().await, u64::from(SEATS) + 5);
}

pub(crate) async fn what_operators_do_to_sales_is_logged(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let operator = Some(holder("carol").user);
    let opens_at = Some(start() + seconds(60));
    let new = NewSale {
        created_by: operator,
        opens_at,
        access: Access::Code,
        concerts: vec![CONCERT],
        ..new_sale(CLUB)
    };
    let made = created(sale.ok(create(new.clone())).await);
    let by_operator = |mut command| {
        let (Command::ChangeSale { by, .. } | Command::AddCodes { by, .. }) = &mut command else {
            panic!("{command:?}")
        };
        *by = operator;
        command
    };
    let renamed = sale.ok(by_operator(rename(CLUB, "Members"))).await;
    let Outcome::SaleChanged { after: renamed, .. } = renamed else { panic!("{renamed:?}") };
    sale.ok(sell(CLUB, &[])).await;
    sale.ok(by_operator(add_codes(CLUB, &[1, 2], 3))).await;
    // What changes nothing, and what is refused, is not logged.
    sale.ok(rename(CLUB, "Members")).await;
    sale.refused(create(new)).await;
    sale.refused(open(CLUB, 5)).await;
    sale.fixture.advance(seconds(60));
    for _ in 0..2 {
        sale.ok(open(CLUB, 5)).await;
    }

    let sale = sale.reopen().await;
    let log = sale.store.reads.operator_log(None, 5).await.unwrap();
    let found: Vec<_> =
        log.into_iter().rev().map(|stored| (stored.entry.operator, stored.entry.action)).collect();
    let terms = |sale| SaleTerms::from(sale);
    let changed = |before, after, concerts| LogAction::SaleChanged {
        sale: CLUB,
        before: Box::new(terms(before)),
        after: Box::new(terms(after)),
        concerts,
    };
    let expected = [
        (operator, LogAction::SaleCreated { sale: CLUB, terms: terms(&made), concerts: vec![CONCERT] }),
        (operator, changed(&made, &renamed, None)),
        (None, changed(&renamed, &renamed, Some(vec![]))),
        (operator, LogAction::CodesMade { sale: CLUB, count: 2, uses: 3 }),
        (None, LogAction::SaleOpened { sale: CLUB, name: "Members".to_owned(), lobby_tail: Some(5) }),
    ];
    assert_eq!(found, expected);
}

pub(crate) async fn an_admission_beside_a_change_of_its_line_counts(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create(new_sale(CLUB))).await;
    let stall = sale.fixture.stall().await;
    sale.writer.tidy();
    while sale.writer.depth() > 0 {
        tokio::task::yield_now().await;
    }
    let change = LineChange::AllocateNumbers(5);
    let mut allocated = [Box::pin(sale.writer.submit_line(LineTask { sale: CLUB, epoch: 1, change }))];
    let mut admitted = [Box::pin(sale.ask(admit_first(in_sale(holder("alice"), CLUB))))];
    crate::support::sale::poll_each_once(&mut allocated).await;
    crate::support::sale::poll_each_once(&mut admitted).await;
    drop(stall);
    for row in allocated {
        assert_eq!(row.await.unwrap().allocated, 5);
    }
    for answer in admitted {
        answer.await.unwrap();
    }
}

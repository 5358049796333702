//! Many people at once in sales: no code, limit or opening is beaten.

use std::collections::BTreeSet;

use onsale_booking::access::Access;
use onsale_booking::ids::ConcertId;
use onsale_booking::new_sale::NewSale;
use onsale_booking::request::RequestKey;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_storage::port::LogAction;
use onsale_storage::writer::WriteError;
use uuid::Uuid;

use crate::races::{ask_at_once, successes};
use crate::support::commands::{CONCERT, charge, holder, member, open_concert, pay, seconds, start};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;
use crate::support::sales::{
    CLUB, PRESALE, add_codes, admit_first, create, create_opening, hold_in, in_sale, new_sale, open, redeem,
};

const OTHER: ConcertId = ConcertId(Uuid::from_u128(0xC7));

pub(crate) async fn fifty_people_share_the_uses_of_a_code(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create(NewSale { access: Access::Code, ..new_sale(CLUB) })).await;
    for (number, uses) in [(1, 1), (2, 7)] {
        sale.ok(add_codes(CLUB, &[number], uses)).await;
        // Each twice: their second time costs nothing.
        let people = |of: u64| (0..50).map(move |index| member(100 * of + index).user);
        let people: Vec<_> = people(u64::from(number)).collect();
        let twice = people.iter().chain(&people).map(|user| redeem(*user, CLUB, number));
        let answers = ask_at_once(&sale, twice).await;
        let users: BTreeSet<_> = successes(&answers)
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::CodeRedeemed { user, .. } => *user,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(users.len(), uses as usize);
        let refused = answers.iter().filter(|answer| answer.is_err());
        let used_up = Err(WriteError::Refused(Refusal::CodeUsedUp));
        assert!(refused.clone().all(|answer| *answer == used_up), "{answers:?}");
        for user in people {
            assert_eq!(sale.store.reads.has_redeemed(CLUB, user).await.unwrap(), users.contains(&user));
        }
    }
    sale.assert_clean().await;
}

pub(crate) async fn a_form_for_codes_that_is_sent_at_once_makes_one_set(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create(NewSale { access: Access::Code, ..new_sale(CLUB) })).await;
    let by_form = |uses| {
        let mut command = add_codes(CLUB, &[1, 2], uses);
        let Command::AddCodes { key, by, .. } = &mut command else { panic!("{command:?}") };
        (*key, *by) = (RequestKey::new("form"), Some(holder("carol").user));
        command
    };
    let answers = ask_at_once(&sale, (0..20).map(|_| by_form(3))).await;
    let added = |is_new| Outcome::CodesAdded { sale: CLUB, count: 2, uses: 3, is_new };
    let successes = successes(&answers);
    assert_eq!(successes.len(), 20, "{answers:?}");
    assert_eq!(successes.iter().filter(|outcome| ***outcome == added(true)).count(), 1, "{answers:?}");
    sale.ok(redeem(holder("alice").user, CLUB, 1)).await;
    assert_eq!(sale.ok(by_form(3)).await, added(false), "a use that was counted still counts");
    assert_eq!(sale.refused(by_form(4)).await, Refusal::IdempotencyKeyReused);
    let log = sale.store.reads.operator_log(None, 100).await.unwrap();
    let made = log.iter().filter(|stored| matches!(stored.entry.action, LogAction::CodesMade { .. }));
    assert_eq!(made.count(), 1, "{log:?}");
    sale.assert_clean().await;
}

/// Two tabs of one person, each in a sale of its own with the same limit.
pub(crate) async fn a_limit_holds_in_two_tabs_and_two_sales(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(open_concert(OTHER, 60)).await;
    for id in [CLUB, PRESALE] {
        let limited = NewSale { seats_per_person: Some(3), concerts: vec![CONCERT, OTHER], ..new_sale(id) };
        sale.ok(create(limited)).await;
    }
    for round in 0..15 {
        let person = member(round + 1);
        let (club, presale) = (in_sale(person, CLUB), in_sale(person, PRESALE));
        sale.ok(charge(person, 9_000)).await;
        for by in [club, presale] {
            sale.ok(admit_first(by)).await;
        }
        let first = u32::try_from(round).unwrap() * 4 + 1;
        let tabs = |seats: std::ops::Range<u32>| {
            seats.flat_map(move |no| [hold_in(club, CONCERT, &[no]), hold_in(presale, OTHER, &[no])])
        };
        let answers = ask_at_once(&sale, tabs(first..first + 4)).await;
        assert_eq!(successes(&answers).len(), 3, "{answers:?}");
        let limit = Err(WriteError::Refused(Refusal::SeatLimit { limit: 3 }));
        assert_eq!(answers.iter().filter(|answer| **answer == limit).count(), 5, "{answers:?}");
        // What is paid counts on while other tabs go on holding.
        let held = sale.store.reads.reservations(person.user, None, 10).await.unwrap();
        let of_club = held.iter().filter(|seat| seat.concert == CONCERT).map(|seat| seat.seat_no);
        let payments: Vec<_> = of_club.map(|seat_no| pay(club, &[seat_no])).take(1).collect();
        ask_at_once(&sale, payments.into_iter().chain(tabs(first..first + 4))).await;
        let held = sale.store.reads.reservations(person.user, None, 10).await.unwrap();
        assert!(held.len() <= 3, "{held:?}");
    }
    sale.assert_clean().await;
}

pub(crate) async fn a_sale_is_opened_once(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.ok(create_opening(CLUB, start() + seconds(60))).await;
    let early = ask_at_once(&sale, (0..20).map(|tail| open(CLUB, tail))).await;
    assert_eq!(successes(&early), [] as [&Outcome; 0]);
    sale.fixture.advance(seconds(60));
    let people: Vec<_> = (1..=20).map(|number| in_sale(member(number), CLUB)).collect();
    let commands = (0..60).map(|tail| open(CLUB, tail)).chain(people.iter().map(|by| admit_first(*by)));
    let answers = ask_at_once(&sale, commands).await;
    let mut tails = BTreeSet::new();
    let mut changes = 0;
    for outcome in successes(&answers) {
        if let Outcome::SaleOpened { sale, is_changed } = outcome {
            tails.insert(format!("{:?}", sale.opening));
            changes += u32::from(*is_changed);
        }
    }
    assert_eq!((tails.len(), changes), (1, 1), "{answers:?}");
    assert_eq!(sale.store.reads.sale(CLUB).await.unwrap().unwrap().sale.revision, 2);
    // Anyone who came before the opening was refused, and nobody else.
    let inside = sale.store.reads.line(CLUB).await.unwrap().unwrap().inside.len();
    let admitted = answers.iter().filter(|answer| matches!(answer, Ok(Outcome::Admitted(_)))).count();
    assert_eq!(inside, admitted);
    let holder = in_sale(holder("alice"), CLUB);
    sale.ok(admit_first(onsale_booking::command::PassHolder {
        pass: onsale_booking::ids::PassKey { number: 99, ..holder.pass },
        ..holder
    }))
    .await;
    sale.assert_clean().await;
}

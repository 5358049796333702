//! What an operator may change of a sale, and until when.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::access::{Access, GroupName};
use crate::command::Command;
use crate::ids::SaleId;
use crate::new_sale::{NewOrder, NewSale, SaleChanges};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::sale::{LOBBY_DEFAULT, Membership, Opening, Sale};
use crate::seed::SealedSeed;
use crate::seen::SeenSale;
use crate::testing::{CONCERT, LATE_SHOW, MAIN_SALE, PRESALE, Stage};

const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn none() -> SaleChanges {
    SaleChanges::default()
}

fn opens_at(at: Timestamp) -> SaleChanges {
    SaleChanges { opens_at: Some(Some(at)), ..none() }
}

fn lobby_at(at: Timestamp) -> SaleChanges {
    SaleChanges { lobby_at: Some(Some(at)), ..none() }
}

fn closes_at(at: Timestamp) -> SaleChanges {
    SaleChanges { closes_at: Some(Some(at)), ..none() }
}

fn order(order: NewOrder) -> SaleChanges {
    SaleChanges { order: Some(order), ..none() }
}

fn source(text: &str) -> SaleChanges {
    SaleChanges { beacon_source: Some(Some(text.to_owned())), ..none() }
}

/// A stage with `new`, `after` the start.
fn stage(new: NewSale, after: SignedDuration) -> Stage {
    let mut stage = Stage::new();
    stage.make(new).unwrap();
    stage.wait(after);
    stage
}

fn refused(stage: &mut Stage, sale: SaleId, changes: SaleChanges) -> (&'static str, String) {
    let before = stage.book.clone();
    let refusal = stage.change(sale, changes);
    assert_eq!(stage.book, before);
    match refusal {
        Err(Refusal::Invalid { field, detail }) => (field, detail),
        other => panic!("{other:?}"),
    }
}

fn refused_field(stage: &mut Stage, changes: SaleChanges) -> &'static str {
    refused(stage, PRESALE, changes).0
}

#[test]
fn a_change_raises_the_revision_and_no_change_does_not() {
    let mut stage = stage(Stage::timed_sale(), HOUR / 4);
    let before = stage.book.clone();
    let sale = stage.change(PRESALE, none()).unwrap();
    let unchanged = SaleChanges {
        name: Some(sale.name.clone()),
        listed: Some(true),
        order: Some(NewOrder::Arrival),
        lobby_at: Some(sale.times.lobby_at),
        opens_at: Some(sale.times.opens_at),
        closes_at: Some(sale.times.closes_at),
        concerts: Some(vec![]),
        ..none()
    };
    assert_eq!(stage.change(PRESALE, unchanged), Ok(sale.clone()));
    assert_eq!(stage.book, before);
    let renamed = stage.change(PRESALE, SaleChanges { name: Some("Fans".to_owned()), ..none() }).unwrap();
    let expected = Sale { name: "Fans".to_owned(), revision: 2, updated_at: stage.book.now(), ..sale };
    assert_eq!(renamed, expected);
}

#[test]
fn a_form_changes_the_sale_that_its_page_showed_or_nothing() {
    let mut stage = stage(Stage::timed_sale(), HOUR / 4);
    let seen_at = |stage: &Stage, at| {
        let revision = stage.book.sale(PRESALE).unwrap().revision;
        Some(SeenSale { revision, at, concerts: BTreeSet::new() })
    };
    let seen = |stage: &Stage| seen_at(stage, stage.book.now());
    let rename = |stage: &mut Stage, name: &str, seen| {
        let changes = Box::new(SaleChanges { name: Some(name.to_owned()), ..none() });
        let (before, command) =
            (stage.book.clone(), Command::ChangeSale { sale: PRESALE, changes, seen, by: None });
        match stage.run(&command) {
            Ok(Outcome::SaleChanged { after, .. }) => after.name == name,
            Err(Refusal::SaleChanged) => {
                assert_eq!(stage.book, before);
                false
            }
            other => panic!("{other:?}"),
        }
    };
    let first = seen(&stage);
    assert!(rename(&mut stage, "Fans", first.clone()));
    assert!(!rename(&mut stage, "Mine", first), "another operator has changed it");
    assert!(rename(&mut stage, "Everybody", None), "a program does not say what it saw");

    let shown = seen(&stage);
    stage.book.set_membership(PRESALE, CONCERT, true);
    assert!(!rename(&mut stage, "Mine", shown), "a new concert has named it");
    stage.book.set_membership(PRESALE, CONCERT, false);
    let early = stage.book.now();
    stage.wait(HOUR / 4 - MICROSECOND);
    let shown = seen_at(&stage, early);
    assert!(rename(&mut stage, "Still", shown), "nothing has changed");
    let shown = seen_at(&stage, early);
    stage.wait(MICROSECOND);
    assert!(!rename(&mut stage, "Mine", shown), "its lobby is open");
    let shown = seen(&stage);
    stage.wait(HOUR / 2);
    assert!(rename(&mut stage, "Late", shown), "an opening that is late has changed nothing yet");
    let shown = seen(&stage);
    stage.open_sale(1, None).unwrap();
    assert!(!rename(&mut stage, "Mine", shown), "it is open");
    let shown = seen(&stage);
    stage.wait(HOUR * 3);
    assert!(!rename(&mut stage, "Mine", shown), "it is over");
}

#[test]
fn some_fields_can_always_be_changed() {
    for after in [HOUR / 4, HOUR / 2, HOUR, HOUR * 3] {
        let mut stage = stage(Stage::timed_sale(), after);
        let access = Access::Group(GroupName::new("members").unwrap());
        let changes = SaleChanges {
            name: Some("Fans".to_owned()),
            listed: Some(false),
            seats_per_person: Some(Some(2)),
            access: Some(access.clone()),
            concerts: Some(vec![CONCERT]),
            ..none()
        };
        let sale = stage.change(PRESALE, changes).unwrap();
        assert_eq!((sale.name.as_str(), sale.listed), ("Fans", false));
        assert_eq!((sale.seats_per_person, sale.access), (Some(2), access));
        let sale = stage.change(PRESALE, SaleChanges { seats_per_person: Some(None), ..none() }).unwrap();
        assert_eq!(sale.seats_per_person, None);
    }
}

#[test]
fn changed_fields_are_checked_as_new_ones_are() {
    let mut stage = stage(Stage::timed_sale(), SignedDuration::ZERO);
    for (changes, field) in [
        (SaleChanges { name: Some(String::new()), ..none() }, "name"),
        (SaleChanges { seats_per_person: Some(Some(0)), ..none() }, "seatsPerPerson"),
        (SaleChanges { concerts: Some(vec![LATE_SHOW]), ..none() }, "concertIds"),
        (opens_at(Stage::start()), "opensAt"),
        (opens_at(Stage::opens_at() + HOUR), "closesAt"),
        (closes_at(Stage::opens_at()), "closesAt"),
        (closes_at(Stage::start()), "closesAt"),
        (lobby_at(Stage::opens_at() + MICROSECOND), "lobbyAt"),
        (source("Round 4242"), "beaconSource"),
        (SaleChanges { beacon: Some(vec![1]), ..none() }, "beacon"),
        (SaleChanges { opens_at: Some(None), ..order(Stage::draw()) }, "order"),
        (SaleChanges { lobby_at: Some(Some(Stage::start())), opens_at: Some(None), ..none() }, "lobbyAt"),
    ] {
        assert_eq!(refused_field(&mut stage, changes), field);
    }
}

#[test]
fn before_the_lobby_times_and_order_can_be_changed() {
    let mut stage = stage(Stage::timed_sale(), HOUR / 2 - MICROSECOND);
    let sale = stage.change(PRESALE, opens_at(Stage::opens_at() - MICROSECOND)).unwrap();
    assert_eq!(sale.times.lobby_at, Some(Stage::opens_at() - LOBBY_DEFAULT), "a lobby stays where it is");
    let reset = SaleChanges { lobby_at: Some(None), ..opens_at(Stage::opens_at() + HOUR / 2) };
    let sale = stage.change(PRESALE, reset).unwrap();
    assert_eq!(sale.times.lobby_at, Some(Stage::opens_at()), "half an hour before the opening again");
    let drawn = SaleChanges { beacon_source: source("Round 4242").beacon_source, ..order(Stage::draw()) };
    let sale = stage.change(PRESALE, drawn).unwrap();
    let draw = sale.draw().unwrap().clone();
    assert_eq!(draw.beacon_source.as_deref(), Some("Round 4242"));
    let other = NewOrder::Draw { commitment: [9; 32], sealed_seed: SealedSeed::default() };
    let sale = stage.change(PRESALE, order(other)).unwrap();
    assert_eq!(sale.draw(), Some(&draw), "nobody draws again");
    let sale = stage.change(PRESALE, source("Round 5")).unwrap();
    assert_eq!(sale.draw().unwrap().beacon_source.as_deref(), Some("Round 5"));
    let sale = stage.change(PRESALE, SaleChanges { beacon_source: Some(None), ..none() }).unwrap();
    assert_eq!(sale.draw().unwrap().beacon_source, None);
    assert_eq!(stage.change(PRESALE, order(NewOrder::Arrival)).unwrap().draw(), None);
    stage.change(PRESALE, lobby_at(stage.book.now())).expect("the lobby opens now");
    assert_eq!(refused_field(&mut stage, lobby_at(Stage::opens_at())), "lobbyAt");
}

#[test]
fn a_sale_without_its_opening_opens_at_once() {
    let mut stage = stage(Stage::timed_sale(), HOUR / 4);
    let sale = stage.change(PRESALE, SaleChanges { opens_at: Some(None), ..none() }).unwrap();
    assert_eq!(sale.opening, Opening::Open { at: stage.book.now(), lobby_tail: None, seed: None });
    assert_eq!((sale.times.lobby_at, sale.times.opens_at), (None, None));
    assert_eq!(refused_field(&mut stage, opens_at(Stage::opens_at())), "opensAt");
}

#[test]
fn once_the_lobby_is_open_only_the_opening_moves_and_only_later() {
    let mut stage = stage(Stage::drawn_sale(), HOUR / 2);
    for (changes, field) in [
        (order(NewOrder::Arrival), "order"),
        (source("Round 4242"), "beaconSource"),
        (lobby_at(Stage::start()), "lobbyAt"),
        (opens_at(Stage::opens_at() - MICROSECOND), "opensAt"),
        (SaleChanges { opens_at: Some(None), ..none() }, "opensAt"),
        (opens_at(Stage::opens_at() + HOUR), "closesAt"),
    ] {
        assert_eq!(refused_field(&mut stage, changes), field);
    }
    stage.change(PRESALE, order(Stage::draw())).expect("a draw it is");
    let later = Stage::opens_at() + HOUR / 2;
    let sale = stage.change(PRESALE, opens_at(later)).unwrap();
    assert_eq!(sale.times.opens_at, Some(later));
    stage.book.set_now(Stage::opens_at());
    assert!(stage.open_sale(5, Some(Stage::seed())).is_err(), "not yet");
    stage.book.set_now(later - MICROSECOND);
    stage.change(PRESALE, opens_at(later + MICROSECOND)).unwrap();
    stage.book.set_now(later + MICROSECOND);
    assert_eq!(refused_field(&mut stage, opens_at(later + HOUR / 4)), "opensAt");
    stage.open_sale(5, Some(Stage::seed())).unwrap();
}

#[test]
fn an_opened_sale_keeps_its_order_and_its_opening() {
    let mut stage = stage(Stage::timed_sale(), HOUR);
    stage.open_sale(5, None).unwrap();
    for (changes, field) in [
        (order(Stage::draw()), "order"),
        (lobby_at(Stage::start()), "lobbyAt"),
        (opens_at(Stage::opens_at() + HOUR / 2), "opensAt"),
    ] {
        assert_eq!(refused_field(&mut stage, changes), field);
    }
}

#[test]
fn an_end_moves_until_it_has_come() {
    let end = Stage::timed_sale().closes_at.unwrap();
    let mut stage = stage(Stage::timed_sale(), HOUR);
    stage.open_sale(5, None).unwrap();
    stage.change(PRESALE, closes_at(end + HOUR)).unwrap();
    stage.wait_secs(1);
    let now = stage.book.now();
    assert_eq!(refused_field(&mut stage, closes_at(now)), "closesAt");
    stage.change(PRESALE, SaleChanges { closes_at: Some(None), ..none() }).unwrap();
    stage.change(PRESALE, closes_at(end)).unwrap();
    stage.book.set_now(end);
    assert_eq!(refused_field(&mut stage, closes_at(end + HOUR)), "closesAt");
    let forever = SaleChanges { closes_at: Some(None), ..none() };
    assert_eq!(refused_field(&mut stage, forever), "closesAt");
}

#[test]
fn a_sale_that_ended_in_its_lobby_never_opens() {
    let end = Stage::timed_sale().closes_at.unwrap();
    let mut stage = stage(Stage::timed_sale(), HOUR * 2);
    assert_eq!(refused_field(&mut stage, closes_at(end + HOUR)), "closesAt");
    let (field, why) = refused(&mut stage, PRESALE, opens_at(end + HOUR));
    assert!(field == "opensAt" && why.contains("is over"), "{field} {why}");
}

#[test]
fn the_main_sale_is_always_open_by_arrival() {
    let mut stage = Stage::new();
    for (changes, expected) in [
        (order(Stage::draw()), "order"),
        (opens_at(Stage::opens_at()), "opensAt"),
        (lobby_at(Stage::start()), "lobbyAt"),
        (closes_at(Stage::opens_at()), "closesAt"),
    ] {
        let (field, why) = refused(&mut stage, MAIN_SALE, changes);
        assert!(field == expected && why.contains("the main sale"), "{field} {why}");
    }
    let renamed = SaleChanges { name: Some("Everything".to_owned()), ..none() };
    assert_eq!(stage.change(MAIN_SALE, renamed).unwrap().name, "Everything");
}

#[test]
fn concerts_come_and_go_one_by_one() {
    let mut stage = Stage::new();
    stage.open(LATE_SHOW, 10).unwrap();
    stage.make(NewSale { concerts: vec![CONCERT], ..Stage::new_sale() }).unwrap();
    let sale = stage.change(PRESALE, SaleChanges { concerts: Some(vec![LATE_SHOW]), ..none() }).unwrap();
    assert_eq!(sale.revision, 2, "what it sells is of the sale");
    let membership = |concert, sells| Membership { sale: PRESALE, concert, sells };
    let changes = stage.book.into_changes();
    assert_eq!(changes.memberships, [membership(CONCERT, false), membership(LATE_SHOW, true)]);
}

#[test]
fn a_beacon_is_for_a_draw_that_named_its_source() {
    let beacon = |bytes: usize| SaleChanges { beacon: Some(vec![b'x'; bytes]), ..none() };
    let mut without = stage(Stage::drawn_sale(), HOUR);
    let (field, why) = refused(&mut without, PRESALE, beacon(1));
    assert!(field == "beacon" && why.contains("beaconSource"), "{field} {why}");
    let drawn = NewSale { beacon_source: Some("Round 4242".to_owned()), ..Stage::drawn_sale() };
    let mut stage = stage(drawn, HOUR);
    stage.open_sale(5, None).expect("the seed is not needed yet");
    for bytes in [0, 4_097] {
        assert_eq!(refused_field(&mut stage, beacon(bytes)), "beacon");
    }
    stage.change(PRESALE, beacon(4_096)).unwrap();
}

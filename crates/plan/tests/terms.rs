//! Prices by category and lists of guids become the terms of each seat, or the first offence is named.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

use onsale_booking::money::Money;
use onsale_booking::new_concert::NewSeat;
use onsale_booking::seat::SeatKind;
use onsale_plan::Plan;
use serde_json::json;

/// Seats a, b of category A, c of category B, d of none; nobody sits in category E.
fn plan() -> Plan {
    let seat =
        |guid: &str, category: &str| json!({"seat_guid": guid, "seat_number": guid, "category": category});
    let file = json!({"name": "Hall", "categories": [{"name": "A"}, {"name": "E"}, {"name": "B"}], "zones": [
        {"rows": [{"row_number": "1", "seats": [seat("a", "A"), seat("c", "B")]}]},
        {"rows": [{"row_number": "2", "seats": [seat("b", "A"), seat("d", "")]}]},
    ]});
    Plan::read(file.to_string().as_bytes()).unwrap()
}

fn prices(of: &[(&str, i64)]) -> Vec<(String, Money)> {
    of.iter().map(|(name, price)| ((*name).to_owned(), Money(*price))).collect()
}

fn kinds(of: &[(&str, SeatKind)]) -> Vec<(String, SeatKind)> {
    of.iter().map(|(guid, kind)| ((*guid).to_owned(), *kind)).collect()
}

fn kept(of: &[&str]) -> Vec<String> {
    of.iter().map(|guid| (*guid).to_owned()).collect()
}

const ALL: [(&str, i64); 3] = [("A", 50), ("B", 30), ("", 0)];

#[test]
fn every_seat_gets_the_price_of_its_category_in_plan_order() {
    let kinds = kinds(&[("d", SeatKind::Restricted), ("a", SeatKind::Wheelchair)]);
    let terms = plan().terms(&prices(&ALL), &kinds, &kept(&["b", "d"])).unwrap();
    let seat = |price, kind, kept| NewSeat { price: Money(price), kind, kept };
    assert_eq!(
        terms,
        [
            seat(50, Some(SeatKind::Wheelchair), false),
            seat(30, None, false),
            seat(50, None, true),
            seat(0, Some(SeatKind::Restricted), true),
        ]
    );
}

#[test]
fn a_category_without_seats_may_have_a_price_and_needs_none() {
    let with = [&ALL[..], &[("E", 1_000_000_000)]].concat();
    assert_eq!(plan().terms(&prices(&with), &[], &[]), plan().terms(&prices(&ALL), &[], &[]));
}

#[test]
fn the_first_offence_is_named_by_path() {
    let refused = |of: &[(&str, i64)], kinds: &[(String, SeatKind)], kept: &[String]| {
        plan().terms(&prices(of), kinds, kept).unwrap_err().to_string()
    };
    let companion = |guid| kinds(&[("a", SeatKind::Companion), (guid, SeatKind::Companion)]);
    let bad = (companion("z"), kept(&["y"]));
    for (prices, offence) in [
        (&[("A", 1), ("Q", 2), ("A", -1)][..], "prices[\"Q\"]: names no category of the plan"),
        (&[("A", 1), ("A", 1)], "prices[\"A\"]: is there twice"),
        (&[("A", -1), ("Q", 2)], "prices[\"A\"]: must be 0 to 1000000000"),
        (&[("B", 1_000_000_001)], "prices[\"B\"]: must be 0 to 1000000000"),
        (&[("A", 1), ("", 1)], "prices[\"B\"]: is missing"),
        (&[("A", 1), ("B", 1)], "prices[\"\"]: is missing"),
        (&[], "prices[\"A\"]: is missing"),
    ] {
        assert_eq!(refused(prices, &bad.0, &bad.1), offence);
    }
    assert_eq!(refused(&ALL, &bad.0, &bad.1), "kinds[\"z\"]: names no seat of the plan");
    assert_eq!(refused(&ALL, &companion("a"), &bad.1), "kinds[\"a\"]: names a seat twice");
    assert_eq!(refused(&ALL, &companion("b"), &kept(&["a", "y", "x"])), "kept[1]: names no seat of the plan");
    assert_eq!(refused(&ALL, &[], &kept(&["a", "d", "a"])), "kept[2]: names a seat twice");
    let long = "x".repeat(1_000_000);
    assert!(refused(&ALL, &kinds(&[(&long, SeatKind::Companion)]), &[]).len() < 300, "paths are short");
}

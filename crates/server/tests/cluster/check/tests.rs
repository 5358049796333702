//! Negative controls: each breach is found in a history that has it.

use serde_json::{Value, json};

use super::*;

const NO_FAULT: (Micros, Micros) = (Micros::MAX, Micros::MIN);

/// Times are seconds since 1970.
fn event(who: usize, deed: Deed, sent: i64, told: Told) -> Event {
    let (sent, answered) = (sent * SECOND, sent * SECOND + 1);
    Event { who, door: 0, number: Some(1), deed, key: None, sent, answered, told }
}

fn at(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap().to_string()
}

fn held(second: i64) -> Told {
    Told::Yes(json!({ "reservedAt": at(second), "deadline": at(second + 300) }))
}

fn paid(second: i64) -> Told {
    Told::Yes(json!({ "createdAt": at(second) }))
}

fn amount(amount: i64) -> Told {
    Told::Yes(json!({ "amount": amount }))
}

fn standing(number: u64, status: &str) -> Told {
    let status = json!({
        "number": number, "status": status, "pollAfterMs": 2_000, "admittedUntil": at(900),
    });
    Told::Yes(status)
}

fn unknown() -> Told {
    Told::Unknown(String::new())
}

fn end(balance: i64, owned: &[u32]) -> End {
    End { balance, owned: owned.to_vec(), held: Vec::new(), at: 1_000 * SECOND }
}

fn found(history: &[Event], ends: &[(usize, End)]) -> usize {
    breaches(history, ends, 1, NO_FAULT).len()
}

#[test]
fn two_people_on_one_seat_are_found() {
    let mut history = vec![event(0, Deed::Hold(7), 10, held(10)), event(1, Deed::Hold(7), 20, held(20))];
    assert_eq!(found(&history, &[]), 1);
    history.push(event(0, Deed::Release(7), 15, unknown()));
    assert_eq!(found(&history, &[]), 0, "it may have been given back");
    history[2].told = Told::Away;
    assert_eq!(found(&history, &[]), 1, "it was not given back");
}

#[test]
fn a_seat_that_is_sold_twice_is_found() {
    let history = [event(0, Deed::Pay(7), 10, paid(10)), event(1, Deed::Pay(7), 20, paid(20))];
    let ends = [(0, end(0, &[7])), (1, end(0, &[7]))];
    assert_eq!(sales(&history, &ends).len(), 1);
    assert_eq!(seats(&history).len(), 1);
    assert_eq!(sales(&history, &[(0, end(0, &[7])), (1, end(0, &[]))]).len(), 2, "a bill is missing, too");
}

#[test]
fn a_wrong_balance_is_found_and_an_open_charge_counts_both_ways() {
    let charge = |told: Told| event(0, Deed::Charge(5), 10, told);
    let look = |told: i64| event(0, Deed::Balance, 20, amount(told));
    let cases: [(Told, i64, usize); 6] = [
        (amount(5), 5, 0),
        (amount(5), 10, 1),
        (amount(5), 0, 1),
        (unknown(), 0, 0),
        (unknown(), 5, 0),
        (Told::Away, 5, 1),
    ];
    for (told, shown, expected) in cases {
        assert_eq!(found(&[charge(told.clone()), look(shown)], &[]), expected, "{told:?} {shown}");
    }
    assert_eq!(balances(&[charge(amount(5))], &[(0, end(10, &[]))]).len(), 1);
}

#[test]
fn two_effects_of_one_key_are_found() {
    let keyed = |sent: i64, told: Value| Event {
        key: Some("k".to_owned()),
        ..event(0, Deed::Charge(5), sent, Told::Yes(told))
    };
    let history = [keyed(10, json!({ "amount": 5 })), keyed(20, json!({ "amount": 10 }))];
    assert_eq!(found(&history, &[]), 1);
    assert_eq!(balances(&history, &[(0, end(10, &[]))]).len(), 1, "it counts once");
}

#[test]
fn wrong_numbers_are_found() {
    let join = |who, sent, number| event(who, Deed::Join, sent, standing(number, "waiting"));
    assert_eq!(numbers(&[join(0, 10, 1), join(1, 20, 2)]).len(), 0);
    assert_eq!(numbers(&[join(0, 10, 1), join(1, 20, 1)]).len(), 1, "given twice");
    assert_eq!(numbers(&[join(0, 10, 2), join(1, 20, 1)]).len(), 1, "out of order");
    assert_eq!(places(&[join(0, 10, 1), join(0, 20, 2)]).len(), 1, "a place was lost");
    let ended = event(0, Deed::Poll, 20, standing(1, "ended"));
    assert_eq!(places(&[join(0, 10, 1), ended.clone()]).len(), 1, "a place was lost");
    let left = event(0, Deed::Leave, 15, unknown());
    assert_eq!(places(&[join(0, 10, 1), left, ended]).len(), 0);
}

#[test]
fn a_crowd_inside_and_an_overtaking_are_found() {
    let poll = |who, sent, number, status: &str| Event {
        number: Some(number),
        ..event(who, Deed::Poll, sent, standing(number, status))
    };
    let inside = [poll(0, 10, 1, "admitted"), poll(1, 20, 2, "admitted")];
    assert_eq!(found(&inside, &[]), 1);
    let overtaken = [poll(0, 10, 1, "waiting"), poll(1, 11, 2, "admitted"), poll(0, 13, 1, "waiting")];
    assert_eq!(order_of_calls(&overtaken, NO_FAULT).len(), 1);
    let absent = [poll(0, 5, 1, "waiting"), poll(1, 11, 2, "admitted"), poll(0, 13, 1, "waiting")];
    assert_eq!(order_of_calls(&absent, NO_FAULT).len(), 0);
}

#[test]
fn a_lost_hold_is_found() {
    let history = [event(0, Deed::Hold(7), 990, held(990))];
    assert_eq!(found(&history, &[(0, end(0, &[]))]), 1);
}

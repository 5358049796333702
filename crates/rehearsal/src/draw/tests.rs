//! The draw against the vectors of docs/draw.md, and what the command says of each kind of document.

use serde_json::json;

use super::*;

const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const COMMITMENT: &str = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";

/// The rows of the table of examples: seed, beacon, N, order, commitment.
fn examples() -> Vec<Vec<String>> {
    let page = include_str!("../../../../docs/draw.md");
    let (_, table) = page.split_once("| Seed | Beacon | N | Order | Commitment |").expect("the table");
    let rows = table.lines().skip(2).take_while(|row| row.starts_with('|'));
    let cells = |row: &str| {
        row.trim_matches('|').split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect()
    };
    rows.map(cells).collect()
}

fn published() -> serde_json::Value {
    json!({
        "order": "draw", "commitment": COMMITMENT, "beacon": "", "lobbyTail": 10, "seed": SEED, "head": 3, "tail": 12
    })
}

fn with(field: &str, value: impl Into<serde_json::Value>) -> serde_json::Value {
    let mut document = published();
    document[field] = value.into();
    document
}

fn checked(document: serde_json::Value, number: Option<u64>) -> Result<Verified, String> {
    check(&serde_json::from_value(document).expect("a document"), number)
}

#[test]
fn the_examples_of_the_page_are_right() {
    let examples = examples();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let [seed, beacon, tail, order, commitment] = example.try_into().expect("five columns");
        let seed = field("seed", &seed).unwrap();
        let drawn: Vec<_> = drawn(&seed, &bytes(&beacon).unwrap(), tail.parse().unwrap())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(drawn.join(" "), order);
        assert_eq!(hex(&Sha256::digest(seed)), commitment);
    }
}

#[test]
fn a_draw_that_fits_says_so() {
    let verified = checked(published(), Some(7)).unwrap();
    assert!(verified.holds);
    assert_eq!(
        verified.text,
        format!(
            "The commitment holds: it is the SHA-256 of the seed, {COMMITMENT}. Compare it with the one you saved before the opening.\n\
             Without a beacon: the operator could have known the seed.\n\
             Numbers drawn: 10.\n\
             The first: 6 10 3 1 2 4 5 8 9 7\n\
             Number 7 came to place 10.\n"
        )
    );
}

#[test]
fn the_beacon_counts() {
    let text = checked(with("beacon", "726f756e642034323432"), Some(7)).unwrap().text;
    assert!(text.contains("With a beacon of 10 bytes: 726f756e642034323432."), "{text}");
    assert!(text.contains("The first: 6 8 1 10 7 2 5 4 3 9\nNumber 7 came to place 5."), "{text}");
    let null = checked(with("beacon", serde_json::Value::Null), None).unwrap().text;
    assert!(null.contains("Without a beacon"), "{null}");
}

#[test]
fn only_ten_numbers_are_printed() {
    let mut document = with("lobbyTail", 500);
    document["tail"] = 500.into();
    let text = checked(document, None).unwrap().text;
    let first = text.lines().find_map(|line| line.strip_prefix("The first: ")).unwrap();
    assert_eq!(first.split(' ').count(), 10);
}

#[test]
fn later_numbers_keep_their_place() {
    let text = checked(published(), Some(12)).unwrap().text;
    assert!(text.contains("Number 12 joined after the lobby: its place is 12."), "{text}");
    let refused = checked(published(), Some(13)).unwrap_err();
    assert_eq!(refused, "number 13 has not been given out; the last one is 12");
}

#[test]
fn another_seed_does_not_hold() {
    let one_bit = SEED.replacen("00", "01", 1);
    let verified = checked(with("seed", one_bit), None).unwrap();
    assert!(!verified.holds);
    assert!(verified.text.starts_with(&format!("THE COMMITMENT DOES NOT HOLD: it is {COMMITMENT}")));
}

#[test]
fn a_lobby_longer_than_the_line_does_not_hold() {
    let verified = checked(with("tail", 9), None).unwrap();
    assert!(!verified.holds && verified.text.contains("THE LOBBY CANNOT BE RIGHT"), "{}", verified.text);
}

#[test]
fn what_cannot_be_checked_says_why() {
    for (document, reason) in [
        (with("order", "arrival"), "there was no draw"),
        (with("seed", serde_json::Value::Null), "has not been published yet"),
        (with("lobbyTail", serde_json::Value::Null), "has not been published yet"),
        (with("seed", "00ff"), "seed must be 64 hexadecimal digits"),
        (with("seed", SEED.replace('0', "g")), "seed must be 64 hexadecimal digits"),
        (with("commitment", serde_json::Value::Null), "commitment must be 64 hexadecimal digits"),
        (with("beacon", "0"), "beacon must be bytes in hexadecimal digits"),
        (with("beacon", "é0"), "beacon must be bytes in hexadecimal digits"),
        (with("lobbyTail", 20_000_001), "lobbyTail is 20000001, more than 20000000"),
    ] {
        let refused = checked(document, None).unwrap_err();
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn any_address_of_the_sale_leads_to_its_document() {
    for path in ["/v1/sales/7", "/v1/sales/7/", "/v1/sales/7/fairness", "/sales/7", "/sales/7/fairness"] {
        assert_eq!(document_path(path), "/v1/sales/7/fairness");
    }
    assert_eq!(document_path("/shop/v1/sales/7"), "/shop/v1/sales/7/fairness");
    assert_eq!(document_path("/fairness.json"), "/fairness.json");
}

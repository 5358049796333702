//! Draws: nobody knows their order before the opening, and everybody can check it afterwards.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::openings::{after, joined, keep_waiting, opening_in, standing};
use crate::stage::{Stage, secs};

async fn fairness(stage: &Stage, sale: Uuid) -> Value {
    stage.client.get(&format!("/v1/sales/{sale}/fairness")).await.ok()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap_or_default();
    let byte = |start| u8::from_str_radix(&digits[start..start + 2], 16).expect("hexadecimal");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// The numbers of the lobby in their order, recomputed from what is published.
fn recomputed(fairness: &Value) -> Vec<u64> {
    let (seed, beacon) = (bytes(&fairness["seed"]), bytes(&fairness["beacon"]));
    assert_eq!(bytes(&fairness["commitment"]), Sha256::digest(&seed).to_vec(), "the promised seed");
    let tail = fairness["lobbyTail"].as_u64().expect("the lobby is over");
    let hash = |number: &u64| Sha256::digest([&seed[..], &beacon, &number.to_be_bytes()].concat()).to_vec();
    let mut numbers: Vec<u64> = (1..=tail).collect();
    numbers.sort_by_cached_key(|number| (hash(number), *number));
    numbers
}

#[tokio::test]
async fn a_draw_lets_people_in_in_the_order_that_its_seed_gives() {
    let stage = Stage::open().await;
    let sale = opening_in(&stage, 100, json!({"order": "draw", "capacity": 4})).await;
    let crowd = stage.crowd(10);
    for (fan, number) in crowd.iter().zip(1..) {
        let expected = format!("waiting lobby {number} null null null");
        assert_eq!(standing(&joined(fan, sale).await), expected, "nobody knows where they come");
    }
    let promised = fairness(&stage, sale).await;
    assert_eq!(
        (&promised["order"], &promised["seed"], &promised["lobbyTail"]),
        (&json!("draw"), &Value::Null, &Value::Null)
    );
    stage.advance(secs(30)).await;
    for fan in &crowd {
        assert_eq!(fan.poll().await.ok()["place"], Value::Null);
    }
    keep_waiting(&stage, sale, &crowd, 70).await;
    let published = fairness(&stage, sale).await;
    assert_eq!(published["commitment"], promised["commitment"]);
    let order = recomputed(&published);
    assert_eq!(order.len(), 10);
    let late = stage.newcomer();
    assert_eq!(standing(&joined(&late, sale).await), "waiting open 11 11 6 7", "behind the whole lobby");
    for (place, number) in (1_u64..).zip(&order) {
        let fan = &crowd[usize::try_from(*number).expect("a small number") - 1];
        let status = joined(fan, sale).await;
        let expected = match place {
            1..=4 => format!("admitted open {number} {place} 0 0"),
            _ => format!("waiting open {number} {place} {} {}", place - 5, place - 4),
        };
        assert_eq!(standing(&status), expected);
    }
    // Somebody who leaves makes room for the next of the draw.
    crowd[usize::try_from(order[0]).expect("a small number") - 1].leave().await.ok();
    stage.tick().await;
    let fifth = &crowd[usize::try_from(order[4]).expect("a small number") - 1];
    assert_eq!(fifth.poll().await.line(), "200 admitted");
    let tallies = fairness(&stage, sale).await;
    assert_eq!((&tallies["head"], &tallies["tail"]), (&json!(5), &json!(11)));
    stage.end().await;
}

#[tokio::test]
async fn a_draw_with_a_beacon_waits_for_it_and_uses_it() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let sale = opening_in(&stage, 100, json!({"order": "draw", "beaconSource": "Lotto of 1 March"})).await;
    let crowd = stage.crowd(8);
    for fan in &crowd {
        joined(fan, sale).await;
    }
    let early = operator.change_sale(sale, &json!({"beacon": "1 2 3"})).await;
    assert_eq!(early.line(), "400 invalid_request beacon", "anybody can still join");
    stage.advance(secs(40)).await;
    for fan in &crowd {
        joined(fan, sale).await;
    }
    stage.advance(secs(60)).await;
    let fixed = fairness(&stage, sale).await;
    assert_eq!(
        (&fixed["lobbyTail"], &fixed["seed"], &fixed["beacon"]),
        (&json!(8), &Value::Null, &Value::Null)
    );
    let late = stage.newcomer();
    assert_eq!(standing(&joined(&late, sale).await), "waiting lobby 9 null null null");
    stage.advance(secs(1)).await;
    for (beacon, why) in [(String::new(), "1 to 4096"), ("x".repeat(4_097), "1 to 4096")] {
        let refused = operator.change_sale(sale, &json!({"beacon": beacon})).await;
        assert_eq!(refused.line(), "400 invalid_request beacon");
        assert!(refused.text.contains(why), "{}", refused.text);
    }
    operator.change_sale(sale, &json!({"beacon": "3 8 17 22 40 41"})).await.ok();
    for fan in &crowd {
        joined(fan, sale).await;
    }
    stage.tick().await;
    let published = fairness(&stage, sale).await;
    assert_eq!(bytes(&published["beacon"]), b"3 8 17 22 40 41");
    for (place, number) in (1..).zip(recomputed(&published)) {
        let status = joined(&crowd[usize::try_from(number).expect("a small number") - 1], sale).await;
        assert_eq!(standing(&status), format!("admitted open {number} {place} 0 0"));
    }
    assert_eq!(joined(&late, sale).await["place"], 9);
    let again = operator.change_sale(sale, &json!({"beacon": "4"})).await;
    assert_eq!(again.line(), "400 invalid_request beacon", "it was entered");
    stage.end().await;
}

#[tokio::test]
async fn no_answer_before_the_opening_holds_the_seed() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let new =
        json!({"name": "Draw", "order": "draw", "lobbyAt": after(&stage, 0), "opensAt": after(&stage, 100)});
    let made = operator.make_sale(&new).await;
    let sale: Uuid = made.ok()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let fan = stage.newcomer();
    let mut answers = vec![made, fan.join_with(&json!({"saleId": sale})).await];
    stage.advance(secs(30)).await;
    answers.push(fan.poll().await);
    for path in [format!("/v1/sales/{sale}"), format!("/v1/sales/{sale}/fairness"), "/v1/sales".to_owned()] {
        answers.push(stage.client.get(&path).await);
    }
    for path in [format!("/v1/sales/{sale}/line"), "/metrics".to_owned()] {
        answers.push(operator.call(reqwest::Method::GET, &path).send().await);
    }
    answers.push(operator.change_sale(sale, &json!({"name": "Still a draw", "order": "draw"})).await);
    stage.advance(secs(70)).await;
    let published = fairness(&stage, sale).await;
    let seed = published["seed"].as_str().expect("it is open").to_owned();
    assert_eq!(recomputed(&published), [1]);
    for answer in answers {
        assert!(answer.status == 200 && !answer.text.contains(&seed), "{}", answer.text);
    }
    stage.end().await;
}

//! Several seats at once: all or none.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::stage::{PRICE, Stage};

fn seat_nos(list: &Value) -> Vec<u64> {
    list.as_array().into_iter().flatten().filter_map(|item| item["seatNo"].as_u64()).collect()
}

#[tokio::test]
async fn several_seats_are_held_and_paid_in_the_requested_order() {
    let stage = Stage::open().await;
    let alice = stage.buyer(4 * PRICE).await;
    assert_eq!(seat_nos(&alice.hold_all(&[9, 3, 5]).await.ok()), [9, 3, 5]);
    let bills = alice.pay_all(&[5, 9]).await.ok();
    assert_eq!(seat_nos(&bills), [5, 9]);
    assert!(bills.as_array().unwrap().iter().all(|bill| bill["balance"] == 2 * PRICE), "{bills}");
    assert_eq!(alice.balance().await, 2 * PRICE);
    let bob = stage.insider().await;
    assert_snapshot!(bob.hold(3).await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn if_one_seat_cannot_be_held_none_is() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    alice.hold(2).await.ok();
    assert_snapshot!(bob.hold_all(&[1, 2, 3]).await.line(), @"400 seat_held");
    assert_snapshot!(bob.hold_all(&[1, 3, 51]).await.line(), @"400 seat_no_out_of_range");
    assert_snapshot!(bob.hold_all(&[1, 3, 4, 5, 6]).await.line(), @"400 hold_limit");
    assert_eq!(bob.reservations().await, json!([]));
    stage.end().await;
}

#[tokio::test]
async fn if_one_seat_cannot_be_paid_none_is() {
    let stage = Stage::open().await;
    let alice = stage.buyer(2 * PRICE - 1).await;
    alice.hold_all(&[1, 2]).await.ok();
    assert_snapshot!(alice.pay_all(&[1, 2]).await.line(), @"400 insufficient_balance");
    assert_snapshot!(alice.pay_all(&[1, 3]).await.line(), @"400 seat_not_held");
    assert_eq!((alice.balance().await, alice.bills().await), (2 * PRICE - 1, json!([])));
    assert_eq!(alice.reservations().await.as_array().map(Vec::len), Some(2));
    stage.end().await;
}

#[tokio::test]
async fn holding_a_list_keeps_the_deadlines_of_seats_already_held() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let first = alice.hold(1).await.ok();
    stage.advance(crate::stage::secs(100)).await;
    let both = alice.hold_all(&[1, 2]).await.ok();
    assert_eq!(both[0], first);
    assert_ne!(both[1]["deadline"], first["deadline"]);
    stage.end().await;
}

#[tokio::test]
async fn repeating_a_payment_of_several_seats_returns_the_same_bills() {
    let stage = Stage::open().await;
    let alice = stage.buyer(2 * PRICE).await;
    alice.hold_all(&[1, 2]).await.ok();
    let bills = alice.pay_all(&[1, 2]).await;
    assert_eq!(alice.pay_all(&[1, 2]).await.text, bills.text);
    let one = alice.pay(2).await.ok();
    assert_eq!(one["id"], bills.ok()[1]["id"]);
    assert_eq!(alice.balance().await, 0);
    stage.end().await;
}

#[tokio::test]
async fn a_list_has_1_to_100_different_seats() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for list in [vec![], vec![1, 1], (1..=101).collect()] {
        assert_eq!(alice.hold_all(&list).await.line(), "400 invalid_request seatNos", "{list:?}");
        assert_eq!(alice.pay_all(&list).await.line(), "400 invalid_request seatNos", "{list:?}");
    }
    stage.end().await;
}

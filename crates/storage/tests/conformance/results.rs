//! Idempotency: one key and content has one effect and one answer, for 24 hours.

use onsale_booking::Refusal;

use crate::support::commands::{
    MICROSECOND, charge, hold, holder, json, keyed, pay, register, seconds, use_code,
};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;

const DAY: i64 = 24 * 60 * 60;

pub(crate) async fn a_repeated_request_has_the_same_answer_to_the_byte(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 5_000).await;
    let asked = [
        keyed(hold(alice, &[1, 2]), "r"),
        keyed(charge(alice, 50), "c"),
        // The answer to a payment has the balance of its time, whatever is charged later.
        keyed(pay(alice, &[1]), "p"),
    ];
    let mut answered = Vec::new();
    for command in asked.clone() {
        sale.fixture.advance(MICROSECOND);
        answered.push(json(&sale.ok(command).await));
    }
    sale.ok(charge(alice, 1)).await;

    let sale = sale.reopen().await;
    sale.fixture.advance(seconds(1_000));
    let sale = sale.crash().await;
    let mut again = Vec::new();
    // The hold has long expired, the pass has ended and the bill's identity is new: the first answer stands.
    let anew = [keyed(hold(alice, &[1, 2]), "r"), asked[1].clone(), keyed(pay(alice, &[1]), "p")];
    for command in anew {
        again.push(json(&sale.ok(command).await));
    }
    assert_eq!(again, answered);
    assert_eq!(sale.balance(alice).await, 4_051);
    sale.assert_clean().await;
}

pub(crate) async fn a_form_sent_again_registers_the_same_user(fixture: impl StoreFixture) {
    let (sale, carol) = (Sale::open(fixture).await, holder("carol").user);
    let first = sale.ok(keyed(register(carol, "Carol"), "form-1")).await;
    sale.fixture.advance(seconds(1));
    let sale = sale.reopen().await;
    assert_eq!(sale.ok(keyed(register(carol, "Carola"), "form-1")).await, first, "the first name counts");
    assert_eq!(sale.refused(keyed(register(carol, "Carol"), "form-2")).await, Refusal::AlreadyRegistered);
    assert_eq!(sale.refused(register(carol, "Carol")).await, Refusal::AlreadyRegistered);
    let user = sale.store.reads.user(carol).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), sale.fixture.stored_results().await), ("Carol", 1));
    // After a day the form is not known any more, but the user is.
    sale.fixture.advance(seconds(DAY));
    assert_eq!(sale.refused(keyed(register(carol, "Carol"), "form-1")).await, Refusal::AlreadyRegistered);
    sale.assert_clean().await;
}

pub(crate) async fn a_code_is_used_once(fixture: impl StoreFixture) {
    let (sale, carol) = (Sale::open(fixture).await, holder("carol").user);
    let first = sale.ok(use_code(carol, 1, "code")).await;
    sale.fixture.advance(seconds(1));
    let sale = sale.reopen().await;
    assert_eq!(sale.ok(use_code(carol, 1, "code")).await, first, "the same browser, pressed twice");
    assert_eq!(sale.refused(use_code(carol, 2, "code")).await, Refusal::IdempotencyKeyReused);
    let sale = sale.crash().await;
    assert_eq!(sale.refused(use_code(carol, 2, "code")).await, Refusal::IdempotencyKeyReused);
    sale.assert_clean().await;
}

pub(crate) async fn a_key_means_one_thing(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 5_000).await;
    let bob = sale.inside(holder("bob")).await;
    sale.ok(keyed(hold(alice, &[1]), "k")).await;
    let others = || {
        [
            keyed(hold(alice, &[2]), "k"),
            keyed(hold(alice, &[1, 2]), "k"),
            keyed(pay(alice, &[1]), "k"),
            keyed(charge(alice, 1), "k"),
        ]
    };
    for other in others() {
        assert_eq!(sale.refused(other).await, Refusal::IdempotencyKeyReused);
    }
    // Keys of different users are unrelated, and case matters.
    sale.ok(keyed(charge(bob, 1), "k")).await;
    sale.ok(keyed(charge(alice, 1), "K")).await;
    let sale = sale.reopen().await;
    for other in others() {
        assert_eq!(sale.refused(other).await, Refusal::IdempotencyKeyReused);
    }
    assert_eq!((sale.balance(alice).await, sale.balance(bob).await), (5_001, 1));
}

pub(crate) async fn a_refusal_is_not_remembered(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.inside(holder("alice")).await;
    sale.ok(hold(alice, &[1])).await;
    let refusal = sale.refused(keyed(pay(alice, &[1]), "k")).await;
    assert!(matches!(refusal, Refusal::InsufficientBalance { .. }), "{refusal:?}");
    assert_eq!(sale.fixture.stored_results().await, 0);
    sale.ok(charge(alice, 1_000)).await;
    sale.ok(keyed(pay(alice, &[1]), "k")).await;
    assert_eq!(sale.fixture.stored_results().await, 1);
}

pub(crate) async fn tidying_drops_results_after_a_day_and_not_before(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    sale.ok(keyed(charge(alice, 10), "old")).await;
    sale.fixture.advance(seconds(1));
    sale.ok(keyed(charge(alice, 10), "new")).await;

    sale.fixture.advance(seconds(DAY - 1) - MICROSECOND);
    tidy(&sale).await;
    assert_eq!(sale.fixture.stored_results().await, 2);
    sale.ok(keyed(charge(alice, 10), "old")).await;
    assert_eq!(sale.balance(alice).await, 20, "still the same request");

    sale.fixture.advance(MICROSECOND);
    tidy(&sale).await;
    assert_eq!(sale.fixture.stored_results().await, 1);
    sale.ok(keyed(charge(alice, 10), "old")).await;
    sale.ok(keyed(charge(alice, 10), "new")).await;
    assert_eq!(sale.balance(alice).await, 30, "the old key is a new request, the new one is not");
    sale.assert_clean().await;
}

pub(crate) async fn a_lapsed_result_is_replaced_without_tidying(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    sale.ok(keyed(charge(alice, 10), "k")).await;
    sale.fixture.advance(seconds(DAY));
    let answered = json(&sale.ok(keyed(charge(alice, 5), "k")).await);
    let sale = sale.reopen().await;
    assert_eq!(json(&sale.ok(keyed(charge(alice, 5), "k")).await), answered);
    assert_eq!(sale.refused(keyed(charge(alice, 10), "k")).await, Refusal::IdempotencyKeyReused);
    assert_eq!((sale.balance(alice).await, sale.fixture.stored_results().await), (15, 1));
}

/// Tidying has no answer of its own, but the next request is answered after it.
async fn tidy<F: StoreFixture>(sale: &Sale<F>) {
    sale.store.writer.tidy();
    let refusal = sale.refused(charge(holder("dave"), 0)).await;
    assert!(matches!(refusal, Refusal::Invalid { field: "amount", .. }), "{refusal:?}");
}

//! Pressing or sending twice has one effect.

use serde_json::json;

use crate::fans::{CHARGE, PAY, fields_of};
use crate::site::Site;

const PAY_FORM: &str = "form[action='/checkout/pay']";
const CHARGE_FORM: &str = "form[action='/wallet/charge']";
const TWICE: &str =
    "const form = document.querySelector(arguments[0]); form.requestSubmit(); form.requestSubmit()";
const DOUBLE_CLICK: &str = "const it = document.querySelector(arguments[0]); it.click(); it.click()";

#[tokio::test]
async fn pressing_twice_charges_and_pays_once() {
    let (site, concert) = Site::selling(10, &[]).await;
    let fan = site.fan().await;
    let session = site.visit_as(&fan).await;
    session.go("/wallet").await;
    session.click("[data-fill='100000']").await;
    let first = fields_of(&session, CHARGE_FORM).await;
    session.script(TWICE, &[json!(CHARGE_FORM)]).await;
    session.wait_for_text("The money is in your wallet").await;
    assert_eq!(session.text_of(".amount").await, "₩100,000");
    session.double_click("[data-fill='50000']").await;
    session.double_click(CHARGE).await;
    session.wait_for_text_in(".amount", "₩150,000").await;
    // The same form, restored by the browser or sent again by the network.
    assert_eq!(site.send_again(&session, "/wallet/charge", &first).await, "/wallet");
    assert_eq!(site.balance(fan.user).await, 150_000);
    site.hold(&fan, concert, &[1, 2]).await;
    session.go("/checkout").await;
    let pay = fields_of(&session, PAY_FORM).await;
    session.double_click(PAY).await;
    session.wait_for_text("Paid. The seats are yours").await;
    let receipt = session.path().await;
    assert_eq!(
        site.send_again(&session, "/checkout/pay", &pay).await,
        receipt,
        "a repeated payment leads to its receipt"
    );
    assert_eq!((site.bought(fan.user).await, site.balance(fan.user).await), (vec![1, 2], 50_000));
    session.end().await;
    site.end().await;
}

#[tokio::test]
async fn pressing_twice_without_scripts_charges_and_pays_once() {
    let (site, concert) = Site::selling(10, &[]).await;
    let fan = site.fan().await;
    site.hold(&fan, concert, &[5]).await;
    let session = site.visit_as(&fan).await;
    session.turn_scripts_off().await;
    session.go("/checkout").await;
    let charge = fields_of(&session, CHARGE_FORM).await;
    // Two presses before the answer: nothing on the page holds the second one back.
    session.script(DOUBLE_CLICK, &[json!(CHARGE)]).await;
    session.wait_for_text("The money is in your wallet").await;
    assert_eq!(site.send_again(&session, "/wallet/charge", &charge).await, "/checkout");
    assert_eq!(site.balance(fan.user).await, 50_000);
    let pay = fields_of(&session, PAY_FORM).await;
    session.script(DOUBLE_CLICK, &[json!(PAY)]).await;
    session.wait_for_text("Paid. The seats are yours").await;
    let receipt = session.path().await;
    session.back().await;
    session.wait_for_text("You are not holding any seats").await;
    assert_eq!(site.send_again(&session, "/checkout/pay", &pay).await, receipt);
    assert_eq!((site.bought(fan.user).await, site.balance(fan.user).await), (vec![5], 0));
    session.turn_scripts_on().await;
    session.end().await;
    site.end().await;
}

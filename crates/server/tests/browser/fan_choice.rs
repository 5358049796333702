//! Which choice of seats is kept, and which is not.

use onsale_testbed::browser::Session;
use serde_json::json;
use uuid::Uuid;

use crate::fan_sales::{look, sale};
use crate::fans::{HOLD, seat, ticked};
use crate::site::{Site, concert};

#[tokio::test]
async fn seats_that_were_held_are_no_choice_any_more() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (fan, _) = site.visit_seats(concert).await;
    fan.click(&seat(12)).await;
    fan.click(&seat(13)).await;
    fan.click(HOLD).await;
    for seat_no in [12, 13] {
        fan.click(&format!("button[aria-label='Release seat {seat_no}']")).await;
        fan.wait_for_text(&format!("Seat {seat_no} is released")).await;
    }
    fan.click("nav a[href='/']").await;
    fan.click(&format!(".concert a[href='/sale/{concert}']")).await;
    fan.wait_for("[data-turn]:not([hidden])").await;
    assert_eq!(ticked(&fan).await, json!([]), "they were released on purpose");
    // What was chosen and never sent is still there, and the page says so.
    fan.click(&seat(4)).await;
    fan.click("nav a[href='/']").await;
    fan.click(&format!(".concert a[href='/sale/{concert}']")).await;
    fan.wait_for_text("The seats that you chose before are selected again").await;
    assert_eq!(ticked(&fan).await, json!([4]));
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_refused_hold_keeps_the_choice() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (fan, _) = site.visit_seats(concert).await;
    let other = site.fan().await;
    fan.click(&seat(12)).await;
    fan.click(&seat(13)).await;
    fan.turn_scripts_off().await;
    site.hold(&other, concert, &[12]).await;
    fan.click(HOLD).await;
    fan.wait_for_text("Someone else has just taken seat 12").await;
    assert_eq!(ticked(&fan).await, json!([13]));
    fan.turn_scripts_on().await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn nobody_gets_the_choice_of_somebody_else_in_the_same_tab() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (tab, _) = site.visit_seats(concert).await;
    tab.click(&seat(4)).await;
    let other = site.fan().await;
    tab.go("/").await;
    site.become_fan(&tab, &other).await;
    tab.go(&format!("/sale/{concert}")).await;
    tab.wait_for("[data-turn]:not([hidden])").await;
    assert_eq!(ticked(&tab).await, json!([]));
    tab.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_choice_gives_up_what_another_tab_used_of_the_limit_and_the_page_says_why() {
    let (site, plain) = Site::selling(20, &[]).await;
    let (sale, one) = sale(&site, json!({"seatsPerPerson": 2})).await;
    let mut other = concert("Night Three", 20);
    other["saleIds"] = json!([sale]);
    let two = site.open_concert(&other).await;
    let hold_in_another_tab = async |fan: &Session, concert: Uuid, seat_no| {
        fan.open_tab().await;
        fan.go(&format!("/sale/{concert}")).await;
        fan.click(&seat(seat_no)).await;
        fan.click(HOLD).await;
        fan.wait_for_path("/checkout").await;
        fan.look_at_tab(0).await;
    };
    let (fan, _) = site.visit_seats(plain).await;
    for seat_no in [4, 5, 6, 7] {
        fan.click(&seat(seat_no)).await;
    }
    // The same concert: its stream has it.
    hold_in_another_tab(&fan, plain, 1).await;
    let why = "You may hold up to 4 seats of this concert at a time, and you hold 1. No longer selected: 7";
    fan.wait_for_text_in("#status", why).await;
    assert_eq!(ticked(&fan).await, json!([4, 5, 6]));
    look(&fan, "fewer seats chosen").await;
    fan.end().await;

    // Another concert of the sale: the tab asks once it is looked at again.
    let fan = site.visitor().await;
    fan.go(&format!("/sales/{sale}")).await;
    fan.fill("#name", "Mina").await;
    fan.click("form[action^='/sales/'] button").await;
    fan.wait_for_text("Time left to choose and pay").await;
    fan.go(&format!("/sale/{one}")).await;
    for seat_no in [4, 5] {
        fan.click(&seat(seat_no)).await;
    }
    hold_in_another_tab(&fan, two, 1).await;
    let why = "One person may have up to 2 seats in this sale, and you have 1. No longer selected: 5";
    fan.wait_for_text_in("#status", why).await;
    assert_eq!(ticked(&fan).await, json!([4]));
    fan.click(HOLD).await;
    fan.wait_for_path("/checkout").await;
    fan.end().await;
    site.end().await;
}

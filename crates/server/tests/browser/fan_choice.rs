//! Which choice of seats is kept, and which is not.

use serde_json::json;

use crate::fans::{HOLD, seat, ticked};
use crate::site::Site;

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

//! Every page in every state is accessible, on a desktop and on a phone, in light and dark colours.

use onsale_testbed::browser::{ColorScheme, Motion, Preferences, Session, Viewport};
use serde_json::json;

use crate::fans::{HOLD, in_state, seat};
use crate::site::{Site, concert};

/// Finds buttons, links and fields that are too small for a finger.
const TOO_SMALL: &str = "return [...document.querySelectorAll('button:not([aria-hidden]), .button, nav a, .grid .seat, summary, .foot a, input[name=amount], input[name=name]')]
    .filter(it => it.checkVisibility())
    .map(it => [it, it.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([it, box]) => `${it.outerHTML.slice(0, 120)}: ${box.width} x ${box.height}`)";

/// Checks a page as it is now: on a desktop in light colours, on a phone in dark ones. Colours do not depend
/// on the width, nor sizes on the colours.
async fn look(visitor: &Session, state: &str) {
    for (viewport, color_scheme) in
        [(Viewport::DESKTOP, ColorScheme::Light), (Viewport::PHONE, ColorScheme::Dark)]
    {
        visitor.resize(viewport).await;
        // Without transitions: half-way from one colour to another the contrast may be too low.
        visitor.prefer(Preferences { color_scheme, motion: Motion::Reduced }).await;
        let violations = visitor.accessibility().await;
        assert!(violations.is_empty(), "{state}, {viewport:?}, {color_scheme:?}: {violations:#?}");
    }
    assert!(!visitor.scrolls_sideways().await, "{state} scrolls sideways");
    assert_eq!(visitor.script(TOO_SMALL, &[]).await, json!([]), "{state}");
    visitor.resize(Viewport::DESKTOP).await;
}

/// Goes to a page, waits for a text on it, and checks it.
async fn look_at(visitor: &Session, path: &str, shows: &str) {
    visitor.go(path).await;
    visitor.wait_for_text(shows).await;
    look(visitor, &format!("{path} with \"{shows}\"")).await;
}

#[tokio::test]
async fn the_line_the_wallet_and_the_tickets_are_accessible() {
    let (site, concert) = Site::selling(12, &[]).await;
    let buyer = site.fan().await;
    site.buy(&buyer, concert, &[11, 12]).await;
    site.let_in(0).await;
    let visitor = site.visitor().await;
    look_at(&visitor, "/", "Your name").await;
    look_at(&visitor, "/wallet", "You get a wallet when you join the line").await;
    look_at(&visitor, "/tickets", "No tickets yet").await;
    site.become_fan(&visitor, &buyer).await;
    look_at(&visitor, "/line", "Enjoy the show").await;
    visitor.set_cookie("onsale_notice", "charged@/wallet").await;
    look_at(&visitor, "/wallet", "The money is in your wallet").await;
    look_at(&visitor, "/tickets", "Bill").await;
    visitor.click(".ticket").await;
    let receipt = visitor.path().await;
    visitor.set_cookie("onsale_notice", &format!("paid@{receipt}")).await;
    look_at(&visitor, &receipt, "Paid. The seats are yours").await;
    visitor.go("/line").await;
    visitor.click("main form button").await;
    visitor.wait_for_text("You are in line").await;
    visitor.click("summary").await;
    look(&visitor, "waiting").await;
    visitor.script("document.getElementById('lost').textContent = 'Connection lost.'", &[]).await;
    look(&visitor, "a lost connection").await;
    look_at(&visitor, "/", "You are in line").await;
    site.let_in(1).await;
    look_at(&visitor, "/line", "Time left to choose and pay").await;
    look_at(&visitor, "/", "It is your turn").await;
    visitor.go("/line").await;
    visitor.click("summary").await;
    visitor.click("form[action='/line/leave'] button").await;
    visitor.wait_for_text("You have left the line").await;
    look_at(&visitor, "/nowhere", "Page not found").await;
    let complaints = visitor.complaints().await;
    assert!(complaints.iter().all(|it| it.message.contains("/nowhere")), "{complaints:#?}");
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_seats_and_the_checkout_are_accessible() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (other, buyer) = (site.fan().await, site.fan().await);
    site.hold(&other, concert, &[2, 3]).await;
    site.buy(&buyer, concert, &[5]).await;
    let (visitor, fan) = site.visit_seats(concert).await;
    site.hold(&fan, concert, &[8]).await;
    visitor.wait_for(&in_state(8, "mine")).await;
    visitor.click(&seat(9)).await;
    site.hold(&other, concert, &[10]).await;
    visitor.wait_for(&in_state(10, "held")).await;
    look(&visitor, "seats in every state").await;
    visitor.click(&seat(11)).await;
    site.hold(&other, concert, &[11]).await;
    visitor.wait_for_text_in("#taken", "seat 11").await;
    look(&visitor, "a seat that was taken").await;
    visitor.click(HOLD).await;
    visitor.wait_for_text("You need ₩100,000 more").await;
    look(&visitor, "a wallet with too little").await;
    site.charge(&fan, 100_000).await;
    look_at(&visitor, "/checkout", "Balance left").await;
    visitor.script("document.querySelector('[data-opens]').hidden = false", &[]).await;
    look(&visitor, "the time is up").await;
    visitor.click("button[aria-label='Release seat 8']").await;
    visitor.wait_for_text("Seat 8 is released and on sale again").await;
    visitor.click("button[aria-label='Release seat 9']").await;
    visitor.wait_for_text("Seat 9 is released and on sale again").await;
    look(&visitor, "nothing held").await;
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_parts_of_a_large_hall_and_the_sign_in_by_code_are_accessible() {
    let site = Site::open(&[("open_signup", "false")]).await;
    let great = site.open_concert(&concert("Stadium", 1_107)).await;
    let visitor = site.visitor().await;
    look_at(&visitor, "/line", "By invitation").await;
    visitor.fill("#code", "let me in").await;
    visitor.click("main form button").await;
    visitor.wait_for_text("This code is not valid here").await;
    look_at(&visitor, &format!("/enter#{}", site.user_token()), "This link signs you in").await;
    visitor.click("main form button").await;
    visitor.wait_for_text("You are not in line").await;
    assert_eq!(visitor.count("#name").await, 0, "the server knows who they are");
    visitor.click("main form button").await;
    visitor.wait_for_text("Time left to choose and pay").await;
    visitor.click(".board .button").await;
    visitor.click(".parts button:last-child").await;
    visitor.wait_for("[data-seat='1107']").await;
    assert_eq!(visitor.count(".grid .seat").await, 107);
    to_the_end(&visitor).await;
    visitor.click(&seat(1_107)).await;
    look(&visitor, "the last part of a large hall").await;
    // After a refused choice, the page shows the same part again.
    let other = site.fan().await;
    visitor.do_without("EventSource").await;
    visitor.reload().await;
    to_the_end(&visitor).await;
    assert_eq!(visitor.count("input[value='1107']:checked").await, 1, "a reload keeps the choice");
    visitor.click(&seat(1_106)).await;
    site.hold(&other, great, &[1_106]).await;
    visitor.click(HOLD).await;
    visitor.wait_for_text("Someone else has just taken seat 1106").await;
    assert_eq!(visitor.count("input[value='1107']:checked").await, 1);
    visitor.end().await;
    site.end().await;
}

/// Scrolls to the last seats, so that the bar at the bottom covers none of them.
async fn to_the_end(visitor: &Session) {
    visitor.script("scrollTo(0, document.body.scrollHeight)", &[]).await;
}
